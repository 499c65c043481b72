"""What the command line is asked about: from `examples/neuron.py:neuron` to the function itself."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import inspect
import os
import pkgutil
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from srcgrad.errors import SrcgradError


class TargetError(SrcgradError):
    """A target that names no function; the message says which ones there are."""


def find(target: str) -> Callable[..., Any]:
    """Import what a target names and return the function.

    Parameters
    ----------
    target : str
        ``file.py:func``, ``file.py::func``, ``pkg.mod:func``, or one of these with ``Class.method``
        for the function. What the import prints goes to stderr.

    Returns
    -------
    function
        The primal, where the name stands for a gradient (``@grad`` above a definition).

    Raises
    ------
    TargetError
        If there is no such module or function, or no function is named. The message lists the
        functions there are, or those of nearly that name.

    Examples
    --------
    >>> find("srcgrad.targets:find") is find
    True
    >>> find("srcgrad.targets:fnd")
    Traceback (most recent call last):
        ...
    srcgrad.targets.TargetError: srcgrad.targets has no `fnd`; did you mean `find`?
    """
    place, name = split(target)
    module = _module(place)
    if not name:
        raise TargetError(_listing(place, candidates(module)))
    found: Any = module
    walked: list[str] = []
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            owner = ":".join([place, ".".join(walked)] if walked else [place])
            near = _did_you_mean(name, candidates(module)) or _did_you_mean(part, dir(found))
            raise TargetError(f"{owner} has no `{part}`{near}") from None
        walked.append(part)
    if inspect.isclass(found):
        raise TargetError(_listing(place, _methods(found, name)))
    if not callable(found):
        raise TargetError(f"{place}:{name} is a {type(found).__name__}, not a function")
    return _primal(found)


def split(target: str) -> tuple[str, str]:
    """Return the file or module of a target, and the dotted name in it ('' where there is none).

    Examples
    --------
    >>> split("models/net.py:Net.loss"), split("models.net:loss"), split("net.py")
    (('models/net.py', 'Net.loss'), ('models.net', 'loss'), ('net.py', ''))
    >>> split("net.py::Net::loss")
    ('net.py', 'Net.loss')
    """
    file = re.fullmatch(r"(.+?\.py)(?::(.*))?", target)  # a drive letter has a colon as well
    place, name = file.groups("") if file else target.partition(":")[::2]
    return place, name.lstrip(":").replace("::", ".")


def candidates(module: ModuleType) -> list[str]:
    """Return the names of the functions and methods that a module defines, in its own order.

    Examples
    --------
    >>> import srcgrad.targets
    >>> candidates(srcgrad.targets)[:3]
    ['find', 'split', 'candidates']
    """
    names: list[str] = []
    for name, value in vars(module).items():
        value = _primal(value)
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            names += _methods(value, name)
        elif inspect.isfunction(inspect.unwrap(value) if callable(value) else value):
            names.append(name)
    return names


def _methods(owner: type, path: str) -> list[str]:
    """Return the dotted names of a class's own methods; of the special ones, `__call__` only."""
    return [
        f"{path}.{name}"
        for name, value in vars(owner).items()
        if inspect.isfunction(getattr(owner, name, value)) or inspect.ismethod(getattr(owner, name))
        if not name.startswith("__") or name == "__call__"
    ]


def _primal(value: Any) -> Any:
    """Return the function that a gradient was made from; anything else as it is."""
    while not inspect.isfunction(value) and callable(getattr(value, "primal", None)):
        value = value.primal
    return value


def _listing(place: str, names: list[str]) -> str:
    if not names:
        return f"{place} defines no functions"
    return "\n  ".join([f"{place}: which function? There are", *(f"{place}:{n}" for n in names)])


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, [n for n in names if not n.startswith("__")], n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _module(place: str) -> ModuleType:
    """Import a file or a dotted name."""
    path = Path(place)
    folder = bool(place) and path.is_dir() and not (path / "__init__.py").is_file()
    if not (folder or place.endswith(".py") or os.sep in place or "/" in place):
        return _import_name(place)
    if path.is_file() and path.suffix == ".py":
        return _import_file(place, path.resolve())
    if path.is_dir():
        files = sorted(file.as_posix() for file in path.glob("*.py"))
        raise TargetError("\n  ".join([f"{place} is a folder, not a file of Python code", *files]))
    raise TargetError(f"{place}: no such file of Python code{_near_file(path)}")


