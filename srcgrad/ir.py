"""The intermediate representation: gates in a small structured grammar, in static single assignment.

    function ::= name(param, …): block
    block    ::= statement*  yields (operand, …)
    statement::= value = op(operand, …, name=operand)          a Gate
               | values = if operand: block else: block        an If;    the blocks yield `outs`
                                                               `test` may be one of `WAYS`, see `way`
               | values = for value in range(operand, operand, operand) [reversed]: block
                                                               a For;    `carried` starts at `inits`, the block
                                                                         yields the next, at the end come `outs`
               | values = while block: block                   a While;  its test is a block of its own
               | return operand, …                             a Return; ends a block of the function
    operand  ::= value | const | slice | tuple | gate          a gate as an operand: `fuse` put it there

A loop with `breaks` yields one operand more, before the others: a true one ends the loop after
this turn. Nothing is ever assigned twice, so "the value of `v` as of here" is just a value; which
of them a Python name holds, and when, is decided last (`passes/name.py`). Containers and arrays
are references; gates that write to them are statements that keep their order.

Nodes are frozen and compared by identity. `frees`, `defs`, `substitute` and `rebuild` are the
traversals that passes are written with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from srcgrad.kinds import Kind


class Value:
    """What one gate computes. `hint` is the name it would like; `named`: it stands for a variable.

    `ours`: the backward or tangent pass made it, so its name steps aside for the user's.
    `extent`: of a length, the symbolic extent that it is; of a mask, of what it chooses.
    """

    __slots__ = ("extent", "hint", "kind", "named", "ours")

    def __init__(self, hint: str, kind: Kind, named: bool = False, ours: bool = False):
        self.hint, self.kind, self.named, self.ours = hint, kind, named, ours
        self.extent = None

    def __repr__(self):
        return f"<{self.hint}:{self.kind}>"


# Nodes have no generated __repr__: `srcgrad.dump` prints functions, and it would make the import slower.


@dataclass(frozen=True, slots=True)
class Const:
    """A literal: number, string, bool, None or Ellipsis."""

    value: object


UNDEFINED = Const(...)  # what a name holds on a path that never assigned it


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Slice:
    lo: Operand | None
    hi: Operand | None
    step: Operand | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tup:
    items: tuple[Operand, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Gate:
    """`out = op(*args, **kw)`; `adjoint`: written by us, so algebra may rearrange it."""

    out: Value | None
    op: str
    args: tuple[Operand, ...]
    kw: tuple[tuple[str, Operand], ...] = ()
    loc: object = None
    adjoint: bool = False
    form: object = None  # how the user spelled it, where that matters


Operand = Value | Const | Slice | Tup | Gate


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Block:
    stmts: tuple[Stmt, ...]
    yields: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class If:
    test: Operand
    then: Block
    orelse: Block
    outs: tuple[Value, ...]
    loc: object = None
    mirror: object = None  # of a backward branch: the forward branch's `key`
    key: object = field(default_factory=object)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class For:
    """`form` is how the header was written: `range`, or the lists that `seqs` names."""

    index: Value
    start: Operand
    stop: Operand
    step: Operand
    inits: tuple[Operand, ...]
    carried: tuple[Value, ...]
    body: Block
    outs: tuple[Value, ...]
    reverse: bool = False
    breaks: bool = False
    form: str = "range"
    seqs: tuple[Operand, ...] = ()
    targets: tuple[Value, ...] = ()  # what the header binds, once `fuse` has put it there
    mirror: object = None  # of a backward loop: the forward loop's `key`
    key: object = field(default_factory=object)
    loc: object = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class While:
    """`tape`: turn as long as that tape holds something (a backward loop; `test` is empty)."""

    test: Block
    inits: tuple[Operand, ...]
    carried: tuple[Value, ...]
    body: Block
    outs: tuple[Value, ...]
    breaks: bool = False
    key: object = field(default_factory=object)
    loc: object = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Return:
    values: tuple[Operand, ...]
    shape: object = None  # how the values are put together: a tree of their positions
    loc: object = None


Stmt = Gate | If | For | While | Return


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Function:
    """A function of values; `turn` is where the backward pass starts (None before `reverse`)."""

    name: str
    params: tuple[Value, ...]
    body: Block
    info: object = None


WAYS = ("attempt", "except", "with")


def way(stmt) -> str | None:
    """How a branch is taken that has no predicate, in place of which stands a gate of this name.

    `attempt`: the first block until something in it before its `commit` raises, then the second.
    `except`: the first block where what was raised is of the classes that its `form` names.
    `with`: the first block, inside of a context.
    """
    test = stmt.test if isinstance(stmt, If) else None
    return test.op if isinstance(test, Gate) and test.op in WAYS else None


def tried(block: Block) -> int:
    """How many of the statements of an attempt's first block are tried: those before `commit`."""
    return next(
        (k for k, s in enumerate(block.stmts) if isinstance(s, Gate) and s.op == "commit"),
        len(block.stmts),
    )


