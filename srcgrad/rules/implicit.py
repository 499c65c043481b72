"""The theorem of implicit functions: how a root moves with what its equation reads.

The gate stands for `x`, which somebody has found. `residual` and `image` are computed from `x` as
from a constant; `slope` is the derivative by `x`, a number or a square matrix, that has to be
undone: of the residual, or of `x - image`.
"""

from srcgrad.rules.record import vjp

for _name, _sign, _part in (("root", "-", "residual"), ("fixed_point", "", "image")):
    vjp(f"implicit.{_name}", f"x, {_part}, slope", kind="first", x="dout",
        jvp=f"{_sign}{_part}_dot / slope", **{_part: f"{_sign}dout / slope"})  # fmt: skip
    vjp(f"implicit.{_name}:array", f"x, {_part}, slope", kind="first", x="dout",
        jvp=f"{_sign}np.linalg.solve(slope, {_part}_dot)",
        **{_part: f"{_sign}np.linalg.solve(slope.T, dout)"})  # fmt: skip
