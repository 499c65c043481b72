"""NumPy: a first table, at least one rule of each class of record.

Kinks: `abs'(0) = 0`; ties of `maximum`, `minimum`, `max` and `min` share evenly; `where` passes
nothing to the branch not taken, so its inf or nan stays there.
"""

from srcgrad.rules.record import expands, linear, scalar, vjp, zero

# elementwise, by scalar partials
scalar("numpy.sin", "x", d="np.cos(x)", kind="npfloat")
scalar("numpy.cos", "x", d="-np.sin(x)", kind="npfloat")
scalar("numpy.tan", "x", d="1 + out * out", kind="npfloat")
scalar("numpy.arctan", "x", d="1 / (1 + x * x)", kind="npfloat")
scalar("numpy.sinh", "x", d="np.cosh(x)", kind="npfloat")
scalar("numpy.cosh", "x", d="np.sinh(x)", kind="npfloat")
scalar("numpy.log", "x", d="1 / x", kind="npfloat")
scalar("numpy.log1p", "x", d="1 / (1 + x)", kind="npfloat")
scalar("numpy.square", "x", d="2 * x", kind="nparith", cheap=True)
scalar("numpy.abs", "x", d="np.sign(x)", kind="nparith", cheap=True)
scalar("numpy.absolute", "x", d="np.sign(x)", kind="nparith", cheap=True)
scalar(
    "numpy.maximum",
    "x, y",
    d=("(x > y) + 0.5 * (x == y)", "(x < y) + 0.5 * (x == y)"),
    kind="nparith",
    cheap=True,
)
scalar(
    "numpy.minimum",
    "x, y",
    d=("(x < y) + 0.5 * (x == y)", "(x > y) + 0.5 * (x == y)"),
    kind="nparith",
    cheap=True,
)

# elementwise, by the result
scalar("numpy.exp", "x", d="out", kind="npfloat")
scalar("numpy.expm1", "x", d="out + 1", kind="npfloat")
scalar("numpy.tanh", "x", d="1 - out * out", kind="npfloat")
scalar("numpy.sqrt", "x", d="0.5 / out", kind="npfloat")

# the operators as functions
scalar("numpy.add", "x, y", d=("1", "1"), kind="nparith", cheap=True)
scalar("numpy.subtract", "x, y", d=("1", "-1"), kind="nparith", cheap=True)
scalar("numpy.multiply", "x, y", d=("y", "x"), kind="nparith", cheap=True)
scalar("numpy.divide", "x, y", d=("1 / y", "-x / (y * y)"), kind="npfloat", cheap=True)
scalar("numpy.negative", "x", d="-1", kind="nparith", cheap=True)

# a choice: the mask takes no derivative
vjp("numpy.where", "condition, x, y", kind="where", jvp="np.where(condition, x_dot, y_dot)",
    x="np.where(condition, dout, 0.0)", y="np.where(condition, 0.0, dout)")  # fmt: skip

# reductions
linear(
    "numpy.sum",
    "x, axis=None, *, keepdims=False",
    kind="reduce",
    x="expand(dout, x, axis, keepdims)",
)
linear("numpy.mean", "x, axis=None, *, keepdims=False", kind="reduce",
       x="expand(dout, x, axis, keepdims) / size(x, axis)")  # fmt: skip
for _name in ("max", "min"):
    vjp(f"numpy.{_name}", "x, axis=None, *, keepdims=False", kind="reduce",
        where="hit = x == expand(out, x, axis, keepdims)",
        x="hit * (expand(dout, x, axis, keepdims) / np.sum(hit, axis=axis, keepdims=True))",
        jvp="np.sum(hit * x_dot, axis=axis, keepdims=keepdims) / np.sum(hit, axis=axis, keepdims=keepdims)")  # fmt: skip

# products, by the ranks of their arguments
_left = {"11": "y * dout", "12": "y @ dout", "21": "dout[:, None] * y", "22": "dout @ y.T"}
_right = {"11": "x * dout", "12": "x[:, None] * dout", "21": "x.T @ dout", "22": "x.T @ dout"}
for _name in ("operator.matmul", "numpy.matmul", "numpy.dot"):
    vjp(_name, "x, y", kind="matmul", x=_left, y=_right, jvp="x_dot @ y + x @ y_dot")

# a system of equations; `a` takes what of `b` the result passes on
_matrix = {
    "21": "-np.linalg.solve(a.T, dout)[:, None] * out",
    "22": "-np.linalg.solve(a.T, dout) @ out.T",
}
vjp("numpy.linalg.solve", "a, b", kind="solved", a=_matrix, b="np.linalg.solve(a.T, dout)",
    jvp="np.linalg.solve(a, b_dot) + -np.linalg.solve(a, a_dot @ out)")  # fmt: skip

# views, sometimes-views, copies
linear("numpy.transpose", "x", kind="transposed", x="dout.T", alias="view", cheap=True)
linear(
    "numpy.reshape",
    "x, shape",
    kind="reshaped",
    x="reshape_like(dout, x)",
    alias="maybe view",
    cheap=True,
)
linear(
    "numpy.ravel", "x", kind="flattened", x="reshape_like(dout, x)", alias="maybe view", cheap=True
)
linear(
    "numpy.broadcast_to", "x, shape", kind="broadcasted", x="dout", alias="maybe view", cheap=True
)
vjp("numpy.full", "shape, fill_value, dtype=None", kind="filled", jvp="np.full(shape, fill_value_dot)",
    fill_value="np.sum(dout)")  # fmt: skip
linear("numpy.copy", "x", kind="like", x="dout")

# another spelling of a store
expands("numpy.ndarray.fill", "x, value", "x[...] = value")
expands("numpy.copyto", "dst, src", "dst[...] = src")

# derivative zero, declared
for _name in ("sign", "floor", "ceil", "rint", "trunc"):
    zero(f"numpy.{_name}", "x", kind="nparith", cheap=True)
for _name in ("isnan", "isfinite", "isinf", "logical_not"):
    zero(f"numpy.{_name}", "x", kind="compare", cheap=True)
for _name in (
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "equal",
    "not_equal",
    "logical_and",
    "logical_or",
):
    zero(f"numpy.{_name}", "x, y", kind="compare", cheap=True)
zero("numpy.all", "x", kind="bool")
zero("numpy.any", "x", kind="bool")
zero("numpy.argmax", "x", kind="int")
zero("numpy.argmin", "x", kind="int")
for _name in ("zeros", "ones"):
    zero(f"numpy.{_name}", "shape, dtype=None", kind="shaped")
for _name in ("zeros_like", "ones_like"):
    zero(f"numpy.{_name}", "x", kind="like")

METHODS = {
    "sum": "numpy.sum", "mean": "numpy.mean", "max": "numpy.max", "min": "numpy.min", "dot": "numpy.dot",
    "reshape": "numpy.reshape", "ravel": "numpy.ravel", "transpose": "numpy.transpose", "copy": "numpy.copy",
    "fill": "numpy.ndarray.fill", "all": "numpy.all", "any": "numpy.any", "argmax": "numpy.argmax", "argmin": "numpy.argmin",
}  # fmt: skip