def raises(stmts) -> bool:
    """Whether statements always end in an error, so that nothing follows on them."""
    last = stmts[-1] if stmts else None
    if isinstance(last, If):
        return raises(last.then.stmts) and raises(last.orelse.stmts)
    return isinstance(last, Gate) and last.op == "raise"


def is_turn(stmt: Stmt, form: str | None = None) -> bool:
    """Whether the backward pass starts here: of this form, a function of its own if `pullback`."""
    return isinstance(stmt, Gate) and stmt.op == "turn" and (form is None or stmt.form == form)


# ---------------------------------------------------------------- traversal


def operands(stmt: Stmt) -> tuple[Operand, ...]:
    """What a statement reads itself, blocks left out."""
    match stmt:
        case Gate():
            return stmt.args + tuple(v for _, v in stmt.kw)
        case If():
            return (stmt.test,)
        case For():
            return (stmt.start, stmt.stop, stmt.step, *stmt.inits, *stmt.seqs)
        case While():
            return stmt.inits
        case Return():
            return stmt.values
    raise TypeError(f"not a statement: {stmt!r}")


def blocks(stmt: Stmt) -> tuple[Block, ...]:
    match stmt:
        case If():
            return (stmt.then, stmt.orelse)
        case For():
            return (stmt.body,)
        case While():
            return (stmt.test, stmt.body)
    return ()


def defs(stmt: Stmt) -> tuple[Value, ...]:
    """The values that are defined once the statement is done."""
    match stmt:
        case Gate():
            return (stmt.out,) if stmt.out is not None else ()
        case If() | For() | While():
            return stmt.outs
    return ()


def inner_defs(stmt: Stmt) -> tuple[Value, ...]:
    """The values that a loop defines at the head of each turn."""
    match stmt:
        case For():
            return (stmt.index, *stmt.carried, *stmt.targets)
        case While():
            return stmt.carried
    return ()


def values_in(operand: Operand | None) -> Iterator[Value]:
    """The values that an operand reads, in order of evaluation."""
    match operand:
        case Value():
            yield operand
        case Gate():
            for arg in operand.args:
                yield from values_in(arg)
            for _, arg in operand.kw:
                yield from values_in(arg)
        case Slice():
            for part in (operand.lo, operand.hi, operand.step):
                yield from values_in(part)
        case Tup():
            for item in operand.items:
                yield from values_in(item)


def reads(stmt: Stmt) -> Iterator[Value]:
    for operand in operands(stmt):
        yield from values_in(operand)


def frees(node: Stmt | Block) -> dict[Value, int]:
    """The values that a statement or block reads and does not define, with how often."""
    out: dict[Value, int] = {}
    _frees(node, set(), out)
    return out


def _frees(node, bound, out):
    if isinstance(node, Block):
        bound = set(bound)
        for stmt in node.stmts:
            _frees(stmt, bound, out)
            bound.update(defs(stmt))
        for operand in node.yields:
            for v in values_in(operand):
                if v not in bound:
                    out[v] = out.get(v, 0) + 1
        return
    for v in reads(node):
        if v not in bound:
            out[v] = out.get(v, 0) + 1
    if isinstance(node, While):
        bound = bound | set(node.carried)
        _frees(Block(node.test.stmts, node.test.yields), bound, out)
        # what the test block defines is seen by the body
        bound |= {d for s in node.test.stmts for d in defs(s)}
        _frees(node.body, bound, out)
        return
    bound = bound | set(inner_defs(node)) if inner_defs(node) else bound
    for block in blocks(node):
        _frees(block, bound, out)


def walk(node: Stmt | Block) -> Iterator[Stmt]:
    """Every statement in a block, outer ones first, in the order of the text."""
    found: list[Stmt] = []
    _collect(node.stmts if isinstance(node, Block) else (node,), found)
    return iter(found)


