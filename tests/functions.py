"""Programs of nested functions, closures, recursion and the like: each is right to second order.

Above each function, the arguments that it is checked at.
"""
# ruff: noqa

import functools
import math
import math as m
import operator
from functools import lru_cache, partial, reduce, wraps
from math import *  # noqa
from math import sqrt as root
from typing import List, Optional

import numpy as np

K = 2.5
G = 2.0
N = 3
TABLE = {"a": 1.5, "b": 2.5}
NAMES = ["a", "b"]
FLOAT64 = np.float64(1.5)
FLOAT32 = np.float32(1.5)
INT64 = np.int64(3)


def at(*points):
    """The example calls of a function; an argument alone need be no tuple."""

    def mark(function):
        function.points = [p if isinstance(p, tuple) else (p,) for p in points]
        return function

    return mark


def forward_kw(f, *args, **kw):
    return f(*args, **kw)


def helper3(a, b, c, d=2.0):
    return a * b + c * d


def fill(ys, v):
    ys.append(v)
    ys[0] = ys[0] * v


def fill_array(a, v):
    a[0] = v * a[1]
    a *= v


def kwonly(y, *, k=K, t=TABLE["a"]):
    return y * y * k + t * y


@functools.cache
def cached2(n):
    return n * 2.0


def doubled(f):
    @wraps(f)
    def inner(*a, **k):
        return 2.0 * f(*a, **k)

    return inner


@doubled
def dfib(n, x):
    return x if n < 2 else dfib(n - 1, x) * dfib(n - 2, x) + n


class Model:
    def __init__(self, k):
        self.k = k

    def f(self, y):
        return self.k * y * y

    @staticmethod
    def s(y):
        return y * 3

    @classmethod
    def c(cls, y):
        return y * y


model = Model(1.5)


def apply_twice(f, y):
    return f(f(y))


@at(0.7, -0.3)
def reassigned_later(x):
    k = 2.0
    g = lambda y: k * y * x
    a = g(x)
    k = x * x
    b = g(x)
    k = 5.0
    return a + b + g(1.0)


@at((0.7, 4))
def nonlocal_in_while(x, n):
    total = 1.0
    i = 0

    def step():
        nonlocal total, i
        total = math.sin(total * x)
        i += 1

    while i < n:
        step()
    return total


@at(0.7)
def default_once(x):
    k = x * 2

    def g(y, k=k):
        return y * k

    k = 100.0
    return g(x) + g(x, k=3.0) + k * x


@at(0.7)
def mutable_default(x):
    def g(y, acc=[]):
        acc.append(y)
        return sum(acc)

    return g(x) + g(x * x) * x


@at((0.7, 5))
def recursion_mutual_nested(x, n):
    def even(k, y):
        if k == 0:
            return y
        return odd(k - 1, math.sin(y) * x)

    def odd(k, y):
        if k == 0:
            return y * y
        return even(k - 1, y * x)

    return even(n, x)


@at(0.7)
def returned_and_called(x):
    def make(k):
        def g(y):
            return k * y * x

        return g

    return make(3.0)(x) * make(x)(2.0)


@at(0.7)
def functions_in_list(x):
    fs = [math.sin, lambda y: y * x, np.exp]
    return fs[0](x) + fs[1](x) * fs[2](x)


@at(0.7)
def loop_over_functions(x):
    y = x
    for f in [math.sin, lambda y: y * x, math.cos]:
        y = f(y)
    return y


@at(0.7)
def loop_over_tuple_functions(x):
    y = x
    for f, k in ((math.sin, 2.0), (math.cos, 3.0)):
        y = k * f(y)
    return y


@at(0.7)
def partial_partial(x):
    p = partial(helper3, x)
    q = partial(p, 2.0, d=x)
    return q(3.0) + q(x, d=1.0)


@at(0.7)
def kwargs_forward(x):
    return forward_kw(helper3, x, c=x * x, b=2.0) + forward_kw(forward_kw, helper3, x, x, x, d=x)


