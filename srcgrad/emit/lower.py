"""From gates to a Python function's tree.

    y_3: float = operator.add(operator.mul(y_2, x), c)      →      y = y * x + c

Every operation of the IR is written in one place: here what is a statement, in the modules beside
this one expressions, stores and demands. A statement carries the comment that the text is to have.
"""

from __future__ import annotations

import ast

from srcgrad.emit import remarks
from srcgrad.emit.containers import Containers
from srcgrad.emit.demands import Demands
from srcgrad.emit.expressions import AUGMENTED, BINARY, Expressions
from srcgrad.emit.spellings import Spellings
from srcgrad.emit.stores import Stores
from srcgrad.emit.syntax import call, load, negation, parameters, since
from srcgrad.emit.unpacking import unpacked
from srcgrad.emit.ways import Ways
from srcgrad.errors import InternalError
from srcgrad.ir import (
    UNDEFINED,
    Block,
    Const,
    For,
    Gate,
    If,
    Return,
    Value,
    While,
    defs,
    frees,
    is_turn,
    uses,
    values_in,
    way,
)
from srcgrad.kinds import Scalar
from srcgrad.operands import equals
from srcgrad.paths import partly_defined


class Lower(Expressions, Spellings, Containers, Stores, Demands, Ways):
    """`comments`: `none`, `passes` (where each begins), or `lines` (and which of `home` it is of)."""

    def __init__(self, names, comments="passes", home=None):
        self.names, self.comments, self.home = names, comments, home

    # ------------------------------------------------------------ function and blocks

    def function(self, function, signature):
        self.note_reads(function.body)
        self.params = function.params
        body = self.top(function.body)
        return ast.FunctionDef(function.name, signature, body or [ast.Pass()], [], None)

    def top(self, block):
        """A function's body, with the comments where its passes begin."""
        out: list = []
        turned = None
        stmts = unpacked(block.stmts, self.uses)
        for k, s in enumerate(stmts):
            if is_turn(s):
                if s.form == "pullback":
                    after = Block(tuple(stmts[k + 1 :]))
                    return self.unset(stmts[:k], after) + out + self.pullback(s, after)
                turned = len(out)
            else:
                out += self.stmt(s)
        if (
            self.comments != "none"
            and turned is not None
            and turned < len(out) - (1 if self.trivial(out[turned:]) else 0)
        ):
            if turned:
                out[0].comment = "forward pass"
                out[turned].comment = "backward pass"
        if self.comments == "lines" and turned is not None:
            remarks.annotate(out[turned:], self.home)
        return out

    def trivial(self, stmts):
        return len(stmts) == 1 and isinstance(stmts[0], ast.Return)

    def unset(self, before, after):
        """What a pullback copies at once, and only some paths have, is None on the others."""
        copied = [
            v
            for s in after.stmts
            if isinstance(s, Gate) and s.op == "deepcopy"
            for a in s.args
            for v in values_in(a)
        ]
        sure = self.surely(before) if copied else set()
        missing = dict.fromkeys(n for n in map(self.names, copied) if n not in sure)
        return [ast.Assign([ast.Name(n, ast.Store())], ast.Constant(None)) for n in missing]

    def surely(self, before):
        """The names that statements at the top of a function assign, whatever path is taken."""
        partial = partly_defined(Block(tuple(before)))
        defined = [v for s in before for v in defs(s) if v not in partial]
        return {self.names(v) for v in (*self.params, *defined)}

    def pullback(self, turn, block):
        """The backward pass as a function of the result's cotangent."""
        seed, value = turn.args
        inner = [s for t in block.stmts for s in self.stmt(t)]
        title = "pullback"
        while title in self.names.of.values() or title in self.names.reserved:
            title += "_"
        definition = ast.FunctionDef(title, parameters([self.names(seed)]), inner, [], None)
        if self.comments != "none":
            definition.comment = "backward pass"
        if self.comments == "lines":
            remarks.annotate(inner, self.home)
        return [definition, ast.Return(ast.Tuple([self.expr(value), load(title)], ast.Load()))]

    def pair(self, function, name, tapes, captured):
        """A helper's forward and backward functions, with a tuple of what is `captured` between them."""
        self.note_reads(function.body)
        stmts = function.body.stmts
        turn = next(k for k, s in enumerate(stmts) if is_turn(s))
        before, after = stmts[:turn], stmts[turn + 1 :]
        seed, value = stmts[turn].args
        own = load(self.names(tapes[0]))
        saved = ast.Tuple([load(self.names(v)) for v in captured], ast.Load())
        push = ast.Expr(call(ast.Attribute(own, "append", ast.Load()), saved))
        # what only some paths compute is on the tape for all of them
        self.params = function.params
        sure = self.surely(before)
        missing = dict.fromkeys(self.names(v) for v in captured if self.names(v) not in sure)
        ahead: list = [ast.Assign([ast.Name(n, ast.Store())], ast.Constant(None)) for n in missing]
        ahead += [s for t in before for s in self.stmt(t)]
        ahead += [push, ast.Return(self.expr(value))]
        pop = call(ast.Attribute(own, "pop", ast.Load()))
        if captured:
            held = ast.Tuple([ast.Name(self.names(v), ast.Store()) for v in captured], ast.Store())
            back: list = [ast.Assign([held], pop)]
        else:
            back = [ast.Expr(pop)]
        back += [s for t in after for s in self.stmt(t)]
        names = [self.names(t) for t in tapes]
        params = [self.names(v) for v in function.params]
        return [
            ast.FunctionDef(f"{name}_forward", parameters(params), ahead, [], None),
            ast.FunctionDef(
                f"{name}_backward", parameters([self.names(seed), *names]), back, [], None
            ),
        ]

    def block(self, block, copies=()):
        out = [s for t in unpacked(block.stmts, self.uses) for s in self.stmt(t)]
        return out + self.copy(copies)

    def copy(self, pairs):
        """Assign values to names at once, where the name does not hold the value already."""
        todo = [
            (v, y)
            for v, y in pairs
            if y is not UNDEFINED and not (isinstance(y, Value) and self.names(v) == self.names(y))
        ]
        if not todo:
            return []
        out: list = []
        while todo:
            free = next(
                (p for p in todo if not self.is_read(p[0], [q for q in todo if q is not p])), None
            )
            if free is None:  # a cycle, as in a swap
                targets = [ast.Name(self.names(v), ast.Store()) for v, _ in todo]
                values = [self.expr(y) for _, y in todo]
                out.append(
                    ast.Assign([ast.Tuple(targets, ast.Store())], ast.Tuple(values, ast.Load()))
                )
                break
            out.append(self.assign(self.names(free[0]), free[1]))
            todo.remove(free)
        return out

    def is_read(self, v, pairs):
        """Whether one of these copies reads the name that `v` would overwrite."""
        return any(self.names(x) == self.names(v) for _, y in pairs for x in values_in(y))

    def assign(self, name, operand):
        written = self.augmented(name, operand) or ast.Assign(
            [ast.Name(name, ast.Store())], self.expr(operand)
        )
        return remarks.mark(written, operand) if isinstance(operand, Gate) else written

    def augmented(self, name, operand):
        """`y = y * x` as `y *= x`, for scalars."""
        if (
            not isinstance(operand, Gate)
            or not operand.op.startswith("operator.")
            or len(operand.args) != 2
        ):
            return None
        op = operand.op.rpartition(".")[2].partition(":")[0]
        if op not in AUGMENTED or not isinstance(operand.out.kind, Scalar):
            return None
        left, right = operand.args
        if self.is_name(left, name):
            return ast.AugAssign(ast.Name(name, ast.Store()), BINARY[op](), self.expr(right))
        if self.is_name(right, name) and op in ("add", "mul") and operand.adjoint:
            return ast.AugAssign(ast.Name(name, ast.Store()), BINARY[op](), self.expr(left))
        return None

    def is_name(self, operand, name):
        return isinstance(operand, Value) and self.names(operand) == name

    # ------------------------------------------------------------ statements

    def stmt(self, s) -> list:
        """A statement as Python, with where it comes from."""
        out = [since(node, s) for node in self.written(s)]
        if out and not isinstance(s, Return):
            remarks.mark(out[-1], s)  # the last: before a loop, its variables are set
        return out

    def written(self, s) -> list:
        match s:
            case Gate():
                return self.gate(s)
            case If() if way(s) == "attempt":
                return self.attempt(s)
            case If() if way(s) == "with":
                return self.context(s)
            case If():
                return self.branch(s)
            case For():
                return self.for_loop(s)
            case While():
                return self.while_loop(s)
            case Return():
                return [ast.Return(self.result(s))]
        raise InternalError(f"cannot write {s!r}")

    def result(self, s):
        values = [self.expr(v) for v in s.values]
        return values[0] if len(values) == 1 and s.shape is None else ast.Tuple(values, ast.Load())

    def gate(self, g):
        writer = getattr(self, "write_" + g.op, None)
        if writer is not None:
            return writer(g)
        if g.out is None:
            return [ast.Expr(self.expr_gate(g))]
        if g.op == "opaque" and g.out not in self.names.of:
            return [ast.Expr(self.expr_gate(g))]
        if not self.read(g.out):  # it is here for what it may raise
            return [ast.Expr(self.expr_gate(g))]
        name = self.names(g.out)
        if g.op.startswith("implicit.") and self.names(g.args[0]) == name:
            return []  # what the solver found has the name already
        return [self.assign(name, g)]

    def write_opaque(self, g):
        expression = self.expr_gate(g)
        if isinstance(expression, ast.stmt):
            return [expression]
        if g.out is None or not self.read(g.out):
            return [ast.Expr(expression)]
        return [ast.Assign([ast.Name(self.names(g.out), ast.Store())], expression)]

    def read(self, v):
        return v in self.reads

    reads: set = set()
    params: tuple = ()
    uses: dict = {}

    def note_reads(self, block):
        """Which values are read anywhere: an opaque call's result is kept only then."""
        self.uses = uses(block)
        self.reads = set(self.uses)

    def targets(self, elements):
        names = [self.names(e) if isinstance(e, Value) else self.unused() for e in elements]
        return ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())

    def write_parts(self, g):
        """What a helper returns, taken apart at once; one part of it by its place."""
        made, *parts = g.args
        given = [k for k, part in enumerate(parts) if part is not None]
        if len(given) > 1:
            return [ast.Assign([self.targets(parts)], self.expr(made))]
        part = ast.Subscript(self.expr(made), ast.Constant(given[0]), ast.Load())
        return [ast.Assign([ast.Name(self.names(parts[given[0]]), ast.Store())], part)]

    def write_results(self, g):
        """What a function of several results gives, taken apart at once."""
        call, *parts = g.args
        parts = [p if p is not None and self.read(p) else None for p in parts]
        return [ast.Assign([self.targets(parts)], self.expr_gate(call))]

    def write_turn(self, g):
        return []

    def write_raise(self, g):
        return [self.template(g)]

    write_assert = write_raise

    def branch(self, s):
        then = self.block(s.then, zip(s.outs, s.then.yields))
        orelse = self.block(s.orelse, zip(s.outs, s.orelse.yields))
        if not then and not orelse:
            return []
        test = self.expr(s.test)
        if not then:
            return [ast.If(negation(test), orelse, [])]
        return [ast.If(test, then, orelse)]

    def loop_body(self, s):
        flag = 1 if s.breaks else 0
        body = self.block(s.body, zip(s.carried, s.body.yields[flag:]))
        if s.breaks:
            stop = s.body.yields[0]
            if not (isinstance(stop, Const) and not stop.value):
                body.append(ast.If(self.expr(stop), [ast.Break()], []))
        return body or [ast.Pass()]

    def for_loop(self, s):
        before = self.copy(zip(s.carried, s.inits))
        body = self.loop_body(s)
        used = s.index in frees(s.body)
        index = ast.Name(self.names(s.index) if used else self.unused(), ast.Store())
        targets = [ast.Name(self.names(t), ast.Store()) for t in s.targets]
        if not s.targets:
            return [*before, ast.For(index, self.span(s), body, [])]
        target = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
        seqs = [self.expr(q) for q in s.seqs]
        iterable = seqs[0] if len(seqs) == 1 else call("zip", *seqs)
        if s.reverse:
            iterable = call("reversed", iterable)
        if used:
            target, iterable = ast.Tuple([index, target], ast.Store()), call("enumerate", iterable)
        return [*before, ast.For(target, iterable, body, [])]

    def unused(self):
        """A name for an index that nobody reads."""
        out = "_"
        read = {self.names(v) for v in self.reads if v in self.names.of}
        while out in read or out in self.names.reserved:
            out += "_"
        return out

    def span(self, s):
        start, step = s.start, s.step
        args = [self.expr(s.stop)]
        if not equals(step, 1):
            args = [self.expr(start), *args, self.expr(step)]
        elif not equals(start, 0):
            args = [self.expr(start), *args]
        span = call("range", *args)
        used = s.index in frees(s.body)
        return call("reversed", span) if s.reverse and used else span

    def while_loop(self, s):
        before = self.copy(zip(s.carried, s.inits))
        body = self.loop_body(s)
        test = self.expr(s.test.yields[0])
        if not s.test.stmts:
            return [*before, ast.While(test, body, [])]
        head = [*self.block(s.test), ast.If(negation(test), [ast.Break()], [])]
        return [*before, ast.While(ast.Constant(True), head + body, [])]
