"""Operators and builtins. One text serves floats and arrays: a sum is added where a broadcast was.

Kinks: `abs'(0) = 0`; ties of `max` and `min` share evenly. `x ** y` by a float exponent takes its
derivative through `math.pow`, which refuses the negative base that `**` would turn complex.
"""

import threading
from collections.abc import Callable

from srcgrad.rules.record import TABLE, linear, scalar, vjp, written, zero

scalar("operator.add", "x, y", d=("1", "1"), kind="arith", cheap=True)
scalar("operator.sub", "x, y", d=("1", "-1"), kind="arith", cheap=True)
scalar("operator.mul", "x, y", d=("y", "x"), kind="arith", cheap=True)
scalar("operator.truediv", "x, y", d=("1 / y", "-x / (y * y)"), kind="quotient", cheap=True)
scalar("operator.neg", "x", d="-1", kind="arith", cheap=True)
scalar("operator.pos", "x", d="1", kind="arith", cheap=True)
scalar("operator.mod", "x, y", d=("1", "-(x // y)"), kind="arith", cheap=True)
zero("operator.floordiv", "x, y", kind="arith", cheap=True)

# of a negative base there is no derivative by the exponent, and of 0 it is 0
_BY_EXPONENT = "out * math.log(x) if x > 0 else 0.0 if x == 0 else math.nan"

# by the kind of the exponent: an integer, any other number, arrays (see `power_rule`)
scalar(
    "operator.pow",
    "x, y",
    d=("y * x ** (y - 1) if y != 0 else 0.0", _BY_EXPONENT),
    kind="power",
)
scalar(
    "operator.pow:float",
    "x, y",
    d=("y * math.pow(x, y - 1) if y != 0 else 0.0", _BY_EXPONENT),
    kind="power",
)
scalar(
    "operator.pow:array",
    "x, y",
    d=("y * x ** np.where(y == 0, 1, y - 1)", "out * np.log(np.where(x == 0, 1, x))"),
    kind="arith",
)

for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    zero(f"operator.{_name}", "x, y", kind="compare", cheap=True)
for _name in ("is_", "is_not", "contains"):
    zero(f"operator.{_name}", "x, y", kind="bool", cheap=True)
zero("operator.not_", "x", kind="bool", cheap=True)
zero("operator.invert", "x", kind="arith", cheap=True)
for _name in ("and_", "or_", "xor", "lshift", "rshift"):
    zero(f"operator.{_name}", "x, y", kind="arith", cheap=True)

scalar("builtins.abs", "x", d="(x > 0) - (x < 0)", kind="arith", cheap=True)
scalar("builtins.abs:np", "x", d="np.sign(x)", kind="arith", cheap=True)  # of a NumPy scalar
scalar("builtins.float", "x", d="1", kind="float", cheap=True)
zero("builtins.int", "x", kind="int", cheap=True)
zero("builtins.bool", "x", kind="bool", cheap=True)
zero("builtins.round", "x", kind="int", cheap=True)
zero("builtins.round:2", "x, ndigits", kind="first", cheap=True)
scalar(
    "builtins.max:2",
    "x, y",
    d=("(x > y) + 0.5 * (x == y)", "(x < y) + 0.5 * (x == y)"),
    kind="arith",
    cheap=True,
)
scalar(
    "builtins.min:2",
    "x, y",
    d=("(x < y) + 0.5 * (x == y)", "(x > y) + 0.5 * (x == y)"),
    kind="arith",
    cheap=True,
)
linear("builtins.sum", "x", kind="listsum", x="expand(dout, x, None, False)")


@written("builtins.sum:arrays")
def sum_of_arrays(x):
    """The sum of a list of arrays, of which there is one at least."""
    total = 0 + x[0]
    for k in range(1, len(x)):
        total = total + x[k]
    return total


for _name in ("max", "min"):  # of a list: ties share evenly
    vjp(f"builtins.{_name}:list", "x", kind="listsum", where="n = sum(v == out for v in x)",
        x="[dout / n if v == out else 0.0 for v in x]",
        jvp="sum(d for v, d in zip(x, x_dot) if v == out) / n")  # fmt: skip


