"""NumPy: arrays that are made of a number, or are evenly spaced."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.record import NUMBER, OTHERWISE, vjp, written, zero

# ---------------------------------------------------------------- filled with a number

vjp("numpy.full", "shape, fill_value, dtype=None", kind="filled", jvp="np.full(shape, fill_value_dot)",
    fill_value="np.sum(dout)")  # fmt: skip
vjp("numpy.full_like", "a, fill_value, dtype=None", kind="filled_like",
    jvp="np.full_like(a, fill_value_dot)", a="0.0", fill_value="np.sum(dout)")  # fmt: skip
OTHERWISE["numpy.full"] = OTHERWISE["numpy.full_like"] = "array", {"fill_value": NUMBER}


@written("numpy.full:array")
def full_of_array(shape, fill_value):
    return np.copy(np.broadcast_to(fill_value, shape))


@written("numpy.full_like:array")
def full_like_of_array(a, fill_value):
    out = np.zeros_like(a)
    out[...] = fill_value
    return out


vjp("numpy.copy", "x, order='K'", kind="like", jvp="np.copy(x_dot)", x="dout")
for _name in ("zeros", "ones", "empty"):
    zero(f"numpy.{_name}", "shape, dtype=None", kind="shaped")
for _name in ("zeros_like", "ones_like", "empty_like"):
    zero(f"numpy.{_name}", "x, dtype=None", kind="like_given")

# ---------------------------------------------------------------- matrices

zero("numpy.eye", "N, M=None, k=0, dtype=None", kind="made_matrix")
zero("numpy.identity", "n, dtype=None", kind="made_matrix")
zero("numpy.tri", "N, M=None, k=0, dtype=None", kind="made_matrix")

# ---------------------------------------------------------------- evenly spaced numbers

# how many there are is a jump, which has no derivative
zero("numpy.arange:1", "stop, *, dtype=None", kind="counted")
vjp("numpy.arange", "start, stop, step=None, *, dtype=None", kind="counted",
    jvp="start_dot + np.arange(size(out, None)) * step_dot", start="np.sum(dout)", stop="0.0",
    step="0.0 if step is None else np.sum(np.arange(size(out, None)) * dout)")  # fmt: skip
_SPACED = "start, stop, num=50, endpoint=True"
vjp("numpy.linspace", f"{_SPACED}, *, dtype=None", kind="spaced",
    where="t = np.linspace(0.0, 1.0, num, endpoint)",
    jvp="(1 - t) * start_dot + t * stop_dot",
    start="np.sum((1 - t) * dout)", stop="np.sum(t * dout)")  # fmt: skip
vjp("numpy.geomspace", f"{_SPACED}, *, dtype=None", kind="spaced",
    where="t = np.linspace(0.0, 1.0, num, endpoint)",
    jvp="(1 - t) * out * (start_dot / start) + t * out * (stop_dot / stop)",
    start="np.sum((1 - t) * out * dout) / start", stop="np.sum(t * out * dout) / stop")  # fmt: skip


_ENDS = {"start": NUMBER, "stop": NUMBER, "axis": 0}
OTHERWISE |= {"numpy.linspace": ("arrays", _ENDS), "numpy.geomspace": ("arrays", _ENDS)}


@written("numpy.linspace:arrays")
def linspace_of_arrays(start, stop, num=50, endpoint=True, *, axis=0):
    new = np.ndim(start) if np.ndim(start) >= np.ndim(stop) else np.ndim(stop)
    t = np.linspace(0.0, 1.0, num, endpoint)
    t = np.expand_dims(t, tuple([k + 1 for k in range(new)])) if new > 0 else t
    rows = (1.0 - t) * start + t * stop
    return rows if axis == 0 else np.moveaxis(rows, 0, axis)


@written("numpy.geomspace:arrays")
def geomspace_of_arrays(start, stop, num=50, endpoint=True, *, axis=0):
    """From a start of either sign."""
    powers = np.linspace(0.0, np.log(stop / start), num, endpoint)
    rows = start * np.exp(powers)
    return rows if axis == 0 else np.moveaxis(rows, 0, axis)


@written("numpy.logspace")
def logspace(start, stop, num=50, endpoint=True, base=10.0, *, axis=0):
    if axis == 0:
        return np.power(base, np.linspace(start, stop, num, endpoint))
    return np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
