"""A database without runs, made once for each version of MLflow and kept in the user's cache directory.

MLflow makes its tables by all changes that it ever made to them, one after another, which takes a second or more.
"""

import hashlib
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path

from platformdirs import user_cache_path

from harmonize.digest import digest_of


def blank(version: str, changes: Iterable[str], make: Callable[[Path], object]) -> bytes:
    """Give the content of a database without runs.

    A file in the cache directory counts only if its name has the version, the digest of the changes and the SHA-256 of
    its content: one that is damaged, half written or of other tables does not.

    Parameters
    ----------
    version : str
        Of MLflow.
    changes : iterable of str
        The changes of its tables that MLflow knows.
    make : callable
        Has MLflow make a database in a file that does not exist.
    """
    kept = user_cache_path("radharmony", appauthor=False)
    known = f"mlflow-{version}-{digest_of(sorted(changes))[:16]}"
    with suppress(OSError):
        for file in kept.glob(f"{known}-*.db"):
            content = file.read_bytes()
            if file.name == _name(known, content):
                return content
    content = _made(make)
    with suppress(OSError):  # it is made anew the next time
        kept.mkdir(parents=True, exist_ok=True)
        beside = kept / f".{uuid.uuid4().hex}"
        try:
            beside.write_bytes(content)
            beside.replace(kept / _name(known, content))
        finally:
            beside.unlink(missing_ok=True)
    return content


def _made(make: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="radharmony-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "blank.db"
        make(file)
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("DELETE FROM experiments")  # MLflow's own, with a path of this moment; it is made anew
            database.execute("VACUUM")
        return file.read_bytes()


def _name(known: str, content: bytes) -> str:
    return f"{known}-{hashlib.sha256(content).hexdigest()}.db"