# lists: a slice is a list of its own
vjp("list.slice:head", "x, hi", kind="first", jvp="formula(x_dot[:hi])",
    x="formula(dout + [0.0] * (len(x) - len(dout)))")  # fmt: skip
vjp("list.slice:tail", "x, lo", kind="first", jvp="formula(x_dot[lo:])",
    x="formula([0.0] * (len(x) - len(dout)) + dout)")  # fmt: skip
vjp("list.slice:part", "x, lo, hi", kind="first", jvp="formula(x_dot[lo:hi])",
    x="formula([0.0] * len(x[:lo]) + dout + [0.0] * (len(x) - len(x[:lo]) - len(dout)))")  # fmt: skip
vjp("list.slice:whole", "x", kind="first", jvp="formula(x_dot[:])", x="formula(dout[:])")
vjp("list.tuple", "x", kind="first", jvp="formula(x_dot[:])", x="formula(dout[:])")
vjp("list.repeat", "x, n", kind="first", jvp="formula(x_dot * n)",
    x="[float(sum(dout[k :: len(x)])) for k in range(len(x))]")  # fmt: skip
vjp("list.slice:reversed", "x", kind="first", jvp="formula(x_dot[::-1])", x="formula(dout[::-1])")
vjp("list.slice:stepped", "x, lo, hi, step", kind="first", jvp="formula(x_dot[lo:hi:step])",
    x="[found.get(k, 0.0) for found in [dict(zip(range(len(x))[lo:hi:step], dout))] for k in range(len(x))]")  # fmt: skip
vjp("list.add", "x, y", kind="listadded", jvp="formula(x_dot + y_dot)",
    x="formula(dout[: len(x)])", y="formula(dout[len(x) :])")  # fmt: skip

# gates that the idiom pass recognises; how they are computed stays as the user wrote it
scalar("idiom.sigmoid", "x, written", d=("(1 - out) * out", None), kind="quotient")
scalar("idiom.softplus:math", "x, written", d=("-math.expm1(-out)", None), kind="quotient")
scalar("idiom.softplus:numpy", "x, written", d=("-np.expm1(-out)", None), kind="npfloat")


VARIADIC = {
    "builtins.max",
    "builtins.min",
    *(f"math.{n}" for n in ("prod", "sumprod", "dist", "hypot")),
}


# functions of a sequence of arrays, which the stager takes apart
SEQUENCES: set[str] = set()
# and those of them that have a rule for each number of operands: what makes the rule for so many of them
MAKERS: dict[str, Callable[[str, int], object]] = {}

_making = threading.RLock()  # two threads may ask for one rule at a time


def variadic(name: str, count: int):
    """The rule of `max`, `min`, `hypot`, `prod`, … of any number of arguments, made when first asked for."""
    full = f"{name}:{count}"
    with _making:
        if name in MAKERS and full not in TABLE:
            MAKERS[name](full, count)
        if name in VARIADIC and full not in TABLE and count > 2:
            _make_variadic(name, full, count)
    return TABLE.get(full)


def _make_variadic(name, full, count):
    names = [f"x{k}" for k in range(count)]
    # a sum of NumPy's bools is a bool
    ties = " + ".join(["0.0", *(f"({n} == out)" for n in names)])
    if name in ("builtins.max", "builtins.min"):
        scalar(full, ", ".join(names), d=[f"({n} == out) / ({ties})" for n in names], kind="arith")
    elif name == "math.prod":
        others = [" * ".join(m for m in names if m != n) for n in names]
        scalar(full, ", ".join(names), d=others, kind="arith")
    elif name == "math.sumprod" and count % 2 == 0:
        others = [names[(k + count // 2) % count] for k in range(count)]
        scalar(full, ", ".join(names), d=others, kind="arith")
    elif name == "math.dist" and count % 2 == 0:
        ends = [(n, names[(k + count // 2) % count]) for k, n in enumerate(names)]
        scalar(full, ", ".join(names), d=[f"({a} - {b}) / out if out else 0.0" for a, b in ends])
    elif name == "math.hypot":
        scalar(full, ", ".join(names), d=[f"{n} / out if out else 0.0" for n in names])
