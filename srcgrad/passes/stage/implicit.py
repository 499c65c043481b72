"""Stage calls of solvers: what they find is a root, or a fixed point, of a function that has source.

    E = solve_kepler(M, e)      →      E_0: float = user.solve_kepler(M, e)      # a constant
                                       residual: float = E_0 - e * math.sin(E_0) - M
                                       slope: float = 1 - e * math.cos(E_0)
                                       E: float = implicit.root(E_0, residual, slope)

The solver is called as it is. What the root passes on goes through the residual, which is staged
as any helper's call, divided by its slope. In the text, the last gate is nothing but the first.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from srcgrad.ir import Block, Const, Gate, all_defs, frees, map_stmt, uses, walk
from srcgrad.kinds import Array, Scalar, described, is_reference
from srcgrad.memory import Aliases
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Known, Refused, Struct


class Implicit:
    """Methods of the stager that put a derivative on what a solver found."""

    b: object
    context: object
    gate: Callable
    call_function: Callable
    binding_kind: Callable
    specialised: Callable

    def call_solver(self, rule, found, given, node):
        """The result of a solver: `found` is what it returned, `given` its arguments by name."""
        op, residual = rule.implied
        parameters = self.context.parameters(residual)
        bindings = [found, *(given[n] for n in parameters[1:])]
        image = self.solved(residual, bindings, node)
        self.check_solved(found, image, residual, node)
        slope = self.slope(op, residual, parameters, bindings, node)
        array = isinstance(kind_of(found), Array)
        return self.gate(f"{op}:array" if array else op, found, image, slope, node=node)

    def solved(self, residual, bindings, node):
        """The value of the residual, or of the fixed point's function, where the root is."""
        image, block = self.aside(lambda: self.call_function(residual, bindings, {}, node))
        if _happens(block):
            what = f"`{residual.__name__}` does more than compute what the solver is to solve"
            raise Refused(node, what, "let it neither print nor change what it is given")
        self.b.stmts += block.stmts
        return image

    def slope(self, op, residual, parameters, bindings, node):
        """What has to be undone: the residual's derivative, or 1 less that of the function."""
        kinds = dict(zip(parameters, (self.binding_kind(a, node) for a in bindings)))
        array, fixed = isinstance(kind_of(bindings[0]), Array), op == "implicit.fixed_point"
        mode = "jvp" if array else "grad"
        derivative = self.specialised(
            (residual, mode),
            [*kinds.values()],
            lambda: self.context.derivative(residual, kinds, mode),
        )
        function, given = derivative, bindings
        if array:
            others = Struct(tuple, tuple(range(len(bindings) - 1)), tuple(bindings[1:]))
            function, given = _jacobian, [Known(derivative), bindings[0], others, Const(fixed)]
        slope, block = self.aside(lambda: self.call_function(function, given, {}, node))
        self.b.stmts += _placed(block, (self.source, node)).stmts
        if fixed and not array:
            return self.gate("operator.sub", Const(1), slope, node=node)
        return slope

    def aside(self, stage):
        """What is staged, and its statements, which stand nowhere yet."""
        outer, self.b = self.b, self.b.sub()
        try:
            return stage(), self.b.block()
        finally:
            self.b = outer

    def check_solved(self, found, image, residual, node):
        """The root and the residual are a number each, or vectors of one length."""
        want = kind_of(found)
        have = None if isinstance(image, (Struct, Known)) else kind_of(image)
        if isinstance(want, Array) and want.ndim != 1:
            what = f"`{ast.unparse(node)}` is an array of {want.ndim} axes, and a root has one"
            raise Refused(node, what, "let the solver take and return a vector, and reshape it")
        vector = isinstance(have, Array) and have.ndim == 1
        if not (vector if isinstance(want, Array) else isinstance(have, Scalar)):
            said = described(have) if have is not None else "something else"
            what = f"the solver returns {described(want)}, and `{residual.__name__}` {said}"
            raise Refused(node, what, "say what the solver returns with `kind=`")


def _jacobian(tangent, x, given, fixed):
    """A column for each element of x, from the tangent along it: staged, and never called."""
    jacobian = np.zeros((len(x), len(x)))
    for j in range(len(x)):
        x_dot = np.zeros(len(x))
        x_dot[j] = 1.0
        column = tangent(x, *given, x_dot)[1]
        jacobian[:, j] = x_dot - column if fixed else column
    return jacobian


def _placed(block, loc):
    """The block as if all of it stood where the solver is called: its own text nobody has seen."""

    def stmt(s):
        return map_stmt(replace(s, loc=loc), lambda o: o, lambda b: _placed(b, loc))

    return Block(tuple(map(stmt, block.stmts)), block.yields)


def _happens(block) -> bool:
    """Whether a block does something that is seen from outside."""
    read, aliases, inside = uses(block), Aliases(block), set(all_defs(block))
    outside = {aliases.find(v) for v in frees(block) if is_reference(v.kind) and v not in inside}
    silent = all(s.op != "opaque" or s.out in read for s in walk(block) if isinstance(s, Gate))
    return not silent or bool(outside & aliases.changed)
