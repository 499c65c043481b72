"""The tree found is the function's own, true to the file in lines and columns, or refused."""

import ast
import functools
import importlib.util
import itertools
import linecache
import math
import os
import sys
import types

import pytest

from srcgrad import source as module
from srcgrad.errors import SourceNotFound
from srcgrad.load import load
from srcgrad.source import read

counter = itertools.count()


@pytest.fixture
def imported(tmp_path):
    """Write a module's text to a file and import it."""

    def make(text, encoding="utf-8"):
        path = tmp_path / f"written_{next(counter)}.py"
        path.write_bytes(text.encode(encoding))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        result = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(result)
        return result

    return make


def body(function):
    """The text of a function's tree."""
    return ast.unparse(read(function).tree)


def quoted(source, node):
    """The stretch of the source line that a location points out."""
    location = source.location(node)
    return location.text[location.col - 1 : location.end_col and location.end_col - 1]


def test_function(imported):
    m = imported("import math\n\n\ndef f(w, x=1.0):\n    y = w * x\n    return math.exp(y)\n")
    source = read(m.f)
    assert source.function is m.f
    assert source.file == m.__file__
    assert source.lines[3] == "def f(w, x=1.0):\n"
    assert isinstance(source.tree, ast.FunctionDef)
    assert source.tree.lineno == 4
    location = source.location(source.tree.body[1].value)
    assert (location.line, location.col, location.end_col) == (6, 12, 23)
    assert location.text == "    return math.exp(y)"
    assert quoted(source, source.tree.body[1].value) == "math.exp(y)"


def test_trees_are_not_shared(imported):
    m = imported("def f(x):\n    return x\n")
    first = read(m.f)
    first.tree.body.clear()
    assert len(read(m.f).tree.body) == 1


def test_decorators_are_dropped(imported):
    m = imported(
        "def keep(n, *more):\n    return lambda f: f\n\n\n"
        "@keep(1, lambda x: x)\n@keep(\n    2,\n    lambda x: x + 1,\n)\n# why\ndef f(x):\n"
        "    return -x\n"
    )
    source = read(m.f)
    assert source.tree.decorator_list == []
    assert source.tree.lineno == 11
    assert quoted(source, source.tree.body[0].value) == "-x"


def test_wrapper_is_read_itself(imported):
    m = imported(
        "import functools\ndef deco(f):\n    @functools.wraps(f)\n    def wrapper(*args):\n"
        "        return 2 * f(*args)\n    return wrapper\n@deco\ndef g(x):\n    return x\n"
    )
    assert read(m.g).tree.name == "wrapper"
    assert read(m.g.__wrapped__).tree.name == "g"


def test_methods(imported):
    m = imported(
        "class A:\n    class B:\n        def f(self, x):\n            return self.__y * x\n\n"
        "        __y = 2\n\n    @classmethod\n    def c(cls, x):\n        return x\n\n"
        "    @staticmethod\n    def s(x):\n        return x + 1\n\n    @property\n"
        "    def p(self):\n        return 1\n\n    def __call__(self, x):\n        return -x\n"
    )
    source = read(m.A.B().f)
    assert source.function is m.A.B.f
    assert source.tree.col_offset == 8
    assert quoted(source, source.tree.body[0].value) == "self.__y * x"
    assert read(m.A.B.f).tree.name == "f"
    assert read(m.A.c).tree.args.args[0].arg == "cls"
    assert body(m.A.s) == "def s(x):\n    return x + 1"
    assert body(m.A.__dict__["s"]) == "def s(x):\n    return x + 1"
    assert read(m.A.__dict__["p"].fget).tree.name == "p"
    assert body(m.A().__call__) == "def __call__(self, x):\n    return -x"


def test_same_name_twice(imported):
    m = imported(
        "def f(x):\n    return 1\nfirst = f\ndef f(x):\n    return 2\n"
        "if True:\n    def f(x):\n        return 3\nelse:\n    def f(x):\n        return 4\n"
    )
    assert body(m.first).endswith("return 1")
    assert body(m.f).endswith("return 3")


def test_nested_functions_and_closures(imported):
    m = imported(
        "def outer(a):\n    b = 2\n    def inner(x):\n        def innermost():\n"
        "            return a * b * x\n        return innermost\n    return inner\n"
    )
    inner = m.outer(3)
    assert read(inner).tree.lineno == 3
    assert body(inner(4)) == "def innermost():\n    return a * b * x"
    assert inner(4)() == 24


