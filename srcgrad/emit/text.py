"""A syntax tree in, readable Python text out: the same text for the same tree, always.

A statement may carry an attribute ``comment``, which is printed on lines before it, after an empty
line; or ``remark``, which is printed without one.
"""

from __future__ import annotations

import ast
from math import copysign, inf, isnan
from typing import Any

from srcgrad.errors import CannotDifferentiate, InternalError, Problem


def text(module: ast.Module) -> str:
    """Return the Python text of a module.

    What is printed is parsed again and compared with the tree, so the text always means what the
    tree means. The tree is left as it is.

    Parameters
    ----------
    module : ast.Module
        The tree; contexts and locations may be missing. A statement's attribute ``comment``, a
        string without ``#``, becomes a comment on lines of its own, after an empty line unless the
        statement is the first of its block; an attribute ``remark`` the same without an empty line.

    Returns
    -------
    str
        The text, laid out as black would except for the wrapping of long lines.

    Raises
    ------
    CannotDifferentiate
        If an expression is nested too deeply to be printed.
    InternalError
        If the tree is not one that a parser could have made.

    Examples
    --------
    >>> tree = ast.parse("dot = w*x\\nf = 1/(1+dot)\\ndf = ((1-f)*f)")
    >>> tree.body[0].comment = "forward pass"
    >>> tree.body[2].comment = "backward pass"
    >>> print(text(tree), end="")
    # forward pass
    dot = w * x
    f = 1 / (1 + dot)
    <BLANKLINE>
    # backward pass
    df = (1 - f) * f
    """
    tree = canonical(module)
    failures: list[Exception] = []
    for printer in (_print_with_astor, _unparse):
        try:
            printed = printer(tree)
            comments = _comments(tree, ast.parse(printed))
        # Both printers meet what they do not know with all manner of exceptions.
        except Exception as error:
            failures.append(error)
        else:
            return _with_comments(printed, comments)
    if any(map(_is_too_deep, failures)):
        problem = Problem(
            None,
            "an expression is nested too deeply to be printed",
            "split it over several assignments",
        )
        raise CannotDifferentiate(problem) from failures[-1]
    raise InternalError(f"a syntax tree cannot be printed: {failures[-1]}") from failures[-1]


def formatted(text: str, columns: int = 88) -> str:
    """Return a module's text as black formats it.

    Parameters
    ----------
    text : str
        Valid Python.
    columns : int, optional
        How long lines may be, if it can be helped.

    Returns
    -------
    str
        The same program.

    Raises
    ------
    black.InvalidInput
        If the text is not valid Python.

    Examples
    --------
    >>> formatted("x = { 'a':1 }")
    'x = {"a": 1}\\n'
    """
    import black  # slow to import, and needed only where text is shown

    return black.format_str(text, mode=black.Mode(line_length=columns))


def _print_with_astor(tree: ast.Module) -> str:
    from srcgrad.emit.printer import print_tree  # slow to import

    return print_tree(tree)


