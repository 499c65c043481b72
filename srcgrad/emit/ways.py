"""Write the branches that have no predicate: `try` with its handlers, and `with`."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable

from srcgrad.ir import Block, Gate, tried, way


class Ways:
    """Methods of the writer for attempts and contexts."""

    block: Callable
    copy: Callable
    names: Callable
    template: Callable
    read: Callable

    def write_commit(self, g):
        return []

    write_caught = write_entered = write_commit

    def attempt(self, s) -> list:
        """`try: … except E as e: … else: …`."""
        count = tried(s.then)
        body = self.block(Block(s.then.stmts[:count]))
        after = self.block(Block(s.then.stmts[count:]), zip(s.outs, s.then.yields))
        if all(map(_cannot_fail, after)):
            body, after = body + after, []
        if not body:
            return after
        handlers = self.handlers(s.test.form, s.orelse, zip(s.outs, s.orelse.yields))
        return [ast.Try(body, handlers, after, [])]

    def handlers(self, kinds, block, copies) -> list:
        kind, *rest = kinds
        copies = list(copies)
        for k, s in enumerate(block.stmts):
            if way(s) == "except" and s.test.form is kind:
                before, after = block.stmts[:k], block.stmts[k + 1 :]
                here = self.clause(kind, [*before, *s.then.stmts], s, s.then, after, copies)
                others = Block((*before, *s.orelse.stmts))
                ends = [*zip(s.outs, s.orelse.yields)]
                return [here, *self.others(rest, others, ends, after, copies)]
        whole = self.block(block, copies)
        return [
            self.handler(k, block.stmts, whole if k is kind else copy.deepcopy(whole))
            for k in kinds
        ]

    def clause(self, kind, stmts, s, side, after, copies):
        body = self.block(Block(tuple(stmts)), zip(s.outs, side.yields))
        body += self.block(Block(tuple(after)), copies)
        return self.handler(kind, stmts, body)

    def others(self, kinds, block, ends, after, copies):
        """The other handlers, each with what comes after all of them."""
        out = self.handlers(kinds, block, ends)
        for handler in out:
            rest = self.block(Block(tuple(after)), copies)
            handler.body = [n for n in handler.body if not isinstance(n, ast.Pass)] + rest
            handler.body = handler.body or [ast.Pass()]
        return out

    def handler(self, kind, stmts, body):
        name = self.bound("caught", stmts)
        kind = copy.deepcopy(kind)
        if name and kind is None:
            kind = ast.Name("BaseException", ast.Load())
        return ast.ExceptHandler(kind, name, body or [ast.Pass()])

    def bound(self, op, stmts):
        """The name of what a handler caught or a context gave, if anything reads it."""
        for s in stmts:
            if isinstance(s, Gate) and s.op == op and self.read(s.out):
                return self.names(s.out)
        return None

    def context(self, s) -> list:
        """`with np.errstate(…): …`; a context that the backward pass does not enter is not there."""
        body = self.block(s.then, zip(s.outs, s.then.yields))
        if s.test.form is None:
            return body
        tree, names, _ = s.test.form
        manager = self.template(Gate(None, "opaque", s.test.args, (), form=(tree, names)))
        name = self.bound("entered", s.then.stmts)
        target = ast.Name(name, ast.Store()) if name else None
        return [ast.With([ast.withitem(manager, target)], body or [ast.Pass()])]


def _cannot_fail(s):
    simple = isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
    return simple and isinstance(s.value, (ast.Constant, ast.Name))
