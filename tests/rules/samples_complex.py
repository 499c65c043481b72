"""Points at which the rules for complex numbers and Fourier transforms are checked, as in `samples`.

What is complex is made of real `x` and `y`, and `seen` makes a real number of what comes out.
"""

import itertools

import numpy as np

X, Y = np.array([0.3, -0.8, 1.7, 0.6, -1.1]), np.array([0.9, 0.4, -0.6, 1.2, 0.5])
EVEN = np.array([0.3, -0.8, 1.7, 0.6, -1.1, 0.2])
M, N = (
    np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]]),
    np.array([[0.7, 0.2, -1.3], [0.5, -0.9, 0.8]]),
)
T = np.sin(np.arange(1.0, 25.0)).reshape(2, 3, 4)
ROW = np.array([0.6, -0.5, 1.4])
A, B = 0.7, -0.4

PRELUDE = """
NATURALS = np.array([0, 1, 2])

def seen(z):
    return np.sum(np.sin(z.real)) + np.sum(z.imag * z.imag * z.imag) + np.sum(z.real * z.imag)


def seen_real(x):
    return np.sum(np.sin(x) * x)
"""


def elementwise(name):
    """A function of an array, and of a number."""
    return [(f"seen({name}(x + 1j * y))", X, Y), (f"seen({name}(x + 1j * y))", A, B)]


def calls(name, real, ways, *points):
    """A transform of real or complex numbers in several ways at each of some points."""
    z = "x" if real else "x + 1j * y"
    return [
        (f"seen(np.fft.{name}({z}{how}))", *(args[:1] if real else args))
        for how, args in zip(ways, itertools.cycle(points))
    ]


def half(name, real):
    """A transform along one axis: odd and even axes, cut and padded, in all scalings."""
    vectors = ["", "", ", 4", ", n=5", ", n=9, norm='ortho'", ", n=len(x) - 2, norm='forward'"]
    matrices = [", axis=0, norm='backward'", ", n=2, axis=0", ", 5, 0, 'forward'"]
    return [
        *calls(name, real, vectors, (X, Y), (EVEN, EVEN[::-1])),
        *calls(name, real, matrices, (M, N)),
        *calls(name, real, [", axis=1"], (T, T[::-1])),
        (f"seen(np.fft.{name}(x))", X),
    ]


def full(name, real):
    """A transform along several axes."""
    kept = "3" if name.startswith("irfft") else "-1"
    matrices = ["", ", axes=(0, 1), norm='forward'", ", s=(3, 2), axes=(0, 1), norm='ortho'",
                f", s=(4, {kept}), axes=(-2, -1)"]  # fmt: skip
    return [
        *calls(name, real, matrices, (M, N)),
        *calls(name, real, [", s=(3, 3), axes=(2, 0)"], (T, T[::-1])),
        (f"seen(np.fft.{name}(x))", M),
    ]


