"""One run at a time in one results folder."""

import errno
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from experiments.folder.writing import write_json
from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_json

LOCK = ".run.lock"
HOLDER = ".run.json"
MARKER = ".run.marker"
NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EINVAL, getattr(errno, "ENOTSUP", 0), getattr(errno, "EOPNOTSUPP", 0)}
"""What a file system says that knows no locks."""


class LockWarning(UserWarning):
    """A folder cannot be locked by the operating system."""


@contextmanager
def results_folder(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder as long as this lasts.

    The operating system holds the lock and lets go of it when the process ends, however it ends: after a crash or
    `kill -9` nothing has to be cleaned up. The file of the lock stays and means nothing by itself. Where a file system
    holds no locks, as some that are mounted from elsewhere, a file that stands as long as a run goes on has to do, and
    a warning says so.

    Raises
    ------
    ConfigurationError
        If another run has the folder; the text names its process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock: BaseFileLock = FileLock(folder / LOCK)
    way_out = ""
    try:
        try:
            lock.acquire(blocking=False)
        except (NotImplementedError, OSError) as error:
            if isinstance(error, Timeout) or (isinstance(error, OSError) and error.errno not in NO_LOCKS):
                raise
            warnings.warn(
                f"the file system of {folder} holds no locks ({error}), so the file {MARKER} keeps other runs out; if "
                "a run is killed, it may have to be removed by hand",
                LockWarning,
                stacklevel=4,
            )
            way_out = f"; if no run is going on there, remove {folder / MARKER}"
            lock = SoftFileLock(folder / MARKER)
            lock.acquire(blocking=False)
    except Timeout:
        raise ConfigurationError(
            f"another run is writing into {folder} ({_holder(folder)}); wait until it has ended or stop it, or choose "
            f"another `out` (two runs may share finished results by `cache`){way_out}"
        ) from None
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        write_json(folder / HOLDER, {"process": os.getpid(), "host": socket.gethostname(), "since": since})
        yield
    finally:
        with suppress(OSError):
            (folder / HOLDER).unlink()
        lock.release()


def _holder(folder: Path) -> str:
    try:
        found = read_json(folder / HOLDER)
        return f"process {int(found['process'])} on {str(found['host'])[:100]!r} since {str(found['since'])[:30]}"
    except (ConfigurationError, ValueError, KeyError, TypeError):
        return "it does not say which process"
