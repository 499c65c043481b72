"""Desugar what needs no kinds; give every block one exit.

    for x in xs:                        for x in xs:            # stops where %stop_1
        if x < 0: break          →          if x < 0: %stop_1 = True
        total += x                          else: total += x
    return total                        %result = total

A statement after a branch that always leaves moves into the other branch, so nothing is copied.
Where a branch leaves only sometimes, a flag says so and what follows is guarded by it. The
backward pass then needs no rule for `return`, `break` and `continue`: it meets only branches.
Names that begin with `%` are ours.
"""

from __future__ import annotations

import ast

from srcgrad.passes.normalise.desugar import Desugar, parts_of
from srcgrad.source import copied

RESULT, RETURNED = "%result", "%returned"


def normalise(tree: ast.FunctionDef) -> ast.FunctionDef:
    """The function in normal form, as a new tree; locations are kept."""
    body = _Exits().function(Desugar().statements(map(copied, tree.body)))
    new = ast.FunctionDef(**{f: getattr(tree, f, None) for f in tree._fields})
    new.body = body
    return ast.copy_location(new, tree)


def _assign(name, value, at):
    target = ast.copy_location(ast.Name(name, ast.Store()), at)
    value = value if isinstance(value, ast.AST) else ast.Constant(value)
    if not hasattr(value, "lineno"):
        ast.copy_location(value, at)
    return ast.copy_location(ast.Assign([target], value), at)


def _leaves(stmts, how=(ast.Return, ast.Break, ast.Continue)) -> bool:
    """Whether control never reaches the end of these statements."""
    for s in stmts:
        match s:
            case ast.If():
                sides = [s.body, s.orelse]
            case ast.With():
                sides = [s.body]
            case ast.Try():
                if not all(_leaves(h.body, (*how, ast.Raise)) for h in s.handlers):
                    continue
                sides = [s.body + s.orelse]
            case _:
                sides = []
        if isinstance(s, how) or sides and all(_leaves(side, how) for side in sides):
            return True
    return False


def _exits(stmts, kinds) -> bool:
    """Whether one of these exits stands in the statements (of loops inside: only `return`)."""
    for s in stmts:
        if isinstance(s, kinds):
            return True
        if isinstance(s, (ast.For, ast.While)):
            if ast.Return in kinds and _exits(s.body, (ast.Return,)):
                return True
        elif any(_exits(part, kinds) for part in parts_of(s)):
            return True
    return False


_ANY = (ast.Return, ast.Break, ast.Continue)


class _Exits:
    def __init__(self):
        self.count = 0
        self.stop = self.skip = None  # the flags of the innermost loop

    def function(self, stmts):
        end = stmts[-1] if stmts else ast.Pass(lineno=1, col_offset=0)
        if not _leaves(stmts, (*_ANY, ast.Raise)):
            stmts = stmts + [ast.copy_location(ast.Return(None), end)]
        self.guarded = False
        body = self.sequence(stmts)
        if self.guarded:
            body.insert(0, _assign(RETURNED, False, stmts[0]))
        return body

    def sequence(self, stmts):
        out = []
        for k, s in enumerate(stmts):
            rest = stmts[k + 1 :]
            if isinstance(s, _ANY):
                return out + self.leave(s)
            if isinstance(s, ast.Raise):
                return [*out, s]
            if isinstance(s, ast.If) and _exits([s], _ANY):
                return out + self.branch(s, rest)
            if isinstance(s, ast.If):
                plain = ast.If(s.test, self.sequence(s.body), self.sequence(s.orelse))
                out.append(ast.copy_location(plain, s))
            elif isinstance(s, (ast.For, ast.While)):
                out.append(self.loop(s))
                if _exits(s.body, (ast.Return,)):
                    # a return in an inner loop ends the turn of the outer one, and the outer one
                    out += [
                        _assign(f, ast.Name(RETURNED, ast.Load()), s)
                        for f in (self.stop, self.skip)
                        if f
                    ]
                    return out + self.guard(RETURNED, rest, s)
            elif isinstance(s, ast.With):
                new = ast.copy_location(ast.With(s.items, self.sequence(s.body)), s)
                out.append(new)
                if _exits(s.body, _ANY):
                    return out + self.guard(self.skip or RETURNED, rest, s)
            elif isinstance(s, ast.Try):
                after = self.attempt(s, rest, out)
                if after is not None:
                    return out + after
            else:
                out.append(s)
        return out

    def leave(self, s):
        if isinstance(s, ast.Return):
            out = [_assign(RESULT, s.value or ast.Constant(None), s), _assign(RETURNED, True, s)]
            out += [_assign(self.stop, True, s)] if self.stop else []
        else:
            out = [_assign(self.stop, True, s)] if isinstance(s, ast.Break) else []
        return out + ([_assign(self.skip, True, s)] if self.skip else [])

    def branch(self, s, rest):
        if _leaves(s.body):
            body, orelse, after = s.body, s.orelse + rest, []
        elif _leaves(s.orelse):
            body, orelse, after = s.body + rest, s.orelse, []
        else:
            body, orelse = s.body, s.orelse
            after = self.guard(self.skip or RETURNED, rest, s)
        new = ast.If(s.test, self.sequence(body) or [ast.Pass()], self.sequence(orelse))
        return [ast.copy_location(new, s), *after]

    def attempt(self, s, rest, out):
        """A `try`; what follows it, normalised, where the `try` may be left by an exit."""
        body, orelse, final = s.body, s.orelse, getattr(s, "after", [])
        handlers = [h.body for h in s.handlers]
        if not _exits([s], _ANY):
            rest = None
        if rest is not None and not final and all(map(_leaves, handlers)):
            orelse, rest = orelse + rest, []
        elif rest is not None and not final and _leaves(body + orelse) and len(handlers) == 1:
            handlers, rest = [handlers[0] + rest], []
        flag = self.skip or RETURNED
        inner = self.sequence(orelse) if not _exits(body, _ANY) else self.guard(flag, orelse, s)
        new = ast.Try(self.sequence(body), [], inner, s.finalbody)
        for h, stmts in zip(s.handlers, handlers):
            one = ast.copy_location(ast.ExceptHandler(h.type, h.name, self.sequence(stmts)), h)
            one.gone = _leaves(h.body, (ast.Return, ast.Raise))
            new.handlers.append(one)
        out += [ast.copy_location(new, s), *self.sequence(final)]
        return None if rest is None else self.guard(flag, rest, s)

    def guard(self, flag, rest, at):
        if not rest:
            return []
        self.guarded = True
        test = ast.UnaryOp(ast.Not(), ast.Name(flag, ast.Load()))
        node = ast.copy_location(ast.If(test, self.sequence(rest), []), at)
        return [ast.fix_missing_locations(node)]

    def loop(self, s):
        outer = self.stop, self.skip
        self.count += 1
        breaks = _exits(s.body, (ast.Break, ast.Return))
        self.stop = f"%stop_{self.count}" if breaks else None
        self.skip = f"%skip_{self.count}" if _exits(s.body, _ANY) else None
        body = self.sequence(s.body)
        flags = [_assign(f, False, s) for f in (self.stop, self.skip) if f]
        new = type(s)(**{f: getattr(s, f, None) for f in s._fields})
        new.body, new.stop = flags + body, self.stop
        self.stop, self.skip = outer
        return ast.copy_location(new, s)