@at([0.7, 0.5, 0.3])
def star_list(xs):
    return helper3(*xs) * xs[0]


@at((0.7, 3))
def lru_inactive(x, n):
    return cached2(n) * x * x


@at(0.7)
def decorator_inside(x):
    def scaled(by):
        def deco(f):
            @wraps(f)
            def inner(*a):
                return by * f(*a)

            return inner

        return deco

    @scaled(x)
    @scaled(3.0)
    def g(y):
        return y * y

    return g(x)


@at([0.7, 0.5])
def helper_changes_list(xs):
    fill(xs, xs[1] * 2)
    fill(xs, xs[0])
    return xs[0] * xs[-1] + xs[2]


@at((np.array([0.7, 0.5, 1.0]), 0.3))
def helper_changes_array(a, v):
    fill_array(a, v)
    fill_array(a[1:], v)
    return np.sum(a * a)


@at(0.7)
def kwonly_constants(x):
    return kwonly(x) * kwonly(x, k=x)


@at(0.7)
def method_callback(x):
    return apply_twice(model.f, x) + apply_twice(model.s, x) + apply_twice(Model.c, x)


@at(0.7, 1.5, 3.5)
def early_returns(x):
    def g(y):
        if y > 3:
            return y
        if y > 1:
            return y * x
        for i in range(3):
            y = y * x
            if y < 0.3:
                return y * y
        return y + 1

    return g(x) * g(2 * x)


@at([0.7, 0.4, 1.2])
def early_in_loop(xs):
    def first(limit):
        for x in xs:
            if x > limit:
                return x * x
        return 0.0

    return first(0.5) + first(1.0) * first(5.0) + first(0.0)


@at(0.7)
def lambda_immediately(x):
    return (lambda y, *z, k=2.0: y * z[0] * k)(x, x)


@at((0.7, 0.2))
def closure_over_param_changed(x, y):
    def g():
        return x * y

    x = x * x
    a = g()
    y = y + a
    return g() * a


@at(0.7)
def nested_nonlocal_deep(x):
    k = x

    def a():
        def b():
            nonlocal k
            k = k * x
            return k

        return b() + b()

    r = a()
    return r * k


@at(0.7)
def shadow(x):
    def x2(x):
        return x * x

    def g(y):
        x = y * 3
        return x

    return x2(x) + g(x) * x


@at([0.7, 0.5])
def closure_mutates_list(xs):
    acc = []

    def add(v):
        acc.append(v * xs[0])

    for x in xs:
        add(x)
    add(2.0)
    return acc[0] * acc[1] + acc[-1]


@at(np.array([0.7, 0.5]))
def closure_mutates_array(a):
    out = np.zeros(2)

    def put(i, v):
        out[i] += v * a[0]

    for i in range(2):
        put(i, a[i])
    put(0, 2.0)
    return np.sum(out * out)


@at(0.7)
def global_read_nested(x):
    def g(y):
        global G, N
        return G * y**N

    return g(x)


@at(0.7)
def math_alias(x):
    return m.sin(x) * m.pi + m.hypot(x, 1.0)


@at(0.7)
def math_star(x):
    return sin(x) * pi + exp(x) + root(x) + e * atan2(x, 2.0)


@at(0.7)
def numpy_scalars(x):
    return FLOAT64 * x * x + INT64 * x + x * FLOAT32 + x**INT64


@at(0.7)
def numpy_scalar_range(x):
    t = 0.0
    for i in range(INT64):
        t += x**i
    return t


@at(0.7)
def annotated(x: float) -> float:
    y: float = x * x
    z: Optional[List[float]]
    w: "some text" = y * 2
    a: int
    b: NotThere = 3.0
    return y * w + b


@at([0.7, 0.5])
def annotated_list(xs: List[float]) -> float:
    out: List[float] = []
    for x in xs:
        s: float = x * x
        out.append(s)
    return out[0] * out[1]


