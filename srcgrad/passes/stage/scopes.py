"""Variables that nested functions share with the function around them.

    def f(x):                           def f(%1.x):
        k = 2.0                             %1.k = 2.0
        g = lambda y: k * y * x    →        g = lambda y: %1.k * y * %1.x
        k = 3.0                             %1.k = 3.0
        return g(x)                         return g(%1.x)

A nested function sees what such a variable stands for when it is called, not when it is defined.
So each activation of a function gives the variables that it shares a name of their own, a *cell*,
that means the same wherever the nested function is called, and after the function has returned.
"""

from __future__ import annotations

import ast
import re

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_CELL = re.compile(r"%(\d+(?:_\d+)?|g\d+)\.")
_INNER = re.compile(r"%(\d+(?:_\d+)?|[go]\d+)\.")  # cells, and attributes of objects


def is_cell(name: str) -> bool:
    return _CELL.match(name) is not None


def cell(number, name: str) -> str:
    return f"%{number}.{name}"


def plain(name: str) -> str:
    """A name, or every name in a message, as the user writes it."""
    return _INNER.sub("", name).strip("%") if name[:1] == "%" else _INNER.sub("", name)


def canonical(text: str) -> str:
    """A text that is the same for cells of other activations."""
    numbers: dict = {}
    return _CELL.sub(lambda m: f"%{numbers.setdefault(m[1], len(numbers))}.", text)


def stored_names(nodes) -> list:
    """The names that statements bind, in order, not inside nested functions.

    >>> stored_names(ast.parse("import a.b\\nfor i in x:\\n    def f(y): z = y"))
    ['a', 'i', 'f']
    """
    out: dict = {}
    todo = list(nodes.body if isinstance(nodes, ast.Module) else nodes)[::-1]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            out[node.id] = True
        elif isinstance(node, ast.ExceptHandler) and node.name:
            out[node.name] = True
        elif isinstance(node, ast.FunctionDef):
            out[node.name] = True
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            out.update(dict.fromkeys(map(bound_by, node.names)))
        if isinstance(node, _FUNCTIONS):
            continue
        inside = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.comprehension):
            inside.remove(node.target)  # a comprehension's variables are its own
        todo.extend(inside[::-1])
    return list(out)


def bound_by(alias: ast.alias) -> str:
    """The name that an import binds."""
    return getattr(alias, "bound", None) or alias.asname or alias.name.partition(".")[0]


def parameters(arguments: ast.arguments) -> list:
    every = (*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs)
    return [a.arg for a in (*every, arguments.kwarg) if a is not None]


def cells_in(tree) -> list:
    """The cells that a nested function names, in order."""
    names = (n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and is_cell(n.id))
    return list(dict.fromkeys(names))


def writes_cells(tree) -> bool:
    """Whether a nested function assigns variables of a function around it."""
    return any(isinstance(n, ast.Nonlocal) and any(map(is_cell, n.names)) for n in ast.walk(tree))


def returned(tree) -> list:
    """The expressions that a function returns, not those of functions in it, in the order of the text."""
    found = [n.value for n in _own(tree.body) if isinstance(n, ast.Return) and n.value]
    return sorted(found, key=lambda n: (n.lineno, n.col_offset))


def imported_globals(tree) -> frozenset:
    """The globals that a function assigns by importing them."""
    found: dict = {ast.Global: set(), ast.alias: set()}
    for node in _own(tree.body):
        if isinstance(node, ast.Global):
            found[ast.Global] |= set(node.names)
        elif isinstance(node, ast.alias):
            found[ast.alias].add(bound_by(node))
    return frozenset(found[ast.Global] & found[ast.alias])


def activated(tree, number):
    """The statements of a function with its shared variables renamed, and their new names."""
    shared = _shared(tree)
    if not shared:
        return tree.body, {}
    names = {n: cell(number, n) for n in shared & _local(tree)}
    return _Renamer(shared, number).tree(tree.body, names), names


def _local(node) -> set:
    """The variables that belong to a function, comprehensions' aside."""
    names = set(parameters(node.args))
    if not isinstance(node, ast.Lambda):
        names |= set(stored_names(node.body))
        for inner in _own(node.body):
            if isinstance(inner, (ast.Global, ast.Nonlocal)):
                names -= set(inner.names)
    return {n for n in names if not is_cell(n)}


def _own(nodes):
    """The nodes of a function, nested functions included, but not what is in them."""
    todo = list(nodes)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            todo.extend(ast.iter_child_nodes(node))


def _shared(tree) -> set:
    """The names that nested functions may mean by those of the function around them."""
    found = getattr(tree, "shared", None)
    if found is None:
        nested = [n for n in _own(tree.body) if isinstance(n, _FUNCTIONS)]
        found = {n.id for f in nested for n in ast.walk(f) if isinstance(n, ast.Name)}
        tree.shared = found = {n for n in found if n[:1] != "%"}
    return found


class _Renamer:
    """Copies trees with other names for variables; what else is noted on a node is kept."""

    def __init__(self, shared, number):
        self.shared, self.number, self.count = shared, number, 0

    def tree(self, node, names):
        if isinstance(node, list):
            return [self.tree(n, names) for n in node]
        if not isinstance(node, ast.AST):
            return node
        if isinstance(node, _FUNCTIONS):
            return self.function(node, names)
        if isinstance(node, _COMPREHENSIONS):
            return self.comprehension(node, names)
        new = self.copy(node, {f: self.tree(v, names) for f, v in ast.iter_fields(node)})
        if isinstance(node, ast.Name):
            new.id = names.get(node.id, node.id)
        elif isinstance(node, ast.ExceptHandler):
            new.name = names.get(node.name, node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            new.names = [names.get(n, n) for n in node.names]
        elif isinstance(node, ast.alias) and bound_by(node) in names:
            new.bound = names[bound_by(node)]
        return new

    def copy(self, node, fields):
        new = type(node)(**fields)
        kept = {k: v for k, v in vars(node).items() if k not in node._fields and k != "shared"}
        vars(new).update(kept)
        return new

    def function(self, node, names):
        inner = {n: c for n, c in names.items() if n not in _local(node)}
        fields = {f: self.tree(v, inner) for f, v in ast.iter_fields(node)}
        fields["args"] = self.copy(node.args, dict(ast.iter_fields(node.args)))
        for defaults in ("defaults", "kw_defaults"):  # evaluated outside
            setattr(fields["args"], defaults, self.tree(getattr(node.args, defaults), names))
        if isinstance(node, ast.FunctionDef):
            fields["name"] = names.get(node.name, node.name)
            fields["decorator_list"] = self.tree(node.decorator_list, names)
        new = self.copy(node, fields)
        new.origin = getattr(node, "origin", node)
        return new

    def comprehension(self, node, names):
        """The variables of a comprehension are its own, whatever else has their names."""
        targets = {
            n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)
        }
        self.count += 1
        own = {n: cell(f"{self.number}_{self.count}", n) for n in targets & self.shared}
        inner = {**names, **own}
        fields = {f: self.tree(v, inner) for f, v in ast.iter_fields(node)}
        fields["generators"][0].iter = self.tree(node.generators[0].iter, names)
        return self.copy(node, fields)