def test_lambdas(imported):
    m = imported(
        "f = lambda x: x + 1\n"
        "fs = [lambda x: x + 1, lambda x: x + 2, lambda x: (lambda y: x * y), lambda *, x=3: x]\n"
        "g, h = (lambda x:\n    x ** 2), (lambda x:\n    x ** 3)\n"
        "k = dict(a=lambda x, y: x @ y)['a']\n"
        "def outer(a):\n    return [lambda x: a * x, lambda x: x * a]\n"
        "one, real, yes = lambda: 1, lambda: 1.0, lambda: True\n"
        "zero, minus = lambda: 0.0, lambda: -0.0\n"
    )
    assert body(m.f) == "def lambda_(x):\n    return x + 1"
    assert [body(f) for f in m.fs] == [
        "def lambda_(x):\n    return x + 1",
        "def lambda_(x):\n    return x + 2",
        "def lambda_(x):\n    return lambda y: x * y",
        "def lambda_(*, x=3):\n    return x",
    ]
    assert body(m.fs[2](1)) == "def lambda_(y):\n    return x * y"
    assert body(m.g).endswith("x ** 2")
    assert body(m.h).endswith("x ** 3")
    assert body(m.k).endswith("x @ y")
    assert [body(f)[-5:] for f in m.outer(2)] == ["a * x", "x * a"]
    assert [body(f)[-4:] for f in (m.one, m.real, m.yes)] == ["rn 1", " 1.0", "True"]
    assert [body(f)[-4:] for f in (m.zero, m.minus)] == [" 0.0", "-0.0"]
    source = read(m.fs[1])
    location = source.location(source.tree.body[0].value)
    assert (location.line, location.text[location.col - 1 : location.end_col - 1]) == (2, "x + 2")
    assert source.location(source.tree).col == source.lines[1].index("lambda x: x + 2") + 1


def test_alike_lambdas_on_a_line(imported):
    m = imported("f, g = lambda x: x, lambda x: x\na, b = lambda x, n=1: x, lambda x, n=2: x\n")
    assert body(m.f) == body(m.g) == "def lambda_(x):\n    return x"
    if sys.version_info >= (3, 11):
        assert body(m.a) == "def lambda_(x, n=1):\n    return x"
        assert body(m.b) == "def lambda_(x, n=2):\n    return x"
        columns = [read(f).location(read(f).tree).col for f in (m.f, m.g)]
        assert columns == [8, 21]


def test_alike_lambdas_without_columns_are_refused(imported, monkeypatch):
    m = imported("f, g = lambda x: x, lambda  x : x\na, b = lambda x, n=1: x, lambda x, n=2: x\n")
    monkeypatch.setattr(module, "_columns", lambda code: None)
    assert body(m.f) == "def lambda_(x):\n    return x"
    for ambiguous in (m.a, m.b):
        with pytest.raises(SourceNotFound, match="several like it at .*:2\n.*line of its own"):
            read(ambiguous)


def test_lambdas_as_defaults_and_decorators(imported):
    m = imported(
        "def deco(g):\n    return lambda f: (f, g)\n"
        "@deco(lambda x: x * 2)\ndef pair(x, k=lambda x: x * 3, *, j=lambda x: x * 4):"
        " return x * 5\n"
    )
    f, g = m.pair
    assert body(g).endswith("x * 2")
    assert body(f.__defaults__[0]).endswith("x * 3")
    assert body(f.__kwdefaults__["j"]).endswith("x * 4")
    assert body(f).endswith("x * 5")


def test_semicolons_and_strings_across_lines(imported):
    m = imported(
        's = """\na\n"""; f = lambda x: x; g = lambda x: \\\n    -x\nif s: h = lambda: 1\n'
    )
    assert body(m.f).endswith("return x")
    assert body(m.g).endswith("return -x")
    assert body(m.h).endswith("return 1")


def test_tabs_and_continuation_lines(imported):
    m = imported("def f(x,\n      y):\n\tif x:\n\t\tz = x + \\\n\t\t\ty\n\treturn (x\n\t\t* y)\n")
    source = read(m.f)
    total, product = source.tree.body[0].body[0].value, source.tree.body[1].value
    location = source.location(total)
    assert (location.line, location.col, location.end_col) == (4, 7, None)
    assert location.quote() == "    z = x + \\\n        ^^^^^"
    assert source.location(total.right).line == 5
    assert quoted(source, total.right) == "y"
    assert source.location(product).text == "\treturn (x"


