"""A folder of DICOM files, however they are sorted into folders: one scan for each volume."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pydicom

from experiments.importing.drawn import by_who_drew, told_segmentations, who_drew
from experiments.importing.found import Form, FoundFolder, FoundScan, stated_levels, top_folder
from experiments.importing.visits import with_visits
from harmonize.errors import ScanError
from harmonize.formats.dicom import ADVICE, dicom_files, once, series_of, told_of
from harmonize.formats.dicom_file import header, reading
from harmonize.formats.dicom_frame import Frame, frames_in
from harmonize.formats.dicom_lost import Lost, candidates, lost_files, refuse_lost
from harmonize.formats.dicom_stack import Stack, grid_of, stacks_of
from harmonize.formats.guard import guarded
from harmonize.formats.segments import open_segments
from harmonize.protocol.headers import read_protocol
from harmonize.words import some

MASK_KINDS = ("SEG", "RTSTRUCT")
FACTORS = ("acquisition", "reconstruction")
UNNAMED = "no description"
ECHO, ECHO_TIMES = "EchoTime", "volumes of one series have different echo times"
NAMED = 4
"""So many echo times are named."""


@dataclass(frozen=True)
class _Masks:
    path: Path
    series: frozenset[str]
    names: tuple[str, ...]
    description: str
    label: str


TOLD_BY: Mapping[str, Callable[[_Masks], str]] = {
    "SeriesDescription": lambda masks: masks.description,
    "ContentLabel or StructureSetLabel": lambda masks: masks.label,
}
"""What of a mask file may say who drew it; names of people (ContentCreatorName) are never copied."""


def find_dicom(folder: Path) -> FoundFolder:
    """Find the MR volumes below a folder, and the DICOM SEG and RTSTRUCT files that belong to them.

    A series may lie in several folders. Localizers, other modalities, and what makes no regular volume are passed
    over with the reason.
    """
    scans: list[FoundScan] = []
    skipped: list[tuple[Path, str]] = []
    masks: list[_Masks] = []
    frames: list[Frame] = []
    people: dict[Path, str] = {}
    for path in dicom_files(folder):
        try:
            with guarded(path):
                dataset = header(path)
                if _text(dataset.get("Modality")) in MASK_KINDS:
                    masks.append(_read_masks(path, dataset))
                else:
                    placed = frames_in(path, dataset)
                    frames += placed
                    if placed:
                        people[path] = _text(dataset.get("PatientID"))
        except ScanError as error:
            skipped.append((path, error.problem.removeprefix(f"{path}: ")))
    single = once(frames)
    stacks = _stacks(single, people)
    refused = {path: series_of(path) or "" for path, _ in skipped}
    used = {*people, *(mask.path for mask in masks), *refused}
    lost = lost_files(candidates(folder), used, {frame.series for frame in single})
    skipped += [(file.path, file.problem) for file in lost]
    lost += [Lost(path, series, "cannot be used") for path, series in refused.items()]
    found: list[Stack] = []
    for stack in stacks:
        image = stack.frames[0].path
        try:
            with guarded(image):
                refuse_lost(lost, stack.frames[0].series, str(image))
                image = _named(stack, frames, refused, folder)
                scans.append(_scan(stack, stacks, image, folder))
                found.append(stack)
        except ScanError as error:
            advice = f"; {error.advice}" if error.advice else ""
            skipped.append((image, error.problem.removeprefix(f"{image}: ") + advice))
    told = [*_copies(frames, single), *_told(found), *_echoes(found)]
    scans, rois, remarks = _with_masks(scans, [stack.frames[0].series for stack in found], masks)
    remarks = [*told, *remarks, *_identifying(scans, folder)]
    return with_visits(FoundFolder(tuple(scans), FACTORS, rois, tuple(skipped), tuple(remarks)), folder)


def _stacks(frames: list[Frame], people: Mapping[Path, str]) -> list[Stack]:
    """Sort slices into volumes: of one series across folders, unless that puts slices of two at one place.

    Some programs that remove names give series of several people one number. These are told apart by the people, but
    not where they share a folder: then slices of one may be missing.
    """
    mixed: dict[tuple[Path, str], set[str]] = {}
    for frame in frames:
        mixed.setdefault((frame.path.parent, frame.series), set()).add(people[frame.path])
    together = {uid for (_, uid), persons in mixed.items() if len(persons) > 1}
    series: dict[tuple[str, str], list[Frame]] = {}
    for frame in frames:
        person = "" if frame.series in together else people[frame.path]
        series.setdefault((person, frame.series), []).append(frame)
    stacks: list[Stack] = []
    for slices in series.values():
        joined = stacks_of(slices)
        if any(stack.crowded for stack in joined):
            places: dict[Path, list[Frame]] = {}
            for frame in slices:
                places.setdefault(frame.path.parent, []).append(frame)
            joined = [stack for part in places.values() for stack in stacks_of(part)]
        stacks += joined
    return sorted(stacks, key=lambda stack: min(frame.path.parent for frame in stack.frames))


def _named(stack: Stack, frames: Iterable[Frame], refused: Iterable[Path], folder: Path) -> Path:
    """Say what the table names: the folder of all slices, or one of them where it holds others, or refused files."""
    first = stack.frames[0].path
    folders = {frame.path.parent for frame in stack.frames}
    home = Path(os.path.commonpath(folders))
    own = {_identity(frame) for frame in stack.frames}
    alone = all(_identity(frame) in own for frame in frames if frame.path.is_relative_to(home))
    alone = alone and not any(path.is_relative_to(home) for path in refused)
    if alone and (home != folder or len(folders) > 1):
        return home
    if len(folders) > 1:
        raise ScanError(
            f"{first}: its {len(stack.frames)} slices lie in {len(folders)} folders beside other series; bring the "
            "files of each series into a folder of its own",
            "",
        )
    return first


def _identity(frame: Frame) -> tuple[str, int | None]:
    return frame.instance or str(frame.path), frame.index


def _copies(frames: list[Frame], single: list[Frame]) -> Iterator[str]:
    copies = {frame.path for frame in frames} - {frame.path for frame in single}
    if copies:
        yield f"{len(copies)} files are copies of others and count once, such as {min(copies).name}"


def _told(stacks: Iterable[Stack]) -> Iterator[str]:
    """Say of the volumes that were taken what whoever uses them should know."""
    told: dict[str, list[str]] = {}
    for stack in stacks:
        for kind, problem in told_of(stack).items():
            told.setdefault(kind, []).append(f"{stack.frames[0].path.name} {problem}")
    for kind, problems in told.items():
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        yield f"{problems[0]}{more}; {ADVICE[kind]}"


def _echoes(stacks: Iterable[Stack]) -> Iterator[str]:
    """Say how echoes of one series become conditions, which no factor of its own tells."""
    times = dict.fromkeys(stack.frames[0].traits[ECHO] for stack in stacks if ECHO in stack.told_by)
    if len(times) > 1:
        yield (
            f"{ECHO_TIMES} ({some(times, NAMED)}): if these are to be compared, make "
            "a factor of them with `pattern`, such as '(?P<echo>EchoTime [0-9.]+)'"
        )


def _scan(stack: Stack, stacks: Iterable[Stack], image: Path, folder: Path) -> FoundScan:
    first = stack.frames[0]
    with reading(first.path):
        dataset = header(first.path)
        if _text(dataset.get("Modality")) not in ("MR", ""):
            raise ScanError(f"{image}: is {dataset.Modality}, not MR", "")
        if "LOCALIZER" in (dataset.get("ImageType") or []):
            raise ScanError(f"{image}: is a localizer", "")
        types = tuple(map(_text, dataset.get("ImageType") or []))
        person, date = _text(dataset.get("PatientID")), _text(dataset.get("StudyDate"))
    if first.index is not None and sum(other.frames[0].path == first.path for other in stacks) > 1:
        raise ScanError(f"{image}: holds several volumes in one file ({stack.describe()})", "")
    grid = grid_of(stack, str(image))
    protocol = read_protocol(first.path)
    levels, evidence = stated_levels(protocol)
    description = " ".join(first.description.split()) or UNNAMED
    told = "".join(f", {name} {first.traits[name]}" for name in stack.told_by)
    return FoundScan(
        person or top_folder(first.path, folder),
        "",
        description,
        levels,
        image,
        f"{description}{told}",
        evidence=evidence,
        visit=date,
        types=types,
        protocol=protocol,
        grid=grid,
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _read_masks(path: Path, dataset: pydicom.Dataset) -> _Masks:
    with reading(path):
        items = list(dataset.get("ReferencedSeriesSequence") or [])
        for frame_of_reference in dataset.get("ReferencedFrameOfReferenceSequence") or []:
            for study in frame_of_reference.get("RTReferencedStudySequence") or []:
                items += study.get("RTReferencedSeriesSequence") or []
        series = frozenset(str(item.SeriesInstanceUID) for item in items if "SeriesInstanceUID" in item)
        label = _text(dataset.get("StructureSetLabel") or dataset.get("ContentLabel"))
        return _Masks(path, series, open_segments(path).names, _text(dataset.get("SeriesDescription")), label)


def _with_masks(
    scans: list[FoundScan], series: list[str], masks: list[_Masks]
) -> tuple[list[FoundScan], Form, list[str]]:
    """Give each scan the mask file that refers to its series: one, or one of each who drew the same ROIs."""
    result, remarks = [], []
    mine = [[item for item in masks if uid in item.series] for uid in series]
    twice = [own for own in mine if len(own) > 1]
    alike = all(set(item.names) == set(own[0].names) for own in twice for item in own)
    told = who_drew(twice, TOLD_BY) if alike else None
    for scan, own in zip(scans, mine, strict=True):
        if told is not None and own:
            drawn = by_who_drew({"mask": own}, told[1], lambda item: item.path)
            result.append(replace(scan, drawn=drawn))
            remarks += [
                f"{item.path.name} does not say who drew it, and is in no row" for item in own if not told[1](item)
            ]
            continue
        if len(own) > 1:
            files = ", ".join(item.path.name for item in own)
            remarks.append(f"{len(own)} mask files belong to {scan.image.name}: {files}; name one of them")
        result.append(replace(scan, masks={"mask": own[0].path} if len(own) == 1 else {}))
    if told is not None:
        remarks.append(told_segmentations((name for scan in result for name in scan.drawn), told[0]))
    names = {name: name for own in mine for item in own for name in item.names}
    used = {item.path for own in mine for item in own}
    lost = [item.path.name for item in masks if item.path not in used]
    if lost:
        remarks.append(f"{len(lost)} mask files belong to no series that was found: {', '.join(lost[:5])}")
    return result, {"segments": names} if names else {}, remarks


def _identifying(scans: list[FoundScan], folder: Path) -> list[str]:
    """Say whether the table would contain who the people are."""
    texts = [f"{scan.image.relative_to(folder)} {scan.series}" for scan in scans]
    people = {scan.person for scan in scans if len(scan.person) > 2}
    if not any(person in text for person in people for text in texts):
        return []
    return ["images.csv contains a PatientID, in the name of a folder, file or series; rename these to hide it"]
