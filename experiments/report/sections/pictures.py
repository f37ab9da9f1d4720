"""The pictures of scans in the report, from `pictures/` of a finished run."""

import base64
import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, features

from experiments.folder.files import PICTURE_LIST
from experiments.folder.kinds import readable
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import is_inner
from experiments.page import Content, Context, Section
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


def summarize(context: Context) -> Content | None:
    """Take the pictures of the run; None where it has none."""
    return read_scan_pictures(context.run.folder)


def read_scan_pictures(folder: Path, most: int | None = None) -> Content | None:
    """Read the pictures of a run folder; None where it has none.

    Pictures that together are too large are compressed further, all alike; what is too large even so is left out.

    Parameters
    ----------
    folder : Path
        Of the run.
    most : int or None
        Characters that all of them may have; None for `MOST_CHARACTERS`.

    Returns
    -------
    dict or None
        ``groups``: the montages (a subject under all conditions, before and after a strategy, as ``data:`` addresses)
        by the strategies that do the same with images, and how many of them were ``left_out``; and whether all were
        ``compressed`` for the page.

    Raises
    ------
    ConfigurationError
        For a list or a picture that is missing, damaged or not where it should be.
    """
    run = RunFolder(folder)
    path = run.path(PICTURE_LIST)
    if not path.is_file():
        return None
    most = MOST_CHARACTERS if most is None else most
    records = run[PICTURE_LIST]["pictures"]
    if not records:
        return None
    with readable(path):
        for record in records:
            _check(record)
        files = [read_jpeg(path.parent / record["file"]) for record in records]
        addresses = [data_address("jpeg", file) for file in files]
        compressed = sum(map(len, addresses)) > most and features.check("webp")
        for quality in QUALITIES if compressed else ():
            addresses = [data_address("webp", _compressed(file, quality)) for file in files]
            if sum(map(len, addresses)) <= most:
                break
        groups: dict[tuple[str, ...], list[Content]] = {}
        for record, address in zip(records, addresses, strict=True):
            groups.setdefault(tuple(map(str, record["strategies"])), []).append(_picture(record, address))
    return {"groups": _bounded(groups, most), "compressed": compressed}


def _bounded(groups: Mapping[tuple[str, ...], Sequence[Content]], most: int) -> list[Content]:
    """Keep the first pictures of every strategy before the second of any, as far as they fit."""
    kept: dict[tuple[str, ...], list[Content]] = {names: [] for names in groups}
    for at in range(max(map(len, groups.values()), default=0)):
        for names, pictures in groups.items():
            if at < len(pictures) and len(pictures[at]["address"]) <= most:
                most -= len(pictures[at]["address"])
                kept[names].append(pictures[at])
    return [
        {"strategies": list(names), "pictures": kept[names], "left_out": len(pictures) - len(kept[names])}
        for names, pictures in groups.items()
    ]


def _check(record: Mapping[str, Any]) -> None:
    for key, kind in KEYS.items():
        if not isinstance(record[key], kind):
            raise ValueError(f"'{key}' is {record[key]!r:.60}")
    if not is_inner(record["file"]):
        raise ValueError(f"'{record['file']}' leads out of the folder")


def read_jpeg(path: Path) -> bytes:
    """Read a picture; raises ValueError for what is none, OSError where it cannot be read."""
    try:
        with open_file(path) as file:
            content = file.read()
    except FileNotFoundError as error:
        raise ValueError(f"there is no '{path.name}'") from error
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
            raise ValueError("a picture is too large to be opened") from error
    return written.getvalue()


def data_address(kind: str, content: bytes) -> str:
    """Give a picture as an address that holds it."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _picture(record: Mapping[str, Any], address: str) -> Content:
    rois = f"; ROIs outlined: {', '.join(record['rois'])}" if record["rois"] else ""
    return {
        **{key: record[key] for key in ("subject", "sequence", "width", "height")},
        "largest_change": "largest change" in record["chosen"],
        "perturbed": record["chosen"] == "perturbed",
        "notes": [str(note) for note in record["notes"]],
        "alt": f"{record['subject']}, {record['sequence']}, {_under(record)}: one slice by condition "
        f"({', '.join(record['conditions'])}), in rows: {'; '.join(record['rows'])}{rois}.",
        "address": address,
    }


def _under(record: Mapping[str, Any]) -> str:
    return f"under {record['strategies'][0]}" if record["strategies"] else "before any step"


SECTION = Section(__name__, "pictures", "Example slices", summarize)
