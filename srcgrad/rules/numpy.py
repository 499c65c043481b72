"""NumPy: choices, views, and what makes arrays; the modules beside it have the rest.

Kinks: `where` passes nothing to the branch not taken, so its inf or nan stays there.
"""

from srcgrad.rules.record import expands, linear, vjp, zero

# a choice: the mask takes no derivative
vjp("numpy.where", "condition, x, y", kind="where", jvp="np.where(condition, x_dot, y_dot)",
    x="np.where(condition, dout, 0.0)", y="np.where(condition, 0.0, dout)")  # fmt: skip


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
for _name in ("zeros", "ones"):
    zero(f"numpy.{_name}", "shape, dtype=None", kind="shaped")
for _name in ("zeros_like", "ones_like"):
    zero(f"numpy.{_name}", "x", kind="like")

METHODS = {
    "dot": "numpy.dot", "reshape": "numpy.reshape", "ravel": "numpy.ravel", "transpose": "numpy.transpose", "copy": "numpy.copy",
    "fill": "numpy.ndarray.fill", "all": "numpy.all", "any": "numpy.any", "argmax": "numpy.argmax", "argmin": "numpy.argmin",
    "argsort": "numpy.argsort", "searchsorted": "numpy.searchsorted", "clip": "numpy.clip", "round": "numpy.round",
    "conj": "numpy.conjugate", "conjugate": "numpy.conjugate",
}  # fmt: skip
