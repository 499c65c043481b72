"""Objects of the caller whose attributes the function changes.

    def step(self, x):                   total = self.total          (read at the start)
        self.total += x          →       total_2 = total + x
        return self.total * x            self.total = total_2        (an effect, where it stands)
                                         return total_2 * x

What is read of an attribute that is changed anywhere is read once, at the start; from then on the
function knows what it holds. That another path may lead to the same object is refused.
"""

from __future__ import annotations

from srcgrad.ir import Const, Gate, Value, walk
from srcgrad.kinds import Array, List, Literal, Scalar, is_reference
from srcgrad.memory import Aliases
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Refused, Restart

_REMEDY = "return the new value, and assign it outside of the function"


class Outside:
    """Methods of the stager for changes that the caller sees."""

    def opened_for_change(self, known, name, node):
        """An object among the parameters, as one whose attributes are kept track of."""
        if known.path not in self.objects:
            what = f"`{name}` is changed of an object that is not itself a parameter"
            raise Refused(node, what, _REMEDY)
        self.will_change(known.path, name, type(known.value))
        return self.opened_objects[known.path]

    def will_change(self, way, name, cls):
        """Stage again, where this was not known, so that the attribute is read at the start."""
        if (way, name, cls) not in self.memo.written:
            self.memo.written.add((way, name, cls))
            raise Restart

    def is_written(self, way, name) -> bool:
        return any(w == way and n == name for w, n, _ in self.memo.written)

    def open_parameter(self, value, example, way, node):
        """Read the attributes that will be changed of a parameter that is an object."""
        written = sorted(name for w, name, _ in self.memo.written if w == way)
        if not written:
            return
        made = self.opened_objects[way] = self.new_object(type(example))
        self.origins[made.number] = value, way
        for name in written:
            if not hasattr(example, name):
                self.guard(way, False, f"hasattr({{}}, {name!r})")
                continue
            binding = self.constant_binding(getattr(example, name), node, f"{way}.{name}")
            self.env[made.key(name)] = binding

    def read_opened(self, known, name):
        """The object that keeps track of an attribute of one outside; None where nothing does."""
        return self.opened_objects.get(known.path) if self.is_written(known.path, name) else None

    def refuse_double(self, known, name, node):
        """An attribute is read that may be one that is changed, of the same object."""
        for way, changed, cls in self.memo.written:
            if changed == name and type(known.value) is cls and way != known.path:
                what = f"`{name}` is changed of `{way[1:]}`, which may be this object"
                raise Refused(node, what, _REMEDY)

    def change_outside(self, owner, name, binding, node):
        """Write down that the caller's object is changed."""
        value, way = self.origins[owner.number]
        if way is None:
            what = f"`{name}` is changed of an object inside a list, a tuple or a dict"
            raise Refused(node, what, _REMEDY)
        self.will_change(way, name, owner.type)
        operand = self.runtime(binding, node)
        if not isinstance(kind_of(operand), (Scalar, Array, List, Literal)):
            raise Refused(node, f"`{name}` is assigned what is not a number here", _REMEDY)
        self.b.loc = (self.source, node)
        self.b.effect("setattr", value, Const(name), operand)
        return operand

    def check_assigned(self, node):
        """Refuse to assign to an attribute of the caller's what is changed in place."""
        body = self.b.block()
        aliases = Aliases(body)
        for s in walk(body):
            if isinstance(s, Gate) and s.op == "setattr" and isinstance(s.args[-1], Value):
                if is_reference(s.args[-1].kind) and aliases.is_memory(s.args[-1]):
                    what = "a list or array that is changed in place is assigned to an attribute"
                    place = s.loc[1] if isinstance(s.loc, tuple) else node
                    self.problem(Refused(place, what, "assign a copy"))
