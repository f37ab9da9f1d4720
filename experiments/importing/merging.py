"""Tables that are there already: their rows stay as somebody completed them, and new ones are added."""

from pathlib import Path

import pandas as pd

from experiments.study.csv_file import read_rows
from harmonize.errors import ConfigurationError
from harmonize.words import some


def rows_there(path: Path, example: str) -> pd.DataFrame | None:
    """Give the rows of a table that is there; nothing where there is none, or only the example rows of a preset.

    Raises
    ------
    ConfigurationError
        If the table cannot be read.
    """
    if not path.exists():
        return None
    header, _, rest = path.read_text(encoding="utf-8").partition("\n") if path.is_file() else ("", "", "")
    if header and not rest.strip():
        return None
    rows = [row for _, row in read_rows(path)]
    lines = example.replace("\r", "").splitlines()
    if lines and [list(rows[0]), *([*row.values()] for row in rows)] == [line.split(",") for line in lines]:
        return None
    return pd.DataFrame(rows, dtype=str)


def merged(old: pd.DataFrame, new: pd.DataFrame, *keys: str) -> tuple[pd.DataFrame, int]:
    """Add rows to a table: those whose keys do not stand there yet; columns that one has not are empty there.

    Returns
    -------
    table : DataFrame
        The old rows as they are, then new ones.
    known : int
        How many of the new rows stood there.

    Examples
    --------
    >>> old = pd.DataFrame({"image": ["a"], "age": ["7"]})
    >>> merged(old, pd.DataFrame({"image": ["a", "b"]}), "image")[0].values.tolist()
    [['a', '7'], ['b', '']]
    """
    there = set(zip(*(old[key] for key in keys), strict=True)) if set(keys) <= set(old) else set()
    fresh = [row not in there for row in zip(*(new[key] for key in keys), strict=True)]
    table = pd.concat([old, new[fresh]], ignore_index=True).fillna("")
    return table, len(new) - sum(fresh)


def refuse_elsewhere(old: pd.DataFrame, path: Path, root: Path) -> None:
    """Raise a `ConfigurationError` if a table that is there is of images elsewhere."""
    images = [str(image) for image in old["image"]] if "image" in old else []
    lost = [image for image in images if not (root / image).exists()]
    if lost or not images:
        what = f"names {some(lost, 3)}, which {root} does not hold" if lost else "has no column 'image'"
        raise ConfigurationError(
            f"{path} is there already and {what}; name another folder with `out`, or remove those rows"
        )
