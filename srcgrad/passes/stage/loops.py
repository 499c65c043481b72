"""Stage loops: the body is staged again until the kinds of what it carries are stable."""

from __future__ import annotations

import ast
from dataclasses import replace

from srcgrad.ir import (
    UNDEFINED,
    Block,
    Const,
    For,
    Gate,
    Value,
    While,
    blocks,
    operands,
    values_in,
    walk,
)
from srcgrad.joins import absorbed
from srcgrad.kinds import UNKNOWN, Array, Scalar, described, extents_in
from srcgrad.memory import RESIZES, WRITES, Aliases, is_fresh
from srcgrad.operands import number_kind, surely_turns
from srcgrad.passes.stage.binding import (
    Apart,
    Conflict,
    Endless,
    Layout,
    Map,
    Refused,
    Restart,
    common,
    flatten,
    unflatten,
    unlike,
)
from srcgrad.passes.stage.dicts import is_dict_object, is_list_object
from srcgrad.passes.stage.heap import attribute_names, called, is_variable, objects_in
from srcgrad.passes.stage.scopes import is_cell, plain, stored_names


class Loops:
    """Methods of the stager that run loops."""

    def stmt_For(self, node):
        self.loop_over(
            node.target,
            node.iter,
            lambda: self.stmts(node.body),
            node.stop,
            stored_names(node.body),
            node,
        )

    def loop_over(self, target, iterable, body, stop, stored, node):
        place = _spot((self.source, node))
        items = self.counted_out(iterable, place) or self.fixed_items(iterable)
        if items is not None:
            return self.turns(items, target, body, stop, node, self.views_of(iterable))
        it = self.iteration(iterable)
        if place in self.memo.growing:
            return self.loop_that_grows(it, target, body, stop, stored, node)
        names = list(
            dict.fromkeys([*stored_names([ast.Assign([target], ast.Constant(0))]), *stored])
        )
        counts = it.form == "range" and isinstance(target, ast.Name)
        hint = plain(target.id) if counts else "i"

        gone_over = self.gone_over(iterable)
        lists = list(filter(is_list_object, gone_over))

        def at(index):
            before = self.held_by(lists)
            self.assign(target, it.element(index), node)
            body()
            self.still_alike(before, node)

        def run(it, apart):
            def turn():
                index = Value(hint, Scalar("int"), counts)
                if self.counts_naturals(it):
                    self.naturals.add(index)
                at(index)
                return index

            def build(index, inits, carried, block, outs):
                return For(
                    index, it.start, it.stop, it.step, inits, carried, block, outs, it.reverse, stop is not None, it.form, it.seqs,
                    loc=(self.source, node),
                )  # fmt: skip

            self.fixpoint(names, stop, turn, build, node, apart)

        def at_once():
            forwards = isinstance(it.step, Const) and it.step.value > 0 and not it.reverse
            try:
                run(it, apart=stop is None and forwards)
            except Apart as found:
                self.first_turn(it, at, found.name, node)
                later = self.b.fold("operator.add", it.start, it.step)
                run(replace(it, start=later, form="range", seqs=()), apart=False)

        depth = len(self.countable)
        self.countable += self.ways_to_write_out(it, iterable, gone_over, place)
        try:
            at_once()
        finally:
            del self.countable[depth:]

    def first_turn(self, it, at, name, node):
        """Stage the first turn of a loop for itself; that there is one is tested where it is not known."""
        if not surely_turns(it.start, it.stop, it.step):
            what = f"this loop has no turn, and `{name}` would be a number after it, not an array"
            error = ast.Call(ast.Name("ValueError", ast.Load()), [ast.Constant(what)], [])
            stop = ast.Raise(error, None)
            for part in ast.walk(stop):
                if not isinstance(part, ast.expr_context):
                    ast.copy_location(part, node)
            test = self.b.fold("operator.gt", it.stop, it.start)
            self.branch(test, lambda: None, lambda: self.stmts([stop]), node)
        self.whole(lambda: at(it.start))

    def loop_that_grows(self, it, target, body, stop, stored, node):
        """A loop over a list that is made longer or shorter in it: how long it is is asked at each turn."""
        if it.form not in ("seq", "enumerate") or len(it.seqs) != 1 or it.reverse:
            what = "a list is made longer or shorter while it is looped over"
            raise Refused(node, what, "loop over a copy: `list(xs)`")
        count = self.temporary("k")
        self.env[count] = Const(0)
        targets = stored_names([ast.Assign([target], ast.Constant(0))])

        def turn():
            outer, self.b = self.b, self.b.sub()
            n = self.gate("len", it.seqs[0], node=node)
            test = self.b.block(self.gate("operator.lt", self.env[count], n, node=node))
            self.b = outer
            self.naturals.add(self.env[count])
            self.assign(target, it.element(self.env[count]), node)
            self.env[count] = self.gate("operator.add", self.env[count], Const(1), node=node)
            body()
            return test

        def build(test, inits, carried, block, outs):
            breaks, loc = stop is not None, (self.source, node)
            return While(test, inits, carried, block, outs, breaks, loc=loc)

        self.fixpoint(list(dict.fromkeys([count, *targets, *stored])), stop, turn, build, node)

    def see_growing(self):
        """Stage again where a loop changes the length of the list that it goes over."""
        body = self.b.block()
        loops = [s for s in walk(body) if isinstance(s, For) and s.seqs]
        resizes = {
            s: [g.args[0] for g in walk(s.body) if isinstance(g, Gate) and g.op in RESIZES]
            for s in loops
        }
        if not any(resizes.values()):
            return
        find, told = Aliases(body).levels.find, _told(body)
        found = {
            _spot(s.loc)
            for s, lists in resizes.items()
            for v in lists
            if v in s.seqs or told.get(v, 0) < told[s] and find(v) in {find(q) for q in s.seqs}
        }
        if found - self.memo.growing:
            self.memo.growing |= found
            raise Restart

    def counts_naturals(self, it):
        """Whether a loop's index is never negative."""
        if not isinstance(it.step, Const) or type(it.step.value) is not int:
            return False
        if it.step.value > 0:
            return self.is_natural(it.start)
        return isinstance(it.stop, Const) and it.stop.value >= -1

    def more_attributes(self, names, head, env) -> list:
        """The attributes that a turn changes of objects that the next one may read them of."""
        known = {n.partition(".")[0] for n in head if not is_variable(n)}
        known |= {o.key("")[:-1] for b in head.values() for o in objects_in(b)}
        return [
            n
            for n, b in attribute_names(env).items()
            if n not in names and n.partition(".")[0] in known and head.get(n) is not b
        ]

    def stmt_While(self, node):
        def turn():
            body, self.b = self.b, self.b.sub()
            before = dict(self.env)
            test = self.tested(node.test)
            block, self.b = self.b.block(test), body
            if any(self.env.get(n) is not b for n, b in before.items()):
                raise Refused(
                    node.test,
                    "the test of a `while` assigns a variable",
                    "assign it in the body of the loop",
                )
            if any(isinstance(g, Gate) and g.op in WRITES for g in walk(block)):
                raise Refused(
                    node.test,
                    "the test of a `while` changes a list or an array",
                    "change it in the body of the loop",
                )
            self.stmts(node.body)
            return block

        def build(test, inits, carried, block, outs):
            return While(
                test, inits, carried, block, outs, node.stop is not None, loc=(self.source, node)
            )

        self.fixpoint(list(stored_names(node.body)), node.stop, turn, build, node)

    def fixpoint(self, names, stop, turn, build, node, apart=False):
        """Stage a loop's body again until the kinds of what it carries are stable.

        Raises Apart, if it may, where a number becomes an array.
        """
        before, outer = dict(self.env), self.b
        widths, self.widths = self.widths, set()
        may, self.may_part = self.may_part, apart
        try:
            self.settled(names, stop, turn, build, node, before, outer)
        except Apart:
            self.env, self.b = before, outer
            raise
        finally:
            self.widths, self.may_part = widths, may

    def settled(self, names, stop, turn, build, node, before, outer):
        state = {n: flatten(before.get(n, UNDEFINED)) for n in names}  # name -> leaves, tree
        kinds = {n: [leaf_kind(leaf) for leaf in state[n][0]] for n in names}
        mixed: dict = {}  # names that are one sort of thing before the loop and another in it
        whole = names, state, kinds, mixed, before, outer, turn
        try:
            self.until_settled(whole, names, node)
        except Endless:  # there may be no turn
            self.env, self.b = before, outer
            return
        _changed, (made, carried, nexts, env, builder) = self.turn(*whole)
        left = {n: self.left(state[n], carried[n]) for n in names}
        after = {
            n: mixed[n] if n in mixed else unflatten(state[n][1], iter(left[n])) for n in names
        }
        inits = tuple(leaf for n in names if n not in mixed for leaf in state[n][0])
        heads = tuple(c for n in names for c in carried[n])
        ends = [x for n in names for x in nexts[n]]
        outs = [o for n in names for o in left[n]]
        flag = () if stop is None else (env[stop],)
        block = Block(tuple(builder.stmts), (*flag, *ends))
        self.env, self.b = {**before, **after}, outer
        loop = build(made, inits, heads, block, tuple(outs))
        self.b.stmts.append(loop)
        spans = stop is None and isinstance(loop, For)
        if spans and surely_turns(loop.start, loop.stop, loop.step):
            self.partial -= {o for o, x in zip(outs, ends) if x not in self.partial}

    def until_settled(self, whole, names, node):
        """Stage turns until one changes nothing in what is known of the variables."""
        for _ in range(12 + len(names)):
            self.tentative += 1
            try:
                changed, _result = self.turn(*whole)
            finally:
                self.tentative -= 1
            if not changed:
                return
        what = "the kinds of the variables of this loop do not settle"
        raise Refused(node, what, "give them one kind before the loop")

    def left(self, state, carried) -> list:
        """The values of a variable after a loop."""
        out = [Value(c.hint, c.kind, c.named) for c in carried]
        for new, c, leaf in zip(out, carried, state[0]):
            self.sites[new] = self.sites.get(c, set())
            self.note_partial(new, leaf)
        return out

    def turn(self, names, state, kinds, mixed, before, outer, turn):
        """One staging of a loop's body. Returns whether something was learned, and the result."""
        self.env, self.b = dict(before), outer.sub()
        carried = {n: self.at_head(n, state[n], kinds[n], mixed.get(n)) for n in names}
        head = dict(self.env)
        made = self.whole(turn)
        env, builder = self.env, self.b
        self.b = outer
        changed = self.come_round(names, state, kinds, before, head, env)
        more = [*self.more_attributes(names, head, env), *late_cells(names, before, env)]
        changed |= bool(more)
        for name in more:
            state[name] = flatten(before.get(name, UNDEFINED))
            kinds[name] = [leaf_kind(leaf) for leaf in state[name][0]]
        nexts: dict = {n: [] for n in mixed}
        for name in carried:
            if name in mixed:
                continue
            leaves, tree = flatten(env.get(name, UNDEFINED))
            if state[name][0] == [UNDEFINED] and tree is not None and state[name][1] is None:
                state[name] = ([UNDEFINED] * len(leaves), tree)
                kinds[name] = [UNKNOWN] * len(leaves)
                nexts[name], changed = leaves, True
                continue
            nexts[name] = leaves if env.get(name) is not UNDEFINED else list(carried[name])
            try:
                changed |= self.at_end(name, env.get(name), tree, state)
                changed |= self.widened(name, kinds, carried, nexts[name])
            except ValueError:
                if self.may_part and becomes_array(state[name][0], nexts[name]):
                    raise Apart(plain(name)) from None
                mixed[name] = _mixed(kinds[name], nexts[name])
                changed = True
        names += more
        return changed, (made, carried, nexts, env, builder)

    def at_head(self, name, state, kinds, mixed) -> list:
        """Bind a variable to what a turn is entered with; returns the values of that."""
        if mixed:
            self.env[name] = mixed
            return []
        leaves, tree = state
        carried = [Value(hint, k, named) for (hint, named), k in zip(called(name, tree), kinds)]
        for c, leaf in zip(carried, leaves):
            self.sites[c] = set(self.sites.get(leaf, ()))
            self.note_partial(c, leaf)
        unknown = all(k is UNKNOWN for k in kinds) and leaves and leaves[0] is UNDEFINED
        self.env[name] = UNDEFINED if unknown else unflatten(tree, iter(carried))
        return carried

    def at_end(self, name, binding, tree, state) -> bool:
        """Whether a turn leaves a container of more sites in a name; raises ValueError for another sort of thing."""
        if isinstance(binding, Conflict):
            raise ValueError
        if binding is UNDEFINED:
            return False
        self.of_free_length(state[name][1], tree)
        both = common(state[name][1], tree)
        if _sites(both) == _sites(state[name][1]):
            return False
        state[name] = (state[name][0], both)
        return True

    def whole(self, turn):
        """Stage a turn of a loop, which ends where its last statement does."""
        before, self.may_end = self.may_end, False
        try:
            return turn()
        finally:
            self.may_end = before

    def of_free_length(self, *layouts):
        """A list that is as long on one path and of another length on the next is of free length."""
        self.of_unknown_keys(layouts)
        lists = [x for x in layouts if isinstance(x, Layout) and x.type is list and x.site]
        keys = {getattr(x, "keys", None) for x in layouts}
        if lists and len(keys) > 1 and all(x in lists or x is None for x in layouts):
            self.memo.dynamic |= frozenset().union(*(x.site for x in lists))
            raise Restart

    def of_unknown_keys(self, layouts):
        """A dict that is one of unknown keys on one path is so on the next."""
        sites = [
            self.object_sites.get(x.number) if is_dict_object(x) else x.type is dict and x.site
            for x in layouts
            if is_dict_object(x) or isinstance(x, Layout) and x.type in (dict, Map)
        ]
        if len(sites) < len(layouts) or all(map(is_dict_object, layouts)):
            return
        if len({x.keys if isinstance(x, Layout) else x for x in layouts}) > 1:
            new = frozenset().union(*filter(None, sites)) - self.memo.mapped
            if new and not any(s[0] == "param" for s in new):
                self.memo.mapped |= new
                raise Restart

    def widened(self, name, kinds, carried, leaves) -> bool:
        """Whether what a turn leaves in a name widens its kind; raises ValueError where no kind covers both."""
        changed = False
        for k, leaf in enumerate(leaves):
            old = kinds[name][k]
            merged = absorbed(old, leaf_kind(leaf), self.widths)
            if merged is None:
                raise ValueError
            if merged != old:
                self.widths |= extents_in(merged) - extents_in(old) - extents_in(leaf_kind(leaf))
                kinds[name][k] = merged
                changed = True
            if leaf in self.sites and self.sites[leaf] - self.sites.get(carried[name][k], set()):
                self.sites[carried[name][k]] |= self.sites[leaf]
        return changed


