"""Functions that are refused. A line that ends in `#: words` is where, and what must be said."""
# ruff: noqa

import cmath
import math
import os
import random

import numpy as np

FLAT = np.array([1.0, 2.0])
STATE = {"calls": 0}
COUNT = 0


def _args(*args, **how):
    """The example call of a refused function; a float where it is not given."""

    def mark(function):
        function.args, function.how = args, how
        return function

    return mark


X = np.array([0.3, 0.5, 0.7])
M = np.array([[0.3, 0.5], [0.7, 1.1]])


# ------------------------------------------------------------ syntax


def generator(x):
    yield x * x  #: a generator


def generator_from(x):
    y = yield from [x]  #: a generator
    return y


async def coroutine(x):  #: an async function
    return x


def assigns_global(x):
    global COUNT  #: assignment to a global
    COUNT = x
    return x * x


def local_class(x):
    class Point:  #: a class
        y = 2.0

    return x * Point.y


def local_generator(x):
    def inner(y):
        yield x * y  #: a generator

    return sum(inner(x))


def assigns_around(x):
    def inner(n):
        nonlocal x
        x = x * 0.5
        return x if n == 0 else inner(n - 1)  #: `inner` calls itself and assigns variables

    return inner(3)


def local_import(x):
    from cmath import phases  #: `cmath` has no `phases`

    return x * phases(x)


def with_statement(x):
    with open(os.devnull) as file:  #: `with open(os.devnull)`
        x = x * 2
    return x


def assigned_before_it_fails(x):
    y = x
    try:
        y = math.sqrt(x)
        y = math.log(y)
    except ValueError:
        y = y * 2  #: `y` may or may not be assigned
    return y


@_args([1.0, 2.0])
def changed_before_it_fails(xs):
    try:
        xs[0] = 2.0  #: changed in `try` before something that may fail
        y = math.log(xs[1])
    except ValueError:
        y = 0.0
    return y * xs[0]


def return_in_finally(x):
    try:
        y = math.log(x)
    finally:
        return x  #: in `finally`


def set_of_floats(x):
    s = {1.0, x}  #: only ints and strings
    return x * len(s)


def key_that_varies(x):
    d = {}
    d[x] = 2.0  #: only ints and strings
    return x * x


def dict_of_unknown_keys(x):  #: keys are not known
    d = {}
    for k in range(3):
        d[k % 2] = x
    return d


def match_statement(x):
    match {"y": x}:  #: `match`
        case {"y": y, **rest}:
            return y
    return x * x


def everything_at_once(x):
    global COUNT  #: a global
    COUNT = 2.0

    class Point:  #: a class
        pass

    return (yield x)  #: a generator


# ------------------------------------------------------------ functions without a rule


def no_rule(x):
    return math.nextafter(x, 2.0) * x  #: `math.nextafter`


def no_rule_numpy(x):
    return np.nextafter(x, 9.0) * 2.0  #: `np.nextafter`


def misspelt_neighbour(x):
    return np.histogramdd(x) * x  #: np.histogramdd`, and the result depends on it (the nearest


def two_without_rules(x):
    y = cmath.phase(x)  #: `cmath.phase`
    z = cmath.isclose(x, 1.0)  #: `cmath.isclose`
    return y * z


def of_other_modules(x):
    return os.path.getsize(x) * x  #: `os.path.getsize`


@_args([X, X])
def sorted_arrays(vs):
    ws = sorted(vs)  #: arrays have no order
    return ws[0][0]


@_args([1.0, 2.0])
def map_kept(xs):
    ys = map(math.sin, xs)  #: `map` is taken up by `list`
    return sum(ys)


def given_twice(x):
    more = {"y": 2.0}
    return helper_of_two(x, y=x, **more)  #: gets `y` twice


def complex_number(x):
    return abs(x * 1j) // 1j  #: complex


def eval_of_text(x):
    return eval("x * x")  #: `eval`


def string_to_number(x):
    return x * float(str(x))  #: `float(str(x))`


@_args(X)
def numpy_linalg(v):
    return np.linalg.eigvals(v)[0]  #: `np.linalg.eigvals`


@_args(X)
def numpy_keyword(v):
    return np.std(v, mean=0.0)  #: mean