def test_columns_count_characters(imported):
    m = imported('def f(ä, 漢="é"):\n    return "漢字😀" + ä * 漢  # ö\n')
    source = read(m.f)
    total = source.tree.body[0].value
    assert quoted(source, total) == '"漢字😀" + ä * 漢'
    assert quoted(source, total.right) == "ä * 漢"
    assert quoted(source, total.right.right) == "漢"
    assert source.location(total.right).col == 20


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig"])
def test_encodings(imported, encoding):
    header = "# coding: latin-1\n" if encoding == "latin-1" else ""
    m = imported(header + "def f(x):\n    return 'é' + x\n", encoding)
    source = read(m.f)
    assert quoted(source, source.tree.body[0].value.right) == "x"


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_newlines(imported, newline):
    m = imported(newline.join(["x = 1", "def f(x):", "    y = x", "    return -y", ""]))
    source = read(m.f)
    assert quoted(source, source.tree.body[1].value) == "-y"
    assert source.location(source.tree.body[1]).line == 4


def test_form_feeds_and_unicode_separators(imported):
    m = imported("x = 'a\u2028b'\n\x0c\ndef f(x):\n    y = '\x0c'\n    return -x\n")
    source = read(m.f)
    assert quoted(source, source.tree.body[1].value) == "-x"
    assert source.location(source.tree.body[1]).line == 5


def test_no_newline_at_the_end(imported):
    assert body(imported("def f(x): return x").f).endswith("return x")


def test_nodes_without_a_place(imported):
    m = imported(
        "def f(xs, *, k=1):\n    with open(xs) as g:\n        return [x + k for x in xs]\n"
    )
    source = read(m.f)
    comprehension = source.tree.body[0].body[0].value
    assert quoted(source, comprehension.generators[0]) == "x"
    assert quoted(source, source.tree.body[0].items[0]) == "open(xs)"
    assert quoted(source, source.tree.args) == "xs"
    assert source.location(ast.Add()).line == 1
    made = ast.copy_location(ast.Name(id="made", ctx=ast.Load()), comprehension)
    assert quoted(source, made) == "[x + k for x in xs]"
    bare = ast.Name(id="made", ctx=ast.Load(), lineno=3, col_offset=8)
    assert source.location(bare).col == 9
    far = ast.Name(id="made", ctx=ast.Load(), lineno=99, col_offset=8)
    assert source.location(far).text == ""


def test_file_names_are_short_below_the_working_directory(imported, monkeypatch, tmp_path):
    m = imported("def f(x):\n    return x\n")
    source = read(m.f)
    monkeypatch.chdir(tmp_path)
    assert source.location(source.tree).file == os.path.basename(m.__file__)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert source.location(source.tree).file == m.__file__
    (tmp_path / "..dots").mkdir()
    assert module.short("<string>") == "<string>"
    monkeypatch.chdir(tmp_path)
    assert module.short(str(tmp_path / "..dots" / "f.py")) == os.path.join("..dots", "f.py")


def test_future_annotations(imported):
    m = imported(
        "from __future__ import annotations\ndef f(x: int) -> Absent:\n"
        "    def g(y: Absent): return y\n    return g(x)\n"
    )
    assert read(m.f).tree.name == "f"


def test_generators_and_comprehensions(imported):
    m = imported("def f(xs):\n    yield from (x for x in xs if [y for y in xs] and {1, 2, x})\n")
    assert read(m.f).tree.name == "f"


def test_functions_with_classes_and_constants(imported):
    m = imported(
        "def f(x):\n    class A:\n        '''Doc.'''\n        def g(self):\n"
        "            self.a = self.b = self.c = 1\n    if x in {1, 2.0, (3, 'a'), b'c'}:\n"
        "        return A\n    return x == float('nan') or -0.0 or 1j or ...\n"
    )
    assert read(m.f).tree.name == "f"
    assert read(m.f(1).g).tree.name == "g"


def test_global_loops_and_try(imported):
    m = imported(
        "def f(x):\n    global z\n    try:\n        while x:\n            x -= 1\n"
        "            if x == 3: break\n        else:\n            pass\n"
        "    except ValueError as e:\n"
        "        raise TypeError from e\n    finally:\n        z = x\n    with open(x) as y:\n"
        "        pass\n    assert z\n    return z\n"
    )
    assert read(m.f).tree.name == "f"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new syntax")
