"""What the labels of a label map mean, by the file's own account: 3D Slicer, BIDS, tables in NIfTI headers.

References
----------
3D Slicer, Segmentations, storage in NRRD files: https://slicer.readthedocs.io (Segment0_Name, Segment0_LabelValue).
BIDS specification 1.10, derivatives of imaging: `dseg.tsv` with the columns `index` and `name`, `abbreviation` if any.
Connectome Workbench, the extension of CIFTI and NIfTI headers with a `LabelTable` (as TotalSegmentator writes it):
https://www.nitrc.org/projects/cifti.
"""

import gzip
import html
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats.bids_name import IMAGE_ENDINGS, Name
from harmonize.inputs.documents import read_text
from harmonize.inputs.files import hold, once_a_look, open_file
from harmonize.remarks import remark

MOST_HEADER = 1 << 20
"""Bytes in which the header of a NRRD file has to end."""
MOST_TABLE = 10_000_000
"""Bytes of a table of labels."""
HIGHEST = 7
"""Folders above a label map in which its table may lie: anat, session, subject, pipeline, derivatives, dataset."""
MAPS, TABLE = (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd"), (".tsv",)
NIFTI_1, NIFTI_2 = 348, 540
"""Lengths of the headers of both versions, with which they begin."""
LABEL = re.compile(r'<Label\s[^>]*?Key="(\d{1,10})"[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]{0,500})(?:\]\]>)?\s*</Label>')
DATASET = "dataset_description.json"
SIGNS = ("\t", ";", ",")
ABSENT = ("", "n/a")
WHOLE = re.compile(r"\.0*$")
"""What a spreadsheet adds to a whole number."""
GENERIC = {"roi", "mask", "seg", "segment", "segmentation", "label", "region"}
"""Words that name nothing in particular: the `Segment_1` of 3D Slicer, an ROI that is called `roi`."""


@dataclass(frozen=True)
class LabelNames:
    """The names that a file gives its labels.

    Parameters
    ----------
    path : Path
        Where they stand.
    labels : mapping of str to int
        Label by name.
    short : mapping of str to int
        Label by abbreviation, where there are any.
    """

    path: Path
    labels: Mapping[str, int]
    short: Mapping[str, int] = field(default_factory=dict)

    def called(self, label: int) -> str | None:
        """Give the name of a label; nothing where it has none, or one that says nothing."""
        name = next((name for name, number in self.labels.items() if number == label), None)
        return None if name is None or is_generic(name) else name

    def number(self, name: str) -> int | None:
        """Give the label of a name, however it is spelled."""
        return next((number for own, number in self._all() if alike(own, name)), None)

    def refuse_other_meaning(self, path: Path, roi: str, label: int) -> None:
        """Refuse a label that the study calls by another name than the file does.

        Where the study's name says nothing (`roi`), that of the file is told.

        Raises
        ------
        ScanError
            If the file has another label for the ROI, or another name for the label.
        """
        if any(number == label and alike(own, roi) for own, number in self._all()):
            return
        there, name = self.number(roi), self.called(label)
        where = "" if self.path == path else f" ({self.path.name})"
        if is_generic(roi):
            if name is not None:
                remark(
                    "label_name",
                    f"{path}: calls the label {label} '{name}', which the study calls '{roi}'",
                    "look whether it is the same organ in every subject; name ROIs by their organs, so that this is "
                    "compared",
                )
            return
        if there is not None:
            what = f"gives '{roi}' the label {there}, and the study {label}"
        elif name is not None:
            what = f"calls the label {label} '{name}', and the study '{roi}'"
        else:
            return
        raise ScanError(
            f"{path}: its own table{where} {what}",
            f"use `rois: segments`, here `{roi}: {self._own(name, there)}`, to take every ROI by the name in its file; "
            "or mend the table or the study",
        )

    def _own(self, name: str | None, label: int | None) -> str | None:
        """Give the name as the file spells it: of a label, if there is one."""
        return name if label is None else next(own for own, number in self.labels.items() if number == label)

    def _all(self) -> list[tuple[str, int]]:
        return [*self.labels.items(), *self.short.items()]


@once_a_look
def label_names(path: Path) -> LabelNames | None:
    """Read what a label map says of its labels; nothing where it says nothing.

    Raises
    ------
    ScanError
        If the segments lie in several layers, or a table cannot be read.
    """
    table = table_of(path)
    if table is not None:
        return read_table(table)
    if not _is_file(path):
        return None
    hold(path)
    return _of_nifti(path) if path.name.endswith(IMAGE_ENDINGS) else _segments(path)


@once_a_look
def table_of(path: Path) -> Path | None:
    """Find the table of a label map: of its own name beside it, or a `dseg.tsv` of BIDS that holds for it.

    The nearest folder counts, up to that of the dataset; in one folder the table whose name states most.

    Raises
    ------
    ScanError
        If two hold equally.
    """
    ending = next((ending for ending in MAPS if path.name.endswith(ending)), None)
    if ending is None:
        return None
    beside = path.with_name(path.name[: -len(ending)] + ".tsv")
    name = Name.parse(path, MAPS)
    if _is_file(beside):
        return beside if (name and name.suffix == "dseg") or _is_table(beside) else None
    if name is None or name.suffix != "dseg" or "sub" not in name.entities:
        return None
    for folder in list(path.absolute().parents)[:HIGHEST]:
        found = [Name.parse(table, TABLE) for table in sorted(folder.glob("*dseg.tsv"))]
        fitting = [table for table in found if table is not None and table.of_what(name)]
        most = max((len(table.entities) for table in fitting), default=0)
        best = [table.path for table in fitting if len(table.entities) == most]
        if len(best) > 1:
            raise ScanError(f"{path}: two tables hold for it ({best[0]}, {best[1].name})", "keep one of them")
        if best:
            return best[0]
        if _is_file(folder / DATASET) and "derivatives" not in (folder.name, folder.parent.name):
            return None
    return None


def read_table(path: Path) -> LabelNames:
    """Read a table of BIDS: index, name, and abbreviations where they are given.

    Raises
    ------
    ScanError
        If columns are missing, an index is no whole number, or stands twice with other names.
    """
    try:
        lines = [line for line in read_text(path, MOST_TABLE).splitlines() if line.strip()]
    except ConfigurationError as error:
        raise ScanError(str(error), "mend it, or remove it") from error
    sign = _sign(lines[0]) if lines else None
    if sign is None:
        found = ", ".join(lines[0].split("\t")) if lines else "nothing"
        raise ScanError(f"{path}: expected the columns 'index' and 'name', found {found}", "mend it, or remove it")
    if sign != "\t":
        raise ScanError(f"{path}: has '{sign}' between its columns, expected tabs", "save it as text with tabs (.tsv)")
    header, *rows = ([cell.strip() for cell in line.split(sign)] for line in lines)
    labels: dict[str, int] = {}
    short: dict[str, int] = {}
    for cells in rows:
        row = dict(zip(header, cells, strict=False))
        index, name = WHOLE.sub("", row.get("index", "")), row.get("name", "")
        if name and index not in ABSENT and not index.removeprefix("-").isdecimal():
            raise ScanError(f"{path}: the index of '{name}' is '{index}', expected a whole number", "mend the table")
        if not _is_label(index) or not name:
            continue
        if labels.get(name, int(index)) != int(index) or (int(index) in labels.values() and name not in labels):
            raise ScanError(f"{path}: '{name}' or the index {index} stands there twice", "mend the table")
        labels[name] = int(index)
        abbreviation = row.get("abbreviation", "")
        if abbreviation not in ABSENT:
            short[abbreviation] = int(index)
    return LabelNames(path, labels, short)


def is_generic(name: str) -> bool:
    """Say whether a name names nothing in particular.

    Examples
    --------
    >>> is_generic("Segment_1"), is_generic("roi"), is_generic("liver")
    (True, True, False)
    """
    return set(_words(name)) <= GENERIC


def alike(one: str, other: str) -> bool:
    """Say whether two names are the same but for case, signs between words, and the order of these.

    Examples
    --------
    >>> alike("Left Kidney", "kidney_left"), alike("LeftKidney", "left kidney"), alike("liver", "spleen")
    (True, True, False)
    """
    words = [_words(name, digits=True) for name in (one, other)]
    return "".join(words[0]) == "".join(words[1]) or sorted(words[0]) == sorted(words[1])


def _words(name: str, *, digits: bool = False) -> list[str]:
    found = re.findall(r"[^\W\d_]+|\d+", name.casefold())
    return [word for word in found if digits or not word.isdecimal()]


def _is_label(text: str) -> bool:
    """Say whether a text is a label other than 0; no image holds one of more digits."""
    return text.isdecimal() and len(text) < 20 and int(text) > 0


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the file system allows
        return False


def _is_table(path: Path) -> bool:
    with open_file(path) as file:
        return _sign(file.readline(MOST_HEADER).decode("utf-8-sig", "replace")) is not None


def _sign(header: str) -> str | None:
    """Give what stands between the columns of a table of labels, tabs or else; nothing if it is no such table."""
    cells = {sign: {cell.strip() for cell in header.split(sign)} for sign in SIGNS}
    return next((sign for sign in SIGNS if {"index", "name"} <= cells[sign]), None)


def _of_nifti(path: Path) -> LabelNames | None:
    """Read the table of labels in the extensions of a NIfTI header."""
    try:
        with open_file(path) as plain, gzip.open(plain) if path.name.endswith(".gz") else plain as file:
            head = file.read(NIFTI_2)
            begins = {struct.pack(f"{order}i", size): order for order in "<>" for size in (NIFTI_1, NIFTI_2)}
            order = begins.get(head[:4], "")
            if len(head) < NIFTI_2 or not order:
                return None
            first = head[:4] == struct.pack(f"{order}i", NIFTI_1)
            start = struct.unpack_from(f"{order}f" if first else f"{order}q", head, 108 if first else 168)[0]
            if not 0 < start <= MOST_HEADER:
                return None
            text = (head + file.read(max(int(start) - len(head), 0)))[: int(start)].decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error):  # said when the voxels are read
        return None
    found = [(html.unescape(name).strip(), key) for key, name in LABEL.findall(text)]
    labels = {name: int(key) for name, key in found if name and _is_label(key)}
    return LabelNames(path, labels) if labels else None


