"""Functions of the intermediate representation as text: what `--pass` prints before `emit`.

function horner(coeffs: list[float], x: float):
    n: int = len(coeffs)
    y: float = for i in range(0, n, 1) with y_2 = 0.0:
        …
        next y_3
    return y
"""

from __future__ import annotations

from srcgrad.ir import UNDEFINED, Const, For, Function, Gate, If, Return, Slice, Tup, Value, While


def dump(function: Function) -> str:
    """The function as text, one gate a line."""
    work = _Dump()
    work.line(0, f"function {function.name}({work.declared(function.params)}):")
    work.block(function.body, 1)
    return "\n".join(work.lines) + "\n"


class _Dump:
    def __init__(self):
        self.lines: list[str] = []
        self.names: dict[Value, str] = {}
        self.taken: dict[str, int] = {}  # hint -> how many values have it

    def line(self, depth, text):
        self.lines.append("    " * depth + text)

    # ------------------------------------------------------------ operands

    def name(self, v):
        if v not in self.names:
            k = self.taken[v.hint] = self.taken.get(v.hint, 0) + 1
            self.names[v] = v.hint if k == 1 else f"{v.hint}_{k}"
        return self.names[v]

    def declared(self, vs):
        return ", ".join(f"{self.name(v)}: {v.kind}" for v in vs)

    def defining(self, outs):
        return f"{self.declared(outs)} = " if outs else ""

    def show(self, o):
        match o:
            case None:
                return ""
            case Value():
                return self.name(o)
            case Const():
                return "undefined" if o is UNDEFINED else repr(o.value)
            case Slice():
                step = f":{self.show(o.step)}" if o.step is not None else ""
                return f"{self.show(o.lo)}:{self.show(o.hi)}{step}"
            case Tup():
                return "(" + ", ".join(map(self.show, o.items)) + ")"
            case Gate():
                args = [*map(self.show, o.args), *(f"{k}={self.show(v)}" for k, v in o.kw)]
                return f"{o.op}({', '.join(args)})"
        return repr(o)

    # ------------------------------------------------------------ statements

    def block(self, b, depth, word="yield"):
        for s in b.stmts:
            self.stmt(s, depth)
        if b.yields:
            self.line(depth, f"{word} {', '.join(map(self.show, b.yields))}")
        elif not b.stmts:
            self.line(depth, "pass")

    def stmt(self, s, depth):
        match s:
            case Gate():
                head = self.defining([s.out] if s.out is not None else [])
                self.line(depth, head + self.show(s))
            case If():
                self.branch(s, depth)
            case For() | While():
                self.loop(s, depth)
            case Return():
                self.line(depth, f"return {', '.join(map(self.show, s.values))}")

    def branch(self, s, depth):
        self.line(depth, f"{self.defining(s.outs)}if {self.show(s.test)}:")
        self.block(s.then, depth + 1)
        if s.orelse.stmts or s.orelse.yields:
            self.line(depth, "else:")
            self.block(s.orelse, depth + 1)

    def loop(self, s, depth):
        outs = self.defining(s.outs)
        pairs = zip(s.carried, s.inits)
        state = ", ".join(f"{self.name(c)} = {self.show(i)}" for c, i in pairs)
        state = f" with {state}" if state else ""
        if isinstance(s, For):
            span = f"range({', '.join(map(self.show, (s.start, s.stop, s.step)))})"
            span = f"reversed({span})" if s.reverse else span
            self.line(depth, f"{outs}for {self.name(s.index)} in {span}{state}:")
        else:
            self.line(depth, f"{outs}while{state}:")
            self.block(s.test, depth + 1, "test")
            self.line(depth, "do:")
        self.block(s.body, depth + 1, "stop, next" if s.breaks else "next")
