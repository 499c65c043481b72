"""Generated text in, a Python function out.

The text is registered with `linecache`, so that `inspect.getsource`, tracebacks with carets and
stepping in a debugger work on generated code as on any other. Where the environment variable
`SRCGRAD_DUMP` names a directory, it is written to a file there as well, and compiled as that file:
for profilers, coverage and editors, which open what a frame says it is from.
"""

from __future__ import annotations

import builtins
import linecache
import os
import re
import warnings
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from srcgrad.errors import CannotDifferentiate, InternalError, Problem, SrcgradWarning

DUMP = "SRCGRAD_DUMP"  # the environment variable

_TOO_DEEP = Problem(
    None,
    "the gradient's code is nested too deeply for Python to compile it",
    "split long expressions over several assignments, and deep loops into functions",
)


def load(text: str, name: str, namespace: dict[str, Any], label: str) -> Callable[..., Any]:
    """Compile a module's text and return one of its functions.

    Parameters
    ----------
    text : str
        The module.
    name : str
        The function wanted.
    namespace : dict
        Globals that the text takes for granted. It is copied; the function does not write to it.
    label : str
        What the text is made from, as in ``model.neuron``. The file name that tracebacks show is
        ``<srcgrad model.neuron>``, or ``<srcgrad model.neuron 2>`` if other text has that name;
        with ``SRCGRAD_DUMP=generated``, that of the file ``generated/model.neuron.py``.

    Returns
    -------
    function
        The function called `name`.

    Raises
    ------
    CannotDifferentiate
        If the text is nested too deeply for Python to compile it.
    InternalError
        If the text is not valid Python or does not define `name`.

    Examples
    --------
    >>> import inspect
    >>> double = load("def double(x):\\n    return 2 * x\\n", "double", {}, "model.double")
    >>> double(3.0)
    6.0
    >>> inspect.getsourcefile(double)
    '<srcgrad model.double>'
    """
    filename = _dumped(text, label) or _register(text, label)
    try:
        # Without dont_inherit, the text would be compiled under this module's __future__ imports.
        code = compile(text, filename, "exec", dont_inherit=True)
    except (RecursionError, MemoryError) as error:
        raise CannotDifferentiate(_TOO_DEEP) from error
    except (SyntaxError, ValueError) as error:
        if "too many" in str(error):  # nested parentheses, statically nested blocks
            raise CannotDifferentiate(_TOO_DEEP) from error
        raise InternalError(f"generated code is not valid Python: {error}") from error
    module = {"__builtins__": builtins, "__name__": "srcgrad.generated", **namespace}
    exec(code, module)
    try:
        return module[name]
    except KeyError:
        raise InternalError(f"generated code defines no function `{name}`") from None


def _register(text: str, label: str) -> str:
    """Give the text a file name that is its own, and tell linecache about it."""
    # Not splitlines: Python does not end a line at a form feed or a U+2028 within a string.
    lines = [line + "\n" for line in text.removesuffix("\n").split("\n")]
    for number in count(1):
        filename = f"<srcgrad {label}>" if number == 1 else f"<srcgrad {label} {number}>"
        # setdefault, because another thread may be registering the same label. An entry without
        # a modification time is left alone by linecache.checkcache.
        entry = linecache.cache.setdefault(filename, (len(text), None, lines, filename))
        if len(entry) == 4 and entry[2] == lines:
            break
    return filename


def _dumped(text: str, label: str) -> str | None:
    """Write the text to a file of its own, if that was asked for, and return the file's name."""
    folder = os.environ.get(DUMP)
    if not folder:
        return None
    stem = re.sub(r"[^\w.]+", "_", label.replace("<locals>.", "")).lstrip(".") or "generated"
    try:
        path = _file(Path(folder).absolute(), stem, text.encode())
    except OSError as error:
        message = f"{DUMP}={folder}: {error.strerror or error}, so nothing is written there"
        warnings.warn(message, SrcgradWarning, stacklevel=3)
        return None
    linecache.checkcache(str(path))
    return str(path)


def _file(folder: Path, stem: str, content: bytes) -> Path:
    """The file with this content, written unless it is there; others of that name are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        path = folder / (f"{stem}.py" if number == 1 else f"{stem}_{number}.py")
        try:
            # 'x', because another process may be writing the same name at this moment.
            with path.open("xb") as file:
                file.write(content)
            return path
        except FileExistsError:
            if path.is_file() and path.read_bytes() == content:
                return path
    raise AssertionError  # count does not end
