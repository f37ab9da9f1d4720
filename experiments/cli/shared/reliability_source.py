"""From what a reliability table was computed: a file beside it, so that a whitelist of it can tell."""

from collections.abc import Mapping
from pathlib import Path

from experiments.outputs import write_json
from harmonize.digest import digest_of_file
from harmonize.documents import read_json
from harmonize.errors import ConfigurationError

SCHEMA = "radharmony.source/1"


def source_file(table: Path) -> Path:
    """Give the file that stands beside a reliability table; CSV and Parquet of one name share it.

    Examples
    --------
    >>> source_file(Path("out/reliability.parquet")).as_posix()
    'out/reliability.source.json'
    """
    return table.with_suffix(".source.json")


def write_source(table: Path, tables: Mapping[str, Path]) -> None:
    """Write which table the reliability of each strategy was computed from, with its SHA-256."""
    files = {path: {"file": path.name, "sha256": digest_of_file(path)} for path in set(tables.values())}
    content = {"schema": SCHEMA, "tables": {name: files[path] for name, path in tables.items()}}
    write_json(source_file(table), content)


def read_source(table: Path, strategy: str) -> str | None:
    """Give the SHA-256 of the feature table that the reliability of a strategy comes from; None if nothing tells.

    Raises
    ------
    ConfigurationError
        If the file beside the table is damaged.
    """
    path = source_file(table)
    if not path.is_file():
        return None
    content = read_json(path)
    try:
        if content["schema"] != SCHEMA:
            raise ValueError(content["schema"])
        found = content["tables"].get(strategy)
        return None if found is None else str(found["sha256"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{path}: is not as `radharmony reliability` wrote it ({error}); run it again, or remove the file"
        ) from None