def test_type_parameters(imported):
    m = imported(
        "def f[T](x: T) -> T:\n    return x\nclass A[T]:\n    def g[S](self, x: S): return x\n"
    )
    assert body(m.f) == "def f[T](x: T) -> T:\n    return x"
    assert read(m.A.g).tree.name == "g"


def test_loaded_functions_can_be_read():
    text = "import math\n\n\ndef f(x):\n    return math.exp(x)\n"
    source = read(load(text, "f", {}, "test.read"))
    assert source.location(source.tree.body[0].value).file == "<srcgrad test.read>"
    assert quoted(source, source.tree.body[0].value) == "math.exp(x)"


def test_functions_of_this_test():
    def plain(x):
        return x

    def asserting(x):
        assert x > 0
        return [lambda: x, lambda: -x]

    assert body(plain) == "def plain(x):\n    return x"
    assert read(asserting).tree.name == "asserting"
    assert body(asserting(1)[1]).endswith("return -x")


def test_notebook_cells():
    cell = (
        "import math\nawait_me = [lambda x: x, lambda x: -x]\ndef f(x):\n    return math.exp(x)\n"
    )
    name = "/tmp/ipykernel_1/123.py"
    linecache.cache[name] = (len(cell), None, cell.splitlines(True), name)
    namespace = {}
    exec(compile(cell, name, "exec"), namespace)
    assert body(namespace["f"]).endswith("return math.exp(x)")
    assert body(namespace["await_me"][1]).endswith("return -x")


def test_statements_compiled_one_by_one():
    cell = "import math\ndef f(x):\n    return math.exp(x)\n"
    name = "<cell by statements>"
    linecache.cache[name] = (len(cell), None, cell.splitlines(True), name)
    namespace = {}
    for statement in ast.parse(cell).body:  # as IPython does
        exec(compile(ast.Module(body=[statement], type_ignores=[]), name, "exec"), namespace)
    assert body(namespace["f"]).endswith("return math.exp(x)")


def test_functions_that_are_never_reached_are_no_candidates(imported):
    m = imported("fs = [lambda: 1, (lambda: 1) if 1 else (lambda: 1)]\nif 0: g = lambda: 2\n")
    assert body(m.fs[0]) == body(m.fs[1]) == "def lambda_():\n    return 1"


def test_cells_with_await_outside_of_functions():
    cell = "y = [await f(0), lambda x: x, lambda x: -x]\n"
    name = "<cell with await>"
    linecache.cache[name] = (len(cell), None, [cell], name)
    code = compile(cell, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    lambdas = [
        types.FunctionType(inner, {})
        for inner in code.co_consts
        if isinstance(inner, types.CodeType)
    ]
    assert [body(f)[-9:] for f in lambdas] == [" return x", "return -x"]


# What cannot be read


def test_no_source():
    namespace = {}
    text = "def f(x): return x\nclass A:\n    def g(self): pass"
    exec(compile(text, "<text>", "exec"), namespace)
    for function in (namespace["f"], namespace["A"].g):
        with pytest.raises(SourceNotFound, match=f"`{function.__qualname__}`.*<text>\n.*prompt"):
            read(function)


class Callable:
    def __call__(self, x):
        return x


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (math.exp, "`exp`: it is not written in Python\n  wrap it .*math.exp"),
        (len, "`len`: it is not written in Python"),
        ([].append, "`list.append`: it is not written in Python"),
        (str.upper, "`str.upper`: it is not written in Python"),
        (functools.partial(test_no_source), "this partial: it is a partial\n.*`def` or a `lambda`"),
        (functools.lru_cache(test_no_source), "around a function\n.*`__wrapped__`"),
        (functools.partial(len), "it is a partial"),
        (Callable, "`Callable`: it is a class"),
        (Callable(), "it is an object, not a function\n.*`__call__`"),
        (int, "`int`: it is a class"),
        (3, "`3`: it is not a function"),
        (None, "`None`: it is not a function"),
    ],
)
def test_what_is_no_python_function(function, message):
    with pytest.raises(SourceNotFound, match=message):
        read(function)


def test_numpy_functions():
    np = pytest.importorskip("numpy")
    with pytest.raises(SourceNotFound, match="`sin`: it is NumPy's own\n.*np.sin"):
        read(np.sin)


