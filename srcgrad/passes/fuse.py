"""Fold temporaries that are read once back into readable expressions.

    prod = operator.mul(y, x)               y_next = operator.add(operator.mul(y, x), c)
    y_next = operator.add(prod, c)    →

Subscripts of parameters, lengths and slices are folded wherever they are read. The user's own
variables stay statements. Nothing moves across a change of what it reads, into a loop, or past a
new value for one of the names in it.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.ir import (
    UNDEFINED,
    Block,
    Const,
    For,
    Function,
    Gate,
    If,
    Return,
    Slice,
    Tup,
    Value,
    While,
    all_defs,
    blocks,
    defs,
    frees,
    is_turn,
    map_operand,
    map_stmt,
    operands,
    reads,
    uses,
    values_in,
    walk,
    way,
)
from srcgrad.kinds import BOOL, Array, Record, is_reference
from srcgrad.memory import EFFECTS, WRITES, Aliases
from srcgrad.operands import kind_of
from srcgrad.paths import partly_defined

LARGE = 40  # nodes: an expression beyond this is not folded further
# folded at every use: they cost what reading a name costs, or are as readable
_ATOMS = {"global", "getattr", "len", "size", "extent", "shape", "view", "nonempty"}


def fuse(function: Function) -> Function:
    """Fold what is folded into its reader; move the elements of a loop's lists into its header."""
    return replace(function, body=_Fuse(function).block(function.body))


def size(operand) -> int:
    match operand:
        case Gate():
            if operand.op.startswith("idiom."):
                return size(operand.args[1])
            return 1 + sum(map(size, operand.args)) + sum(size(v) for _, v in operand.kw)
        case Slice():
            return sum(size(p) for p in (operand.lo, operand.hi, operand.step) if p is not None)
        case Tup():
            return sum(map(size, operand.items))
    return 1


