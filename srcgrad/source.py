"""A Python function in, its syntax tree out, with line numbers and columns true to the file.

What is found is compiled and compared with the function's own code. So neither a file that was
edited since it was imported nor two lambdas on one line lead to the tree of another function.
"""

from __future__ import annotations
import __future__

import ast
import functools
import linecache
import os
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from srcgrad.errors import Location, Problem, SourceNotFound

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, eq=False)
class Source:
    """A function together with its syntax tree and the file that it stands in.

    Parameters
    ----------
    function : function
        The Python function.
    tree : ast.FunctionDef
        Its definition without decorators; a lambda becomes a function ``lambda_`` of one return.
        Lines and columns are those of the file. Nobody else holds the tree.
    file : str
        The file's name, as the function's code has it.
    lines : tuple of str
        The lines of the file, with their newlines.
    """

    function: types.FunctionType
    tree: ast.FunctionDef = field(repr=False)
    file: str
    lines: tuple[str, ...] = field(repr=False)

    def location(self, node: ast.AST) -> Location:
        """Return where a node stands.

        Parameters
        ----------
        node : ast.AST
            A node of the tree, or one with a location of the tree. A node that has none, such as
            a comprehension's ``for``, is where its first part is.

        Returns
        -------
        Location
            Its columns count characters; its file is relative to the working directory if below it.

        Examples
        --------
        >>> import colorsys
        >>> source = read(colorsys.rgb_to_yiq)
        >>> source.location(source.tree.body[-1]).text
        '    return (y, i, q)'
        """
        place: Any = next((n for n in ast.walk(node) if hasattr(n, "lineno")), self.tree)
        line = self.lines[place.lineno - 1] if place.lineno <= len(self.lines) else ""
        on_one_line = getattr(place, "end_lineno", None) == place.lineno
        end = _column(line, place.end_col_offset) if on_one_line else None
        start = _column(line, place.col_offset)
        return Location(short(self.file), place.lineno, start, end, line.rstrip("\r\n"))


_UNWRITTEN = "functions typed at a prompt or made by exec have none: put it into a file or notebook"


def read(function: Callable[..., Any]) -> Source:
    """Find the source of a function.

    Parameters
    ----------
    function : callable
        A function or lambda defined in Python, or a method of any sort.

    Returns
    -------
    Source
        Of the plain function, for a bound method too.

    Raises
    ------
    SourceNotFound
        If there is no source, or what stands there is not what the function was made from.
    CannotDifferentiate
        If the function is asynchronous.

    Examples
    --------
    >>> import colorsys
    >>> source = read(colorsys.rgb_to_yiq)
    >>> source.tree.name, [arg.arg for arg in source.tree.args.args]
    ('rgb_to_yiq', ['r', 'g', 'b'])
    """
    if isinstance(function, (types.MethodType, staticmethod, classmethod)):
        function = function.__func__
    if not isinstance(function, types.FunctionType):
        raise _not_found(function, *_why_not(function))
    file = function.__code__.co_filename
    linecache.checkcache(file)
    lines = tuple(linecache.getlines(file, function.__globals__))
    if not lines:
        raise _not_found(function, f"there is no file {file}", _UNWRITTEN)
    try:
        node = _find(function, lines)
    except SyntaxError as error:
        raise _not_found(function, f"{short(file)} is not valid Python: {error}") from error
    except (RecursionError, MemoryError) as error:
        remedy = "split long expressions over several assignments"
        raise _not_found(function, "it is nested too deeply to be parsed", remedy) from error
    return Source(function, _definition(node), file, lines)