def _mixed(kinds, nexts):
    """What a name stands for that is of these kinds before a turn and of others after it."""
    if len(kinds) == len(nexts) == 1:
        before, after = kinds[0], leaf_kind(nexts[0])
        if isinstance(before, Array) or described(before) != described(after):
            return unlike(before, after, " before", " in the loop")
    return Conflict("different things before and in the loop")


def becomes_array(before, after) -> bool:
    """Whether a variable is a number before a turn and an array after it."""
    kinds = [leaf_kind(leaves[0]) if len(leaves) == 1 else None for leaves in (before, after)]
    return isinstance(kinds[0], Scalar) and isinstance(kinds[1], Array)


def late_cells(names, before, env) -> list:
    """Variables that a nested function assigns which the body of a loop calls."""
    changed = (n for n, b in before.items() if env.get(n) is not b and n not in names)
    return list(filter(is_cell, changed))


def _told(body) -> dict:
    """When it is first told where a new list is, but for what changes it; and when loops have ended."""
    out: dict = {}
    fresh: set = set()
    order = list(walk(body))
    for k, s in enumerate(order):
        if isinstance(s, For):
            out[s] = k + sum(1 for _ in walk(s))
        ends = [v for b in blocks(s) for y in b.yields for v in values_in(y)]
        used = operands(s)[1:] if isinstance(s, Gate) and s.op in WRITES else operands(s)
        for v in (v for o in used for v in values_in(o)):
            out.setdefault(v, k)
        for v in ends:  # only when all of the block is done
            out[v] = min(out.get(v, len(order)), k + sum(1 for _ in walk(s)))
        if isinstance(s, Gate) and s.out is not None and is_fresh(s):
            fresh.add(s.out)
    return {v: k for v, k in out.items() if v in fresh or isinstance(v, For)} | {
        v: len(order) + 1 for v in fresh if v not in out
    }


def _spot(loc):
    """Where a loop stands, whichever call of its function it is of."""
    source, node = loc
    return source.file, node.lineno, node.col_offset, getattr(node, "quoted", "")


def leaf_kind(leaf):
    return UNKNOWN if leaf is UNDEFINED else number_kind(leaf)


def _sites(layout):
    """The sites of the containers in a layout."""
    return (layout.site, *map(_sites, layout.parts)) if isinstance(layout, Layout) else ()
