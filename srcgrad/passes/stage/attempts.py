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
from srcgrad.failing import may_raise
from srcgrad.ir import UNDEFINED, Const, Gate, raises
from srcgrad.kinds import Thing, is_reference
from srcgrad.passes.stage.binding import Ended, Known, Refused, Struct
from srcgrad.passes.stage.expressions import Interrupted
from srcgrad.passes.stage.scopes import is_cell, stored_names
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
        tried, error = self.leading(node.body)
        handler = self.surely(node.handlers, error)
        if handler is not None:
            return self.stmts(handler.body)
        if not tried:
            return self.stmts(node.orelse)
        before, doubtful = dict(self.env), set()

        def body():
            self.attempted(tried)
            doubtful.update(self.left_in_doubt(tried, before))
            if not raises(self.b.stmts):
                self.b.effect("commit")
                self.stmts(node.orelse)

        def handlers():
            self.env.update((name, Interrupted()) for name in doubtful)
            self.clauses(list(zip(node.handlers, kinds)), doubtful, node)

        self.branch(Gate(None, "attempt", (), form=tuple(kinds)), body, handlers, node)

    def attempted(self, nodes):
        self.trying += 1
        try:
            self.stmts(nodes)
        finally:
            self.trying -= 1

    def leading(self, nodes):
        """Stage what is tried first and cannot raise before the `try`.

        Returns the rest, and the exception that is all that comes of its first statement, if so.
        """
        for k, node in enumerate(nodes):
            before, outer = dict(self.env), self.b
            self.b = outer.sub()
            try:
                self.attempted([node])
                made = self.b.stmts
            finally:
                self.b = outer
            if any(map(may_raise, made)):
                self.env = before
                return nodes[k:], self.thrown.get(made[0])
            self.b.stmts += made
        return [], None

    def impossible(self, node, message, remedy, error):
        """Refuse what surely raises; where it is tried, leave it to raise."""
        if not self.trying:
            raise Refused(node, message, remedy)
        made = ast.Call(
            ast.Name(type(error).__name__, ast.Load()), [*map(ast.Constant, error.args)], []
        )
        self.b.effect("raise", form=(ast.Raise(made, None), ()))
        self.thrown[self.b.stmts[-1]] = error
        raise Ended

    def surely(self, handlers, error):
        """The handler that an exception comes to, where that is known and all there is to know."""
        for handler in handlers if error is not None else ():
            caught = BaseException if handler.type is None else self.quiet(handler.type)
            kinds = caught.items if isinstance(caught, Struct) else (caught,)
            values = [k.value if isinstance(k, Known) else k for k in kinds]
            if not all(isinstance(v, type) for v in values):
                return None
            if isinstance(error, tuple(values)):
                again = any(isinstance(n, ast.Raise) and n.exc is None for n in _inside(handler))
                return None if handler.name or again else handler
        return None

    def note_risk(self, node, stmts):
        """Note whether a statement in a `try` made something that may raise."""
        if any(map(may_raise, stmts)):
            self.risky[id(node)] = node

    def left_in_doubt(self, nodes, before):
        """The names that may or may not be assigned when a `try` fails."""
        found = Exposed(nodes, lambda s: id(s) in self.risky)
        stored = stored_names(nodes)
        # what is called may assign, too
        called = {n for n, b in self.env.items() if before.get(n) is not b and n not in stored}
        return found.names | {n for n in called if n[0] != "%" or is_cell(n)}

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


class Exposed:
    """What an exception may leave assigned: `names`, and `fails`, whether one may come at all.

    `risky` tells of a statement whether it may raise; it is asked for the last ones first.
    """

    def __init__(self, stmts, risky, fails=False):
        self.risky, self.fails, self.names = risky, fails, set()
        for s in reversed(stmts):
            self.statement(s)

    def statement(self, s):
        risky = self.risky(s)
        match s:
            case ast.If():
                self.inside(s.body, s.orelse)
            case ast.Try():
                self.inside(s.body + s.orelse, *(h.body for h in s.handlers))
            case ast.With():
                self.inside(s.body)
            case ast.Assign(targets=[ast.Name()]) | ast.AugAssign(target=ast.Name()):
                self.stored([s] if self.fails else [])
            case _:
                self.stored([s] if self.fails or risky else [])
        walrus = [n for n in _expressions(s) if isinstance(n, ast.NamedExpr)]
        self.stored(walrus if risky else [])
        self.fails |= risky

    def inside(self, *blocks):
        """Blocks of which one is run, or one after part of another."""
        for found in [Exposed(block, self.risky, self.fails) for block in blocks]:
            self.names |= found.names

    def stored(self, nodes):
        self.names |= {n for n in stored_names(nodes) if n[0] != "%" or is_cell(n)}


def _inside(node):
    return (n for s in node.body for n in ast.walk(s))


def _expressions(s):
    """The nodes of a statement that are not in the statements inside it."""
    todo = [s]
    while todo:
        node = todo.pop()
        yield node
        todo += [n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.stmt)]
