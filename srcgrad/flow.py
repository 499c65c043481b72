"""Through which of its operands a gate lets derivatives flow.

Shared by the passes that ask what depends on what.
"""

from __future__ import annotations

import ast

from srcgrad.rules.record import TABLE

# operations whose result depends on none of the numbers in their arguments
_DEAD = {
    "len",
    "nonempty",
    "size",
    "extent",
    "shape",
    "zeros_like",
    "global",
    "getattr",
    "stop_gradient",
    "asked",
    "turn",
}


def differentiable(gate) -> list:
    """The operands of a gate through which a derivative can flow."""
    rule = TABLE.get(gate.op)
    if rule is not None:
        if rule.flavour == "zero":
            return []
        named = dict(zip(rule.names, gate.args)) | dict(gate.kw)
        return [
            a for n, a in named.items() if n not in rule.nondiff and not _is_zero(rule.d.get(n))
        ]
    if gate.op in _DEAD:
        return []
    if gate.op in ("getitem", "view", "gather", "snapshot", "pop", "copy", "part"):
        return [gate.args[0]]
    if gate.op == "repeat":
        return [gate.args[0]]
    if gate.op == "call":
        return [a for k, a in enumerate(gate.args) if k in gate.form.useful]
    return list(gate.args)


def _is_zero(partial) -> bool:
    """Whether a rule says that a derivative is zero: `np.arange(a, b)` by b."""
    return isinstance(partial, ast.Constant) and partial.value == 0