def _near_file(path: Path) -> str:
    """Return the file that was probably meant, where one folder or the file's name is misspelt."""
    folder = path.parent
    if not folder.is_dir() and folder.parent.is_dir():
        folders = [f.as_posix() for f in folder.parent.iterdir() if f.is_dir()]
        near = difflib.get_close_matches(folder.as_posix(), folders, n=1)
        folder = Path(near[0]) if near else folder
    names = [file.name for file in folder.glob("*.py")] if folder.is_dir() else []
    found = difflib.get_close_matches(path.name, names, n=1)
    return f"; did you mean `{(folder / found[0]).as_posix()}`?" if found else ""


def _import_name(name: str) -> ModuleType:
    _on_path(os.getcwd())  # as `python -m` has it; a console script does not
    if not all(part.isidentifier() for part in name.split(".")):
        raise TargetError(f"`{name}` names neither a file (`file.py:func`) nor a module")
    # Whether the module is there is asked before it is run, as it may fail on an import of its own.
    parent, _, last = name.rpartition(".")
    try:
        with _quiet(name):
            found = importlib.util.find_spec(name)
    except (ModuleNotFoundError, ValueError):
        found = None
    if found is not None:
        with _quiet(name):
            return importlib.import_module(name)
    hint = ""
    with contextlib.suppress(ImportError, ValueError):
        if Path(f"{name}.py").is_file():
            hint = f"; did you mean `{name}.py`?"
        elif parent and importlib.util.find_spec(parent):
            owner = importlib.import_module(parent)
            is_there = callable(getattr(owner, last, None))
            hint = f"; did you mean `{parent}:{last}`?" if is_there else _near_module(owner, last)
        elif not parent:
            hint = _near_module(None, name)
    raise TargetError(f"there is no module `{name}`{hint}")


def _near_module(package: ModuleType | None, name: str) -> str:
    """Return the module of nearly that name: in a package, or in the working directory."""
    path = getattr(package, "__path__", []) if package else [os.getcwd()]
    lead = f"{package.__name__}." if package else ""
    found = difflib.get_close_matches(name, [m.name for m in pkgutil.iter_modules(path)], n=1)
    return f"; did you mean `{lead}{found[0]}`?" if found else ""


def _import_file(place: str, path: Path) -> ModuleType:
    """Import a file: as part of its package where it has one, else as a script is."""
    root, parts = path.parent, [] if path.stem == "__init__" else [path.stem]
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    _on_path(str(root))
    name = ".".join(parts)
    if root != path.parent:
        with _quiet(place):
            return importlib.import_module(name)
    number = 1
    while name in sys.modules:
        if getattr(sys.modules[name], "__file__", None) == str(path):
            return sys.modules[name]
        number += 1
        name = f"{path.stem}_{number}"  # the stem is taken by other code, which keeps it
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look themselves up there
    try:
        with _quiet(place):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _on_path(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(0, folder)


@contextlib.contextmanager
def _quiet(place: str) -> Iterator[None]:
    """Keep what an import prints off stdout, and report its failure as the user's traceback."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except ModuleNotFoundError as error:
        if error.name and (place == error.name or place.startswith(error.name + ".")):
            raise  # the target itself is what is missing
        raise TargetError(_failure(place, error)) from error
    except (Exception, SystemExit) as error:
        raise TargetError(_failure(place, error)) from error


def _failure(place: str, error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f.filename != __file__ and "importlib" not in f.filename]
    lines = traceback.format_list(ours) + traceback.format_exception_only(type(error), error)
    return f"{place} could not be imported:\n{''.join(lines)}".rstrip()
