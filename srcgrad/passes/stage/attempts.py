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
from dataclasses import dataclass, field

import numpy as np

from srcgrad.errors import SrcgradError
from srcgrad.failing import may_raise
from srcgrad.ir import UNDEFINED, Const, Gate, raises
from srcgrad.kinds import Thing, is_reference
from srcgrad.passes.stage.binding import Ended, Interrupted, Known, Refused, Struct
from srcgrad.passes.stage.heap import is_variable
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
        doubtful: set = set()

        def body():
            self.attempted(tried)
            doubtful.update(Exposed(tried, self.tried_nodes).names)
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

    def note_tried(self, node, count, before):
        """Note whether a statement in a `try` may raise, and which names it changed."""
        self.tried_nodes.setdefault(node, Tried()).risky |= any(
            map(may_raise, self.b.stmts[count:])
        )
        self.tried_nodes[node].changed |= changed(before, self.env)

    def note_called(self, node, before):
        """Note which names an assignment has changed before it assigns, by what it calls."""
        self.tried_nodes.setdefault(node, Tried()).called |= changed(before, self.env)

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
        if self.trying and manager not in _PLAIN:
            what = "a context of your own is entered in a `try`, and may fail itself"
            raise Refused(item.context_expr, what, "put the `try` inside the `with`")
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


@dataclass
class Tried:
    """What is known of a statement in a `try`: `called` is changed by what it calls as it evaluates."""

    risky: bool = False
    changed: set = field(default_factory=set)
    called: set = field(default_factory=set)


def changed(before, env) -> set:
    """The names that stand for something else, flags left out: nothing fails after an exit."""
    names = {n for n in {**before, **env} if before.get(n) is not env.get(n)}
    return {n for n in names if n[0] != "%" or is_cell(n) or not is_variable(n)}


class Exposed:
    """What an exception may leave assigned: `names`, and `fails`, whether one may come at all."""

    def __init__(self, stmts, known, fails=False):
        self.known, self.fails, self.names = known, fails, set()
        for s in reversed(stmts):
            if s in known:  # it has been reached
                self.statement(s, known[s])

    def statement(self, s, of):
        match s:
            case ast.If(body=body, orelse=orelse):
                self.inside(of, s.test, body, orelse)
            case ast.Try(body=body, orelse=orelse, handlers=handlers):
                self.inside(of, None, body + orelse, *(h.body for h in handlers))
            case ast.With(body=body):
                self.inside(of, None, body)
            case ast.Assign(targets=[_]):
                self.change(of.called, of.risky)
                self.change(of.changed, False)
            case ast.AugAssign(target=ast.Name(id=name)) if not is_cell(name):
                self.change(of.changed - {name}, of.risky)
                self.change(of.changed, False)
            case _:
                self.change(of.changed, of.risky)
        self.fails |= of.risky

    def inside(self, of, test, *blocks):
        """Blocks of which one is run, or one after part of another."""
        rest = set(of.changed)
        for found in [Exposed(block, self.known, self.fails) for block in blocks]:
            self.names |= found.names
        for block in blocks:
            rest -= {n for s in block if s in self.known for n in self.known[s].changed}
        rest |= set(stored_names([ast.Expr(test)])) if test is not None else set()
        self.change(rest, of.risky)

    def change(self, names, risky):
        """Names that are changed before something may fail: what follows, or what is at it (`risky`)."""
        if risky or self.fails:
            self.names |= names


def _inside(node):
    return (n for s in node.body for n in ast.walk(s))
