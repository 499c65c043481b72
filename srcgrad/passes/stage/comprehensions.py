"""Stage comprehensions, as the loops that they stand for."""

from __future__ import annotations

import ast

from srcgrad.ir import Const
from srcgrad.kinds import UNKNOWN, List


class Comprehensions:
    """Methods of the stager that run comprehensions."""

    def expr_ListComp(self, node):
        site = self.site(node)
        out = self.b.gate("list", kind=List(self.memo.elements.get(site, UNKNOWN)), hint="items")
        self.sites[out] = {site}
        self.comprehension(node, lambda element: self.append(out, element, node))
        return out

    def comprehension(self, node, each):
        """Run `each` on every element, as the loops that the comprehension stands for."""
        inner = dict(self.env)

        bound = {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}

        def level(k):
            if k == len(node.generators):
                each(self.operand(node.elt))
                return
            gen = node.generators[k]

            def body():
                def go(tests):
                    if not tests:
                        return level(k + 1)
                    test = self.truth(self.expr(tests[0]), tests[0])
                    if isinstance(test, Const):
                        return go(tests[1:]) if test.value else None
                    self.branch(test, lambda: go(tests[1:]), lambda: None, node)

                go(gen.ifs)

            self.loop_over(
                gen.target, gen.iter, body, None, (*self.comp_names, *sorted(bound)), node
            )

        level(0)
        targets = {
            n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)
        }
        for name in targets:
            self.env.pop(name, None)
            if name in inner:
                self.env[name] = inner[name]