class _Fuse:
    def __init__(self, function):
        self.aliases = Aliases(function.body)
        self.uses = uses(function.body)
        self.partial = partly_defined(function.body)
        self.everywhere: dict = {}  # atoms, folded at each use
        self.trying = 0  # how many attempts we are in, where nothing may leave

    def block(self, block):
        waiting: dict = {}  # value -> gate that may be folded into its one reader
        out: list = []
        for s in block.stmts:
            self.settle(waiting, out, self.popped_from(waiting, s))
            if isinstance(s, Gate) and s.out is not None and self.is_atom(s):
                # it is folded wherever it is read, so nothing may be folded into it that happens once
                self.settle(waiting, out, set(reads(s)))
            if self.trying and isinstance(s, Gate) and (s.op in WRITES or s.op == "commit"):
                self.settle(waiting, out, set(waiting))  # what is tried before it stays before it
                self.trying -= s.op == "commit"
            if isinstance(s, Gate) and s.op == "formula":
                self.settle(waiting, out, set(reads(s)))  # it reads its operands at each turn
            if is_turn(s, "pullback"):
                # what the pullback reads of arrays is read before it: the caller may change them
                read = {v for v, g in waiting.items() if any(map(_reads_memory, _gates(g)))}
                self.settle(waiting, out, read - set(reads(s)))
            s = self.fold(s, waiting)
            if isinstance(s, Return):
                out += waiting.values()
                waiting.clear()
            if blocks(s):
                self.settle(waiting, out, {v for b in blocks(s) for v in frees(b)})
                s = self.compound(s, waiting, out)
                if s is None:
                    continue
            if isinstance(s, Gate) and s.out is not None:
                if self.is_atom(s):
                    self.everywhere[s.out] = s
                    continue
                if self.may_fold(s):
                    self.flush(waiting, out, s)
                    waiting[s.out] = s
                    continue
            self.flush(waiting, out, s)
            out.append(s)
        yields = tuple(self.fold_operand(y, waiting) for y in block.yields)
        out += waiting.values()
        return Block(tuple(out), yields)

    # ------------------------------------------------------------ what may be folded

    def is_atom(self, g):
        if self.trying and g.op in ("view", "getitem"):
            return False
        if g.form == "held":
            return False
        if (
            g.op == "getitem"
            and isinstance(kind_of(g.args[0]), Record)
            and not (g.args and isinstance(g.args[0], Gate))
        ):
            return not g.out.named or not g.out.ours
        if g.op not in _ATOMS or g.out.named and not g.out.ours or size(g) > 8:
            return False
        if g.op in ("len", "nonempty") and self.aliases.is_memory(_root(g.args[0])):
            return False
        if g.op == "view":
            return isinstance(kind_of(g.args[0]), Array)
        return True

    def may_fold(self, g):
        if (
            self.uses.get(g.out, 0) != 1
            or g.op in EFFECTS - {"pop_tape", "pop"}
            or g.op in ("tape", "opaque")
            or g.form == "held"
        ):
            return False
        if (
            g.out.named
            and not g.out.ours
            or g.op in ("zeros_like", "list", "repeat")
            and g.out.named
        ):
            return False
        if g.op == "part" or g.op == "getitem" and isinstance(g.out.kind, Record):
            return False
        return size(g) <= LARGE

    def fold(self, s, waiting):
        """The statement with waiting gates folded into what it reads itself."""
        if isinstance(s, Return):
            single = len(s.values) == 1
            values = tuple(self.fold_return(v, waiting, single) for v in s.values)
            return replace(s, values=values)
        if isinstance(s, While):
            return map_stmt(s, lambda o: self.fold_operand(o, waiting), lambda b: b)
        return map_stmt(s, lambda o: self.fold_operand(o, waiting), lambda b: b)

    def fold_return(self, operand, waiting, single):
        if (
            isinstance(operand, Value)
            and operand in waiting
            and not single
            and size(waiting[operand]) > 1
        ):
            return operand
        return self.fold_operand(operand, waiting)

    def fold_operand(self, operand, waiting):
        if operand is None:
            return None

        def place(v):
            if v in self.everywhere:
                return map_operand(self.everywhere[v], place)
            return waiting.pop(v) if v in waiting else v

        return map_operand(operand, place)

    def flush(self, waiting, out, s):
        """What may not be moved past this statement becomes a statement before it."""
        if not waiting:
            return
        written = self.written(s)
        hints = {v.hint for v in (*defs(s), *(all_defs(s) if blocks(s) else ()))}
        must = False
        keep: dict = {}
        for v, g in reversed(list(waiting.items())):
            leaves = [x for o in g.args for x in values_in(o)]
            blocked = any(x.hint in hints for x in leaves) or self.moves_past(g, written, s)
            if blocked:
                must = True
            if not must:
                keep[v] = g
        if must:
            # order among waiting gates is kept: all up to the last blocked one become statements
            items = list(waiting.items())
            last = max(k for k, (v, _) in enumerate(items) if v not in keep)
            for v, g in items[: last + 1]:
                out.append(g)
                del waiting[v]

    def popped_from(self, waiting, s):
        """Elements waiting to be popped off a list that this statement reads or changes itself."""
        pops = {
            v: {self.aliases.find(_root(p.args[0])) for p in _gates(g) if p.op == "pop"}
            for v, g in waiting.items()
        }
        pops = {v: classes for v, classes in pops.items() if classes}
        if not pops:
            return set()
        touched = {self.aliases.find(v) for v in frees(s) if is_reference(v.kind)}
        return {v for v, classes in pops.items() if classes & touched}

    def settle(self, waiting, out, read):
        """What is read inside a compound statement becomes a statement before it, with what came before that."""
        items = list(waiting.items())
        last = max((k for k, (v, _) in enumerate(items) if v in read), default=-1)
        for v, g in items[: last + 1]:
            out.append(g)
            del waiting[v]

    def moves_past(self, g, written, s):
        once = isinstance(s, (For, While, If)) or is_turn(s, "pullback")
        if once and _has(g, "pop_tape", "pop"):
            return True
        if not written:
            return False
        for inner in _gates(g):
            if inner.op in ("shape", "size", "extent"):
                continue
            if inner.op == "view" and isinstance(kind_of(inner.args[0]), Array):
                continue
            for operand in (o for a in inner.args for o in _plain(a)):
                root = _root(operand)
                if (
                    isinstance(root, Value)
                    and is_reference(root.kind)
                    and self.aliases.find(root) in written
                ):
                    return True
        return False

    def written(self, s):
        """The classes of what a statement changes, also where that is folded into what it reads."""
        read = [o for t in walk(s) for o in ((t,) if isinstance(t, Gate) else operands(t))]
        read += [y for t in walk(s) for b in blocks(t) for y in b.yields]
        gates = (g for o in read for g in _gates(o))
        return {self.aliases.find(_root(g.args[0])) for g in gates if g.op in WRITES}

    # ------------------------------------------------------------ compound statements

    def compound(self, s, waiting, out):
        if isinstance(s, If):
            self.trying += way(s) == "attempt"
            then = self.block(s.then)
            orelse = self.block(s.orelse)
            s = replace(s, then=then, orelse=orelse)
            choice = self.as_expression(s)
            if choice is None:
                return s
            target = s.outs[0]
            if (
                self.uses.get(target, 0) == 1
                and (not target.named or target.ours and size(choice) < 12)
                and size(choice) <= LARGE
            ):
                self.flush(waiting, out, choice)
                waiting[target] = choice
            else:
                self.flush(waiting, out, choice)
                out.append(choice)
            return None
        if isinstance(s, While):
            return replace(s, test=self.block(s.test), body=self.block(s.body))
        return self.header(s)

    def as_expression(self, s):
        """A branch that only chooses between two expressions, as a conditional expression."""
        if len(s.outs) != 1 or way(s) or s.outs[0].named and not s.outs[0].ours:
            return None
        a, b, out = s.then.yields[0], s.orelse.yields[0], s.outs[0]
        rest = s.orelse.stmts
        if len(rest) == 1 and _is_chosen_again(a, rest[0]) and rest[0].out is b:
            b, rest = rest[0], ()
        if s.then.stmts or rest:
            return None
        if a is UNDEFINED or b is UNDEFINED or self.partial & {a, b}:
            return None  # it may not be read
        if size(s.test) + size(a) + size(b) > LARGE:
            return None
        if _is_chosen_again(a, b):
            test = Gate(Value("test", BOOL), "or", (s.test, b.args[0]), (), s.loc)
            return Gate(out, "ifexp", (test, a, b.args[2]), (), s.loc)
        if out.kind == BOOL or isinstance(kind_of(a), type(BOOL)) and kind_of(a) == BOOL:
            if isinstance(b, Const) and b.value is False:
                return Gate(out, "and", (s.test, a), (), s.loc)
            if isinstance(a, Const) and a.value is True:
                return Gate(out, "or", (s.test, b), (), s.loc)
        return Gate(out, "ifexp", (s.test, a, b), (), s.loc)

    def header(self, s):
        """`for i in range(len(xs)): x = xs[i]` as `for x in xs`, where it was written so."""
        if s.reverse and s.mirror is not None and _any_order(s, self.aliases):
            s = replace(s, reverse=False)
        heads = None
        if s.form in ("seq", "zip", "enumerate") and s.targets == () and s.mirror is None:
            heads = self.elements(s)
        if heads is None:
            return replace(s, body=self.block(s.body), form="range" if not s.targets else s.form)
        gone = set(map(id, heads))
        body = Block(tuple(g for g in s.body.stmts if id(g) not in gone), s.body.yields)
        for g in heads:
            self.everywhere.pop(g.out, None)
        body = self.block(body)
        return replace(s, body=body, targets=tuple(g.out for g in heads))

    def elements(self, s):
        """The gate that reads each list's element at the top of the turn; None where one is missing."""
        heads: list = []
        for seq in s.seqs:
            found = [
                g
                for g in s.body.stmts
                if isinstance(g, Gate)
                and g.op in ("getitem", "view")
                and g.args[0] is seq
                and g.args[1] is s.index
            ]
            if len(found) != 1 or found[0] in heads:
                return None
            heads += found
        if s.reverse and frees(
            Block(tuple(g for g in s.body.stmts if g not in heads), s.body.yields)
        ).get(s.index):
            return None  # enumerate counts the other way
        written = self.written(s)
        for seq in s.seqs:
            if isinstance(seq, Value) and self.aliases.find(seq) in written:
                return None
        return heads