SAMPLES = {
    "numpy.real:complex": [
        *elementwise("np.real"),
        ("np.sum(np.sin((x * np.exp(1j * y)).real))", M, N),
        ("(x * np.exp(1j * y)).real", A, B),
    ],
    "numpy.imag:complex": [
        *elementwise("np.imag"),
        ("np.sum(np.sin((x * np.exp(1j * y)).imag))", M, N),
        ("(x * np.exp(1j * y)).imag", A, B),
    ],
    "numpy.conjugate:complex": [
        *elementwise("np.conj"),
        ("seen((x + 1j * y).conj() * np.exp(1j * x))", X, Y),
        ("seen(complex(x, y).conjugate() * complex(y, x))", A, B),
    ],
    "numpy.abs:complex": [
        *elementwise("np.abs"),
        ("np.sum(np.abs(np.exp(1j * x) + y) ** 3)", M, N),
        ("np.sum(abs(np.exp(1j * x) + y))", M, ROW),
        ("np.sum(np.abs(np.fft.fft(x)) ** 2)", X),
    ],
    "numpy.absolute:complex": elementwise("np.absolute"),
    "numpy.sign:complex": elementwise("np.sign"),
    "numpy.angle:complex": [
        *elementwise("np.angle"),
        ("np.angle(x + 1j * y, deg=True)", X, Y),
        ("np.angle(complex(x, y))", A, B),
    ],
    "builtins.abs:complex": [
        ("abs(complex(x, y))", A, B),
        ("abs(complex(x, y) ** 3 + 2j)", A, B),
        ("abs(np.exp(1j * x) + y)", A, B),
    ],
    "builtins.complex": [
        ("seen(complex(x, y) * complex(y) / complex(1, x))", A, B),
        ("abs(complex(imag=x) + 1)", A),
    ],
    "operator.pow:complex": [
        ("seen(complex(x, y) ** 3)", A, B),
        ("seen(complex(x, y) ** -1 + complex(x, y) ** 0.5)", A, B),
        ("seen((x + 1j * y) ** 2 + (x + 1j * y) ** 0)", M, N),
        ("seen(complex(x, 1.0) ** y)", A, B),
        ("seen((1j + x) ** y)", X, B),
    ],
    "numpy.power:complex": [
        ("seen(np.power(x + 1j * y, 2))", X, Y),
        ("seen(np.power(x + 1j * y, NATURALS))", M, N),
        ("seen(np.power(x + 1j, y))", X, Y),
        ("seen(np.power(complex(x, y), 3))", A, B),
    ],
    **{
        f"{name}:complex": [
            (f"seen({at})".replace("a @", f"{x} @").replace("@ b", f"@ {y}"), p, q)
            if name == "operator.matmul"
            else (f"seen({name.replace('numpy', 'np')}({x}, {y}))", p, q)
            for at in ["a @ b"]
            for x, y, p, q in [
                ("(x + 1j * y)", "(y * 2j + x)", X, Y),
                ("(x + 1j)", "(y * 2j + 1)", ROW, M.T),
                ("(x * 1j + 1)", "(y + 3j)", M, ROW),
                ("(x * 1j + 1)", "(y + 3j)", M, N.T),
                ("x", "(y + 3j)", M, N.T),
            ]
        ]
        for name in ("operator.matmul", "numpy.matmul", "numpy.dot")
    },
    "numpy.outer:complex": [("seen(np.outer(x + 1j * y, x * 2j + y))", X, Y)],
    "numpy.vdot:complex": [
        ("seen(np.vdot(x + 1j * y, x * 2j + y))", X, Y),
        ("seen(np.vdot(x + 1j, x * 2j + y))", M, N),
    ],
    **{f"numpy.fft.{n}": half(n, False) for n in ("fft", "ifft")},
    "numpy.fft.rfft": half("rfft", True),
    "numpy.fft.irfft": half("irfft", False),
    **{f"numpy.fft.{n}": full(n, False) for n in ("fft2", "ifft2", "fftn", "ifftn")},
    **{f"numpy.fft.{n}": full(n, True) for n in ("rfft2", "rfftn")},
    **{f"numpy.fft.{n}": full(n, False) for n in ("irfft2", "irfftn")},
    "numpy.fft.hfft": [
        (f"seen(np.fft.hfft(x + 1j * y{how}))", X, Y)
        for how in ("", ", 7", ", norm='ortho'", ", norm='forward'", ", norm='backward'")
    ],
    "numpy.fft.ihfft": [
        (f"seen(np.fft.ihfft(x{how}))", X)
        for how in ("", ", 7", ", norm='ortho'", ", norm='forward'", ", norm='backward'")
    ],
    **{
        f"numpy.fft.{n}": [
            (f"seen_real(np.fft.{n}(x) * y)", X, Y),
            (f"seen(np.fft.{n}(x + 1j * y, axes=0) * x)", M, N),
            (f"seen_real(np.fft.{n}(x, axes=(0, 1)) * y)", M, N),
        ]
        for n in ("fftshift", "ifftshift")
    },
    **{
        f"numpy.fft.{n}": [
            (f"seen_real(np.fft.{n}(5, x))", A),
            (f"seen_real(np.fft.{n}(6) * x)", A),
            (f"seen_real(np.fft.{n}(len(x), d=y) * np.sum(x))", X, A),
        ]
        for n in ("fftfreq", "rfftfreq")
    },
}

Z1, Z2 = "(x + 1j * y)", "(y - 2j * x)"
S2, U2 = np.array([[0.9, -0.8], [1.1, 1.4]]), np.array([[0.3, 0.5], [-0.7, 0.2]])
MOVED = {
    "numpy.concatenate:2": "np.concatenate([{0}, x])",
    "numpy.stack:2": "np.stack([x, {0}], axis=1)",
    "numpy.vstack": "np.vstack([{0}, {1}])",
    "numpy.hstack": "np.hstack([{0}, {1}])",
    "numpy.diff": "np.diff({0})",
    "numpy.tile": "np.tile({0}, 2)",
    "numpy.repeat": "np.repeat({0}, [2, 0])",
    "numpy.pad": "np.pad({0}, 1, mode='edge')",
    "numpy.take": "np.take({0}, [1, 1, 0])",
    "numpy.expand_dims": "np.expand_dims({0}, 0)",
    "numpy.diag:vector": "np.diag({0})",
    "numpy.linalg.norm:complex": "1j * np.linalg.norm({0}) + np.linalg.norm({0}, 1)",
    "numpy.stack:list": "np.stack([np.exp(1j * v) for v in x]) + y",
}
PRODUCTS = {
    "numpy.einsum:3": "np.einsum('ij,jk->i', {0}, {1})",
    "numpy.einsum:2": "np.einsum('ii', {0})",
    "numpy.tensordot": "np.tensordot(x, {0}, axes=([0], [1]))",
    "numpy.kron": "np.kron({0}, {1})",
    "numpy.trace": "np.trace({0}) + 0.0 * x",
    "numpy.diagonal": "np.diag({0})",
    "numpy.triu": "np.triu({0})",
    "numpy.linalg.solve": "np.linalg.solve({0}, {1}) + np.linalg.solve({0}, x[0])",
    "numpy.linalg.inv": "np.linalg.inv({0})",
    "numpy.linalg.det:complex": "np.linalg.det({0})",
}
for _table, _points in ((MOVED, (X[:2], Y[:2])), (PRODUCTS, (S2, U2))):
    for _name, _text in _table.items():
        _sample = (f"seen({_text.format(Z1, Z2)})", *_points)
        SAMPLES[_name] = [*SAMPLES.get(_name, ()), _sample]
