"""Targets: what may be said on the command line, and what is said back where it leads nowhere."""

import sys
import textwrap

import pytest

from srcgrad.targets import TargetError, candidates, find, split


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder to work in, with a way to write files into it; imports are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    yield write
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def complaint(target):
    with pytest.raises(TargetError) as caught:
        find(target)
    return str(caught.value)


NET = """
    import math
    from math import exp

    def loss(w):
        return w * w

    def _helper(w):
        return w

    class Net:
        def loss(self, x):
            return x

        @staticmethod
        def scale(x):
            return 2 * x

        @classmethod
        def made(cls, x):
            return x

        def __call__(self, x):
            return x

        def __repr__(self):
            return "Net"
"""


@pytest.mark.parametrize(
    "target, parts",
    [
        ("net.py:loss", ("net.py", "loss")),
        ("net.py::loss", ("net.py", "loss")),
        ("net.py::Net::loss", ("net.py", "Net.loss")),
        ("a/b/net.py:Net.loss", ("a/b/net.py", "Net.loss")),
        ("net.py", ("net.py", "")),
        ("net.py:", ("net.py", "")),
        ("pkg.net:loss", ("pkg.net", "loss")),
        ("pkg.net", ("pkg.net", "")),
        (r"C:\work\net.py:loss", (r"C:\work\net.py", "loss")),
        ("v1.py/net.py:loss", ("v1.py/net.py", "loss")),
    ],
)
def test_split(target, parts):
    assert split(target) == parts


@pytest.mark.parametrize("form", ["net.py:loss", "net.py::loss", "./net.py:loss", "net:loss"])
def test_a_function(project, form):
    project("net.py", NET)
    assert find(form)(3) == 9


def test_absolute_path(project):
    assert find(f"{project('net.py', NET)}:loss")(3) == 9


def test_methods(project):
    project("net.py", NET)
    assert find("net.py:Net.loss").__qualname__ == "Net.loss"
    assert find("net.py:Net.scale")(2) == 4
    assert find("net.py:Net.made")(5) == 5


def test_candidates_are_those_of_the_module_itself(project):
    project("net.py", NET)
    find("net.py:loss")
    names = ["loss", "_helper", "Net.loss", "Net.scale", "Net.made", "Net.__call__"]
    assert candidates(sys.modules["net"]) == names


def test_without_a_function_they_are_listed(project):
    project("net.py", NET)
    assert complaint("net.py").splitlines() == [
        "net.py: which function? There are",
        "  net.py:loss",
        "  net.py:_helper",
        "  net.py:Net.loss",
        "  net.py:Net.scale",
        "  net.py:Net.made",
        "  net.py:Net.__call__",
    ]
    assert complaint("net.py:Net").splitlines()[1] == "  net.py:Net.loss"


def test_a_module_without_functions(project):
    project("empty.py", "x = 1\n")
    assert complaint("empty.py") == "empty.py defines no functions"


@pytest.mark.parametrize(
    "target, message",
    [
        ("net.py:lost", "net.py has no `lost`; did you mean `loss`?"),
        ("net.py:Net.lss", "net.py:Net has no `lss`; did you mean `Net.loss`?"),
        ("net.py:zzz", "net.py has no `zzz`"),
        ("nett.py:loss", "nett.py: no such file of Python code; did you mean `net.py`?"),
        ("deep/net.py:loss", "deep/net.py: no such file of Python code"),
        ("net.loss", "there is no module `net.loss`; did you mean `net:loss`?"),
        ("nett:loss", "there is no module `nett`; did you mean `net`?"),
        ("zzz:loss", "there is no module `zzz`"),
        ("no.such.module:loss", "there is no module `no.such.module`"),
        ("net.py:number", "net.py:number is a float, not a function"),
        ("a b:c", "`a b` names neither a file (`file.py:func`) nor a module"),
        ("", "`` names neither a file (`file.py:func`) nor a module"),
    ],
)
def test_complaints(project, target, message):
    project("net.py", textwrap.dedent(NET) + "\nnumber = 1.5\n")
    assert complaint(target) == message


def test_a_folder_lists_its_files(project):
    project("models/net.py", NET)
    assert complaint("models").startswith("models is a folder")
    assert complaint("models/") == "models/ is a folder, not a file of Python code\n  models/net.py"


def test_packages_and_relative_imports(project):
    project("pkg/__init__.py", "")
    project("pkg/base.py", "factor = 3\n")
    project("pkg/net.py", "from .base import factor\ndef loss(w):\n    return factor * w\n")
    by_file, by_name = find("pkg/net.py:loss"), find("pkg.net:loss")
    assert by_file(2) == 6
    assert by_file is by_name


def test_imports_beside_the_file(project):
    project("deep/beside.py", "factor = 5\n")
    project("deep/net.py", "from beside import factor\ndef loss(w):\n    return factor * w\n")
    assert find("deep/net.py:loss")(2) == 10


def test_a_file_named_as_a_module_that_is_loaded_already(project):
    project("json.py", "def loss(w):\n    return 7 * w\n")
    import json

    assert find("json.py:loss")(2) == 14
    assert sys.modules["json"] is json


def test_two_files_of_one_name(project):
    project("a/net.py", "def loss(w):\n    return 1\n")
    project("b/net.py", "def loss(w):\n    return 2\n")
    assert find("a/net.py:loss")(0) == 1
    assert find("b/net.py:loss")(0) == 2
    assert find("a/net.py:loss") is find("a/net.py:loss")


def test_dataclasses_in_a_file(project):
    project(
        "net.py",
        """
        from __future__ import annotations
        from dataclasses import dataclass

        @dataclass
        class Point:
            x: float

        def loss(p: Point):
            return p.x
        """,
    )
    assert find("net.py:loss").__name__ == "loss"


def test_what_an_import_prints_goes_to_stderr(project, capsys):
    project("loud.py", "print('hello')\ndef loss(w):\n    return w\n")
    find("loud.py:loss")
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "hello\n")


@pytest.mark.parametrize(
    "text, end",
    [
        ("x = 1 / 0\n", "ZeroDivisionError: division by zero"),
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import sys\nsys.exit(4)\n", "SystemExit: 4"),
        ("def f(:\n", "SyntaxError: invalid syntax"),
    ],
)
@pytest.mark.parametrize("form", ["broken.py:loss", "broken:loss"])
def test_a_failing_import_shows_the_users_lines_only(project, text, end, form):
    project("broken.py", text)
    message = complaint(form)
    assert message.startswith(f"{form.partition(':')[0]} could not be imported:\n")
    assert message.splitlines()[-1] == end
    assert 'broken.py", line' in message
    assert "targets.py" not in message and "importlib" not in message
    assert "broken" not in sys.modules


def test_gradients_stand_for_their_primal(project):
    project(
        "net.py",
        """
        class Gradient:
            def __init__(self, primal):
                self.primal = primal
                self.__module__ = primal.__module__
                self.__wrapped__ = primal
            def __call__(self, *args): ...

        @Gradient
        def loss(w):
            return w * w
        """,
    )
    assert find("net.py:loss")(3) == 9
    assert "loss" in candidates(sys.modules["net"])
