"""NRRD and MetaImage: headers of text that may lie about the voxels, or name other files for them.

ITK believes such headers: it takes memory for whatever they promise, follows names such as ``/etc/passwd``, formats
patterns of names with C's ``sprintf``, waits without end for some lengths, and where packed voxels of a MetaImage are
damaged it gives whatever was in memory. So the header is looked at here before ITK is asked.

References
----------
The NRRD file format, http://teem.sourceforge.net/nrrd/format.html.
MetaIO documentation, https://docs.itk.org/en/latest/learn/metaio.html.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats.inflate import MOST_PACKED, inflated_size
from harmonize.formats.kind import reader_of
from harmonize.formats.pairs import header_file
from harmonize.formats.text_geometry import META_GEOMETRY, NRRD_GEOMETRY, SIZE, check_meta, check_nrrd
from harmonize.image.volume import Grid
from harmonize.inputs.files import open_file
from harmonize.inputs.paths import path_within
from harmonize.remarks import remark

MOST_HEADER = 1 << 20
"""Bytes in which a header has to end; usual ones have less than a thousand."""
NRRD = {
    "encoding": rb"encoding",
    "data file": rb"data ?file",
    "byte skip": rb"byte ?skip",
    "line skip": rb"line ?skip",
}
META = ("ElementDataFile", "CompressedData", "CompressedDataSize", "BinaryData", "HeaderSize", "NDims")
LONGEST_FIELD, LONGEST_OF_META = 900, 250
"""Characters of a line of a header of NRRD and MetaImage; ITK copies longer ones over the end of what it keeps them in:
the wrong fields of NRRD beyond 1024, the name of a MetaImage beyond 255."""
LENGTH = re.compile(r"[0-9]{1,18}")
TEXT = ("ascii", "text", "txt")
ZLIB_OR_GZIP = zlib.MAX_WBITS | 32
ONE_FILE = "save it as one file, such as .nii.gz, .nrrd or .mha"
AGAIN = "copy or export it again"


@dataclass(frozen=True)
class TextHeader:
    """Where the voxels of a NRRD or MetaImage file stand, and how.

    Parameters
    ----------
    path : Path
        The file with the header.
    data : Path
        The file with the voxels, often the same.
    kind : {"raw", "packed", "text", "hex"}
        How they are written.
    fields : mapping of str to str or None
        What the header says of size and place, by the name of the field.
    start : int
        First byte of the voxels, as far as it is known.
    stream : (int, int), optional
        First byte and length of the packed voxels that ITK does not check itself.
    """

    path: Path
    data: Path
    kind: str
    fields: Mapping[str, str | None] = field(default_factory=dict)
    start: int = 0
    stream: tuple[int, int] | None = None

    def check_geometry(self) -> None:
        """Refuse numbers that are none and that ITK would read as others.

        Raises
        ------
        ScanError
            For the first of them.
        """
        if "NDims" in self.fields:
            check_meta(self.path, int(self.fields["NDims"] or ""), self.fields)
        else:
            check_nrrd(self.path, self.fields)

    def tell_no_size(self, grid: Grid) -> None:
        """Tell that the header states no size of voxels, if it does not."""
        if set(grid.spacing) == {1.0} and all(self.fields.get(name) is None for name in SIZE):
            remark(
                "no_voxel_size",
                f"{self.path}: the header states no size of voxels; 1 mm is taken",
                "enter the size into the header, or export it again with it",
            )

    def refuse_other_size(self, voxels: int, bytes_per_voxel: int) -> None:
        """Refuse a file that cannot hold the voxels that its header promises, before memory is taken for them.

        Raises
        ------
        ScanError
            Also where packed voxels are damaged, or more or fewer than promised.
        """
        promised = voxels * bytes_per_voxel
        least = {
            "raw": promised,
            "packed": promised / MOST_PACKED,
            "text": 2 * voxels - 1,  # a digit each, and something between them
            "hex": 2 * promised,
        }[self.kind]
        size = self.data.stat().st_size
        if size < least:
            raise ScanError(
                f"{self.path}: is cut off, or its header is wrong: {voxels} voxels do not fit into {size} bytes", AGAIN
            )
        if self.stream is not None:
            self._refuse_damaged(*self.stream, promised)
        if self.kind == "text":
            self._refuse_no_text(voxels)

    def _refuse_damaged(self, start: int, length: int, promised: int) -> None:
        try:
            with open_file(self.data) as file:
                file.seek(start)
                found, complete = inflated_size(file, length, ZLIB_OR_GZIP, promised)
        except zlib.error as error:
            raise ScanError(f"{self.path}: the packed voxels are damaged ({error})", AGAIN) from error
        if found != promised or not complete:
            more = "more than that" if found > promised else f"{found} before the file ends"
            raise ScanError(f"{self.path}: expected {promised} bytes of voxels when unpacked, found {more}", AGAIN)

    def refuse_changed(self, array: NDArray[Any]) -> None:
        """Refuse voxels written as text that their type cannot hold: ITK cuts off fractions and turns large ones round.

        Raises
        ------
        ScanError
            With the first of them.
        """
        if self.kind != "text":
            return
        written = np.array(self._content().replace(b",", b" ").split()[: array.size], dtype=np.float64)
        with np.errstate(over="ignore"):
            held = written.astype(array.dtype) if array.dtype.kind == "f" else written
        changed = (held != array.ravel()) & ~(np.isnan(held) & (array.ravel() != array.ravel()))
        if changed.any():
            first = int(changed.argmax())
            raise ScanError(
                f"{self.path}: voxel {first} is written as {written[first]:g}, which the type {array.dtype} of the "
                f"header does not hold ({int(changed.sum())} such voxels)",
                "correct the type in the header, such as float, or export it again",
            )

    def _content(self) -> bytes:
        with open_file(self.data) as file:
            file.seek(self.start)
            return file.read()

    def _refuse_no_text(self, voxels: int) -> None:
        content = self._content()
        words = {word.lower() for word in re.findall(rb"[A-Za-z]+", content)}
        if re.search(rb"[^0-9A-Za-z+\-.,\s]", content) or words - {b"e", b"nan", b"inf"}:
            raise ScanError(f"{self.path}: the header says that the voxels are text, but they are no numbers", AGAIN)
        between = np.isin(np.frombuffer(content, np.uint8), np.frombuffer(b" \t\r\n\v\f,", np.uint8))
        found = int((between[:-1] & ~between[1:]).sum()) + (not between[:1].all())
        if found < voxels:
            raise ScanError(f"{self.path}: is cut off, expected {voxels} numbers, found {found}", AGAIN)


def text_header(path: Path) -> TextHeader | None:
    """Read where a header says that its voxels are; None where a file is neither NRRD nor MetaImage.

    Raises
    ------
    ScanError
        If the header leads to a file outside its folder, to several files, or cannot be understood.
    """
    reader = {"NrrdImageIO": _nrrd, "MetaImageIO": _meta}.get(reader_of(header_file(path)))
    if reader is None:
        return None
    with open_file(path) as file:
        return reader(path, file.read(MOST_HEADER))


def _nrrd(path: Path, head: bytes) -> TextHeader:
    # What looks like one of the fields behind the end of the header is taken for one: that is safe.
    lines = head.replace(b"\r\n", b"\n").split(b"\n\n")[0].split(b"\n")
    end = re.search(rb"\r?\n\r?\n", head)
    _refuse_long(path, [line for line in lines if not line.startswith(b"#") and b":=" not in line], LONGEST_FIELD)
    head = head.replace(b"\r", b"\n")
    found = {
        name: _single(path, name, re.findall(rb"(?im)^[ \t]*" + field + rb"[ \t]*:(?!=)[ \t]*([^\n]*)", head))
        for name, field in (NRRD | NRRD_GEOMETRY).items()
    }
    encoding = (found["encoding"] or "raw").lower()
    kind = {"raw": "raw", "hex": "hex", **dict.fromkeys(TEXT, "text")}.get(encoding, "packed")
    for name in ("byte skip", "line skip"):
        skipped = found[name] or "0"
        allowed = bool(LENGTH.fullmatch(skipped)) or skipped == "-1"
        if not allowed or (kind != "raw" and skipped != "0"):
            raise ScanError(f"{path}: '{name}: {skipped:.40}' is not supported with {encoding:.40} voxels", ONE_FILE)
    data = _beside(path, found["data file"])
    start = end.end() if end is not None and data == path else 0
    return TextHeader(path, data, kind, {name: found[name] for name in NRRD_GEOMETRY}, start)


def _meta(path: Path, head: bytes) -> TextHeader:
    found: dict[str, str | None] = {}
    end = re.search(rb"ElementDataFile[^\n]*\n?", head)
    if end is None:
        raise ScanError(f"{path}: the header names no ElementDataFile in its first {MOST_HEADER} bytes", AGAIN)
    _refuse_long(path, head[: end.end()].split(b"\n"), LONGEST_OF_META)
    for name in (*META, *META_GEOMETRY):
        lines = re.findall(rb"(?m)^" + name.encode() + rb" *= *([^\r\n]*)", head[: end.end()])
        if name in META and len(re.findall(rb"\b" + name.encode() + rb"\b", head[: end.end()])) > len(lines):
            raise ScanError(f"{path}: '{name}' does not stand at the beginning of a line of the header", AGAIN)
        found[name] = _single(path, name, lines)
    if not re.fullmatch("[1-9]", found["NDims"] or ""):  # beyond 10, MetaIO writes over the end of its lists
        raise ScanError(f"{path}: NDims is '{found['NDims'] or '':.40}', expected 2 or 3", AGAIN)
    place = found["ElementDataFile"] or ""
    local = place.upper() == "LOCAL"
    data = path if local else _beside(path, place)
    start, fields = end.end() if local else 0, {name: found[name] for name in ("NDims", *META_GEOMETRY)}
    if not _true(found["CompressedData"]):
        text = found["BinaryData"] is not None and not _true(found["BinaryData"])
        return TextHeader(path, data, "text" if text else "raw", fields, start)
    length = found["CompressedDataSize"] or ""
    if found["HeaderSize"] not in (None, "0"):
        raise ScanError(f"{path}: HeaderSize is not supported with packed voxels", ONE_FILE)
    if not LENGTH.fullmatch(length) or int(length) > data.stat().st_size - start:
        raise ScanError(
            f"{path}: CompressedDataSize is '{length:.40}', expected the {data.stat().st_size - start} bytes that "
            "follow",
            AGAIN,
        )
    return TextHeader(path, data, "packed", fields, start, (start, int(length)))


def _refuse_long(path: Path, lines: list[bytes], most: int) -> None:
    longest = max(map(len, lines))
    if longest > most:
        raise ScanError(f"{path}: a line of the header has {longest} characters, expected at most {most}", ONE_FILE)


def _single(path: Path, name: str, values: list[bytes]) -> str | None:
    if len(values) > 1:
        raise ScanError(f"{path}: '{name}' stands {len(values)} times in the header, expected once", AGAIN)
    return values[0].decode("utf-8", "replace").strip() if values else None


def _true(value: str | None) -> bool:
    return (value or "F")[:1] in "Tt1"


def _beside(path: Path, name: str | None) -> Path:
    """Give the file that a header names, which has to be in its folder or below."""
    if name is None:
        return path
    if not name or "%" in name or name.upper().startswith("LIST"):
        raise ScanError(f"{path}: names several files for its voxels ('{name:.80}'), expected one", ONE_FILE)
    try:
        data = path_within(name, path.parent, str(path))
    except ConfigurationError as error:
        raise ScanError(str(error), ONE_FILE) from error
    if not data.is_file():
        raise ScanError(f"{path}: names '{name:.80}' for its voxels, but there is no such file", AGAIN)
    return data
