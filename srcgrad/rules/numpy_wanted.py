"""What the texts of linear algebra call of other tables, until these have it."""

from srcgrad.ir import Const
from srcgrad.kinds import Array
from srcgrad.operands import literal
from srcgrad.rules.record import TABLE, kind_rule, vjp, zero
from srcgrad.rules.resultkinds import reduce_to_float

for _name in ("tril", "triu"):
    if f"numpy.{_name}" not in TABLE:
        vjp(f"numpy.{_name}", "m, k=0", kind="triangle_wanted", m=f"np.{_name}(dout, k)",
            jvp=f"np.{_name}(m_dot, k)")  # fmt: skip
if "numpy.eye" not in TABLE:
    zero("numpy.eye", "N, M=None, k=0, dtype=None", kind="identity")
if "numpy.prod" not in TABLE:
    vjp("numpy.prod", "a, axis=None", kind="product_wanted", jvp="np.sum(rest * a_dot, axis=axis)",
        where="rest = np.prod(np.where(np.eye(size(a, -1)) == 1, 1.0, a[..., None, :]), axis=-1)",
        a="rest * dout[..., None]")  # fmt: skip


@kind_rule
def triangle_wanted(rule, args, kind_of):
    m = kind_of(args["m"])
    return m if isinstance(m, Array) and m.ndim >= 2 else None


@kind_rule
def product_wanted(rule, args, kind_of):
    if literal(args["axis"]) != -1:
        return None
    return reduce_to_float(rule, {**args, "keepdims": Const(False)}, kind_of)
