"""Stage calls of gates: functions that the user gave a rule, and how generated text comes by them.

A gate that needs nothing but `math`, modules and builtins goes into the text with its definition;
any other is imported from the module that it is in.
"""

from __future__ import annotations

import ast
import builtins
import dis
import math
import sys
import types
from collections.abc import Callable

import numpy as np

from srcgrad.build import bind
from srcgrad.errors import SrcgradError
from srcgrad.kinds import UNKNOWN
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Known, Refused
from srcgrad.rules.record import LIBRARIES, TABLE
from srcgrad.source import read

_TAKEN = {"digamma", "stop_gradient", "math", "np", *LIBRARIES, *dir(builtins)}


class Gates:
    """Methods of the stager that call what the user gave a rule."""

    expr: Callable
    gate: Callable
    rule_operand: Callable
    call_solver: Callable
    external_of: Callable
    externals: dict
    roots: dict

    def call_gate(self, name, function, args, kw, node):
        operands = [self.rule_operand(a, node) for a in args]
        keywords = tuple((k, self.rule_operand(v, node)) for k, v in kw.items())
        path = self.gate_path(function, node)
        try:
            out = self.gate(name, *operands, kw=keywords, node=node, form=path)
        except Refused as refusal:
            given = [*operands, *(v for _, v in keywords)]
            if any(kind_of(a) is UNKNOWN for a in given):
                raise
            kinds = ", ".join(str(kind_of(a)) for a in given)
            message = f"the gate `{function.__name__}` is not declared for arguments ({kinds})"
            remedy = refusal.message + '; `kind="elementwise"` of @srcgrad.primitive is for arrays'
            raise Refused(node, message, remedy) from None
        rule = TABLE[name]
        return (
            out if rule.implied is None else self.call_solver(rule, out, bind(rule, args, kw), node)
        )

    def gate_path(self, function, node):
        """How the text is to call a gate; what that needs is noted in `externals`."""
        for root, spec in self.externals.items():
            if spec == ("gate", function) or spec == ("object", function):
                return root
        name = function.__name__ if function.__name__.isidentifier() else "lambda_"
        modules = standalone(function)
        if modules is not None and all(
            self.externals.get(root, spec) == spec for root, spec in modules.items()
        ):
            self.externals.update(modules)
            return self.outside(name, ("gate", function))
        called = self.expr(node.func) if isinstance(node, ast.Call) else None
        path = called.path if isinstance(called, Known) else None
        if path and path.startswith(("math.", "np.")):
            return path
        module = getattr(function, "__module__", None)
        if (
            module is not None
            and named(module, getattr(function, "__qualname__", name)) is function
        ):
            root = self.outside(module.rpartition(".")[2].strip("_"), ("module", module))
            return f"{root}.{function.__qualname__}"
        if path and not path.startswith("%"):
            self.externals.update(self.external_of(path))
            return path
        return self.outside(name, ("object", function))

    def outside(self, name, spec):
        """A name for something from outside that nothing else from outside has."""
        root, k = name, 1
        while root in _TAKEN or self.externals.get(root, self.roots.get(root, spec)) != spec:
            k += 1
            root = f"{name}_{k}"
        self.externals[root] = spec
        return root


def standalone(function):
    """The modules that a function needs, by name; None where it needs anything else."""
    if not isinstance(function, types.FunctionType) or function.__code__.co_freevars:
        return None
    try:
        signature = read(function).tree.args
        for default in (*signature.defaults, *filter(None, signature.kw_defaults)):
            ast.literal_eval(default)
    except (SrcgradError, ValueError):
        return None
    modules = {}
    for name in _globals(function.__code__):
        value = function.__globals__.get(name, getattr(builtins, name, None))
        if name in ("math", "np"):
            if value is not {"math": math, "np": np}[name]:
                return None
        elif isinstance(value, types.ModuleType):
            modules[name] = ("module", value.__name__)
        elif name in function.__globals__ or not hasattr(builtins, name):
            return None
    return modules


def _globals(code):
    for instruction in dis.get_instructions(code):
        if instruction.opname.endswith(("_GLOBAL", "_NAME")):
            yield instruction.argval
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _globals(inner)


def named(module, qualname):
    """What a module holds under a dotted name, or None."""
    found = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found
