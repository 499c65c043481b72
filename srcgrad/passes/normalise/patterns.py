"""Write `match` as the tests and assignments that it stands for.

    match shape:                            %subject_1 = shape
        case ("circle", r):                 if isinstance(%subject_1, (list, tuple)) and …:
            return 3.14 * r * r     →           r = %subject_1[1]
        case _:                                 return 3.14 * r * r
            return 0.0                      else:
                                                return 0.0

A pattern is a test and what it binds where the test holds. Most tests are decided by kinds, when
the function is staged, and leave nothing behind. A `match` with a pattern that is not written so
stays, and is refused where it is staged.
"""

from __future__ import annotations

import ast

# classes whose one positional pattern is the subject itself
_SELF = {
    *("bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str"),
    "tuple",
}


class NotWritten(Exception):
    """This pattern is not written as tests."""


def written(node: ast.Match, name: str) -> list[ast.stmt]:
    """The statements that a `match` stands for; `name` is for its subject.

    Raises NotWritten where a pattern has no such form.
    """
    subject = ast.Assign([ast.Name(name, ast.Store())], node.subject)
    rest: list[ast.stmt] = []
    for k, case in reversed(list(enumerate(node.cases))):
        rest = _case(case, name, f"{name}_{k}", rest)
    out = [subject, *rest]
    for s in out:
        for inner in ast.walk(s):
            if not hasattr(inner, "lineno") and isinstance(inner, (ast.stmt, ast.expr)):
                ast.copy_location(inner, node)
    return out


def _case(case, name, flag, rest):
    if _captures(case.pattern) and isinstance(case.pattern, ast.MatchOr):
        return _alternatives(case, name, flag, rest)
    test, binds = _pattern(case.pattern, ast.Name(name, ast.Load()))
    inner = [*binds, *_guarded(case, flag)]
    if case.guard is None:
        return [*inner, *case.body] if test is None else [ast.If(test, [*inner, *case.body], rest)]
    chosen = ast.If(ast.Name(flag, ast.Load()), case.body, rest)
    if test is None:
        return [*inner, chosen]
    return [ast.If(test, inner, [_flag(flag, ast.Constant(False))]), chosen]


def _alternatives(case, name, flag, rest):
    """`case (1, y) | (y, 1)`: the first alternative that fits binds."""
    tests: list = [_flag(flag, ast.Constant(False))]
    for alternative in reversed(case.pattern.patterns):
        test, binds = _pattern(alternative, ast.Name(name, ast.Load()))
        yes = [*binds, _flag(flag, ast.Constant(True))]
        tests = yes if test is None else [ast.If(test, yes, tests)]
    if case.guard is not None:
        tests.append(ast.If(ast.Name(flag, ast.Load()), _guarded(case, flag), []))
    return [*tests, ast.If(ast.Name(flag, ast.Load()), case.body, rest)]


def _guarded(case, flag):
    return [] if case.guard is None else [_flag(flag, case.guard)]


def _flag(name, value):
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _captures(pattern):
    return any(getattr(p, "name", None) for p in ast.walk(pattern))


def _pattern(pattern, subject):
    """The test of a pattern (None: it always fits), and the assignments that it makes."""
    match pattern:
        case ast.MatchValue(value=value):
            return ast.Compare(subject, [ast.Eq()], [value]), []
        case ast.MatchSingleton(value=value):
            return ast.Compare(subject, [ast.Is()], [ast.Constant(value)]), []
        case ast.MatchAs(pattern=inner, name=name):
            test, binds = (None, []) if inner is None else _pattern(inner, subject)
            bind = [ast.Assign([ast.Name(name, ast.Store())], subject)] if name else []
            return test, [*binds, *bind]
        case ast.MatchOr(patterns=patterns) if not _captures(pattern):
            tests = [_pattern(p, subject)[0] for p in patterns]
            return (None, []) if None in tests else (ast.BoolOp(ast.Or(), tests), [])
        case ast.MatchSequence(patterns=patterns):
            return _sequence(patterns, subject)
        case ast.MatchMapping(keys=keys, patterns=patterns, rest=None):
            tests = [_isinstance(subject, "dict")]
            tests += [ast.Compare(key, [ast.In()], [subject]) for key in keys]
            items = [ast.Subscript(subject, key, ast.Load()) for key in keys]
            return _all(tests, zip(patterns, items))
        case ast.MatchClass(cls=cls, patterns=patterns, kwd_attrs=attrs, kwd_patterns=named):
            if len(patterns) > (isinstance(cls, ast.Name) and cls.id in _SELF):
                raise NotWritten
            parts = [(p, subject) for p in patterns]
            parts += [(p, ast.Attribute(subject, a, ast.Load())) for a, p in zip(attrs, named)]
            return _all([_isinstance(subject, cls)], parts)
    raise NotWritten


def _sequence(patterns, subject):
    stars = [k for k, p in enumerate(patterns) if isinstance(p, ast.MatchStar)]
    count = ast.Constant(len(patterns) - len(stars))
    length = ast.Call(ast.Name("len", ast.Load()), [subject], [])
    size = ast.Compare(length, [ast.GtE() if stars else ast.Eq()], [count])
    star = stars[0] if stars else len(patterns)
    parts, binds = [], []
    for k, p in enumerate(patterns):
        if isinstance(p, ast.MatchStar):
            binds += _rest(p, k, k + 1 - len(patterns), subject)
        else:
            at = ast.Constant(k) if k < star else _number(k - len(patterns))
            parts.append((p, ast.Subscript(subject, at, ast.Load())))
    test, more = _all([_isinstance(subject, "list", "tuple"), size], parts)
    return test, [*more, *binds]


def _rest(star, first, last, subject):
    if star.name is None:
        return []
    part = ast.Slice(_number(first) if first else None, _number(last) if last else None)
    several = ast.Subscript(subject, part, ast.Load())
    value = ast.Call(ast.Name("list", ast.Load()), [several], [])
    return [ast.Assign([ast.Name(star.name, ast.Store())], value)]


def _number(n):
    return ast.Constant(n) if n >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-n))


def _all(tests, parts):
    """All of these tests, and those of the parts: (pattern, what it is matched with)."""
    binds: list = []
    for pattern, subject in parts:
        test, more = _pattern(pattern, subject)
        tests, binds = [*tests, *([test] if test is not None else [])], binds + more
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests), binds


def _isinstance(subject, *classes):
    types = [ast.Name(c, ast.Load()) if isinstance(c, str) else c for c in classes]
    wanted = types[0] if len(types) == 1 else ast.Tuple(types, ast.Load())
    return ast.Call(ast.Name("isinstance", ast.Load()), [subject, wanted], [])
