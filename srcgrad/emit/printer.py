"""astor's source generator, put right where it errs and laid out as black would.

Import this module late: it imports astor. `srcgrad.emit.text` is the way in, and checks the output.
"""

from __future__ import annotations

import ast
import sys
import warnings

with warnings.catch_warnings():
    # astor names node classes that are deprecated since Python 3.12.
    warnings.simplefilter("ignore", DeprecationWarning)
    from astor.code_gen import SourceGenerator, set_precedence
    from astor.op_util import Precedence, get_op_symbol

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)

# Operands to which astor sets no precedence, and round which it would put needless parentheses.
_LOOSE = {
    ast.ListComp: {"elt": Precedence.Comma},
    ast.SetComp: {"elt": Precedence.Comma},
    ast.DictComp: {"key": Precedence.comprehension, "value": Precedence.Comma},
    ast.For: {"iter": Precedence.Comma},
    ast.AsyncFor: {"iter": Precedence.Comma},
    ast.withitem: {"context_expr": Precedence.Comma},
    ast.Raise: {"exc": Precedence.Comma, "cause": Precedence.Comma},
    ast.ExceptHandler: {"type": Precedence.Comma},
    ast.FunctionDef: {"returns": Precedence.Comma},
    ast.AsyncFunctionDef: {"returns": Precedence.Comma},
    ast.arg: {"annotation": Precedence.Comma},
    ast.keyword: {"value": Precedence.Comma},
    ast.Starred: {"value": Precedence.BitOr},
}


def print_tree(tree: ast.Module) -> str:
    """Return the text of a module. The nodes of the tree are annotated on the way.

    Parameters
    ----------
    tree : ast.Module
        A tree of which no node occurs twice, with literals as the parser makes them.

    Returns
    -------
    str
        The text; it may be wrong where astor is, so parse it again and compare.

    Raises
    ------
    Exception
        Whatever astor raises on nodes that it does not know.

    Examples
    --------
    >>> print_tree(ast.parse("y=[(x[(i+1):]**2)for x in(xs)]"))
    'y = [x[i + 1 :] ** 2 for x in xs]\\n'
    """
    printer = Printer("    ")
    printer.visit(tree)
    return "".join(printer.result).lstrip("\n") + "\n"


