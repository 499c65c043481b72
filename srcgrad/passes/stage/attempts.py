"""Stage `try` and `with`: branches whose way is decided by what happens in them.

    try:                            y: float = if attempt():
        y = math.sqrt(x)                root: float = math.sqrt(x)
    except ValueError:      →           commit()
        y = 0.0                         yield root
                                    else:
                                        yield 0.0

The first block of an attempt is what is tried. It may be left for the handlers anywhere before its
`commit`; what comes after that, as the `else` of the `try`, is outside. Handlers see the
names as they were before the `try`. So a name is refused in them if it may have been assigned when
the exception came, and so is a change of memory that something else may follow and fail.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import types
import warnings

import numpy as np

from srcgrad.errors import SrcgradError
from srcgrad.ir import UNDEFINED, Block, Const, Gate, If, frees, walk
from srcgrad.kinds import Thing, is_reference
from srcgrad.memory import WRITES, Aliases
from srcgrad.passes.stage.binding import Interrupted, Known, Refused
from srcgrad.passes.stage.scopes import stored_names
from srcgrad.source import read

_PLAIN = {np.errstate, np.printoptions, warnings.catch_warnings, contextlib.nullcontext}


class Attempts:
    """Methods of the stager that run `try` and `with`."""

    # ------------------------------------------------------------ try

    def stmt_Try(self, node):
        if node.finalbody:
            what = "`return`, `break` or `continue` in `finally` cannot be differentiated"
            raise Refused(node.finalbody[0], what, "leave the function after the `try`")
        kinds = [self.caught(h) for h in node.handlers]
        doubtful = exposed(node.body)[0]

        def body():
            self.trying += 1
            try:
                self.stmts(node.body)
            finally:
                self.trying -= 1
            self.only_last_write(self.b.stmts, node)
            self.b.effect("commit")
            self.stmts(node.orelse)

        def handlers():
            for name in doubtful:
                self.env[name] = Interrupted()
            self.clauses(list(zip(node.handlers, kinds)), doubtful, node)

        self.branch(Gate(None, "attempt", (), form=tuple(kinds)), body, handlers, node)

    def caught(self, handler):
        """The classes that a handler is for, as the text is to name them; None for all."""
        if handler.type is None:
            return None
        tree, names, _ = self.template(handler.type)
        if names:
            what = "what a handler is for is a class of exceptions, or a tuple of some"
            raise Refused(handler.type, what, "name the classes")
        return tree

    def clauses(self, clauses, doubtful, node):
        (handler, kind), *rest = clauses
        if not rest:
            return self.clause(handler, doubtful)
        test = Gate(None, "except", (), form=kind)
        first = lambda: self.clause(handler, doubtful)  # noqa: E731
        self.branch(test, first, lambda: self.clauses(rest, doubtful, node), node)

    def clause(self, handler, doubtful):
        if handler.name:
            self.env[handler.name] = self.b.gate(
                "caught", kind=Thing(), hint=handler.name, named=True, form="held"
            )
        self.stmts(handler.body)
        if handler.name:
            self.env[handler.name] = Interrupted()
        if getattr(handler, "gone", False):  # nobody reads a name after it
            for name in {*doubtful, handler.name} & set(self.env):
                if isinstance(self.env[name], Interrupted):
                    self.env[name] = UNDEFINED

    def only_last_write(self, stmts, node):
        """Refuse a change of memory that is not the last thing tried."""
        block = Block(tuple(stmts))
        aliases = Aliases(block)
        outer = {aliases.find(v) for v in frees(block) if is_reference(v.kind)}

        def writes(s):
            return [
                g
                for g in walk(s)
                if isinstance(g, Gate) and g.op in WRITES and aliases.find(g.args[0]) in outer
            ]

        def check(stmts):
            for k, s in enumerate(stmts):
                if isinstance(s, If) and k == len(stmts) - 1:
                    check(s.then.stmts)
                    check(s.orelse.stmts)
                elif writes(s) and (not isinstance(s, Gate) or k < len(stmts) - 1):
                    what = "a list or array is changed in `try` before something that may fail"
                    where = writes(s)[0].loc
                    place = where[1] if where and where[0] is self.source else node
                    raise Refused(place, what, "change it last, or after the `try`")

        check(stmts)

    # ------------------------------------------------------------ with

    def stmt_With(self, node):
        (item,) = node.items
        manager = self.manager(item.context_expr)
        if manager is contextlib.suppress:
            handler = ast.ExceptHandler(self.suppressed(item), None, [ast.Pass()])
            attempt = ast.Try(node.body, [ast.copy_location(handler, node)], [], [])
            return self.stmt_Try(ast.copy_location(attempt, node))
        if manager is contextlib.nullcontext:
            return self.without_context(item, node)
        tree, names, operands = self.template(item.context_expr)
        if any(is_reference(o.kind) for o in operands):
            what = "a context that holds a list or an array cannot be differentiated"
            raise Refused(item.context_expr, what, "enter the context outside the function")
        test = Gate(None, "with", tuple(operands), form=(tree, tuple(names), manager in _PLAIN))
        stored = stored_names([node])
        entered: dict = {}

        def body():
            if item.optional_vars is not None:
                value = self.b.gate("entered", kind=Thing(), hint="context", form="held")
                self.assign(item.optional_vars, value, node)
            self.stmts(node.body)
            entered.update(self.env)

        def never():
            self.env.update(dict.fromkeys(stored, UNDEFINED))

        self.branch(test, body, never, node)
        # what the compiler knows inside it knows behind it
        self.env.update({n: b for n, b in entered.items() if n in stored and _known(b)})

    def without_context(self, item, node):
        call = item.context_expr
        value = self.expr(call.args[0]) if call.args else Const(None)
        if item.optional_vars is not None:
            self.assign(item.optional_vars, value, node)
        self.stmts(node.body)

    def suppressed(self, item):
        kinds = item.context_expr.args
        several = kinds[0] if len(kinds) == 1 else ast.Tuple(kinds, ast.Load())
        return ast.copy_location(several, item.context_expr)

    def manager(self, node):
        """What makes the context, if it surely lets exceptions through, or is known."""
        made = self.expr(node.func) if isinstance(node, ast.Call) else self.expr(node)
        value = made.value if isinstance(made, Known) else None
        if value is contextlib.suppress or value in _PLAIN:
            return value
        if value is None or not lets_through(value if isinstance(node, ast.Call) else type(value)):
            what = f"`with {ast.unparse(node)}` cannot be differentiated yet"
            raise Refused(node, what, "enter the context outside the function")
        return value


def _known(binding):
    return isinstance(binding, (Const, Known))


def lets_through(manager) -> bool:
    """Whether a user's context manager never swallows an exception, as its source shows."""
    function = getattr(manager, "__wrapped__", None)
    generator = inspect.isgeneratorfunction(function)
    if not generator:
        function = getattr(manager, "__exit__", None)
    if not isinstance(function, types.FunctionType):
        return False
    try:
        tree = read(function).tree
    except SrcgradError:
        return False
    nodes = list(ast.walk(tree))
    if generator:
        return not any(isinstance(n, ast.Try) and n.handlers for n in nodes)
    returned = [n.value for n in nodes if isinstance(n, ast.Return) and n.value is not None]
    return all(isinstance(v, ast.Constant) and not v.value for v in returned)