@at(0.7)
def strings(x):
    name = f"value {x:.2f}"
    other = "value %g and %s" % (x, name)
    third = "value {} {k}".format(x, k=x)
    n = len("abc")
    s = "abc" + "d"
    t = "a" * 3
    u = ", ".join(["a", "b"])
    if s == "abcd":
        return x * x * n
    return x


@at((0.7, 3))
def asserts(x, n):
    assert x > 0
    assert x > 0, f"x is {x}"
    assert isinstance(n, int), "n"
    assert n > 1 and x < 5, ("two", x)
    assert len(NAMES) == 2
    y = x * x
    assert not math.isnan(y)
    assert y == y
    return y * n


@at(0.7)
def asserts_helper(x):
    def check(v):
        assert v > 0, "positive"
        return v

    return check(x) * check(x * x)


@at((0.7, "fast"))
def mode_string(x, mode):
    if mode not in ("fast", "slow"):
        raise ValueError("unknown mode %r" % mode)

    def fast():
        return x * x

    def slow():
        return x

    return {"fast": fast, "slow": slow}[mode]()


@at((0.7, None))
def callback_none(x, f=None):
    if f is None:
        f = lambda y: y * 2
    return f(x) * x


@at((0.7, math.sin))
def callback_arg(x, f):
    return f(x) * x


@at((0.7, (lambda y: y * y)))
def callback_lambda(x, f):
    return f(x) * x


@at(0.7)
def isnone(x):
    def g(y, k=None, *rest, z=None, **kw):
        if k is None:
            k = y
        if not rest:
            k = k * 2
        if kw:
            k = k * kw["a"]
        if z is not None:
            k = k * z
        return k

    return g(x) + g(x, x, 1.0) + g(x, a=x) * g(x, z=x * 2)


@at(0.7)
def args_loop(x):
    def g(*args):
        t = 1.0
        for a in args:
            t = t * a
        for i, a in enumerate(args):
            t += i * a
        for i in range(len(args)):
            t += args[i]
        return t + sum(args) + max(args)

    return g(x, x * x, 2.0) + g(x)


@at(0.7)
def args_passed_on(x):
    def inner(*a, **k):
        return a[0] * k["z"] + len(a)

    def outer(*a, **k):
        return inner(*a, *a, **k) + inner(*a[1:], **{**k, "z": 3.0})

    return outer(x, x * 2, z=x)


@at((0.7, 4))
def recursion_closure_state(x, n):
    k = x * 2

    def go(n, y):
        if n == 0:
            return y * k
        return go(n - 1, y * x + k)

    return go(n, 1.0)


@at(np.array([0.7, 0.4, 1.1]))
def recursion_array(xs):
    def go(v):
        if len(v) == 1:
            return v[0]
        h = len(v) // 2
        return go(v[:h]) * go(v[h:])

    return go(xs)


@at([0.7, 0.4, 1.1])
def recursion_slices(xs):
    def go(v):
        if not v:
            return 1.0
        return v[0] * go(v[1:])

    return go(xs)


@at([0.7, 0.4])
def lambda_in_comprehension(xs):
    ys = [(lambda v: v * x)(x) for x in xs]
    return ys[0] * ys[1]


@at([0.7, 0.4])
def list_of_lambdas_display(xs):
    x = 1.0
    fs = [lambda: x, lambda: x * 2]
    x = xs[0]
    return fs[0]() * fs[1]()


@at(0.7)
def nested_uses_later(x):
    def a(y):
        return b(y) * x

    def b(y):
        return y * y

    return a(x)


@at((0.7, 5))
def loop_var_capture(x, n):
    t = 0.0
    for i in range(n):

        def g(y):
            return y * i

        t += g(x) * x
    return t + g(x)


@at((0.7, 5))
def accumulate_through_two(x, n):
    s = 1.0
    c = 0

    def inc():
        nonlocal c
        c += 1

    def mul(v):
        nonlocal s
        inc()
        s *= v
        if c > 3:
            s = s + x

    for i in range(n):
        if i % 2:
            mul(x)
        else:
            mul(x + i)
    return s * c


