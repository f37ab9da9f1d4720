"""Tables that are there already: their rows stay as somebody completed them, and new ones are added."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from experiments.importing.arms import ASKED
from experiments.importing.found import FoundFolder
from experiments.study.csv_file import read_rows
from harmonize.errors import ConfigurationError
from harmonize.inputs.names import UNSURE
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
    table = pd.concat([old, new[fresh]], ignore_index=True).fillna("") if any(fresh) else old
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


def as_written(found: FoundFolder, own: Sequence[Mapping[str, str]], table: str) -> FoundFolder:
    """Take what the rows of a table that is there say of its scans: whoever completed it knows."""
    columns = {column for row in own for column in row}
    if not columns:
        return found
    scans = []
    for scan, row in zip(found.scans, own, strict=True):
        said = {name: row[name] for name in found.factors if name in row}
        levels = {name: level for name, level in {**scan.levels, **said}.items() if level}
        changed = {name: table for name in said if said[name] != scan.levels.get(name, "")}
        sequence = row.get("sequence") or scan.sequence
        scans.append(replace(scan, sequence=sequence, levels=levels, evidence={**scan.evidence, **changed}))
    new = [scan for scan, row in zip(scans, own, strict=True) if not row]
    factors = [name for name in found.factors if name in columns or any(name in scan.levels for scan in new)]
    return replace(found, scans=tuple(scans), factors=tuple(factors))


def still_to_ask(found: FoundFolder, subjects: Mapping[str, str]) -> Iterator[str]:
    """Give the remarks without the questions that are answered: of which no cell has its question mark still."""
    cells = {(name, cell) for scan in found.scans for name, cell in (("sequence", scan.sequence), *scan.levels.items())}
    cells |= {("subject", subjects[scan.person]) for scan in found.scans}
    unsure = [(f"{ASKED} {name} ", cell) for name, cell in cells if cell.endswith(UNSURE)]
    for remark in found.remarks:
        if not remark.startswith(ASKED) or any(remark.startswith(asks) and cell in remark for asks, cell in unsure):
            yield remark


def named_before(
    found: FoundFolder, own: Sequence[Mapping[str, str]], rows: Iterable[Mapping[str, str]]
) -> dict[str, str]:
    """Say what a table that is there calls people: new names do not collide with it."""
    here = {scan.person: row["subject"] for scan, row in zip(found.scans, own, strict=True) if "subject" in row}
    return {**{f"\0{row['subject']}": row["subject"] for row in rows if "subject" in row}, **here}
