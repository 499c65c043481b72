"""Functions that are defined in the cells of a notebook, where source is in `linecache` alone."""

import inspect
import linecache
import os
import subprocess
import sys

import pytest

SPHERE = "import math\nfrom srcgrad import grad\n\ndef f(x):\n    return {body}\n"


class Plain:
    """What a notebook does with a cell, as far as we are concerned: for where there is no IPython."""

    def __init__(self):
        self.names, self.cells = {"__name__": "__main__"}, 0

    def run(self, cell):
        self.cells += 1
        file = f"<ipython-input-{self.cells}-{abs(hash(cell)):x}>"
        # without a modification time, as IPython does it: checkcache leaves such an entry alone
        lines = cell.splitlines(True)
        linecache.cache[file] = (len(cell), None, lines, file)
        exec(compile(cell, file, "exec", dont_inherit=True), self.names)
        return self.names


class Shell:
    """IPython itself, in this process."""

    def __init__(self):
        pytest.importorskip("IPython")
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        InteractiveShell.clear_instance()
        self.shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))

    def run(self, cell):
        result = self.shell.run_cell(cell, store_history=True)
        result.raise_error()
        return self.shell.user_ns


@pytest.fixture(params=[Plain, Shell], ids=["plain", "ipython"])
def notebook(request, monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    # what the shell puts into the interpreter is taken out again
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "displayhook", sys.displayhook)
    main = sys.modules["__main__"]
    yield request.param()
    sys.modules["__main__"] = main
    if request.param is Shell:
        from IPython.core.interactiveshell import InteractiveShell

        InteractiveShell.clear_instance()


def test_a_cell(notebook):
    names = notebook.run(SPHERE.format(body="x * x") + "\ng = grad(f)\nresult = g(3.0)\n")
    assert names["result"] == 6.0
    assert inspect.getsource(names["g"].compiled) in names["g"].source


def test_a_decorated_function_in_a_cell(notebook):
    cell = "from srcgrad import grad\n\n@grad(wrt='x')\ndef f(x, y):\n    return x * y\nout = f(1.0, 4.0)"
    assert notebook.run(cell)["out"] == 4.0


def test_a_cell_that_is_run_again_with_another_body(notebook):
    cell = SPHERE + "\ng = grad(f)\n"
    first = notebook.run(cell.format(body="x * x"))["g"]
    assert first(3.0) == 6.0
    second = notebook.run(cell.format(body="x * x * x"))["g"]
    assert second(3.0) == 27.0
    assert first(3.0) == 6.0
    assert "3 * (x * x)" in second.source


def test_a_helper_that_is_run_again(notebook):
    helper = "def helper(x):\n    return {body}\n"
    notebook.run(helper.format(body="2 * x"))
    names = notebook.run(SPHERE.format(body="helper(x) * x") + "g = grad(f)\n")
    assert names["g"](3.0) == 12.0
    notebook.run(helper.format(body="5 * x"))
    assert names["g"](3.0) == 30.0


def test_cells_with_future_imports(notebook):
    future = "from __future__ import annotations\n"
    names = notebook.run(f"{future}{SPHERE.format(body='x * x')}\ng = grad(f)\n")
    assert names["g"](3.0) == 6.0
    # IPython keeps the import for the cells that follow
    typed = "def typed(x: Unknown) -> Unknown:\n    return x * x\n"
    typed = typed if isinstance(notebook, Shell) else future + typed
    names = notebook.run(typed + "h = grad(typed)\n")
    assert names["h"](3.0) == 6.0


def test_an_error_names_the_line_of_the_cell(notebook):
    names = notebook.run(SPHERE.format(body="2 * math.sqrt(x)") + "\ng = grad(f)\n")
    with pytest.raises(ZeroDivisionError) as caught:
        names["g"](0.0)
    (note,) = caught.value.__notes__
    assert "return 2 * math.sqrt(x)" in note and ":5:" in note


def test_a_gate_in_a_cell_that_is_run_again(notebook):
    cell = "from srcgrad import grad, primitive\n\n@primitive(d='{d}')\ndef gate(x):\n    return {body}\n"
    use = "def f(x):\n    return gate(x) * 3.0\ng = grad(f)\n"
    notebook.run(cell.format(d="2.0", body="2 * x"))
    assert notebook.run(use)["g"](1.0) == 6.0
    names = notebook.run(cell.format(d="5.0", body="5 * x"))
    assert names["g"](1.0) == 15.0


def test_a_plain_prompt_is_refused_with_a_remedy():
    code = "from srcgrad import grad\nexec(compile('def f(x): return x', '<made>', 'exec'))\ngrad(f)(1.0)\n"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert "put it into a file or notebook" in run.stderr