@at((0.7, 5))
def while_nonlocal_break(x, n):
    y = x

    def step():
        nonlocal y
        y = y * x + 1
        return y > 3

    k = 0
    while True:
        if step():
            break
        k += 1
        if k > n:
            break
    return y


@at(0.7)
def ho_compose(x):
    def compose(*fs):
        def h(y):
            for f in fs:
                y = f(y)
            return y

        return h

    return compose(math.sin, lambda y: y * x, math.exp)(x)


@at(0.7)
def curried(x):
    return (lambda a: lambda b: lambda c: a * b + c)(x)(x * 2)(3.0)


@at(0.7)
def fixpoint_comb(x):
    def newton(f, df, y):
        for _ in range(4):
            y = y - f(y) / df(y)
        return y

    return newton(lambda y: y * y - x, lambda y: 2 * y, 1.0)


@at((0.7, 0.3))
def ode(x, h):
    def f(t, y):
        return -x * y + t

    def rk4(f, t, y):
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    t, y = 0.0, 1.0
    for _ in range(3):
        y = rk4(f, t, y)
        t += h
    return y


@at((0.7, 3))
def rec_tuple_count(x, n):
    def go(k, a):
        if k == 0:
            return a, 0, None
        u, c, _ = go(k - 1, a * x)
        return u * (c + 1), c + 1, None

    p, c, n = go(n, x)
    return p * c


@at((0.7, 3))
def rec_list(x, n):
    def go(k):
        if k == 0:
            return [x]
        r = go(k - 1)
        r.append(r[-1] * x * k)
        return r

    ys = go(n)
    return ys[0] * ys[1] + ys[-1]


@at((0.7, 3))
def rec_list_plus(x, n):
    def go(k):
        if k == 0:
            return [x]
        return go(k - 1) + [x * k]

    return sum(go(n)) * x


@at((0.7, 0.0, 1.0, 4))
def adaptive(x, a, b, depth):
    def f(t):
        return math.exp(-x * t * t)

    def simpson(a, b):
        return (b - a) / 6 * (f(a) + 4 * f((a + b) / 2) + f(b))

    def go(a, b, whole, d):
        m = (a + b) / 2
        left, right = simpson(a, m), simpson(m, b)
        if d == 0 or abs(left + right - whole) < 1e-6:
            return left + right + (left + right - whole) / 15
        return go(a, m, left, d - 1) + go(m, b, right, d - 1)

    return go(a, b, simpson(a, b), depth)


@at((np.array([0.3, 0.5, 0.2, 0.9]),))
def rec_array_tuple(a):
    def go(v, k):
        if k == 0:
            return v * 2, np.sum(v)
        w, s = go(v * v, k - 1)
        return w + v, s * s

    w, s = go(a, 2)
    return np.sum(w * w) * s


@at((np.array([0.3, 0.5, 0.2, 0.9]), 2))
def rec_array_part_unused(a, n):
    def go(v, k):
        if k == 0:
            return v * 2, np.sum(v)
        w, s = go(v * v, k - 1)
        return w + v, s * s

    return go(a, n)[1] * go(a, n)[0][0]


@at((0.7, 4))
def rec_in_loop(x, n):
    def go(k, y):
        if k <= 0:
            return y
        return go(k - 1, y * x + 0.1)

    t = 0.0
    for i in range(n):
        t = go(i, t) + x
    return t


@at((0.7, 4))
def rec_default_kw(x, n):
    def go(k, acc=1.0, *, step=1):
        if k <= 0:
            return acc
        return go(k - step, acc=acc * x, step=step)

    return go(n) + go(n, step=2)


@at(((1.0, (2.0, 3.0), ((4.0, 0.5), 6.0)),))
def rec_tree(t):
    def total(t):
        if isinstance(t, tuple):
            return sum(total(c) * (k + 1) for k, c in enumerate(t))
        return t * t

    return total(t)