def _collect(stmts, found) -> None:
    for stmt in stmts:
        found.append(stmt)
        if type(stmt) is not Gate:
            for block in blocks(stmt):
                _collect(block.stmts, found)


def all_defs(node: Stmt | Block) -> Iterator[Value]:
    for stmt in walk(node):
        yield from defs(stmt)
        yield from inner_defs(stmt)


def map_operand(operand, f: Callable):
    """The operand with `f` applied to each value in it."""
    match operand:
        case Value():
            return f(operand)
        case Gate():
            args = tuple(map_operand(a, f) for a in operand.args)
            kw = tuple((k, map_operand(a, f)) for k, a in operand.kw)
            return replace(operand, args=args, kw=kw)
        case Slice():
            lo, hi, step = (
                p if p is None else map_operand(p, f)
                for p in (operand.lo, operand.hi, operand.step)
            )
            return Slice(lo, hi, step)
        case Tup():
            return Tup(tuple(map_operand(i, f) for i in operand.items))
    return operand


def map_stmt(stmt: Stmt, f: Callable, block: Callable) -> Stmt:
    """The statement with `f` applied to the operands it reads and `block` to its blocks."""

    def all_of(operands):
        return tuple(f(o) for o in operands)

    match stmt:
        case Gate():
            return replace(stmt, args=all_of(stmt.args), kw=tuple((k, f(v)) for k, v in stmt.kw))
        case If():
            test = f(stmt.test)
            return replace(stmt, test=test, then=block(stmt.then), orelse=block(stmt.orelse))
        case For():
            header = {"start": f(stmt.start), "stop": f(stmt.stop), "step": f(stmt.step)}
            header |= {"inits": all_of(stmt.inits), "seqs": all_of(stmt.seqs)}
            return replace(stmt, **header, body=block(stmt.body))
        case While():
            inits = all_of(stmt.inits)
            return replace(stmt, inits=inits, test=block(stmt.test), body=block(stmt.body))
        case Return():
            return replace(stmt, values=all_of(stmt.values))
    raise TypeError(f"not a statement: {stmt!r}")


def substitute(node, mapping: dict[Value, Operand]):
    """The statement or block with each value read replaced as the mapping says."""
    if not mapping:
        return node

    def value(v):
        return mapping.get(v, v)

    def operand(o):
        return map_operand(o, value)

    def block(b):
        return Block(
            tuple(map_stmt(s, operand, block) for s in b.stmts), tuple(map(operand, b.yields))
        )

    return block(node) if isinstance(node, Block) else map_stmt(node, operand, block)


def clone(node, mapping: dict[Value, Operand] | None = None):
    """A copy whose own definitions are new values: the same code, a second time in one function.

    Returns the copy and the mapping from old values to new.
    """
    mapping = dict(mapping or {})

    def new(v):
        mapping[v] = Value(v.hint, v.kind, v.named, v.ours)
        return mapping[v]

    def operand(o):
        return map_operand(o, lambda v: mapping.get(v, v))

    def block(b):
        stmts = tuple(stmt(s) for s in b.stmts)
        return Block(stmts, tuple(map(operand, b.yields)))

    def stmt(s):
        match s:
            case Gate():
                s = map_stmt(s, operand, block)
                return s if s.out is None else replace(s, out=new(s.out))
            case If():
                s = map_stmt(s, operand, block)
                return replace(s, outs=tuple(map(new, s.outs)))
            case For() | While():
                heads = {
                    "carried": tuple(Value(v.hint, v.kind, v.named, v.ours) for v in s.carried)
                }
                fixed = map_stmt(s, operand, lambda b: b)
                mapping.update(zip(s.carried, heads["carried"]))
                if isinstance(s, For):
                    heads["index"] = new(s.index)
                else:
                    heads["test"] = block(s.test)
                body = block(s.body)
                return replace(
                    fixed, **heads, body=body, outs=tuple(map(new, s.outs)), key=object()
                )
        return map_stmt(s, operand, block)

    return (block(node) if isinstance(node, Block) else stmt(node)), mapping


def uses(block: Block) -> dict:
    """How often each value is read."""
    out: dict = {}

    def count(operand):
        for v in values_in(operand):
            out[v] = out.get(v, 0) + 1

    def visit(b):
        for s in b.stmts:
            for v in reads(s):
                out[v] = out.get(v, 0) + 1
            for inner in blocks(s):
                visit(inner)
        for y in b.yields:
            count(y)

    visit(block)
    return out