def exposed(stmts, fails=False):
    """The names that may be assigned when an exception comes, and whether one may come at all.

    >>> sorted(exposed(ast.parse("a = f(x)\\nb = g(a)").body)[0])
    ['a']
    """
    out: set = set()
    for s in reversed(stmts):
        match s:
            case ast.Assign(targets=targets, value=value):
                out |= set(_names(stored_names([s]))) if fails else set()
                fails |= not isinstance(value, (ast.Constant, ast.Name))
                fails |= any(isinstance(t, (ast.Subscript, ast.Attribute)) for t in targets)
                inner = {n.target.id for n in ast.walk(value) if isinstance(n, ast.NamedExpr)}
                out |= inner
            case ast.Pass():
                pass
            case ast.If():
                sides = [exposed(side, fails) for side in (s.body, s.orelse)]
                out |= sides[0][0] | sides[1][0]
                known = isinstance(s.test, (ast.Constant, ast.Name)) or _is_flag(s.test)
                fails |= sides[0][1] or sides[1][1] or not known
                out |= {n.target.id for n in ast.walk(s.test) if isinstance(n, ast.NamedExpr)}
            case ast.AugAssign(target=ast.Name(id=name)):
                out |= {name} if fails else set()
                fails = True
            case _:
                out |= set(_names(stored_names([s])))
                fails = True
    return out, fails


def _is_flag(test):
    return isinstance(test, ast.UnaryOp) and isinstance(test.operand, ast.Name)


def _names(names):
    """Flags are left out: nothing fails after an exit."""
    return [n for n in names if not n.startswith("%")]