@pytest.mark.parametrize(
    "edited",
    [
        "def f(x):\n    return x + 2\n",
        "def f(x):\n    return x + 1.0\n",
        "def f(x):\n    return y + 1\n",
        "def f(y):\n    return y + 1\n",
        "def f(x, z=1):\n    return x + 1\n",
        "def g(x):\n    return x + 1\n",
        "\ndef f(x):\n    return x + 1\n",
        "f = lambda x: x + 1\n",
        "x = 1\n",
        "",
    ],
)
def test_edited_files_are_refused(imported, edited):
    m = imported("def f(x):\n    return x + 1\n")
    assert read(m.f).tree.name == "f"
    with open(m.__file__, "w") as file:
        file.write(edited)
    os.utime(m.__file__, (0, 0))
    if edited:
        with pytest.raises(SourceNotFound, match="import the file again"):
            read(m.f)
    else:
        with pytest.raises(SourceNotFound):
            read(m.f)


@pytest.mark.parametrize(
    "text",
    [
        "import math\ndef f(x): return math.exp(x)\n",
        "import os.path\ndef f(x): return os.path.join(x)\n",
        "from os import path as p\ndef f(x): return p.join(x)\n",
        "try: import math as m\nexcept ImportError: pass\ndef f(x): return m.exp(x)\n",
        "math = __import__('math')\ndef f(x): return math.exp(x)\n",
        "def f(x):\n    import math\n    return math.exp(x)\n",
        "class A:\n    import math\nmath = A.math\ndef f(x): return math.exp(x)\n",
        "from math import *\ndef f(x): return exp(x)\n",
    ],
)
def test_imports_of_the_module(imported, text):
    # What a name's import is decides from Python 3.11 on how a call of its attributes is compiled.
    assert read(imported(text).f).tree.name == "f"


def test_order_and_operators_count(imported):
    m = imported("def h(a):\n    return lambda x: a * x, lambda x: x * a, lambda x: x + a\n")
    assert [body(f)[-5:] for f in m.h(1)] == ["a * x", "x * a", "x + a"]
    m = imported("def f(x, y):\n    return x - y\n")
    for edited in ("y - x", "x + y", "-x + y"):
        with open(m.__file__, "w") as file:
            file.write(f"def f(x, y):\n    return {edited}\n")
        os.utime(m.__file__, (0, 0))
        with pytest.raises(SourceNotFound, match="import the file again"):
            read(m.f)


def test_edits_elsewhere_in_the_file_do_no_harm(imported):
    m = imported("def f(x):\n    return x + 1\ny = 1\n")
    with open(m.__file__, "w") as file:
        file.write("def f(x):\n    return x + 1\nsomething = lambda: 0\nelse_ = 3\n")
    os.utime(m.__file__, (0, 0))
    assert read(m.f).tree.name == "f"


def test_broken_and_deleted_files(imported):
    m = imported("def f(x):\n    return x\n")
    with open(m.__file__, "w") as file:
        file.write("def f(x:\n")
    os.utime(m.__file__, (0, 0))
    with pytest.raises(SourceNotFound, match="not valid Python"):
        read(m.f)
    os.remove(m.__file__)
    with pytest.raises(SourceNotFound, match="there is no file"):
        read(m.f)


@pytest.mark.filterwarnings("error")
def test_warnings_are_not_given_twice(imported):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        m = imported("def f(x):\n    '''\\d'''\n    return x is 1\n")
    assert read(m.f).tree.name == "f"


@pytest.mark.parametrize("length", [400, 900])
def test_long_chains(imported, length):
    m = imported(
        f"def f(x):\n    return {' + '.join(['x'] * length)}\n\n\ng = [lambda: 1, lambda: 2]"
    )
    assert read(m.f).tree.name == "f"
    assert body(m.g[1]).endswith("2")


def test_chains_that_are_too_long(imported):
    m = imported("def f(x):\n    return x\n")
    for deep in ("+".join(["x"] * 100_000), "-" * 50_000 + "x"):
        with open(m.__file__, "w") as file:
            file.write(f"def f(x):\n    return {deep}\n")
        os.utime(m.__file__, (0, 0))
        with pytest.raises(SourceNotFound, match="nested too deeply|not valid Python"):
            read(m.f)


def test_many_functions_of_the_standard_library():
    import argparse
    import colorsys
    import fractions
    import statistics
    import textwrap

    found = 0
    for library in (argparse, colorsys, fractions, statistics, textwrap):
        for value in vars(library).values():
            if isinstance(value, types.FunctionType) and value.__module__ == library.__name__:
                source = read(value)
                assert source.tree.name == value.__code__.co_name
                assert source.lines[source.tree.lineno - 1].lstrip().startswith("def ")
                found += 1
    assert found > 20
