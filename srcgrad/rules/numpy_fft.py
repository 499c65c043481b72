"""Fourier transforms. They are linear, so the tangent is the transform of the tangent.

The pullback is the adjoint: the transform in the other direction, scaled the other way round (a
transform that divides by n has one that does not). What a longer input was cut off gets 0.
"""

import numpy as np

from srcgrad.extents import Extent, may_be_one
from srcgrad.ir import Const, Slice, Tup
from srcgrad.kinds import Array, Scalar, is_complex, is_integral
from srcgrad.operands import KindError, kind_of, literal
from srcgrad.promotion import complex_kind, real_kind
from srcgrad.rules.kinds_reductions import known
from srcgrad.rules.record import COMPLEX, kind_rule, macro, vjp, written
from srcgrad.rules.resultkinds import axes_of, extent_of

_NORMS = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": None}


# ------------------------------------------------------------ lengths and axes


def _lengths(n, axis, ndim):
    """The axes of a transform, counted from the left, and the length that each is cut or padded to, or None."""
    axes = literal(axis)
    if isinstance(n, Tup) and axes is None:
        axes = tuple(range(-len(n.items), 0))
    axes = axes_of(axes, ndim)
    asked = n.items if isinstance(n, Tup) else (n,) * len(axes)
    return [(k, None if o in (Const(None), Const(-1)) else o) for k, o in zip(axes, asked)]


def _half(extent):
    """The length of half a spectrum: one of what has one element."""
    return 1 if extent == 1 else Extent(f"half {extent}", may_be_one=may_be_one(extent))


def _length(operand):
    if isinstance(operand, Const) and operand.value > 1:
        return Extent(str(operand.value))
    return extent_of(operand)


@kind_rule
def spectrum(rule, args, kind_of):
    """Complex, but of the inverse of a half; one axis is of another length where only half is kept."""
    a, n, axis = (args[name] for name in rule.names[:3])
    kind = kind_of(a)
    if not isinstance(kind, Array) or not kind.ndim:
        return None
    short = rule.name.rpartition(".")[2]
    axes, norm = known(rule, args, rule.names[2]), known(rule, args, "norm")
    if norm not in _NORMS:
        raise KindError(f"`norm={norm!r}` is none of 'backward', 'ortho' and 'forward'")
    if isinstance(n, Tup) and axes is not None and len(n.items) != len(axes):
        raise KindError(f"`s=` and `axes=` of `np.fft.{short}` are of different lengths")
    if any(
        not -kind.ndim <= k < kind.ndim for k in (axes if isinstance(axes, tuple) else (axes or 0,))
    ):
        raise KindError(f"an axis of `np.fft.{short}` is out of bounds")
    if short.startswith("irfft") and isinstance(n, Tup) and n.items[-1] == Const(-1):
        raise KindError(f"the last length of `np.fft.{short}` has to be said")
    lengths = _lengths(n, axis, kind.ndim)
    if len({k for k, _ in lengths}) < len(lengths):
        raise KindError(f"`np.fft.{short}` goes along one axis twice")
    extents = list(kind.extents)
    for k, length in lengths:
        if length is not None:
            if not is_integral(kind_of(length)):
                raise KindError(f"the lengths of `np.fft.{short}` are ints")
            extents[k] = _length(length)
    last = lengths[-1][0]
    if short.startswith("rfft") and is_complex(kind):
        raise KindError(f"`np.fft.{short}` takes real numbers")
    if short.startswith("rfft"):
        extents[last] = _half(extents[last])
    elif short.startswith("irfft") and lengths[-1][1] is None:
        extents[last] = Extent(f"twice {extents[last]}")  # an even number
    kind = complex_kind(Array(kind.dtype, tuple(extents)))
    return real_kind(kind) if short.startswith("irfft") else kind


@macro
def adjoint_norm(b, norm):
    """The scaling of the adjoint."""
    return Const(_NORMS[norm.value])


@macro
def transform_length(b, a, n, axis):
    """How long the transform is."""
    (at, n), *_ = _lengths(n, axis, kind_of(a).ndim)
    return b.gate("extent", a, Const(at)) if n is None else n


@macro
def transform_lengths(b, a, s, axes):
    found = _lengths(s, axes, kind_of(a).ndim)
    return Tup(tuple(b.gate("extent", a, Const(k)) if n is None else n for k, n in found))


@macro
def transform_axes(b, a, s, axes):
    """The axes, written out where lengths are given for them."""
    return Tup(tuple(Const(k) for k, _ in _lengths(s, axes, kind_of(a).ndim)))


@macro
def said_axes(b, a, s, axes):
    """The axes as they are given; lengths alone are of the last ones."""
    return axes if s == Const(None) else transform_axes(b, a, s, axes)


@macro
def resized(b, c, a, n, axis):
    """A cotangent of what was cut or padded, as one of the whole: the rest of it is 0."""
    c = b.part_of(c, kind_of(a))
    have = kind_of(a).extents
    cut = {k: o for k, o in _lengths(n, axis, len(have)) if o is not None and _length(o) != have[k]}
    return _in_zeros(b, c, a, cut) if cut else c


@macro
def resized_half(b, c, a, n, axis):
    """As `resized`, of half a spectrum whose whole is `n` long."""
    c = b.part_of(c, kind_of(a))
    have = kind_of(a).extents
    lengths = _lengths(n, axis, len(have))
    *others, (last, whole) = lengths
    cut = {k: o for k, o in others if o is not None and _length(o) != have[k]}
    if whole is not None and _half(_length(whole)) != have[last]:
        cut[last] = whole
        half = b.fold("operator.floordiv", cut[last], Const(2))
        cut[last] = b.fold("operator.add", half, Const(1))
    return _in_zeros(b, c, a, cut) if cut else c


