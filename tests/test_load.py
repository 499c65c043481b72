"""Loaded text behaves like a file's: getsource, tracebacks and pickling of errors work on it."""

import inspect
import linecache
import os
import subprocess
import sys
import threading
import traceback

import pytest

from srcgrad import grad
from srcgrad.errors import CannotDifferentiate, InternalError, SrcgradWarning
from srcgrad.load import load

DOUBLE = "def double(x):\n    return 2 * x\n"


def test_function_and_its_globals():
    namespace = {"offset": 1.0}
    text = "def shifted(x):\n    return abs(x) + offset\n\n\ndef other():\n    pass\n"
    shifted = load(text, "shifted", namespace, "model.shifted")
    assert shifted(-2.0) == 3.0
    assert shifted.__module__ == "srcgrad.generated"
    assert namespace == {"offset": 1.0}
    namespace["offset"] = 7.0
    assert shifted(-2.0) == 3.0


def test_source_is_found():
    double = load(DOUBLE, "double", {}, "test.found")
    assert double.__code__.co_filename == "<srcgrad test.found>"
    assert inspect.getsource(double) == DOUBLE
    linecache.checkcache()
    assert inspect.getsource(double) == DOUBLE


def test_traceback_quotes_the_text():
    text = "def fail(x):\n    y = 1 / x\n    return y\n"
    fail = load(text, "fail", {}, "test.traceback")
    with pytest.raises(ZeroDivisionError) as info:
        fail(0.0)
    shown = "".join(traceback.format_exception(info.value))
    assert 'File "<srcgrad test.traceback>", line 2, in fail\n    y = 1 / x\n' in shown


def test_other_text_takes_another_name():
    first = load(DOUBLE, "double", {}, "test.names")
    second = load(DOUBLE.replace("2", "3"), "double", {}, "test.names")
    again = load(DOUBLE, "double", {}, "test.names")
    assert second.__code__.co_filename == "<srcgrad test.names 2>"
    assert again.__code__.co_filename == "<srcgrad test.names>"
    assert again is not first
    assert "3 * x" in inspect.getsource(second)


def test_many_threads_share_a_label():
    texts = [DOUBLE.replace("2", str(number)) for number in range(20)]
    found = {}

    def work(number):
        found[number] = load(texts[number], "double", {}, "test.threads")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, function in found.items():
        assert inspect.getsource(function) == texts[number]
        assert function(1) == number


@pytest.mark.parametrize("text", [DOUBLE, DOUBLE.rstrip("\n"), DOUBLE + "\n\n", "\n\n" + DOUBLE])
def test_ends_of_lines(text):
    double = load(text, "double", {}, "test.ends")
    assert inspect.getsource(double).strip() == DOUBLE.strip()


def test_unusual_characters_end_no_line():
    text = 'def f():\n    """a\x0cb\u2028c\x85d"""\n    return 1\n\n\ndef g():\n    return 2\n'
    g = load(text, "g", {}, "test.unusual")
    assert inspect.getsource(g) == "def g():\n    return 2\n"


def test_future_imports_of_this_package_do_not_leak():
    text = "def f(x: int):\n    return x\n"
    assert load(text, "f", {}, "test.future").__annotations__ == {"x": int}


def test_namespace_may_set_name_and_builtins():
    text = "def f():\n    return __name__, len([1])\n"
    f = load(text, "f", {"__name__": "mine", "__builtins__": {"len": lambda x: "ours"}}, "test.ns")
    assert f() == ("mine", "ours")


def test_what_is_wrong_with_the_text_is_said():
    with pytest.raises(InternalError, match="not valid Python"):
        load("def f(:", "f", {}, "test.bad")
    with pytest.raises(InternalError, match="not valid Python"):
        load("x = '\0'", "f", {}, "test.null")
    with pytest.raises(InternalError, match="defines no function `f`"):
        load("g = 1", "f", {}, "test.absent")


@pytest.mark.parametrize(
    "expression",
    ["(" * 300 + "x" + ")" * 300, "+".join(["x"] * 100_000), "-" * 100_000 + "x"],
    ids=["parentheses", "sum", "minus"],
)
def test_deep_nesting_is_refused(expression):
    with pytest.raises(CannotDifferentiate, match="nested too deeply"):
        load(f"def f(x):\n    return {expression}\n", "f", {}, "test.deep")


def test_long_sum_is_loaded():
    text = f"def f(x):\n    return {' + '.join(['x'] * 400)}\n"
    assert load(text, "f", {}, "test.long")(1.0) == 400.0


# ------------------------------------------------------------ SRCGRAD_DUMP


@pytest.fixture
def dump(monkeypatch, tmp_path):
    folder = tmp_path / "deep" / "generated"
    monkeypatch.setenv("SRCGRAD_DUMP", str(folder))
    return folder


def test_dumped_text_is_compiled_as_the_file(dump):
    double = load(DOUBLE, "double", {}, "model.double")
    assert double.__code__.co_filename == str(dump / "model.double.py")
    assert (dump / "model.double.py").read_text() == DOUBLE
    linecache.checkcache()
    assert inspect.getsource(double) == DOUBLE


def test_dumped_names_do_not_collide(dump):
    texts = [DOUBLE.replace("2", str(number)) for number in (2, 3, 2, 4)]
    found = [load(text, "double", {}, "model.double") for text in texts]
    assert [f(1) for f in found] == [2, 3, 2, 4]
    names = ["model.double.py", "model.double_2.py", "model.double.py", "model.double_3.py"]
    assert [os.path.basename(f.__code__.co_filename) for f in found] == names
    assert sorted(os.listdir(dump)) == sorted(set(names))
    assert [inspect.getsource(f) for f in found] == texts


def test_dumped_names_are_plain(dump):
    load(DOUBLE, "double", {}, "../a/b.<locals>.f.<lambda>_grad")
    (name,) = os.listdir(dump)
    assert name == "_a_b.f._lambda__grad.py"


def test_a_dumped_gradient_is_a_file_to_python(dump):
    def slope(x):
        return 1 / x

    g = grad(slope)
    assert g(2.0) == -0.25
    assert grad(g)(2.0) == 0.25
    path = g.compiled.__code__.co_filename
    assert os.path.dirname(path) == str(dump)
    with pytest.raises(ZeroDivisionError) as info:
        g(0.0)
    shown = "".join(traceback.format_exception(info.value))
    assert f'File "{path}", line 2, in slope_grad\n    return -1 / (x * x)\n' in shown
    command = f"import runpy; print(runpy.run_path({path!r})['slope_grad'](2.0))"
    run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert run.stdout.strip() == "-0.25"


def test_where_nothing_can_be_written_it_is_said(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path / "file" / "below"))
    with pytest.warns(SrcgradWarning, match="SRCGRAD_DUMP=.*nothing is written"):
        double = load(DOUBLE, "double", {}, "test.nowhere")
    assert double.__code__.co_filename == "<srcgrad test.nowhere>"
