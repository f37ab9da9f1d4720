"""The standard streams of a command: whatever becomes of them, what it does and its exit code stay."""

import errno
import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

GONE = {errno.EPIPE, errno.EIO, errno.EBADF}
"""What writing to a stream says that nobody reads any more: a pipe to `head`, a terminal that was closed."""


def steady_streams() -> None:
    """Make the standard streams such that writing to them never ends a command.

    A stream that was closed (`>&-`) is one to nowhere: else the next file that is opened would take its place and get
    what libraries print. A reader that went away (`| head`) gets no more. Signs that the encoding of a console lacks
    are spelled out.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        encoding = getattr(stream, "encoding", None) or "utf-8"
        if isinstance(stream, io.TextIOWrapper):
            if stream.fileno() != descriptor:
                continue  # somebody else's
            stream.flush()
        elif stream is not None:
            continue
        raw = io.BufferedWriter(_Steady(descriptor, "w", closefd=False))
        setattr(
            sys, name, io.TextIOWrapper(raw, encoding, errors="backslashreplace", newline=None, line_buffering=True)
        )


@contextmanager
def told_once(kind: type[Warning]) -> Iterator[None]:
    """Print each warning of a kind once, as a line without the code that it comes from."""
    told: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("always", kind)
        show = warnings.showwarning

        def tell(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
            if not issubclass(category, kind):
                show(message, category, *place, **options)
            elif str(message) not in told:
                told.add(str(message))
                print(f"warning: {message}", file=sys.stderr)

        warnings.showwarning = tell
        yield


class _Steady(io.FileIO):
    """A file descriptor that swallows what nobody reads any more."""

    def write(self, data: Any, /) -> int:
        """Write, or let go."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in GONE:
                raise
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return memoryview(data).nbytes
