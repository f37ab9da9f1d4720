"""From what a reliability table was computed: a file beside it, so that a whitelist of it can tell."""

from collections.abc import Mapping
from pathlib import Path

from experiments.analyses.shared.table_files import SUFFIXES
from experiments.folder.refused import check_file
from experiments.folder.writing import write_json
from harmonize.digest import digest_of_file, sealed, unsealed
from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_json

CHANGED = "run `radharmony reliability` again, or remove that file if the table was changed on purpose"
SCHEMA = "radharmony.source/1"


def source_file(table: Path) -> Path:
    """Give the file that stands beside a reliability table; CSV and Parquet of one name share it.

    Examples
    --------
    >>> source_file(Path("out/reliability.parquet")).as_posix()
    'out/reliability.source.json'
    """
    return table.with_suffix(".source.json")


def write_source(table: Path, tables: Mapping[str, Mapping[str, str]]) -> None:
    """Write which table the reliability of each strategy was computed from, with its SHA-256, and that of the result.

    Parameters
    ----------
    table : Path
        The reliability table as it was written; as CSV and as Parquet if both are there.
    tables : mapping of str to mapping
        The feature table by strategy, by name and SHA-256.
    """
    both = (path for path in (table, *(table.with_suffix(suffix) for suffix in SUFFIXES)) if path.is_file())
    content = {
        "schema": SCHEMA,
        "tables": {name: dict(described) for name, described in tables.items()},
        "reliability": {path.name: digest_of_file(path) for path in both},
    }
    write_json(source_file(table), sealed(content))


def read_source(table: Path, strategy: str) -> str | None:
    """Give the SHA-256 of the feature table that the reliability of a strategy comes from; None if nothing tells.

    Raises
    ------
    ConfigurationError
        If the file beside the table is damaged, or the table is not the one that it was written for.
    """
    path = source_file(table)
    if not path.is_file():
        return None
    content = read_json(path)
    try:
        content = unsealed(content, str(path))
        if content["schema"] != SCHEMA:
            raise ValueError(content["schema"])
        if (digest := content["reliability"].get(table.name)) is not None:
            check_file(table, digest, f"table that {path.name} was written for", CHANGED)
        found = content["tables"].get(strategy)
        return None if found is None else str(found["sha256"])
    except ConfigurationError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{path}: is not as `radharmony reliability` wrote it; run it again, or remove the file"
        ) from error
