"""Files that people name: opened only where they are ordinary files, so that nothing waits for a pipe without end."""

import errno
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from harmonize.errors import ScanWarning
from harmonize.remarks import remarks

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
OfFile = Callable[Concatenate[Path, Parameters], Result]

MOST_HELD = 1 << 30
"""Bytes that are kept in memory while a look lasts; files beyond them are read again where they are needed."""
_seen: ContextVar[dict[Any, Any] | None] = ContextVar("seen", default=None)
NO_FILE = "it is a folder, a pipe or a device, expected a file"


def refuse_special(path: Path) -> None:
    """Raise an `OSError` for what is there and no ordinary file, before anything opens it by its name.

    Examples
    --------
    >>> refuse_special(Path("/"))
    Traceback (most recent call last):
    OSError: [Errno 22] it is a folder, a pipe or a device, expected a file: '/'
    """
    try:
        kind = Path(path).stat().st_mode
    except FileNotFoundError:
        return  # said by whoever opens it
    if not stat.S_ISREG(kind):
        raise OSError(errno.EINVAL, NO_FILE, str(path))


def open_file(path: Path) -> BufferedReader | BytesIO:
    """Open an ordinary file for reading; one that is held (see `one_look`) as it was when it was read.

    To open a pipe waits until somebody writes into it, and to read a device may never end.

    Raises
    ------
    OSError
        If there is none, or it is no ordinary file.
    """
    if (content := held(path)) is not None:
        return BytesIO(content)
    refuse_special(path)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # it has just become something else
        os.close(descriptor)
        raise OSError(errno.EINVAL, NO_FILE, str(path))
    return os.fdopen(descriptor, "rb")


def held(path: Path) -> bytes | None:
    """Give the bytes of a file that is held (see `one_look`), without a copy; None of one that is not."""
    found: bytes | None = (_seen.get() or {}).get((hold, Path(path)))
    return found


@contextmanager
def one_look() -> Iterator[None]:
    """Look at every file once while the block lasts: its bytes are read once, what is `once_a_look` is remembered.

    What is hashed are the very bytes that are decoded. A block within another one is part of it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, one_look():
    ...     path = Path(folder) / "scan.nii"
    ...     _ = path.write_bytes(b"first")
    ...     hold(path)
    ...     _ = path.write_bytes(b"second")
    ...     open_file(path).read()
    b'first'
    """
    token = None if _seen.get() is not None else _seen.set({})
    try:
        yield
    finally:
        if token is not None:
            _seen.reset(token)


def hold(path: Path) -> None:
    """Read the bytes of a file that will be read as a whole, and keep them while the look lasts.

    Raises
    ------
    OSError
        As `open_file`.
    """
    seen, path = _seen.get(), Path(path)
    if seen is None or (hold, path) in seen:
        return
    with open_file(path) as file:
        others = sum(len(content) for (what, *_), content in seen.items() if what is hold)
        if path.stat().st_size + others <= MOST_HELD:
            seen[hold, path] = file.read()


def once_a_look(function: OfFile[Parameters, Result]) -> OfFile[Parameters, Result]:
    """Let a function of a file (and of hashable settings) do its work once in a look.

    What it tells (`harmonize.remarks`) is told each time, for whoever gathers it; errors are raised anew.
    """

    @wraps(function)
    def looked(path: Path, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        seen = _seen.get()
        if seen is None:
            return function(path, *args, **kwargs)
        key = (function, Path(path), args, *kwargs.items())
        told: list[ScanWarning] = []
        if key not in seen:
            try:
                with remarks() as told:
                    result = function(path, *args, **kwargs)
                seen[key] = result, told
            except Exception:
                _tell(told)
                raise
        found: tuple[Result, list[ScanWarning]] = seen[key]
        _tell(found[1])
        return found[0]

    return looked


def _tell(told: list[ScanWarning]) -> None:
    for entry in told:
        warnings.warn(entry, stacklevel=4)
