"""The list of a run's pictures: what an earlier run has drawn, and what stays of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.folder.files import PICTURE_LIST, PICTURES
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import belongs, is_inner
from experiments.running.store.finished import Store
from experiments.running.store.identity import identify
from experiments.study.manifest import Scan
from experiments.study.study import Study
from harmonize.digest import has_digest

Known = Mapping[str, dict[str, Any]]
"""What is said of each picture, by its file."""


def known_pictures(run: RunFolder) -> Known:
    """Give what an earlier run left, by file; nothing where that is damaged."""
    content = run.standing(PICTURE_LIST) or {"pictures": ()}
    try:
        return {record["file"]: record for record in content["pictures"] if is_inner(record["file"])}
    except (KeyError, TypeError, AttributeError):
        return {}


def as_drawn(run: RunFolder, known: Known, file: str, key: str) -> dict[str, Any] | None:
    """Give what is said of a picture that an earlier run has drawn of the same, if it is as it was left."""
    record = known.get(file)
    there = record is not None and record["key"] == key and has_digest(run.path(PICTURES) / file, record["sha256"])
    return record if there else None


def all_there(run: RunFolder) -> bool:
    """Say whether all pictures of a run are as it left them."""
    place = run.path(PICTURES)
    return all(has_digest(place / file, record["sha256"]) for file, record in known_pictures(run).items())


def list_pictures(run: RunFolder, known: Known, subjects: int, listed: Sequence[Mapping[str, Any]]) -> None:
    """Leave the list of pictures, and remove those of an earlier run that are not part of this one."""
    place = run.path(PICTURES)
    _remove(place, known, keep={record["file"] for record in listed})
    belongs(*(place / record["file"] for record in listed))
    run.renew(PICTURE_LIST, {"subjects": subjects, "pictures": listed} if listed else None)


def scans_of(study: Study, sequence: str, subject: str) -> list[Scan | str]:
    """Give the scans of one subject by condition, the reference first; its name where there is none."""
    mine = {scan.condition: scan for scan in study.scans if (scan.subject, scan.sequence) == (subject, sequence)}
    return [mine.get(condition, condition) for condition in study.scanned]


def content_of(scan: Scan, store: Store) -> str:
    """Give the digest of the files of a scan."""
    try:
        return identify(scan, store).whole
    except OSError:
        return "unreadable"


def _remove(place: Path, former: Mapping[str, Any], keep: set[str]) -> None:
    """Remove the pictures of an earlier run that are not part of this one; nothing else is touched."""
    for file in set(former) - keep:
        path = place / file
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()