def _is_chosen_again(a, b):
    """`a if p else a if q else x`, of a constant: `a if p or q else x`."""
    return isinstance(a, Const) and isinstance(b, Gate) and b.op == "ifexp" and b.args[1] == a


def _root(operand):
    """The reference that a folded view is of."""
    while isinstance(operand, Gate) and operand.args:
        operand = operand.args[0]
    return operand


def _gates(operand):
    match operand:
        case Gate():
            yield operand
            parts = (*operand.args, *(a for _, a in operand.kw))
        case Tup():
            parts = operand.items
        case Slice():
            parts = (operand.lo, operand.hi, operand.step)
        case _:
            return
    for part in parts:
        yield from _gates(part)


def _plain(operand):
    """The operands that stand in an operand in no gate."""
    if not isinstance(operand, Tup):
        return (operand,)
    return tuple(o for item in operand.items for o in _plain(item))


def _reads_memory(g) -> bool:
    return g.op != "view" and any(is_reference(kind_of(a)) for a in g.args)


def _has(gate, *ops):
    return any(g.op in ops for g in _gates(gate))


def _any_order(loop, aliases):
    """Whether the turns of a backward loop only add up: then it may run forwards."""
    refs: set = set()
    for s in walk(loop.body):
        if isinstance(s, Gate) and (s.op in EFFECTS or s.op == "pop_tape"):
            if (
                s.op not in ("accum", "setitem")
                or s.op == "setitem"
                and s.args[1] is not loop.index
            ):
                return False
            refs.add(s.args[0])
        if isinstance(s, (For, While)):
            return False
    plain = [s for s in loop.body.stmts if isinstance(s, Gate) and s.out is not None]
    sums = {s.out: s for s in plain if s.op == "operator.add"}
    for head, after in zip(loop.carried, loop.body.yields):
        maker = sums.get(after)
        if maker is None or maker.args[0] is not head or uses(loop.body).get(head, 0) != 1:
            return False
    read = {
        a
        for s in walk(loop.body)
        for a in reads(s)
        if not (isinstance(s, Gate) and s.op in ("accum", "setitem", "view") and a is s.args[0])
    }
    return not set(map(aliases.find, refs)) & {
        aliases.find(v) for v in read if is_reference(v.kind)
    }