class Printer(SourceGenerator):
    """A source generator with black's blank lines, spaces and quotes."""

    def visit(self, node: ast.AST) -> None:
        for field, precedence in _LOOSE.get(type(node), {}).items():
            set_precedence(precedence, getattr(node, field))
        super().visit(node)

    # Statements

    def visit_Module(self, node: ast.Module) -> None:
        self.statements(node.body)

    def body(self, statements: list[ast.stmt]) -> None:
        self.indentation += 1
        self.statements(statements)
        self.indentation -= 1

    def statements(self, statements: list[ast.stmt]) -> None:
        for index, statement in enumerate(statements):
            if index:
                self.newline(extra=self.gap(statements[index - 1], statement, index))
            self.visit(statement)

    def gap(self, before: ast.stmt, after: ast.stmt, index: int) -> int:
        """Return the number of empty lines between two statements."""
        if isinstance(before, _DEFINITIONS) or isinstance(after, _DEFINITIONS):
            return 1 if self.indentation else 2
        if isinstance(before, _IMPORTS) and not isinstance(after, _IMPORTS):
            return 1
        is_module_docstring = index == 1 and not self.indentation and _is_string(before)
        return 1 if is_module_docstring else 0

    def decorators(self, node: ast.FunctionDef, extra: int) -> None:
        # The empty lines before a definition are the business of `gap`.
        for decorator in node.decorator_list:
            self.statement(decorator, "@", decorator)

    def visit_FunctionDef(self, node: ast.FunctionDef, is_async: bool = False) -> None:
        self.decorators(node, 0)
        self.statement(node, "async def " if is_async else "def ", node.name, "(", node.args, ")")
        self.conditional_write(" -> ", node.returns)
        self.write(":")
        self.body(node.body)

    def visit_Expr(self, node: ast.Expr) -> None:
        if _is_string(node):
            self.statement(node, _docstring(node.value.value))  # type: ignore[attr-defined]
        else:
            super().visit_Expr(node)

    # Expressions

    def visit_arguments(self, node: ast.arguments) -> None:
        positional = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(positional) - len(node.defaults)) + node.defaults
        items: list[tuple[str, ast.arg | None, ast.expr | None]]
        items = [("", *pair) for pair in zip(positional, defaults, strict=True)]
        if node.posonlyargs:
            items.insert(len(node.posonlyargs), ("/", None, None))
        if node.vararg or node.kwonlyargs:
            items.append(("*", node.vararg, None))
        items += [("", *pair) for pair in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        if node.kwarg:
            items.append(("**", node.kwarg, None))
        for index, (star, arg, default) in enumerate(items):
            self.write(", " if index else "", star)
            self.conditional_write(arg)
            set_precedence(Precedence.Comma, default)
            self.conditional_write(" = " if arg and arg.annotation else "=", default)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        with self.delimit(node) as delimiters:
            set_precedence(delimiters.p, node.body)
            args = node.args
            some = args.posonlyargs or args.args or args.vararg or args.kwonlyargs or args.kwarg
            self.write("lambda " if some else "lambda", args, ": ", node.body)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        # `a + b + … + z` leans to the left, as deep as it is long: it is walked, not recursed into.
        chain = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            chain.append(left)
            op = left.op
            p = getattr(Precedence, type(op).__name__)
            left._parenthesised = p < self.get__pp(left)  # type: ignore[attr-defined]
            self.write("(" if left._parenthesised else "")  # type: ignore[attr-defined]
            is_pow = isinstance(op, ast.Pow)
            set_precedence(Precedence.PowRHS if is_pow else p + 1, left.right)
            set_precedence(p + 1 if is_pow else p, left.left)
            left = left.left
        self.visit(left)
        for node in reversed(chain):
            hugs = _hugs(node.op, node.left, node.right)
            self.write(get_op_symbol(node.op, "%s" if hugs else " %s "), node.right)
            self.write(")" if node._parenthesised else "")  # type: ignore[attr-defined]

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        op, operand = node.op, node.operand
        with self.delimit(node, op) as delimiters:
            is_not = isinstance(op, ast.Not)
            # `-(x**2)`: not needed, but not everybody knows that.
            is_pow = isinstance(operand, ast.BinOp) and isinstance(operand.op, ast.Pow)
            set_precedence(Precedence.highest if is_pow and not is_not else delimiters.p, operand)
            self.write(get_op_symbol(op, "%s " if is_not else "%s"), operand)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        bare = self.get__pp(node) in (Precedence.If, Precedence.call_one_arg)
        set_precedence(Precedence.NamedExpr + 1, node.value)
        self.write("" if bare else "(", node.target, " := ", node.value, "" if bare else ")")

    def visit_Tuple(self, node: ast.Tuple) -> None:
        with self.delimit(node) as delimiters:
            delimiters.discard &= len(node.elts) > 1
            self.comma_list(node.elts, len(node.elts) == 1)

    def visit_Dict(self, node: ast.Dict) -> None:
        with self.delimit("{}"):
            for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
                set_precedence(Precedence.comprehension, key)
                set_precedence(Precedence.Comma if key else Precedence.BitOr, value)
                self.write(", " if index else "")
                self.write(*((key, ": ") if key else ("**",)), value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.write(node.value, "[")
        index = node.slice
        if isinstance(index, ast.Tuple) and index.elts and _is_bare(index):
            self.comma_list(index.elts, len(index.elts) == 1)
        else:
            set_precedence(Precedence.Comma, index)
            self.visit(index)
        self.write("]")

    def visit_Slice(self, node: ast.Slice) -> None:
        parts = (node.lower, node.upper, node.step)
        set_precedence(Precedence.Comma, *parts)
        spaced = not all(part is None or _is_simple(part) for part in parts)
        space = " " if spaced else ""
        if node.lower:
            self.write(node.lower, space)
        self.write(":")
        if node.upper:
            self.write(space, node.upper)
        if node.step:
            self.write(space if node.upper else "", ":", space, node.step)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, (str, bytes)):
            self.write(_double_quoted(repr(value)))
        elif value is Ellipsis:
            self.write("...")
        elif isinstance(value, (float, complex)):
            infinity = f"1e{sys.float_info.max_10_exp + 1}"
            with self.delimit(node):
                self.write(repr(value).replace("inf", infinity).replace("e+", "e"))
        else:
            with self.delimit(node) as delimiters:
                delimiters.discard |= value is None or isinstance(value, bool)
                self.write(repr(value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        # astor errs on nested quotes and braces.
        self.write(_double_quoted(ast.unparse(node)))


def _is_string(node: ast.stmt) -> bool:
    """Tell whether a statement is a docstring, or would be one in the first place of a block."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _docstring(value: str) -> str:
    """Return a string literal in triple quotes where that can hold its value."""
    if not all(c.isprintable() or c == "\n" for c in value):
        return _double_quoted(repr(value))
    value = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if value.endswith('"'):
        value = value[:-1] + '\\"'
    return f'"""{value}"""'


def _double_quoted(literal: str) -> str:
    """Return a literal with double quotes for single ones, where nothing need be escaped for it."""
    start = literal.find("'")
    if start < 0 or '"' in literal or "'" in literal[start + 1 : -1]:
        return literal
    return f'{literal[:start]}"{literal[start + 1 : -1]}"'


def _is_bare(index: ast.Tuple) -> bool:
    """Tell whether a subscript's tuple goes without parentheses: with slices it must, else it can.

    Before Python 3.11 starred items must have them.
    """
    kinds = {type(item) for item in index.elts}
    return ast.Slice in kinds or ast.Starred not in kinds


def _is_simple(node: ast.expr) -> bool:
    """Tell whether a slice's bound is written close to its colon."""
    while isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        node = node.operand
    return isinstance(node, (ast.Name, ast.Constant))


def _hugs(op: ast.operator, left: ast.expr, right: ast.expr) -> bool:
    """Tell whether an operator is written close to its operands: `**` is, between simple ones."""
    if not isinstance(op, ast.Pow):
        return False
    while isinstance(right, ast.BinOp) and isinstance(right.op, ast.Pow):
        right = right.left
    if isinstance(right, ast.UnaryOp) and not isinstance(right.op, ast.Not):
        right = right.operand
    return _is_plain(left) and _is_plain(right)


def _is_plain(node: ast.expr) -> bool:
    """Tell whether a node is a name, perhaps with attributes, or a number."""
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, (str, bytes))
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)