def _in_zeros(b, c, a, cut):
    """Zeros of the shape of `a`, and `c` in them, which goes so far along some axes."""
    whole = Slice(None, None, None)
    last = max(cut)
    into = [Slice(None, cut[k], None) if k in cut else whole for k in range(last + 1)]
    of = [
        Slice(None, b.gate("extent", a, Const(k)), None) if k in cut else whole
        for k in range(last + 1)
    ]
    zero = b.zeros(a)
    part = b.gate("view", c, _index(of))
    return b.gate("scatter", zero, part, _index(into), kind=kind_of(zero))


def _index(items):
    return items[0] if len(items) == 1 else Tup(tuple(items))


@macro
def doubled(b, c, out, axis):
    """Half a spectrum, what stands for its mirror image, too, counted twice: neither end of an even one."""
    axes = literal(axis)
    last = axes_of(axes, kind_of(out).ndim)[-1]
    n = b.gate("extent", out, Const(last))
    middle = b.fold("operator.floordiv", b.fold("operator.add", n, Const(1)), Const(2))
    index = [Slice(None, None, None)] * last + [Slice(Const(1), middle, None)]
    b.effect("augitem", c, _index(index), Const(2), kw=(("op", Const("operator.mul")),))
    return c


# ------------------------------------------------------------ transforms

_ONE, _ALL, _TWO = "a, n=None, axis=-1, norm=None", "a, s=None, axes=None, norm=None", (-2, -1)
_SIGNATURES = {"": _ONE, "n": _ALL, "2": _ALL.replace("axes=None", f"axes={_TWO}")}

for _rank, _signature in _SIGNATURES.items():
    _n, _axis = ("n", "axis") if not _rank else ("s", "axes")
    _same = f"{_n}={_n}, {_axis}={_axis}, norm=norm"
    _back = "axes=said_axes(a, s, axes)" if _rank else "axis=axis"
    _back += ", norm=adjoint_norm(norm)"
    for _there, _here in (("fft", "ifft"), ("ifft", "fft")):
        vjp(
            f"numpy.fft.{_there}{_rank}",
            _signature,
            kind="spectrum",
            a=f"resized(np.fft.{_here}{_rank}(dout, {_back}), a, {_n}, {_axis})",
            jvp=f"np.fft.{_there}{_rank}(a_dot, {_same})",
        )
        COMPLEX.add(f"numpy.fft.{_there}{_rank}")
    # half a spectrum is padded with zeros: the conjugates that it stands for are not among the results
    _whole = f"n=transform_length(a, n, axis), {_back}"
    if _rank:
        _whole = "s=transform_lengths(a, s, axes), axes=transform_axes(a, s, axes), norm=adjoint_norm(norm)"
    vjp(
        f"numpy.fft.rfft{_rank}",
        _signature,
        kind="spectrum",
        a=f"resized(np.real(np.fft.ifft{_rank}(dout, {_whole})), a, {_n}, {_axis})",
        jvp=f"np.fft.rfft{_rank}(a_dot, {_same})",
    )
    vjp(
        f"numpy.fft.irfft{_rank}",
        _signature,
        kind="spectrum",
        a=f"resized_half(doubled(np.fft.rfft{_rank}(dout, {_back}), out, {_axis}), a, {_n}, {_axis})",
        jvp=f"np.fft.irfft{_rank}(a_dot, {_same})",
    )
    COMPLEX.add(f"numpy.fft.irfft{_rank}")


# ------------------------------------------------------------ beside the transforms

for _there, _back in (("fftshift", "ifftshift"), ("ifftshift", "fftshift")):
    vjp(
        f"numpy.fft.{_there}",
        "x, axes=None",
        kind="like",
        x=f"np.fft.{_back}(dout, axes=axes)",
        jvp=f"np.fft.{_there}(x_dot, axes=axes)",
    )
    COMPLEX.add(f"numpy.fft.{_there}")


@kind_rule
def frequencies(rule, args, kind_of):
    n = args["n"]
    if not is_integral(kind_of(n)) or not isinstance(kind_of(args["d"]), Scalar):
        return None
    extent = _length(n)
    return Array("f8", (_half(extent) if rule.name.endswith("rfftfreq") else extent,))


for _name in ("fftfreq", "rfftfreq"):
    vjp(
        f"numpy.fft.{_name}",
        "n, d=1.0",
        kind="frequencies",
        d="-np.sum(dout * out) / d",
        jvp="-out * (d_dot / d)",
    )


@written("numpy.fft.hfft")
def hfft(a, n=None, axis=-1, norm=None):
    if norm is None or norm == "backward":
        return np.fft.irfft(np.conj(a), n, axis, "forward")
    if norm == "forward":
        return np.fft.irfft(np.conj(a), n, axis)
    return np.fft.irfft(np.conj(a), n, axis, norm)


@written("numpy.fft.ihfft")
def ihfft(a, n=None, axis=-1, norm=None):
    if norm is None or norm == "backward":
        return np.conj(np.fft.rfft(a, n, axis, "forward"))
    if norm == "forward":
        return np.conj(np.fft.rfft(a, n, axis))
    return np.conj(np.fft.rfft(a, n, axis, norm))


COMPLEX |= {"numpy.fft.hfft", "numpy.fft.ihfft"}
