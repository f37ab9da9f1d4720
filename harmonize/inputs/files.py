"""Files that people name: opened only where they are ordinary files, so that nothing waits for a pipe without end."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

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


def open_file(path: Path) -> BufferedReader:
    """Open an ordinary file for reading.

    To open a pipe waits until somebody writes into it, and to read a device may never end.

    Raises
    ------
    OSError
        If there is none, or it is no ordinary file.
    """
    refuse_special(path)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # it has just become something else
        os.close(descriptor)
        raise OSError(errno.EINVAL, NO_FILE, str(path))
    return os.fdopen(descriptor, "rb")
