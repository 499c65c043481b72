"""Loaded text behaves like a file's: getsource, tracebacks and pickling of errors work on it."""

import inspect
import linecache
import threading
import traceback

import pytest

from srcgrad.errors import CannotDifferentiate, InternalError
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