def _segments(path: Path) -> LabelNames | None:
    """Read the segments that 3D Slicer writes into the header of a NRRD file."""
    with open_file(path) as file:
        if file.read(4) != b"NRRD":
            return None
        head = re.split(rb"\r?\n\r?\n", file.read(MOST_HEADER), maxsplit=1)[0].decode("utf-8", "replace")
    found: dict[str, dict[str, str]] = {}
    for number, key, value in re.findall(r"(?m)^Segment(\d+)_(Name|LabelValue|Layer):=([^\r\n]*)", head):
        found.setdefault(number, {})[key] = value.strip()
    layers = {segment.get("Layer", "0") for segment in found.values()}
    if len(layers) > 1 or (found and re.search(r"(?m)^dimension: *4", head)):
        raise ScanError(
            f"{path}: its {len(found)} segments lie in several layers, as they overlap or were drawn apart",
            "in 3D Slicer, collapse the layers (Segmentations, binary labelmap layers) or, where segments overlap, "
            "export each to a file of its own and use `rois: files`",
        )
    values = [segment.get("LabelValue", "1") for segment in found.values()]
    names = [segment.get("Name", "") for segment in found.values()]
    for items in (values, [name for name in names if name]):
        if len(set(items)) < len(items):
            twice = next(item for item in items if items.count(item) > 1)
            raise ScanError(f"{path}: two segments have the name or label '{twice}'", "rename them apart in 3D Slicer")
    labels = {name: int(value) for name, value in zip(names, values, strict=True) if name and _is_label(value)}
    return LabelNames(path, labels) if labels else None
