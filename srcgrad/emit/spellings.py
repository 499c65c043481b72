"""Functions of the libraries that are not written as calls of their operands.

numpy.transpose(x)                      x.T
numpy.array(((c, s), (0, 1)))           np.array([[c, s], [0, 1]])
numpy.concatenate:2(a, b)               np.concatenate([a, b])
math.dist:4(a, b, c, d)                 math.dist((a, b), (c, d))
"""

from __future__ import annotations

import ast

from srcgrad.emit.syntax import DTYPES, call, constant, load, path
from srcgrad.ir import Const, Tup
from srcgrad.kinds import Array, List, Scalar
from srcgrad.operands import equals, kind_of


class Spellings:
    """Methods of the writer for functions that have a form of their own."""

    def expr_numpy_array(self, g):
        tree, *dtype = g.args
        given = [v for v in (*dtype, *(v for _, v in g.kw)) if v != Const(None)]
        words = [load("float") if v == Const("f8") else self.dtype(v, None) for v in given]
        return call("np.array", self.listed(tree), **dict(zip(("dtype",), words)))

    def listed(self, tree):
        """Operands in the places that they have in nested lists."""
        if not isinstance(tree, Tup):
            return self.expr(tree)
        return ast.List([self.listed(i) for i in tree.items], ast.Load())

    def expr_numpy_nonzero(self, g):
        x, axis = map(self.expr, g.args)
        return ast.Subscript(call("np.nonzero", x), axis, ast.Load())

    def expr_numpy_copy(self, g):
        return call(ast.Attribute(self.expr(g.args[0]), "copy", ast.Load()))

    def expr_numpy_transpose(self, g):
        x, *axes = map(self.expr, g.args)
        if axes or g.kw:
            return call("np.transpose", x, *axes, **{k: self.expr(v) for k, v in g.kw})
        return ast.Attribute(x, "T", ast.Load())

    def expr_numpy_concatenate(self, g):
        """A function of a sequence: it is a list of the operands, or one that there is."""
        parts = list(map(self.expr, g.args))
        given = parts[0] if isinstance(kind_of(g.args[0]), List) else ast.List(parts, ast.Load())
        path = f"np.{g.op.partition(':')[0].rpartition('.')[2]}"
        return call(path, given, **{k: self.keyword(k, v) for k, v in g.kw})

    expr_numpy_stack = expr_numpy_concatenate

    def expr_numpy_broadcast_arrays(self, g):
        whole = call("np.broadcast_arrays", *map(self.expr, g.args))
        return ast.Subscript(whole, constant(0), ast.Load())

    def expr_numpy_ndarray_mT(self, g):
        return ast.Attribute(self.expr(g.args[0]), "mT", ast.Load())

    def expr_numpy_real(self, g):
        name = g.op.partition(":")[0].rpartition(".")[2]
        return ast.Attribute(self.expr(g.args[0]), name, ast.Load())

    expr_numpy_imag = expr_numpy_real

    def expr_numpy_broadcast_to(self, g):
        """A float of Python's would make an array of doubles."""
        x, shape = *g.args, *(v for _, v in g.kw)
        single = (
            g.out.kind.dtype == "f4" and isinstance(kind_of(x), Scalar) and kind_of(x).name != "f4"
        )
        if single:
            return call("np.full", self.expr(shape), self.expr(x), dtype=path("np.float32"))
        return call("np.broadcast_to", self.expr(x), self.expr(shape))

    def expr_numpy_conjugate(self, g):
        x = self.expr(g.args[0])
        if g.form != "method":
            return call("np.conj", x)
        name = "conj" if isinstance(kind_of(g.args[0]), Array) else "conjugate"
        return call(ast.Attribute(x, name, ast.Load()))

    def expr_astype(self, g):
        return call(
            ast.Attribute(self.expr(g.args[0]), "astype", ast.Load()),
            path(DTYPES[g.args[1].value]),
        )

    def expr_fill(self, g):
        shape = ast.Attribute(self.expr(g.args[1]), "shape", ast.Load())
        if equals(g.args[0], 0):
            return call("np.zeros_like", self.expr(g.args[1]))
        return call(
            "np.full",
            shape,
            self.expr(g.args[0]),
            **({"dtype": path("np.float32")} if g.out.kind.dtype == "f4" else {}),
        )

    def expr_math_prod(self, g):
        if isinstance(kind_of(g.args[0]), List):
            return call("math.prod", self.expr(g.args[0]))
        return call("math.prod", ast.Tuple([self.expr(a) for a in g.args], ast.Load()))

    def expr_math_dist(self, g):
        points = [self.expr(a) for a in g.args]
        if isinstance(kind_of(g.args[0]), List):
            return call("math.dist", *points)
        half = len(points) // 2
        return call(
            "math.dist", *(ast.Tuple(p, ast.Load()) for p in (points[:half], points[half:]))
        )

    def expr_math_sumprod(self, g):
        if isinstance(kind_of(g.args[0]), List):
            return call("math.sumprod", *map(self.expr, g.args))
        vectors = [self.expr(a) for a in g.args]
        half = len(vectors) // 2
        return call(
            "math.sumprod", *(ast.Tuple(v, ast.Load()) for v in (vectors[:half], vectors[half:]))
        )
