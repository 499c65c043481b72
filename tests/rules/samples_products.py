"""Points at which the rules of `srcgrad/rules/numpy_products.py` are checked, as in `samples`."""

import numpy as np

draw = np.random.default_rng(5)
V, W = draw.normal(size=3), draw.normal(size=3)
A, B = draw.normal(size=(2, 3)), draw.normal(size=(3, 4))
S, T = draw.normal(size=(2, 2, 3)), draw.normal(size=(2, 3, 2))  # stacks
Q = draw.normal(size=(3, 3))
ONE = draw.normal(size=(1, 3, 2))
HIGH = draw.normal(size=(2, 1, 2, 3))
COLUMNS = np.asfortranarray(draw.normal(size=(3, 4)))[:, ::2]

SAMPLES = {
    "operator.matmul": [
        ("x @ y", S, T),
        ("x @ y", S, ONE),
        ("x @ y", HIGH, T),
        ("x @ y", S, B),
        ("x @ y", A[:, :2], S),
        ("x @ y", S, V),
        ("x @ y", V, T),
        ("x @ y", A, COLUMNS),
        ("x @ x.mT", S),
    ],
    "numpy.matmul": [("np.matmul(x, y)", S, T), ("np.linalg.matmul(x, y)", V, T)],
    "numpy.dot": [
        ("np.dot(x, y)", S, V),
        ("np.dot(x, y)", V, T),
        ("np.dot(x, y)", S, B),
        ("np.dot(x, y)", A, T),
        ("np.dot(x, y)", S, T),
        ("np.dot(x, y)", 0.7, A),
        ("np.dot(x, y)", V, 0.7),
        ("np.dot(x, y)", 0.7, -0.3),
        ("x.dot(y)", A, B),
    ],
    "numpy.inner": [
        ("np.inner(x, y)", V, W),
        ("np.inner(x, y)", V, A),
        ("np.inner(x, y)", A, V),
        ("np.inner(x, y)", A, Q),
        ("np.inner(x, y)", S, A),
        ("np.inner(x, y)", 0.7, A),
    ],
    "numpy.vdot": [
        ("np.vdot(x, y)", V, W),
        ("np.vdot(x, y)", A, A[::-1]),
        ("np.vdot(x, y)", 0.7, -0.3),
    ],
    "numpy.vecdot": [
        ("np.vecdot(x, y)", V, W),
        ("np.vecdot(x, y)", S, A),
        ("np.vecdot(x, y, axis=-2)", S, A),
        ("np.linalg.vecdot(x, y)", A, V),
    ],
    "numpy.matvec": [("np.matvec(x, y)", A, V), ("np.matvec(x, y)", S, A)],
    "numpy.vecmat": [("np.vecmat(x, y)", V, B), ("np.vecmat(x, y)", A, T)],
    "numpy.outer": [
        ("np.outer(x, y)", V, W[:2]),
        ("np.outer(x, y)", A, V),
        ("np.outer(x, y)", V, 0.7),
        ("np.outer(x, x)", V),
    ],
    "numpy.linalg.outer": [("np.linalg.outer(x, y)", V, W[:2])],
    "numpy.linalg.matmul": [("np.linalg.matmul(x, y)", A, B)],
    "numpy.linalg.vecdot": [("np.linalg.vecdot(x, y, axis=0)", A, A[::-1])],
    "numpy.linalg.tensordot": [("np.linalg.tensordot(x, y, axes=1)", A, B)],
    "numpy.kron": [
        ("np.kron(x, y)", V, W[:2]),
        ("np.kron(x, y)", A, B),
        ("np.kron(x, y)", A, V),
        ("np.kron(x, y)", V, S),
        ("np.kron(x, y)", 0.7, A),
        ("np.kron(x, y)", A, 0.7),
        ("np.kron(x, x)", A),
    ],
    "numpy.tensordot": [
        ("np.tensordot(x, y)", A, A[::-1]),
        ("np.tensordot(x, y, axes=1)", A, B),
        ("np.tensordot(x, y, 1)", S, B),
        ("np.tensordot(x, y, axes=0)", V, A),
        ("np.tensordot(x, y, axes=(1, 2))", T, S),
        ("np.tensordot(x, y, axes=([0, 2], [0, 1]))", S, T),
        ("np.tensordot(x, y, axes=([2, 0], [1, 0]))", S, T),
        ("np.tensordot(x, y, axes=((1,), (-1,)))", S, T),
        ("np.tensordot(x, y, axes=(0, -1))", S, T),
        ("np.tensordot(x, y, axes=[[1, 0], [0, 1]])", A, A.T),
    ],
    "numpy.einsum:2": [
        ("np.einsum('ij->ji', x) * y", A, A.T),
        ("np.einsum('ij->i', x)", A),
        ("np.einsum('ij->j', x)", A),
        ("np.einsum('ij->', x)", A),
        ("np.einsum('ii', x)", Q),
        ("np.einsum('ii->i', x)", Q),
        ("np.einsum('iij->j', x)", draw.normal(size=(2, 2, 3))),
        ("np.einsum('iji->ij', x)", draw.normal(size=(2, 3, 2))),
        ("np.einsum('iii->i', x)", draw.normal(size=(2, 2, 2))),
        ("np.einsum('ba', x)", A),
        ("np.einsum('...ij->...ji', x)", S),
        ("np.einsum('...i->...', x)", S),
        ("np.einsum('i...->...', x)", S),
        ("np.einsum('ijk->ik', x)", S),
        ("np.einsum('...', x)", A),
    ],
    "numpy.einsum:3": [
        ("np.einsum('ij,jk->ik', x, y)", A, B),
        ("np.einsum('ij,jk', x, y, optimize=True)", A, B),
        ("np.einsum('ij, jk -> ki', x, y, optimize='greedy')", A, B),
        ("np.einsum('i,i->', x, y)", V, W),
        ("np.einsum('i,i', x, y)", V, W),
        ("np.einsum('i,j->ij', x, y)", V, W[:2]),
        ("np.einsum('ij,ij->ij', x, y)", A, A[::-1]),
        ("np.einsum('ij,j->j', x, y)", A, V),
        ("np.einsum('ij,k->k', x, y)", A, V),
        ("np.einsum('...ij,...jk->...ik', x, y)", S, T),
        ("np.einsum('...ij,...jk', x, y)", HIGH, T),
        ("np.einsum('...ij,...jk', x, y)", S, ONE),
        ("np.einsum('...i,i->...', x, y)", S, V),
        ("np.einsum('i,i->i', x, y)", V[:1], W),
        ("np.einsum('ij,ij->', x, y)", A, A[:1]),
        ("np.einsum('ii,i->i', x, y)", Q, V),
        ("np.einsum('ii,jj->', x, y)", Q, Q[::-1]),
        ("np.einsum(',i->i', x, y)", 0.7, V),
        ("np.einsum('bij,bjk->bik', x, x.mT)[:, 0] * y", S, A[:, :2]),
    ],
    "numpy.einsum:4": [
        ("np.einsum('ij,jk,k->i', x, y, z)", A, B, draw.normal(size=4)),
        ("np.einsum('i,ij,j', x, y, z)", V[:2], A, W),
        ("np.einsum('ai,bi,ci->abc', x, y, z)", A, Q, B.T),
    ],
    "numpy.einsum:5": [("np.einsum('i,ij,jk,k', x, y, y, x)", V, Q)],
    "numpy.einsum:6": [("np.einsum('i,i,i,i,j->j', x, x, x, x, y)", V, W)],
    "numpy.einsum:7": [("np.einsum('i,i,i,i,i,i', x, y, x, y, x, y)", V, W)],
    "numpy.einsum:8": [("np.einsum('i,i,i,i,i,i,i->i', x, y, x, y, x, y, x)", V, W)],
    "numpy.einsum:9": [("np.einsum('i,i,i,i,i,i,i,i', x, y, x, y, x, y, x, y)", V, W)],
    "numpy.cross": [
        ("np.cross(x, y)", V, W),
        ("np.cross(x, y)", A, V),
        ("np.cross(x, y, axis=0)", B, B[:, ::-1]),
    ],
    "numpy.linalg.cross": [
        ("np.linalg.cross(x, y)", V, A),
        ("np.linalg.cross(x, y, axis=1)", T, T[::-1]),
        ("np.linalg.cross(x, y, axis=-2)", T, B[:, :2]),
    ],
    "numpy.linalg.multi_dot": [
        ("np.linalg.multi_dot([x, y])", A, B),
        ("np.linalg.multi_dot([x, y, x])", Q, Q.T + 1.0),
        ("np.linalg.multi_dot((x, y, z))", V, Q, B),
        ("np.linalg.multi_dot([x, y, z])", A, Q, V),
        ("np.linalg.multi_dot([x, y, x])", V, Q),
    ],
    "numpy.linalg.matrix_power": [
        (f"np.linalg.matrix_power(x, {n})", Q) for n in (0, 1, 2, 3, 4, 7, -1, -2)
    ]
    + [("np.linalg.matrix_power(x, 3)", S[..., :2])],
    "numpy.eye": [("np.eye(int(x))", 3.5)],
    "numpy.tril": [("np.tril(x) * x", Q)],
    "numpy.triu": [("np.triu(x, 1) * x", Q)],
    "numpy.prod": [("np.prod(x, axis=-1)", Q)],
}

PRELUDE = ""