@_args(X)
def numpy_casting(v):
    w = np.exp(v, casting="same_kind")  #: casting
    return np.sum(w)


@_args(X)
def numpy_method(v):
    return v.byteswap()[0]  #: byteswap


@_args(X)
def float_index(v):
    return np.sum(v[v])  #: ints, slices, and arrays


@_args(X)
def bool_index(v):
    return np.sum(v[v[0] > 0.4])  #: ints, slices, and arrays


@_args(X)
def truth_of_array(v):
    if v:  #: truth of an array
        return np.sum(v)
    return v[0]


@_args(X)
def too_many_subscripts(v):
    return v[0, 1]  #: 2 subscripts of `v`


# ------------------------------------------------------------ containers and memory


@_args([1.0, 2.0, 3.0])
def store_to_slice_with_a_step(xs):
    xs[::2] = [2.0, 3.0]  #: slice of a list with a step
    return xs[0]


@_args([1.0, 2.0, 3.0])
def unknown_list_method(xs):
    xs.rotate(1)  #: the list method `rotate`
    return xs[0]


@_args((1.0, 2.0))
def store_to_tuple(t):
    for i in range(2):
        t[i] = 2.0  #: a tuple cannot be changed
    return t[0]


@_args({"a": 1.0})
def missing_key(d):
    return d["b"]  #: no key 'b' in `d`, which has 'a'


@_args([1.0, 2.0])
def missing_element(xs):
    return xs[2]  #: no element 2


@_args({"a": 1.0})
def dict_of_the_callers_at_unknown_keys(d):
    for k in ["a", "b"][: int(d["a"])]:
        d[k] = 2.0  #: a dict of the caller's
    return d["a"]


@_args(np.array([1, 2, 3]), 0.5)
def float_into_ints(a, x):
    a[0] = x  #: cuts it off
    return a[0] * x


@_args([1.0, 2.0], X)
def list_of_two_kinds(xs, v):
    ys = []
    for x in xs:
        ys.append(x)
    ys.append(v)  #: a list holds
    return ys[0]


@_args([1.0, 2.0])
def wrong_count(xs):
    a, b, c = xs  #: 2 values are unpacked into 3 names
    return a * b * c


def attribute_store(x):
    FLAT.flags = x  #: `flags` cannot be assigned here
    return x


@_args(X)
def augmented_product(v):
    rows = np.ones((2, 2))
    rows @= v  #: of the shape of what it is stored in
    return np.sum(rows)


@_args(0.5, np.random.default_rng(0))
def drawn_from_an_argument(x, rng):
    return x * rng.normal()  #: no rule is known for `rng.normal`


@_args(np.ones((2, 2)))
def changed_or_made_anew(w):
    if w[0, 0] > 0:
        w[1, 1] = w[0, 0] * 2
    else:
        w = np.reshape(np.sin(w), (2, 2))  #: gives a view or a copy
    return np.sum(w * w)


# ------------------------------------------------------------ names and kinds


def undefined_name(x):
    return x * undefined  #: `undefined` is not defined


@_args(0.5, X)
def two_kinds(x, v):
    if x > 0:
        y = x
    else:
        y = v
    return np.sum(y)  #: different kinds


def missing_attribute(x):
    return math.sine(x)  #: no attribute `sine`


def helper_of_two(x, y):
    return x * y


def wrong_arguments(x):
    return helper_of_two(x)  #: helper_of_two


def calls_a_number(x):
    y = x * x
    return y(x)  #: `y` is not a function


@_args("text")
def of_a_string(x):
    return x + 1  #: `x + 1`


def random_number(x):
    return x * random.random() + random.gauss(x, 1.0)  #: `random.random`


def loops_over_a_number(x):
    total = 0.0
    for k in x:  #: cannot be looped over
        total += k
    return total


def in_a_helper(x):
    return x + helper_without_rule(x)


def helper_without_rule(y):
    return math.nextafter(y, 1.0) * y  #: `math.nextafter`


def helper_of_an_axis(y, axis):
    return np.swapaxes(y, 0, axis)


def two_problems_of_kinds(x):
    a = math.sine(x)  #: no attribute `sine`
    b = undefined * x  #: `undefined` is not defined
    return a + b