def _find(function: types.FunctionType, lines: tuple[str, ...]) -> Any:
    """Return the function's node in a tree of its own."""
    code = function.__code__
    place = f"{short(code.co_filename)}:{code.co_firstlineno}"
    spans, imports = _layout(lines)
    start, stop = next((s for s in spans if s[0] <= code.co_firstlineno <= s[1]), (1, 0))
    text = "".join(lines[start - 1 : stop])
    nodes, twins = _parse(text, start), _parse(text, start)
    pairs = list(zip(_candidates(nodes, code), _candidates(twins, code), strict=True))
    if len(pairs) > 1:
        # Lambdas that start on one line: each twin is moved to a line by which its code is known.
        for number, (_, twin) in enumerate(pairs, 1):
            ast.increment_lineno(twin, number * (len(lines) + 1) - twin.lineno)
    found: list[Any] = []
    for names in (imports, ()):  # none, because IPython compiles a cell's statements one by one
        compiled = {c.co_firstlineno: c for c in _compiled(twins, names, code)}
        # Python leaves out what it sees is never reached, such as a function below `if False`.
        alike = [(n, compiled[_first_line(t)]) for n, t in pairs if _first_line(t) in compiled]
        found = found or [pair for pair in alike if _meaning(pair[1]) == _meaning(code)]
    if not found:
        # pytest rewrites assertions on import; where nothing else can be meant, that is accepted.
        if len(pairs) == 1 and any("@pytest_ar" in inner.co_names for inner in _codes(code)):
            return pairs[0][0]
        if code.co_filename == "<string>":  # from 3.13 on, that is the text of `python -c`
            raise _not_found(function, f"there is no file {code.co_filename}", _UNWRITTEN)
        remedy = "import the file again if it was edited; code rewritten on import cannot be read"
        raise _not_found(function, f"it was not made from what is now at {place}", remedy)
    if len(found) > 1:  # with the same code; the columns tell them apart from Python 3.11 on
        found = [pair for pair in found if _columns(pair[1]) == _columns(code)] or found
    # What is still alike may yet differ in its defaults, which are not in the code.
    if len(found) > 1 and len({ast.dump(node) for node, _ in found}) > 1:
        remedy = "put each lambda on a line of its own"
        raise _not_found(function, f"there are several like it at {place}", remedy)
    return found[0][0]


@lru_cache(maxsize=32)
def _layout(lines: tuple[str, ...]) -> tuple[tuple[tuple[int, int], ...], tuple[str, ...]]:
    """Return the first and last lines of a file's statements, and the names that it imports."""
    spans: list[tuple[int, int]] = []
    tree = _parse("".join(lines))
    for statement in tree.body:
        start, stop = _first_line(statement), statement.end_lineno or statement.lineno
        if spans and start <= spans[-1][1]:  # statements that share a line count as one
            start = spans.pop()[0]
        spans.append((start, stop))
    names = set()
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            stack.extend(ast.iter_child_nodes(node))
    return tuple(spans), tuple(sorted(names - {"*"}))


def _parse(text: str, first_line: int = 1) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python has already given them once
        return ast.increment_lineno(ast.parse(text), first_line - 1)


def _compiled(tree: ast.Module, imports: tuple[str, ...], like: types.CodeType) -> list[Any]:
    """Compile statements of a module, and return all codes in them with the name of `like`."""
    flags = like.co_flags & __future__.annotations.compiler_flag
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # as in notebooks
    # From Python 3.11 on, `math.exp(x)` is compiled otherwise where the module imports `math`.
    head = ast.parse("import " + ", ".join(imports)).body if imports else []
    tree = ast.Module(body=head + tree.body, type_ignores=[])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(tree, like.co_filename, "exec", flags=flags, dont_inherit=True)
    return [inner for inner in _codes(code) if inner.co_name == like.co_name]


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    stack = [code]
    while stack:
        code = stack.pop()
        yield code
        stack.extend(c for c in code.co_consts if isinstance(c, types.CodeType))


def _candidates(tree: ast.Module, code: types.CodeType) -> Iterator[Any]:
    """Yield the functions that start where a code does and have its name."""
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS) and _first_line(node) == code.co_firstlineno:
            if getattr(node, "name", "<lambda>") == code.co_name:
                yield node


