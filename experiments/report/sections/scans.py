"""The pictures of scans in the report, from `pictures/` of a finished run."""

import base64
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image, features

from experiments.folder.files import PICTURE_LIST, PICTURES
from experiments.folder.writing import is_inner
from experiments.results.reading import read_record, readable
from harmonize.inputs.files import open_file

MOST_CHARACTERS = 11_000_000
"""All pictures of a page together, so that it stays below 15 MB."""
QUALITIES = (82, 60, 40)
"""Of WebP, for pictures that together are too large as they are; at the first, half the size of the JPEG files."""
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
    """The montages of the strategies that do the same with images.

    Attributes
    ----------
    strategies : tuple of str
    pictures : tuple of ScanPicture
    left_out : int
        How many more there are, which would make the page too large.
    compressed : bool
        Whether the pictures were compressed further for the page.
    """

    strategies: tuple[str, ...]
    pictures: tuple[ScanPicture, ...]
    left_out: int = 0
    compressed: bool = False


def read_scan_pictures(folder: Path, most: int | None = None) -> tuple[StrategyPictures, ...]:
    """Read the pictures of a run folder; empty where it has none.

    Pictures that together are too large are compressed further, all alike; what is too large even so is left out.

    Parameters
    ----------
    folder : Path
        Of the run.
    most : int or None
        Characters that all of them may have; None for `MOST_CHARACTERS`.

    Raises
    ------
    ConfigurationError
        For a list or a picture that is missing, damaged or not where it should be.
    """
    path = folder / PICTURES / PICTURE_LIST
    if not path.is_file():
        return ()
    most = MOST_CHARACTERS if most is None else most
    records = read_record(path, {"pictures": list})["pictures"]
    with readable(path):
        for record in records:
            _check(record)
        files = [_content(path.parent / record["file"]) for record in records]
        groups = _groups(records, [_address("jpeg", file) for file in files])
        if _characters(groups) <= most or not features.check("webp"):
            return _bounded(groups, most)
        for quality in QUALITIES:
            groups = _groups(records, [_address("webp", _compressed(file, quality)) for file in files])
            if _characters(groups) <= most:
                break
    return tuple(replace(group, compressed=True) for group in _bounded(groups, most))


def _groups(records: Sequence[Mapping[str, Any]], addresses: Sequence[str]) -> tuple[StrategyPictures, ...]:
    groups: dict[tuple[str, ...], list[ScanPicture]] = {}
    for record, address in zip(records, addresses, strict=True):
        groups.setdefault(tuple(map(str, record["strategies"])), []).append(_picture(record, address))
    return tuple(StrategyPictures(names, tuple(pictures)) for names, pictures in groups.items())


def _characters(groups: Sequence[StrategyPictures]) -> int:
    return sum(len(picture.address) for group in groups for picture in group.pictures)


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
    if not is_inner(record["file"]):
        raise ValueError(f"'{record['file']}' leads out of the folder")


def _content(path: Path) -> bytes:
    with open_file(path) as file:
        content = file.read()
    if not content.startswith(JPEG):
        raise ValueError(f"'{path.name}' is no JPEG file")
    return content


def _compressed(content: bytes, quality: int) -> bytes:
    """Write a JPEG as WebP of the same size in pixels."""
    written = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
                picture.save(written, "WEBP", quality=quality)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise ValueError(f"a picture is too large to be opened: {error}") from error
    return written.getvalue()


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _picture(record: Mapping[str, Any], address: str) -> ScanPicture:
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
        address=address,
        width=record["width"],
        height=record["height"],
    )
