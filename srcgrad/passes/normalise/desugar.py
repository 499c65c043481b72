"""Write what needs no kinds in simpler words.

    for x in xs:                    %broke_1 = False
        if x < 0: break             for x in xs:
    else:                   →           if x < 0: %broke_1 = True; break
        total += 1.0                if not %broke_1: total += 1.0

A `while` whose test assigns is turned inside out, so that the test is part of the turn; `finally`
is a handler that raises again and the same statements after it; `with a, b` is one in the other.
"""

from __future__ import annotations

import ast

from srcgrad.passes.normalise.patterns import NotWritten, written
from srcgrad.source import copied


class Desugar(ast.NodeTransformer):
    """Rewrites the statements of one function."""

    def __init__(self):
        self.count = 0

    def statements(self, nodes) -> list[ast.stmt]:
        out: list = []
        for node in nodes:
            new = self.visit(node)
            out += new if isinstance(new, list) else [new]
        return out

    def name(self, stem):
        self.count += 1
        return f"%{stem}_{self.count}"

    def visit_AnnAssign(self, node):
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Lambda(self, node):
        return node

    visit_FunctionDef = visit_Lambda  # a nested function is normalised when it is called

    def visit_For(self, node):
        return self.without_else(node)

    def visit_While(self, node):
        out = self.without_else(node)
        loop = next(s for s in out if isinstance(s, ast.While))
        if any(isinstance(n, ast.NamedExpr) for n in ast.walk(loop.test)):
            leave = ast.If(ast.UnaryOp(ast.Not(), loop.test), [ast.Break()], [])
            loop.body = [_placed(leave, loop.test), *loop.body]
            loop.test = ast.copy_location(ast.Constant(True), loop.test)
        return out

    def without_else(self, node):
        node.body = self.statements(node.body)
        after = self.statements(node.orelse)
        node.orelse = []
        if not after or not _breaks(node.body):
            return [node, *after]
        flag = self.name("broke")
        node.body = _noting(node.body, flag)
        unbroken = ast.UnaryOp(ast.Not(), ast.Name(flag, ast.Load()))
        start = _placed(_set(flag, False), node)
        return [start, node, _placed(ast.If(unbroken, after, []), after[0])]

    def visit_Match(self, node):
        try:
            stmts = written(node, self.name("subject"))
        except NotWritten:
            return node
        return self.statements(stmts)

    def visit_Try(self, node):
        final = node.finalbody
        exits = (ast.Return, ast.Break, ast.Continue)
        if not final or any(isinstance(n, exits) for s in final for n in ast.walk(s)):
            return self.generic_visit(node)  # one that leaves in `finally` is refused when staged
        inner = ast.Try(node.body, node.handlers, node.orelse, [])
        body = [ast.copy_location(inner, node)] if node.handlers else node.body
        again = ast.Raise(None, None)
        handler = ast.ExceptHandler(None, None, [*map(copied, final), again])
        outer = self.generic_visit(_placed(ast.Try(body, [handler], [], []), node))
        outer.after = self.statements(final)  # also where the body returns, so it is not guarded
        return outer

    def visit_With(self, node):
        for item in reversed(node.items[1:]):
            inner = ast.With([item], node.body)
            node.body = [ast.copy_location(inner, node)]
        node.items = node.items[:1]
        return self.generic_visit(node)


def _set(name, value):
    return ast.Assign([ast.Name(name, ast.Store())], ast.Constant(value))


def _placed(node, at):
    for inner in ast.walk(node):
        if isinstance(inner, (ast.stmt, ast.expr, ast.excepthandler)):
            if not hasattr(inner, "lineno"):
                ast.copy_location(inner, at)
    return node


def parts_of(s) -> list:
    """The lists of statements inside a statement, those of loops left out."""
    match s:
        case ast.If():
            return [s.body, s.orelse]
        case ast.With():
            return [s.body]
        case ast.Try():
            return [s.body, s.orelse, *(h.body for h in s.handlers)]
    return []


def _breaks(stmts):
    """Whether a `break` of the loop itself is among these statements."""
    return any(isinstance(s, ast.Break) or any(map(_breaks, parts_of(s))) for s in stmts)


def _noting(stmts, flag):
    """The statements with the flag set where they break."""
    out: list = []
    for s in stmts:
        for inner in parts_of(s):
            inner[:] = _noting(inner, flag)
        out += [_placed(_set(flag, True), s), s] if isinstance(s, ast.Break) else [s]
    return out
