"""The table of centres: points of other programs as rows of the scans that they belong to, a row a site and subject."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.importing.found import FoundScan
from experiments.importing.merging import merged, rows_there
from experiments.importing.point_files import READERS, Counting, Point, read_points
from harmonize.errors import ConfigurationError
from harmonize.inputs.names import UNSURE, plain_cell
from harmonize.words import plural, some

COORDINATES = ("x", "y", "z")


@dataclass(frozen=True)
class Target:
    """A scan that centres may be of: the reference of a subject and sequence, or the first that there is.

    Parameters
    ----------
    subject, sequence : str
        As the table of images calls them, with a question mark where that is to be confirmed.
    scan : FoundScan
        With the grid that voxels are counted on.
    names : tuple of str
        What a file may call the subject: the name in the table, the PatientID, the first folder.
    asked : tuple of str
        What the import calls subject and sequence as long as nobody has confirmed them.
    """

    subject: str
    sequence: str
    scan: FoundScan
    names: tuple[str, ...]
    asked: tuple[str, str]


def targets_of(
    scans: Sequence[FoundScan],
    subjects: Mapping[str, str],
    sequences: Sequence[str],
    folders: Sequence[str],
    reference: Mapping[str, str],
) -> list[Target]:
    """Give for each subject and sequence the scan that centres are placed on.

    Parameters
    ----------
    scans : sequence of FoundScan
        As the import names them.
    subjects : mapping of str to str
        By person, what the table of images calls the subject.
    sequences, folders : sequence of str
        Of each scan what the table calls its sequence, and its first folder.
    reference : mapping of str to str
        The levels of the condition that centres are placed on.
    """
    found: dict[tuple[str, str], Target] = {}
    for scan, sequence, folder in zip(scans, sequences, folders, strict=True):
        key = subjects[scan.person], sequence
        is_reference = all(scan.levels.get(name, "").removesuffix(UNSURE) == level for name, level in reference.items())
        if key not in found or is_reference:
            asked = plain_cell(scan.subject), plain_cell(scan.sequence)
            found[key] = Target(*key, scan, (_sure(key[0]), scan.person, folder), asked)
    return list(found.values())


def centre_rows(
    source: Path, targets: Sequence[Target], counting: Counting, levels: Mapping[str, str]
) -> tuple[list[dict[str, str]], list[str]]:
    """Read all files of points and give each point its rows.

    Parameters
    ----------
    source : Path
        A file, or a folder whose files are named by, or lie in folders named by, the subject and, if need be, the
        sequence.
    targets : sequence of Target
        What they may be of.
    counting : Counting
        How tables count.
    levels : mapping of str to str
        The factors of the reference, for the columns of the table.

    Returns
    -------
    rows : list of dict
        In voxels from 0.
    remarks : list of str
        What whoever looks at the circles should know.

    Raises
    ------
    ConfigurationError
        For a file that cannot be read, or of which it is not known whose it is.
    """
    files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if _is_read(path))
    if not files or not all(map(_is_read, files)):
        raise ConfigurationError(f"{source}: expected files of points ({', '.join(READERS)}), found none")
    rows, remarks = [], []
    for path in files:
        name = str(path.relative_to(source)) if path != source else path.name
        for number, point in enumerate(read_points(path, counting), start=1):
            own, remark = _targets(point, name, path, targets)
            remarks += [remark] if remark else []
            roi = plain_cell(point.name) or f"point_{number}"
            rows += [_row(target, roi, point, path, levels) for target in own]
    return rows, list(dict.fromkeys(remarks))


def _sure(name: str) -> str:
    """Give a name without the mark that it is to be confirmed."""
    return name.removesuffix(UNSURE)


def _is_read(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith(tuple(READERS))


def _targets(point: Point, name: str, path: Path, targets: Sequence[Target]) -> tuple[list[Target], str]:
    """Say whose a point is: by the table that it stands in, or by the names of file and folders."""
    if point.subject:
        own = [target for target in targets if _sure(target.subject) == _sure(point.subject)]
    else:
        called = [target for target in targets if any(_holds(name, one) for one in target.names)]
        own = called or list(targets)
    people = dict.fromkeys(target.subject for target in own)
    if len(people) != 1:
        what = f"of {some(people, 3)}" if people else f"of '{point.subject}', whom images.csv does not name"
        raise ConfigurationError(
            f"{path}: may be {what}; put it into a folder that is called as the subject, or name it in the file's name"
        )
    sequence = point.sequence or next(
        (one for one in sorted((_sure(t.sequence) for t in own), key=len, reverse=True) if _holds(name, one)), ""
    )
    if sequence:
        chosen = [target for target in own if _sure(target.sequence) == _sure(sequence)]
        if not chosen:
            raise ConfigurationError(f"{path}: {next(iter(people))} has no sequence '{sequence}'; correct the name")
        return chosen, ""
    if len(own) == 1:
        return own, ""
    if point.unit == "voxels" and any(own[0].scan.grid != target.scan.grid for target in own[1:]):
        which = some([_sure(target.sequence) for target in own])
        raise ConfigurationError(
            f"{path}: counts voxels, and does not say of which sequence ({which}); name it in the file's name"
        )
    return own, (
        f"{path.name} names no sequence: its centres were taken for all {len(own)} of {own[0].subject}; look whether "
        "they lie right in each"
    )


def _holds(name: str, called: str) -> bool:
    """Say whether a path names a subject or sequence, as a whole word.

    Examples
    --------
    >>> _holds("S01/liver.fcsv", "s01"), _holds("S010.fcsv", "S01"), _holds("S01_T2_TRA.fcsv", "T2_TRA")
    (True, False, True)
    """
    return bool(called) and bool(re.search(rf"(?<![A-Za-z0-9]){re.escape(called)}(?![A-Za-z0-9])", name, re.IGNORECASE))


def _row(target: Target, roi: str, point: Point, path: Path, levels: Mapping[str, str]) -> dict[str, str]:
    place = point.place
    grid = target.scan.grid
    if point.unit == "mm":
        if grid is None:
            raise ConfigurationError(f"{path}: is in mm, and where {target.scan.image} lies is not known; give voxels")
        x, y, z = grid.indices(place)
        place = float(x), float(y), float(z)
    if grid is not None and any(not -0.5 <= at <= size - 0.5 for at, size in zip(place, grid.size, strict=True)):
        size = " x ".join(map(str, grid.size))
        raise ConfigurationError(
            f"{path}: '{roi}' lies at voxel ({', '.join(f'{value:.4g}' for value in place)}) of {target.subject}, "
            f"{target.sequence}, which has {size} voxels; is the file of another scan, or counted otherwise?"
        )
    cells = dict(zip(COORDINATES, (f"{round(value, 2) + 0.0:g}" for value in place), strict=True))
    return {"subject": target.subject, "sequence": target.sequence, **levels, "roi": roi, **cells}


def table_of_centres(
    path: Path, example: str, rows: Sequence[Mapping[str, str]], targets: Iterable[Target]
) -> tuple[pd.DataFrame, str]:
    """Give the table of centres: what stands there, points that were read, and empty rows for what has none.

    Returns
    -------
    table : DataFrame
        To be written.
    kept : str
        What stayed, in words; empty if there was nothing.
    """
    lines = [line.split(",") for line in example.splitlines()]
    columns = lines[0]
    shown = [dict(zip(columns, line, strict=True)) for line in lines[1:]]
    keys = [column for column in columns if column not in COORDINATES]
    old = rows_there(path, example)
    placed = pd.DataFrame(columns=columns, dtype=str) if old is None else old
    if set(COORDINATES) <= set(placed):
        placed = placed[(placed[list(COORDINATES)] != "").any(axis=1)]
    targets = list(targets)
    placed = _confirmed(placed, targets)
    before = len(placed)
    table, _ = merged(placed, pd.DataFrame(rows, columns=columns, dtype=str), *keys)
    sites = list(dict.fromkeys(table["roi"])) or list(dict.fromkeys(row["roi"] for row in shown))
    placed_for = zip(table["subject"], table["sequence"], strict=True) if "sequence" in table else ()
    there = {(_sure(subject), _sure(sequence)) for subject, sequence in placed_for}
    everywhere = {subject for subject, sequence in there if not sequence}
    levels = {name: shown[0][name] for name in keys if name not in ("subject", "sequence", "roi")}
    empty = [
        {"subject": target.subject, "sequence": target.sequence, **levels, "roi": roi, **dict.fromkeys(COORDINATES, "")}
        for target in targets
        if (_sure(target.subject), _sure(target.sequence)) not in there and _sure(target.subject) not in everywhere
        for roi in sites
    ]
    table = pd.concat([table, pd.DataFrame(empty, columns=columns, dtype=str)], ignore_index=True).fillna("")
    return table, f"{path.name} was there: {plural(before, 'centre')} kept" if before else ""


def _confirmed(placed: pd.DataFrame, targets: Sequence[Target]) -> pd.DataFrame:
    """Take over what images.csv calls subjects and sequences whose names are still marked in the table of centres."""
    if "subject" not in placed:
        return placed
    people: dict[str, set[str]] = {}
    sequences: dict[tuple[str, str], set[str]] = {}
    for target in targets:
        person, sequence = target.asked
        people.setdefault(person, set()).add(target.subject)
        sequences.setdefault((target.subject, sequence), set()).add(target.sequence)

    def now(name: str, known: Collection[str]) -> str:
        return next(iter(known)) if name.endswith(UNSURE) and len(known) == 1 else name

    subjects = [now(name, people.get(name, ())) for name in placed["subject"]]
    table = placed.assign(subject=subjects)
    if "sequence" in table:
        named = zip(subjects, table["sequence"], strict=True)
        table["sequence"] = [now(name, sequences.get((subject, name), ())) for subject, name in named]
    return table
