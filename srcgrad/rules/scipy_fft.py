"""`scipy.fft`: the transforms of `np.fft` by another name, and those by cosines.

A transform by cosines that is scaled to be orthogonal has its inverse for its adjoint.
"""

from __future__ import annotations

import numpy as np

from srcgrad.ir import Const
from srcgrad.kinds import Array
from srcgrad.operands import KindError
from srcgrad.rules.kinds_reductions import known
from srcgrad.rules.record import COMPLEX, kind_rule, linear, written

# ------------------------------------------------------------ by another name


@written("scipy.fft.fft")
def fft(x, n=None, axis=-1, norm=None):
    return np.fft.fft(x, n, axis, norm)


@written("scipy.fft.ifft")
def ifft(x, n=None, axis=-1, norm=None):
    return np.fft.ifft(x, n, axis, norm)


@written("scipy.fft.rfft")
def rfft(x, n=None, axis=-1, norm=None):
    return np.fft.rfft(x, n, axis, norm)


@written("scipy.fft.irfft")
def irfft(x, n=None, axis=-1, norm=None):
    return np.fft.irfft(x, n, axis, norm)


@written("scipy.fft.fft2")
def fft2(x, s=None, axes=(-2, -1), norm=None):
    return np.fft.fft2(x, s, axes, norm)


@written("scipy.fft.ifft2")
def ifft2(x, s=None, axes=(-2, -1), norm=None):
    return np.fft.ifft2(x, s, axes, norm)


@written("scipy.fft.fftn")
def fftn(x, s=None, axes=None, norm=None):
    return np.fft.fftn(x, s, axes, norm)


@written("scipy.fft.ifftn")
def ifftn(x, s=None, axes=None, norm=None):
    return np.fft.ifftn(x, s, axes, norm)


@written("scipy.fft.rfft2")
def rfft2(x, s=None, axes=(-2, -1), norm=None):
    return np.fft.rfft2(x, s, axes, norm)


@written("scipy.fft.irfft2")
def irfft2(x, s=None, axes=(-2, -1), norm=None):
    return np.fft.irfft2(x, s, axes, norm)


@written("scipy.fft.rfftn")
def rfftn(x, s=None, axes=None, norm=None):
    return np.fft.rfftn(x, s, axes, norm)


@written("scipy.fft.irfftn")
def irfftn(x, s=None, axes=None, norm=None):
    return np.fft.irfftn(x, s, axes, norm)


@written("scipy.fft.fftshift")
def fftshift(x, axes=None):
    return np.fft.fftshift(x, axes)


@written("scipy.fft.ifftshift")
def ifftshift(x, axes=None):
    return np.fft.ifftshift(x, axes)


@written("scipy.fft.fftfreq")
def fftfreq(n, d=1.0):
    return np.fft.fftfreq(n, d)


@written("scipy.fft.rfftfreq")
def rfftfreq(n, d=1.0):
    return np.fft.rfftfreq(n, d)


COMPLEX |= {"scipy.fft.fftshift", "scipy.fft.ifftshift"}
COMPLEX |= {
    f"scipy.fft.{i}{half}fft{rank}"
    for i in ("", "i")
    for half in ("", "r")
    for rank in ("", "2", "n")
}

# ------------------------------------------------------------ by cosines


@kind_rule
def cosines(rule, args, kind_of):
    x = kind_of(args["x"])
    if not isinstance(x, Array) or not x.ndim:
        return None
    if args.get("n", args.get("s")) != Const(None):
        raise KindError("transforms by cosines are differentiated of the whole length")
    if known(rule, args, "norm") != "ortho":
        raise KindError("transforms by cosines are differentiated with `norm='ortho'`")
    if known(rule, args, "type") not in (2, 3):
        raise KindError("transforms by cosines are differentiated with `type=2` or `3`")
    return x


for _there, _back in (("dct", "idct"), ("idct", "dct"), ("dctn", "idctn"), ("idctn", "dctn")):
    if _there.endswith("n"):
        _signature, _rest = "x, type=2, s=None, axes=None, norm=None", "type, None, axes, norm"
    else:
        _signature, _rest = "x, type=2, n=None, axis=-1, norm=None", "type, None, axis, norm"
    linear(f"scipy.fft.{_there}", _signature, kind="cosines", x=f"fft.{_back}(dout, {_rest})")
