"""NumPy: choices and stores; the modules beside it have the rest.

Kinks: `where` passes nothing to the branch not taken, so its inf or nan stays there.
"""

from srcgrad.rules.record import expands, vjp

# a choice: the mask takes no derivative
vjp("numpy.where", "condition, x, y", kind="where", jvp="np.where(condition, x_dot, y_dot)",
    condition="0.0", x="np.where(condition, dout, 0.0)", y="np.where(condition, 0.0, dout)")  # fmt: skip


# another spelling of a store
expands("numpy.ndarray.fill", "x, value", "x[...] = value")
expands("numpy.copyto", "dst, src", "dst[...] = src")

METHODS = {
    "dot": "numpy.dot", "reshape": "numpy.reshape", "ravel": "numpy.ravel", "transpose": "numpy.transpose", "copy": "numpy.copy",
    "fill": "numpy.ndarray.fill", "all": "numpy.all", "any": "numpy.any", "argmax": "numpy.argmax", "argmin": "numpy.argmin",
    "argsort": "numpy.argsort", "searchsorted": "numpy.searchsorted", "clip": "numpy.clip", "round": "numpy.round",
    "conj": "numpy.conjugate", "conjugate": "numpy.conjugate",
}  # fmt: skip
