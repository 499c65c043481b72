"""Long functions and deep expressions compile."""

import inspect
import math
import sys

import pytest

from srcgrad import check_grads, grad


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Make a function from text, in a module of its own."""

    def made(text):
        file = tmp_path / "limits_made.py"
        file.write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "limits_made", raising=False)
        import limits_made

        return limits_made.f

    return made


def test_expressions_of_200_levels(made):
    text = "x"
    for k in range(200):
        text = f"math.sin({text})" if k % 2 else f"{text} * y + {k}.5"
        text = f"({text})" if k % 10 == 0 else text
    f = made(f"import math\n\n\ndef f(x, y):\n    return {text}\n")
    check_grads(f, (0.3, 0.7))


def test_additions_of_200_terms(made):
    terms = " + ".join(f"{k}.5 * x" for k in range(200))
    f = made(f"def f(x):\n    return {terms}\n")
    assert math.isclose(grad(f)(2.0), 200 * 199 / 2 + 100)


def test_functions_of_many_statements(made):
    lines = ["    a = x"]
    for k in range(400):
        lines.append(
            "    y = 0.5 * y + 0.1 * a" if k % 3 == 0 else f"    a = math.sin(a + {k}) * y"
        )
    f = made("import math\n\n\ndef f(x, y):\n" + "\n".join(lines) + "\n    return a + y\n")
    check_grads(f, (0.3, 0.01), rtol=1e-4)


def test_the_limit_is_what_it_was(made):
    before = sys.getrecursionlimit()
    grad(made("def f(x):\n    return x * x\n"))(1.0)
    assert sys.getrecursionlimit() == before and inspect.stack()
