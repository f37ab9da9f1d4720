"""Visits of the same people as a factor: by the names of folders, or in the order of their dates."""

import re
from dataclasses import replace
from pathlib import Path

from experiments.importing.found import FoundFolder, FoundScan

VISIT = "visit"
FOLDER = re.compile(r"(?:ses|session|visit|timepoint|tp)[-_ ]?([A-Za-z0-9]+)", re.IGNORECASE)
"""What a folder of one visit is called, with the name of the visit."""


def with_visits(found: FoundFolder, folder: Path) -> FoundFolder:
    """Add the factor `visit` where a person came more than once.

    Where the folders of all scans name a visit, it is called so; otherwise visits are counted in the order of the
    dates, which themselves are not written. Scans without a date have none.

    Parameters
    ----------
    found : FoundFolder
        Of one folder.
    folder : Path
        The folder.

    Examples
    --------
    >>> scans = [FoundScan("a", "", "T2", {}, Path(f"{i}"), "", visit=date) for i, date in enumerate(["0203", "0102"])]
    >>> [dict(scan.levels) for scan in with_visits(FoundFolder(tuple(scans), (), {}), Path()).scans]
    [{'visit': '2'}, {'visit': '1'}]
    """
    by_folder = [_of_folder(scan.image, folder) for scan in found.scans]
    named = all(by_folder)
    keys = by_folder if named else [scan.visit for scan in found.scans]
    of_person: dict[str, set[str]] = {}
    for scan, key in zip(found.scans, keys, strict=True):
        of_person.setdefault(scan.person, set()).update({key} - {""})
    if all(len(visits) < 2 for visits in of_person.values()):
        return found
    scans = []
    for scan, key in zip(found.scans, keys, strict=True):
        level = key if named or not key else str(sorted(of_person[scan.person]).index(key) + 1)
        scans.append(_at(scan, level, "folder" if named else "order of the study dates"))
    return replace(found, scans=tuple(scans), factors=(*found.factors, VISIT))


def _at(scan: FoundScan, level: str, evidence: str) -> FoundScan:
    if not level:
        return scan
    return replace(scan, levels={**scan.levels, VISIT: level}, evidence={**scan.evidence, VISIT: evidence})


def _of_folder(path: Path, folder: Path) -> str:
    """Give the visit that the folders of an image name; nothing if none does."""
    names = (FOLDER.fullmatch(part) for part in path.relative_to(folder).parts)
    return next((match.group(1) for match in names if match), "")
