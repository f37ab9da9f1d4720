"""The pictures of scans in the report, from `pictures/` of a finished run."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from experiments import outputs
from harmonize.errors import ConfigurationError

MOST_CHARACTERS = 11_000_000
"""All pictures of a page together; further ones are left in the folder, so that the page stays below 15 MB."""
JPEG = b"\xff\xd8\xff"
KEYS: Mapping[str, type] = {
    **dict.fromkeys(("file", "subject", "sequence", "chosen"), str),
    **dict.fromkeys(("strategies", "conditions", "rois", "rows", "notes"), list),
    **dict.fromkeys(("width", "height"), int),
}


@dataclass(frozen=True)
class ScanPicture:
    """One montage: a subject under all conditions, before and after a strategy.

    Attributes
    ----------
    subject, sequence : str
        Whose scans, and which.
    largest_change : bool
        Whether this is the subject whose features change most.
    notes : tuple of str
        What is said below it.
    alt : str
        What it shows, in words.
    address : str
        The file itself, as a `data:` address.
    width, height : int
        In pixels.
    """

    subject: str
    sequence: str
    largest_change: bool
    notes: tuple[str, ...]
    alt: str
    address: str
    width: int
    height: int


@dataclass(frozen=True)
class StrategyPictures:
    """The montages of the strategies that do the same with images, and how many are left out of the page."""

    strategies: tuple[str, ...]
    pictures: tuple[ScanPicture, ...]
    left_out: int = 0


def read_scan_pictures(folder: Path, most: int = MOST_CHARACTERS) -> tuple[StrategyPictures, ...]:
    """Read the pictures of a run folder; empty where it has none.

    Raises
    ------
    ConfigurationError
        For a list or a picture that is missing, damaged or not where it should be.
    """
    path = folder / outputs.PICTURES / outputs.PICTURE_LIST
    if not path.is_file():
        return ()
    try:
        records = json.loads(path.read_text(encoding="utf-8"))["pictures"]
        groups: dict[tuple[str, ...], list[ScanPicture]] = {}
        for record in records:
            _check(record)
            groups.setdefault(tuple(map(str, record["strategies"])), []).append(_picture(record, path.parent))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ConfigurationError(f"{path}: not readable ({error}); run the study again to write it anew") from None
    return _bounded(tuple(StrategyPictures(names, tuple(pictures)) for names, pictures in groups.items()), most)


def _bounded(groups: Sequence[StrategyPictures], most: int) -> tuple[StrategyPictures, ...]:
    """Keep the first pictures of every strategy before the second of any, as far as they fit."""
    kept: list[set[int]] = [set() for _ in groups]
    for at in range(max((len(group.pictures) for group in groups), default=0)):
        for group, mine in zip(groups, kept, strict=True):
            if at < len(group.pictures) and len(group.pictures[at].address) <= most:
                most -= len(group.pictures[at].address)
                mine.add(at)
    return tuple(
        replace(
            group,
            pictures=tuple(picture for at, picture in enumerate(group.pictures) if at in mine),
            left_out=len(group.pictures) - len(mine),
        )
        for group, mine in zip(groups, kept, strict=True)
    )


def _check(record: Mapping[str, Any]) -> None:
    for key, kind in KEYS.items():
        if not isinstance(record[key], kind):
            raise ValueError(f"'{key}' is {record[key]!r:.60}")
    if not outputs.is_inner(record["file"]):
        raise ValueError(f"'{record['file']}' leads out of the folder")


def _picture(record: Mapping[str, Any], folder: Path) -> ScanPicture:
    content = (folder / record["file"]).read_bytes()
    if not content.startswith(JPEG):
        raise ValueError(f"'{record['file']}' is no JPEG file")
    rois = f"; ROIs outlined: {', '.join(record['rois'])}" if record["rois"] else ""
    return ScanPicture(
        subject=record["subject"],
        sequence=record["sequence"],
        largest_change="largest change" in record["chosen"],
        notes=tuple(map(str, record["notes"])),
        alt=(
            f"{record['subject']}, {record['sequence']}, under {record['strategies'][0]}: one slice by condition "
            f"({', '.join(record['conditions'])}), in rows: {'; '.join(record['rows'])}{rois}."
        ),
        address="data:image/jpeg;base64," + base64.b64encode(content).decode("ascii"),
        width=record["width"],
        height=record["height"],
    )
