"""The files that a run leaves in its folder, written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harmonize.digest import digest_of_file

if TYPE_CHECKING:
    import pandas as pd

    from evaluation.publication import PaperTable

_RECORDED: ContextVar[set[Path] | None] = ContextVar("recorded", default=None)


def unwritable(folder: Path) -> Path | None:
    """Give what keeps a folder, there or yet to be made, from being written into: the nearest folder there is."""
    place = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    return None if os.access(place, os.W_OK) else place


@contextmanager
def recorded() -> Iterator[set[Path]]:
    """Give the set of files that are written as long as this lasts, so that a run can tell its own from others.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder, recorded() as written:
    ...     write_text(Path(folder) / "methods.md", "ICC(A,1)")
    >>> [path.name for path in written]
    ['methods.md']
    """
    written: set[Path] = set()
    token = _RECORDED.set(written)
    try:
        yield written
    finally:
        _RECORDED.reset(token)


def digests_within(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Give the SHA-256 of files of a folder by their names in it; one that is gone again has none."""
    names = sorted(file.relative_to(folder).as_posix() for file in files if file.is_file())
    return {name: digest_of_file(folder / name) for name in names}


def belongs(*paths: Path) -> None:
    """Count files as written that were taken over, or that another process has written."""
    if (known := _RECORDED.get()) is not None:
        known.update(paths)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and move it there, so that a crash never leaves half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644 & ~_umask())
        temporary.replace(path)
        belongs(path)
    except OSError as error:
        if error.filename is None and error.errno is not None:  # a full disk does not say which file it could not hold
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text, whole or not at all."""
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline="\n"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes, whole or not at all."""
    write_whole(path, lambda temporary: temporary.write_bytes(data))


def write_json(path: Path, values: Any) -> None:
    """Write plain values as JSON, whole or not at all."""
    write_text(path, json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_csv(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as CSV, whole or not at all."""
    write_whole(path, lambda temporary: table.to_csv(temporary, index=False, lineterminator="\n"))


def write_parquet(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as Parquet, whole or not at all."""
    write_whole(path, lambda temporary: table.to_parquet(temporary, index=False))


def is_inner(name: str) -> bool:
    r"""Tell whether a name that a file holds leads to a place within the folder it starts from.

    Examples
    --------
    >>> is_inner("raw/S01.jpg"), is_inner("../S01.jpg"), is_inner("/S01.jpg"), is_inner(r"raw\S01.jpg")
    (True, False, False, False)
    """
    parts = name.split("/")
    return all(part not in ("", ".", "..") and not set(part) & set('\\:*?"<>|\0') for part in parts)


def write_tables(folder: Path, tables: "Iterable[PaperTable]") -> None:
    """Write tables for a paper as CSV, LaTeX and Markdown, each whole or not at all."""
    for table in tables:
        write_text(folder / f"{table.name}.csv", table.to_csv())
        write_text(folder / f"{table.name}.tex", table.to_latex())
        write_text(folder / f"{table.name}.md", table.to_markdown())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
