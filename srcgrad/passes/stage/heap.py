"""Objects that the function makes: their attributes in branches, loops and helpers.

    p = Point(x, y)          %o1.x ↦ x, %o1.y ↦ y, p ↦ object 1
    if x > 0:
        p.x = 2 * x          %o1.x ↦ 2 * x
    return p.x               %o1.x ↦ one or the other

An object is a number, and its attributes are names like `%o1.x` beside those of the variables. Where
paths meet on which a name stands for different objects, the two become one: of the same number
where nothing else refers to either; otherwise a third, and neither is changed any more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from srcgrad.ir import UNDEFINED
from srcgrad.kinds import is_namedtuple
from srcgrad.passes.stage.binding import (
    Closure,
    ClosureLayout,
    Known,
    Layout,
    Method,
    Object,
    Refused,
    Struct,
    flatten,
)
from srcgrad.passes.stage.scopes import is_cell, plain


class Heap:
    """Methods of the stager that keep the attributes of objects."""

    env: dict
    frames: list
    numbers: Iterator[int]
    shared: set

    @contextlib.contextmanager
    def frame(self, env):
        """Variables of their own for what is inside; the attributes of objects are everyone's."""
        outer = self.env
        self.frames.append({n: b for n, b in outer.items() if is_variable(n)})
        self.env = {**env, **attribute_names(outer)}
        try:
            yield
        finally:
            self.env = {**self.frames.pop(), **attribute_names(self.env)}

    def new_object(self, cls):
        made = Object(cls, next(self.numbers))
        self.env[made.key("")] = Known(cls)
        return made

    def holds_objects(self, env) -> bool:
        return any(True for b in env.values() for _ in objects_in(b))

    def attributes(self, owner, env=None) -> dict:
        """What the attributes of an object stand for, by name, in the order of their assignment."""
        start = owner.key("")
        env = self.env if env is None else env
        return {k[len(start) :]: v for k, v in env.items() if k.startswith(start) and k != start}

    def set_attribute(self, owner, name, binding, node):
        if owner.number in self.shared:
            what = f"`{name}` is changed of an object that may be another one, too"
            raise Refused(node, what, "make a new object instead of changing one")
        self.env[owner.key(name)] = binding

    # ------------------------------------------------------------ branches

    def meet(self, env1, env2):
        """Where two paths meet, make one object of two that a name stands for."""
        pairs = self.pairs(env1, env2)
        clean, mixed = self.sorted_pairs(pairs, env1, env2)
        rename(env2, clean)
        for a, b in mixed:
            made = Object((a or b).type, next(self.numbers))
            self.shared |= {o.number for o in (a, b, made) if o}
            for env, old in ((env1, a), (env2, b)):
                copied = (
                    {made.key(n): v for n, v in self.attributes(old, env).items()} if old else {}
                )
                env.update({made.key(""): Known(made.type), **copied})
            replace_pair(env1, env2, a, b, made)
        if mixed:
            self.meet(env1, env2)  # attributes that are objects

    def one_of(self, a, b):
        """An object that is one of two: from here on, none of them is changed."""
        made = Object(a.type, next(self.numbers))
        self.shared |= {a.number, b.number, made.number}
        return made

    def become(self, made, old, env):
        """Let the attributes of `made` be those of `old`."""
        for name in self.attributes(made, env):
            del env[made.key(name)]
        copied = {made.key(n): v for n, v in self.attributes(old, env).items()}
        env.update({made.key(""): Known(made.type), **copied})

    # ------------------------------------------------------------ loops

    def come_round(self, names, state, kinds, before, head, env) -> bool:
        """At the end of a turn, names stand for the objects that they stood for at its start.

        Returns whether a name must stand for another object from the start.
        """
        clean, mixed = self.sorted_pairs(self.pairs(head, env), head, env)
        rename(env, clean)
        changed, used = False, {}
        for a, b in mixed:
            made = a if a.number in self.turning else self.one_of(a, b)
            if used.setdefault(made.number, b) is not b:
                continue
            self.shared.add(b.number)
            self.become(made, b, env)
            for name in replace_pair(dict(head), env, a, b, made):
                if made is not a and name in names:
                    binding = replaced(head[name], head[name], a, a, made)[0]
                    state[name] = (state[name][0], flatten(binding)[1])
            if made is not a:
                self.turning.add(made.number)
                self.start(made, a, names, state, kinds, before)
                changed = True
        return changed

    def start(self, made, old, names, state, kinds, before):
        """Carry the attributes of `made` round a loop, which begins with those of `old`."""
        found = [n for n in {**before, **state} if n.startswith(old.key(""))]
        for name in found:
            new = made.key(name.partition(".")[2])
            if name in state:
                state[new], kinds[new] = state[name], list(kinds[name])
                names.append(new)
            else:
                before[new] = before[name]

    def pairs(self, env1, env2) -> list:
        """The pairs of objects that one name stands for on two paths."""
        found: dict = {}

        def visit(one, two):
            objects = [b for b in (one, two) if isinstance(b, Object)]
            if len(objects) == 2:
                if one.type is two.type and (one.number, two.number) not in found:
                    found[one.number, two.number] = one, two
                    for name in {**self.attributes(one, env1), **self.attributes(two, env2)}:
                        read = env1.get(one.key(name)), env2.get(two.key(name))
                        visit(*read)
            elif isinstance(one, Struct) and isinstance(two, Struct) and one.keys == two.keys:
                for x, y in zip(one.items, two.items):
                    visit(x, y)
            elif isinstance(one, Method) and isinstance(two, Method):
                visit(one.owner, two.owner)
            elif isinstance(one, Closure) and isinstance(two, Closure) and one.code == two.code:
                visit(one.held, two.held)

        for name in {**env1, **env2}:
            if is_variable(name):
                visit(env1.get(name, UNDEFINED), env2.get(name, UNDEFINED))
        return list(found.values())

    def sorted_pairs(self, pairs, env1, env2):
        """Pairs that nothing else refers to, as second → first; and the others that differ."""
        outer = {o.number for frame in self.frames for b in frame.values() for o in objects_in(b)}
        left: dict = {}
        right: dict = {}
        for a, b in pairs:
            left.setdefault(a.number, set()).add(b.number)
            right.setdefault(b.number, set()).add(a.number)
        clean, mixed = {}, []
        for a, b in pairs:
            if a.number == b.number:
                continue
            single = left[a.number] == {b.number} and right[b.number] == {a.number}
            if single and not {a.number, b.number} & (outer | self.shared):
                clean[b.number] = a
            else:
                mixed.append((a, b))
        # a number that is given away must itself be renamed, or be gone on the other path
        kept = {o.number for b in env2.values() for o in objects_in(b)} - set(clean)
        for number in [n for n, a in clean.items() if a.number in kept]:
            first = clean.pop(number)
            mixed.append((first, next(b for a, b in pairs if b.number == number)))
        return clean, mixed


