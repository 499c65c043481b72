"""Stage comprehensions, as the loops that they stand for."""

from __future__ import annotations

import ast

from srcgrad.ir import Const
from srcgrad.kinds import UNKNOWN, List
from srcgrad.passes.stage import scopes
from srcgrad.passes.stage.binding import Known, Refused


class Comprehensions:
    """Methods of the stager that run comprehensions."""

    def expr_ListComp(self, node):
        site = self.site(node)
        if site not in self.memo.dynamic:
            items = self.written_out(node, lambda: self.expr(node.elt))
            items = self.drawn_at(node) if items is None else items
            if items is not None:
                return self.listing(items, frozenset({site}))
        out = self.b.gate("list", kind=List(self.memo.elements.get(site, UNKNOWN)), hint="items")
        self.sites[out] = {site}
        self.comprehension(node, lambda element: self.append(out, element, node))
        return out

    def drawn(self, node):
        """`map(f, xs)` or `filter(f, xs)` as the generator that it is; anything else as it stands."""
        func = self.quiet(node.func) if isinstance(node, ast.Call) else None
        if isinstance(func, Known) and func.value in (zip, enumerate, reversed, range):
            return self.elements_of(node)
        if not isinstance(func, Known) or func.value not in (map, filter) or len(node.args) < 2:
            return node
        function, *iterables = node.args
        names = [self.temporary(f"x_{k}") for k in range(len(iterables))]
        call = self.temporary("f"), self.expr(function)
        self.env[call[0]] = call[1]
        target, source = ast.Name(names[0], ast.Store()), iterables[0]
        if len(names) > 1:
            together = self.temporary("zip")
            self.env[together] = Known(zip, "zip")
            target = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())
            source = ast.Call(ast.Name(together, ast.Load()), iterables, [])
        element = ast.Name(names[0], ast.Load())
        value = ast.Call(
            ast.Name(call[0], ast.Load()), [ast.Name(n, ast.Load()) for n in names], []
        )
        if func.value is map:
            elt, tests = value, []
        else:
            plain = isinstance(call[1], Const) and call[1].value is None
            elt, tests = element, [element if plain else value]
        return _placed(ast.GeneratorExp(elt, [ast.comprehension(target, source, tests, 0)]), node)

    def elements_of(self, node):
        """`x for x in node`."""
        name = self.temporary("x")
        one = ast.comprehension(ast.Name(name, ast.Store()), node, [], 0)
        element = ast.copy_location(ast.Name(name, ast.Load()), node)
        element.quoted = "x"  # a list made of it is another than that of all of them
        return _placed(ast.GeneratorExp(element, [one]), node)

    def temporary(self, name):
        return scopes.cell(next(self.memo.activations), name)

    def call_map(self, node):
        name = ast.unparse(node.func)
        what = f"`{name}` is taken up by `list`, `sum`, a comprehension or a loop here"
        raise Refused(node, what, f"write `list({name}(...))`")

    call_filter = call_zip = call_enumerate = call_reversed = call_range = call_map

    def comprehension(self, node, each, stop=None, stage=None):
        """Run `each` on every element, as the loops that the comprehension stands for.

        They end where the variable `stop` is true.
        """
        inner = dict(self.env)

        bound = {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}

        def level(k):
            if k == len(node.generators):
                each((stage or self.operand)(node.elt))
                return
            gen = node.generators[k]

            def body():
                def go(tests):
                    if not tests:
                        return level(k + 1)
                    test = self.tested(tests[0])
                    if isinstance(test, Const):
                        return go(tests[1:]) if test.value else None
                    self.branch(test, lambda: go(tests[1:]), lambda: None, node)

                go(gen.ifs)

            above = targets(node.generators[: k + 1])
            again = above & targets(node.generators[k + 1 :])  # the next turn finds them changed
            stored = (*self.comp_names, *sorted(bound | again))
            self.loop_over(gen.target, gen.iter, body, stop, stored, node)

        level(0)
        for name in targets(node.generators):
            self.env.pop(name, None)
            if name in inner:
                self.env[name] = inner[name]


def targets(generators) -> set[str]:
    """The names that some `for` clauses of a comprehension bind."""
    return {n.id for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}


def _placed(tree, node):
    """A new tree, where it has no place of its own in that of a node."""
    for part in ast.walk(tree):
        if isinstance(part, ast.expr) and not hasattr(part, "lineno"):
            ast.copy_location(part, node)
    return tree
