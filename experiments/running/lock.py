"""One run at a time in one results folder."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from experiments.outputs import write_json
from harmonize.documents import read_json
from harmonize.errors import ConfigurationError

LOCK = ".run.lock"
HOLDER = ".run.json"


@contextmanager
def results_folder(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder as long as this lasts.

    The operating system holds the lock and lets go of it when the process ends, however it ends: after a crash or
    `kill -9` nothing has to be cleaned up. The file of the lock stays and means nothing by itself.

    Raises
    ------
    ConfigurationError
        If another run has the folder; the text names its process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise ConfigurationError(
            f"another run is writing into {folder} ({_holder(folder)}); wait until it has ended or stop it, or choose "
            "another --out (two runs may share finished results by --cache)"
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