def is_variable(name) -> bool:
    """Whether a name in `env` is not that of an object's attribute."""
    return not (name[:2] == "%o" and name[2:3].isdigit())


def attribute_names(env) -> dict:
    return {n: b for n, b in env.items() if not is_variable(n)}


def hinted(name) -> tuple[str, bool]:
    """How a value that stands in for a name is called, and whether for a variable of the user's."""
    if is_variable(name):
        return plain(name), name[0] != "%" or is_cell(name)
    return name.partition(".")[2].partition("!")[0] or "object", True


def called(name, layout) -> list:
    """How the values that stand in for a name are called, as `hinted` does, one for each leaf."""
    if isinstance(layout, ClosureLayout):
        return called(name, layout.held)
    if layout is None:
        return [hinted(name)]
    if not isinstance(layout, Layout):
        return []
    if is_namedtuple(layout.type):
        names = [(key, (key, True)) for key in layout.keys]
    else:
        names = [(name, hinted(name))] * len(layout.keys)
    return [
        h
        for part, (inner, own) in zip(layout.parts, names)
        for h in ([own] if part is None else called(inner, part))
    ]


def objects_in(binding):
    """The objects that a binding refers to, not through their attributes."""
    if isinstance(binding, Object):
        yield binding
    elif isinstance(binding, Struct):
        for item in binding.items:
            yield from objects_in(item)
    elif isinstance(binding, Method):
        yield from objects_in(binding.owner)
    elif isinstance(binding, Closure):
        yield from objects_in(binding.held)


def exchanged(binding, choose):
    """The binding with each object in it replaced by what `choose` gives for it."""
    if isinstance(binding, Object):
        return choose(binding)
    if isinstance(binding, Struct) and any(True for _ in objects_in(binding)):
        items = tuple(exchanged(i, choose) for i in binding.items)
        return Struct(binding.type, binding.keys, items, binding.site, binding.source)
    if isinstance(binding, Method):
        return Method(binding.function, exchanged(binding.owner, choose))
    if isinstance(binding, Closure):
        return Closure(binding.code, exchanged(binding.held, choose))
    return binding


def rename(env, mapping):
    """Give objects other numbers, all at once, wherever they are referred to."""
    if not mapping:
        return
    new = {}
    for name, binding in env.items():
        if not is_variable(name):
            number, _, attribute = name[2:].partition(".")
            if int(number) in mapping:
                name = mapping[int(number)].key(attribute)
            elif int(number) in {o.number for o in mapping.values()}:
                continue  # what had this number is referred to no longer
        new[name] = exchanged(binding, lambda o: mapping.get(o.number, o))
    env.clear()
    env.update(new)


def replace_pair(env1, env2, a, b, made):
    """Where a name stands for `a` on one path and for `b` on the other, let it stand for `made`."""
    changed = []
    for name in env1.keys() & env2.keys():
        new = replaced(env1[name], env2[name], a, b, made)
        if new != (env1[name], env2[name]):
            env1[name], env2[name] = new
            changed.append(name)
    return changed


def replaced(one, two, a, b, made):
    """Two bindings of one name, with `made` in both where the one has `a` and the other `b`."""
    if isinstance(one, Object) and isinstance(two, Object):
        same = one.number == a.number and two.number == b.number
        return (made, made) if same else (one, two)
    if isinstance(one, Struct) and isinstance(two, Struct) and one.keys == two.keys:
        both = [replaced(x, y, a, b, made) for x, y in zip(one.items, two.items)]
        if both == list(zip(one.items, two.items)):
            return one, two
        firsts, seconds = zip(*both)
        return _with_items(one, firsts), _with_items(two, seconds)
    if isinstance(one, Closure) and isinstance(two, Closure) and one.code == two.code:
        held = replaced(one.held, two.held, a, b, made)
        if held != (one.held, two.held):
            return Closure(one.code, held[0]), Closure(two.code, held[1])
    return one, two


def _with_items(struct, items):
    return Struct(struct.type, struct.keys, tuple(items), struct.site, struct.source)