def _unparse(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            node.lineno = 0  # it wants one
    return ast.unparse(tree) + "\n"


def _is_too_deep(error: Exception) -> bool:
    if isinstance(error, SyntaxError):
        return "too many" in str(error)  # nested parentheses, statically nested blocks
    return isinstance(error, (RecursionError, MemoryError))


_NOTES = ("comment", "remark", "origin", "variable")  # attributes of nodes that are ours


def canonical(module: ast.Module) -> ast.Module:
    """Return a copy in which no node occurs twice and every literal is as the parser makes it.

    Before: ``Constant(-2)``; after: ``UnaryOp(USub(), Constant(2))``. The copy is also what keeps
    the printers' annotations off the caller's nodes, where they would change what is printed next.
    """
    root = _copy(module)
    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        for field, value in vars(node).items():
            new: Any
            if isinstance(value, ast.AST) and value._fields:
                new = _copy(value)
                stack.append(new)
            elif isinstance(value, list):
                new = [_copy(item) if isinstance(item, ast.AST) else item for item in value]
                stack.extend(item for item in new if isinstance(item, ast.AST))
            else:
                continue
            setattr(node, field, new)
    return root


def _copy(node: Any) -> Any:
    if isinstance(node, ast.Constant):
        return _literal(node.value)
    kind: Any = type(node)
    new = kind.__new__(kind)  # a call of the class would want all fields
    old = vars(node)
    vars(new).update({field: old[field] for field in (*node._fields, *_NOTES) if field in old})
    return new


def _literal(value: Any) -> ast.expr:
    """Return the expression that the parser makes of a literal with this value."""
    if hasattr(value, "dtype"):
        value = value.item()  # a NumPy scalar
    if isinstance(value, tuple):
        return ast.Tuple(elts=[_literal(item) for item in value], ctx=ast.Load())
    if isinstance(value, complex):
        return _complex_literal(value)
    if isinstance(value, float) and isnan(value):
        return ast.BinOp(left=ast.Constant(value=inf), op=ast.Sub(), right=ast.Constant(value=inf))
    if isinstance(value, (int, float)) and _is_negative(value):
        return ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=-value))
    return ast.Constant(value=value)


def _complex_literal(value: complex) -> ast.expr:
    minus = _is_negative(value.imag)
    imaginary = complex(0.0, abs(value.imag))
    part = ast.Constant(value=imaginary)
    if value.real == 0 and _is_negative(value.real) == minus:
        return ast.UnaryOp(op=ast.USub(), operand=part) if minus else part
    if repr(value.real - imaginary if minus else value.real + imaginary) != repr(value):
        return ast.Constant(value=value)  # the sign of a zero would be lost: it is refused
    op = ast.Sub() if minus else ast.Add()
    return ast.BinOp(left=_literal(value.real), op=op, right=part)


def _is_negative(number: float) -> bool:
    return number < 0 or (isinstance(number, float) and copysign(1, number) < 0)


def _comments(wanted: ast.Module, printed: ast.Module) -> list[tuple[int, bool, str]]:
    """Compare two trees, and return where the comments of the first go in the text of the second.

    Returns
    -------
    list of (line, close, comment)
        The comments in the order of their lines; those that are `close` have no empty line before.

    Raises
    ------
    ValueError
        If the trees differ. Contexts do not count, since text has none.
    """
    comments = []
    stack: list[tuple[Any, Any, bool]] = [(wanted, printed, True)]
    while stack:
        a, b, is_first = stack.pop()
        if isinstance(b, list):
            a = a or []  # absent, as in trees built without the fields of later versions of Python
            if len(a) != len(b):
                raise ValueError(f"{len(a)} parts are printed as {len(b)}")
            stack.extend((*pair, index == 0) for index, pair in enumerate(zip(a, b, strict=True)))
        elif type(a) is not type(b):
            raise ValueError(f"{type(a).__name__} is printed as {type(b).__name__}")
        elif isinstance(b, ast.AST):
            for field in b._fields:
                if field not in ("ctx", "kind"):
                    stack.append((getattr(a, field, None), getattr(b, field, None), True))
            comment, remark = getattr(a, "comment", None), getattr(a, "remark", None)
            if comment or remark:
                decorators = getattr(b, "decorator_list", None)
                start: Any = decorators[0] if decorators else b
                close = is_first or not comment
                comments.append((start.lineno, close, "\n".join(filter(None, (comment, remark)))))
        elif a != b:
            raise ValueError(f"{a!r} is printed as {b!r}")
    return sorted(comments)


def _with_comments(printed: str, comments: list[tuple[int, bool, str]]) -> str:
    """Put comments before the lines that they belong to."""
    if not comments:
        return printed
    lines = printed.split("\n")
    result: list[str] = []
    done = 0
    for line, close, comment in comments:
        result += lines[done : line - 1]
        done = line - 1
        indent = lines[done][: len(lines[done]) - len(lines[done].lstrip())]
        if not close and result[-1]:
            result.append("")
        result += [f"{indent}# {part}".rstrip() for part in comment.splitlines()]
    return "\n".join(result + lines[done:])