@at(0.7)
def cps(x):
    def go(n, k):
        if n == 0:
            return k(x)
        return go(n - 1, lambda r: k(r * x))

    return go(2, lambda r: r)


@at((0.7, 3))
def text_twice(x, n):
    t = 0.0

    def add(v):
        nonlocal t
        t += v * x
        return t

    s = "%g" % add(x)
    u = "%g, %s" % (add(x), s)
    v = f"{add(x)}" + u
    w = "-" * n + v
    return t * x


@at(np.array([0.7, 0.4, 0.3]))
def red3(a):
    return reduce(lambda s, v: s * v + v, a, 1.0)


@at(0.7)
def red5(x):
    return reduce(lambda y, f: f(y), [math.sin, math.exp, lambda t: t * x], x)


@at(0.7)
def opmap(x):
    table = {"+": operator.add, "*": operator.mul}
    return table["+"](x, 2.0) * table["*"](x, x)


@at(0.7)
def kinds_text(x):
    return x * len("%s" % "abc")


@at((0.7, 3))
def rec_two_results_swapped(x, n):
    def go(k, a, b):
        if k == 0:
            return b, a
        p, q = go(k - 1, a * x, b + x)
        return q, p

    p, q = go(n, x, 1.0)
    return p / q


@at((np.array([0.7, 0.2]), 3))
def rec_returns_array_arg(a, n):
    def go(k, v):
        if k == 0:
            return v
        return go(k - 1, v * v)

    return np.sum(go(n, a))


@at((np.array([0.7, 0.2]), 3))
def rec_returns_array_arg2(a, n):
    def go(k, v):
        if k == 0:
            return v
        return go(k - 1, v)

    return np.sum(go(n, a))


@at(0.7)
def y_comb(x):
    fact = lambda f, n: 1.0 if n == 0 else n * x * f(f, n - 1)
    return fact(fact, 3)


@at((0.7, 3))
def rec_through_dict(x, n):
    table = {}

    def a(k):
        return x if k == 0 else table2["b"](k - 1) * x

    def b(k):
        return x * x if k == 0 else a(k - 1) + x

    table2 = {"b": b}
    return a(n)


@at((0.7, 6))
def collatz(x, n):
    def go(k, y):
        if k <= 1:
            return y
        if k % 2 == 0:
            return go(k // 2, y * x)
        return go(3 * k + 1, y + x)

    return go(n, 1.0)


@at((0.7, 0.9))
def bisect(x, hi):
    def f(t):
        return t * t - x

    def go(a, b, k):
        m = (a + b) / 2
        if k == 0:
            return m
        return go(a, m, k - 1) if f(m) > 0 else go(m, b, k - 1)

    return go(0.0, hi, 5) * x


@at((0.7, 3))
def rec_inactive(x, n):
    def count(k):
        return 0 if k == 0 else 1 + count(k - 1)

    return x ** count(n) * [1.0, 2.0, 3.0, 4.0][count(n)]


@at((0.7, 4))
def decorated_rec(x, n):
    return dfib(n, x)


@at((np.array([0.3, 0.5]), 0), (np.array([0.3, 0.5]), 1))
def len_in_branch(a, n):
    if n > 0:
        h = n // 2
        t = 0.0
        v = a[h:]
        for i in range(len(v)):
            t += v[i] * v[i]
    else:
        t = a[0]
    return t


@at((np.array([0.3, 0.5]), 0), (np.array([0.3, 0.5]), 1))
def part_late(a, n):
    if n > 0:
        b = a[1:]
    if n > 0:
        return np.sum(b * b * a[0])
    return np.sum(a)


# a function nested in itself, by its default: what is needed of it is that it is called
@at(1.5)
def unneeded(x):
    def down(n, scale=1.0):
        if n <= 0:
            return 1.0
        return down(n - 1)

    down(3)
    return x * x