def _first_line(node: Any) -> int:
    """Return the line that Python counts as a definition's first: that of its first decorator."""
    decorators = getattr(node, "decorator_list", None)
    return min(node.lineno, *(d.lineno for d in decorators)) if decorators else node.lineno


def _meaning(code: types.CodeType) -> tuple[Any, ...]:
    """Return what two codes have in common that do the same, wherever they stand."""
    return (
        code.co_name,
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
        getattr(code, "co_exceptiontable", None),
        tuple(map(_constant, code.co_consts)),
    )


def _constant(value: Any) -> Any:
    """Return a key under which 1, 1.0 and True differ, and so do 0.0 and -0.0."""
    if isinstance(value, types.CodeType):
        return _meaning(value)
    if isinstance(value, (tuple, frozenset)):
        return type(value)(map(_constant, value))
    return type(value), repr(value)


def _columns(code: types.CodeType) -> list[Any] | None:
    return [p[2:] for p in code.co_positions()] if hasattr(code, "co_positions") else None


def _definition(node: Any) -> ast.FunctionDef:
    """Return a function's definition without decorators."""
    if isinstance(node, ast.Lambda):
        definition: Any = ast.parse("def lambda_(): return 0").body[0]
        definition.args = node.args
        definition.body[0].value = node.body
        ast.copy_location(definition.body[0], node.body)
        return ast.copy_location(definition, node)
    node.decorator_list = []
    return node


def _column(line: str, offset: int) -> int:
    """Return the column, from 1 and in characters, of an offset in bytes of UTF-8."""
    return len(line.encode()[:offset].decode(errors="ignore")) + 1


def short(file: str) -> str:
    """Return a file's name relative to the working directory, if it is below it."""
    try:
        short = os.path.relpath(file)
    except (OSError, ValueError):  # the directory is gone, or on another drive
        return file
    above = short.split(os.sep)[0] == os.pardir
    return short if os.path.isabs(file) and not above else file


def _why_not(function: Any) -> tuple[str, str]:
    """Return why something that is no Python function has no source, and what to do."""
    if callable(function) and (type(function).__module__ or "").startswith("numpy"):
        return "it is NumPy's own", _wrap(function)
    if isinstance(function, functools.partial):
        return "it is a partial", "write a `def` or a `lambda` that calls it"
    for name in ("__wrapped__", "py_func"):
        if isinstance(getattr(function, name, None), types.FunctionType):
            kind = type(function).__name__
            return f"it is a {kind} around a function", f"pass that function, its `{name}`"
    if isinstance(function, type):
        return "it is a class", "pass a function that calls it"
    if isinstance(getattr(type(function), "__call__", None), types.FunctionType):  # noqa: B004
        return "it is an object, not a function", "pass its method `__call__`"
    if callable(function):
        return "it is not written in Python", _wrap(function)
    return "it is not a function", "pass a function defined with `def` or `lambda`"


def _wrap(function: Any) -> str:
    module = (getattr(function, "__module__", None) or "builtins").partition(".")[0]
    module = {"numpy": "np.", "builtins": ""}.get(module, f"{module}.")
    name = module + getattr(function, "__name__", "f")
    return f"wrap it in a function of yours, as in `lambda x: {name}(x)`"


def _not_found(function: Any, reason: str, remedy: str = "") -> SourceNotFound:
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", None)
    text = repr(function)  # of an object that does not say what it is, but where in memory
    what = (
        f"this {type(function).__name__}" if not name and " at 0x" in text else f"`{name or text}`"
    )
    problem = Problem(None, f"cannot read the source of {what}: {reason}", remedy)
    return SourceNotFound(str(problem))


def copied(node):
    """A copy of a tree, locations included; `copy.deepcopy` takes ten times as long."""
    if isinstance(node, ast.AST):
        new = type(node)(**{k: copied(v) for k, v in ast.iter_fields(node)})
        return ast.copy_location(new, node) if hasattr(node, "lineno") else new
    return [copied(n) for n in node] if isinstance(node, list) else node
