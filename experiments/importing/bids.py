"""A BIDS dataset: the images of its raw part, with masks from its derivatives.

References
----------
Gorgolewski et al., The brain imaging data structure, Sci Data 2016, 3:160044; BIDS specification 1.10, file names and
derivatives (imaging: `mask`, `dseg`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.importing.drawn import BIDS_TOLD_BY, by_who_drew, told_segmentations, who_drew
from experiments.importing.found import Form, FoundFolder, FoundScan, grid_in, protocol_in, stated_levels
from experiments.importing.participants import covariates_of
from experiments.study.study_file import StudyFile
from harmonize.errors import ScanError
from harmonize.formats.bids_name import IMAGE_ENDINGS, Name, plain, same
from harmonize.formats.label_names import alike, label_names
from harmonize.protocol.headers import read_sidecar, sidecar_of
from harmonize.words import some

SUFFIXES = ("mask", "dseg")
NOT_IMAGES = ("mask", "dseg", "probseg", "defacemask")
LONG = {"ses": "session", "acq": "acquisition", "rec": "reconstruction", "ce": "contrast_agent"}
"""Entities whose column has another name than the entity."""
OF_THE_MASK = ("space", "desc", "label", "res", "den", "seg", "atlas")
"""Entities of derivatives that say nothing about the image a mask belongs to."""
PARTS = {"phase": "phase", "real": "real part", "imag": "imaginary part"}
"""What the entity `part` says of images that are no magnitude."""
TYPES = {
    **dict.fromkeys(("P", "PHASE", "PHASE MAP"), "phase"),
    **dict.fromkeys(("R", "REAL"), "real part"),
    **dict.fromkeys(("I", "IMAG", "IMAGINARY"), "imaginary part"),
}
"""What ImageType or ComplexImageComponent of a sidecar say of them."""
MAGNITUDE = ("M", "MAG", "MAGNITUDE")
UNSAID = ("sub", "part")
"""Entities that make no factor: the subject; and `part`, as only magnitudes are left."""
MOST_NAMED = 5


def is_bids(folder: Path) -> bool:
    """Say whether a folder is a BIDS dataset: it describes itself as one, or has images in `sub-*/**/anat`."""
    return (folder / "dataset_description.json").is_file() or any(folder.glob("sub-*/anat/*.nii*"))


def find_bids(folder: Path) -> FoundFolder:
    """Find the anatomical images of a dataset, the masks that its derivatives hold of them, and who the people are."""
    skipped: list[tuple[Path, str]] = []
    images = []
    for path in sorted([*folder.glob("sub-*/anat/*"), *folder.glob("sub-*/ses-*/anat/*")]):
        if path.name.endswith(IMAGE_ENDINGS):
            name = _placed(path, folder, skipped)
            reason = _no_image(name) if name else None
            if name and reason is None:
                images.append(name)
            elif reason is not None:
                skipped.append((path, reason))
    candidates = [_placed(path, folder, skipped) for path in _masks_below(folder)]
    masks = [name for name in candidates if name is not None]
    named = _one_spelling([_named(image) for image in images])
    factors = tuple(
        column
        for column in dict.fromkeys(column for levels in named for column in levels)
        if len({levels.get(column) for levels in named}) > 1
    )
    levels = [(own, dict.fromkeys(own, "name")) for own in named]
    protocols = [protocol_in(image.path, skipped) for image in images]
    if not factors:  # the names state no design; perhaps the sidecars do
        factors, levels = StudyFile.factors, list(map(stated_levels, protocols))
    rois, chosen, remarks = _masks(images, masks)
    people = sorted({f"sub-{image.entities['sub']}" for image in images})
    covariates, told = covariates_of(folder / "participants.tsv", people, factors)
    scans = tuple(
        FoundScan(
            person=f"sub-{image.entities['sub']}",
            subject=f"sub-{image.entities['sub']}",
            sequence=image.suffix,
            levels={column: level for column, level in own.items() if column in factors},
            image=image.path,
            series=image.path.name,
            masks={} if set(mine) != {""} else mine[""],
            drawn=mine if set(mine) != {""} else {},
            evidence=evidence,
            covariates=covariates.get(f"sub-{image.entities['sub']}", {}),
            protocol=protocol,
            grid=grid_in(image.path),
        )
        for image, (own, evidence), mine, protocol in zip(images, levels, chosen, protocols, strict=True)
    )
    return FoundFolder(scans, factors, rois, tuple(skipped), (*remarks, *told))


def _masks_below(folder: Path) -> list[Path]:
    found = ((path, Name.parse(path)) for path in sorted(folder.glob("derivatives/**/*.nii*")))
    return [path for path, name in found if name is not None and name.suffix in SUFFIXES]


def _placed(path: Path, folder: Path, skipped: list[tuple[Path, str]]) -> Name | None:
    """Read a name with the session of its folder; nothing, and the reason, where name and folder contradict."""
    name = Name.parse(path)
    if name is None or "sub" not in name.entities:
        skipped.append((path, "its name is not a BIDS name"))
        return None
    entities = dict(name.entities)
    for place in path.relative_to(folder).parts[:-1]:
        entity, dash, value = place.partition("-")
        if entity not in ("sub", "ses") or not dash:
            continue
        if entities.setdefault(entity, value) != value:
            skipped.append((path, f"its name says {entity}-{entities[entity]}, and its folder {place}"))
            return None
    return replace(name, entities=entities)


def _no_image(name: Name) -> str | None:
    """Say why a file in anat is not an image of magnitudes, if it is none."""
    if name.suffix in NOT_IMAGES:
        return "is a mask"
    part = PARTS.get(name.entities.get("part", "")) or PARTS.get(name.suffix)
    stated = "its name"
    if part is None:
        part, stated = _part_of_sidecar(name.path), "its sidecar"
    return None if part is None else f"is the {part} by {stated}, not the magnitude"


def _part_of_sidecar(path: Path) -> str | None:
    sidecar = sidecar_of(path)
    try:
        content: Mapping[str, Any] = {} if sidecar is None else read_sidecar(sidecar)
    except ScanError:  # said where the protocol is read
        return None
    values = [content.get("ImageType"), content.get("ComplexImageComponent")]
    texts = [text for value in values for text in (value if isinstance(value, list) else [value])]
    words = [text.strip().upper() for text in texts if isinstance(text, str)]
    if any(word in MAGNITUDE for word in words):
        return None
    return next((TYPES[word] for word in words if word in TYPES), None)


def _one_spelling(named: list[dict[str, str]]) -> list[dict[str, str]]:
    """Write an index that stands with and without zeros as it is first written: `run-1` and `run-01` are one run."""
    first: dict[tuple[str, str | None], str] = {}
    entities = {column: entity for entity, column in LONG.items()}
    return [
        {
            column: first.setdefault((column, plain(entities.get(column, column), level)), level)
            for column, level in levels.items()
        }
        for levels in named
    ]


def _named(image: Name) -> dict[str, str]:
    """Give the levels that a name states."""
    return {LONG.get(entity, entity): level for entity, level in image.entities.items() if entity not in UNSAID}


def _masks(images: list[Name], masks: list[Name]) -> tuple[Form, list[dict[str, dict[str, Path]]], list[str]]:
    """Find the masks of each image by who drew them: of every ROI the one whose name shares most with the image's.

    Masks of single ROIs and label maps do not go together; those that more images have are taken.
    """
    remarks: list[str] = []
    fitting = [[mask for mask in masks if _fits(mask, image)] for image in images]
    served = {suffix: sum(any(mask.suffix == suffix for mask in own) for own in fitting) for suffix in SUFFIXES}
    form = max(SUFFIXES, key=lambda suffix: served[suffix])
    found = {mask.path: mask for own in fitting for mask in own}
    of_form = [mask for mask in masks if mask.path in found and mask.suffix == form]
    columns = {mask.path: "mask" if form == "dseg" else f"mask_{_roi(mask)}" for mask in of_form}
    best = [_best(own, columns) for own in fitting]
    twice = [several for mine in best for several in mine.values() if len(several) > 1]
    told = who_drew(twice, BIDS_TOLD_BY) if form == "mask" or all(map(_same_names, twice)) else None
    if told is None:
        chosen = [{"": _single(mine, image, remarks)} for image, mine in zip(images, best, strict=True)]
    else:
        chosen = [by_who_drew(mine, told[1], lambda mask: mask.path) for mine in best]
        unsaid = [one.path.name for mine in best for own in mine.values() for one in own if not told[1](one)]
        remarks.append(told_segmentations((name for mine in chosen for name in mine), told[0]))
        if unsaid:
            remarks.append(
                f"{len(unsaid)} masks do not say who drew them and are in no row: {some(unsaid, MOST_NAMED)}"
            )
    rois: Form = {}
    if form == "dseg":
        rois = _labels(
            dict.fromkeys(path for drawn in chosen for mine in drawn.values() for path in mine.values()), remarks
        )
    elif of_form:
        rois = {"files": {_roi(mask): columns[mask.path] for mask in of_form}}
    if left := len(found) - len(of_form):
        remarks.append(
            f"{left} {'masks of single ROIs' if form == 'dseg' else 'label maps (dseg)'} were left out: "
            f"{served['mask']} images have masks of single ROIs and {served['dseg']} have label maps; a study takes "
            "one form"
        )
    lost = [mask.path.name for mask in masks if mask.path not in found]
    if lost:
        remarks.append(f"{len(lost)} masks belong to no image that was found: {some(lost, MOST_NAMED)}")
    return rois, chosen, remarks


def _roi(mask: Name) -> str:
    return mask.entities.get("label") or mask.entities.get("desc") or "roi"


def _best(fitting: Sequence[Name], columns: Mapping[Path, str]) -> dict[str, list[Name]]:
    """Give by column the masks of an image whose names share most with it; several where they share as much."""
    of_columns: dict[str, list[Name]] = {}
    for mask in fitting:
        if mask.path in columns:
            of_columns.setdefault(columns[mask.path], []).append(mask)
    found = {}
    for column, masks in of_columns.items():
        most = max(len(_shared(mask)) for mask in masks)
        found[column] = [mask for mask in masks if len(_shared(mask)) == most]
    return found


def _single(best: Mapping[str, Sequence[Name]], image: Name, remarks: list[str]) -> dict[str, Path]:
    for column, masks in best.items():
        if len(masks) > 1:
            remarks.append(f"{len(masks)} files could be {column} of {image.path.name}; name one of them")
    return {column: masks[0].path for column, masks in best.items() if len(masks) == 1}


def _same_names(maps: Iterable[Name]) -> bool:
    """Say whether label maps name the same ROIs, by their tables: others are parcellations, not readers."""
    try:
        known = [label_names(one.path) for one in maps]
    except ScanError:  # said where the labels are read
        return False
    names = [sorted(one.labels) if one is not None and one.labels else None for one in known]
    return None not in names and all(one == names[0] for one in names)


def _fits(mask: Name, image: Name) -> bool:
    """Say whether a mask's name states nothing that the image's name does not."""
    space = mask.entities.get("space", "orig")
    stated = all(same(entity, value, image.entities.get(entity)) for entity, value in _shared(mask).items())
    return stated and space in ("orig", "individual", "scanner", image.suffix)


def _shared(mask: Name) -> dict[str, str]:
    return {entity: value for entity, value in mask.entities.items() if entity not in OF_THE_MASK}


def _labels(maps: Iterable[Path], remarks: list[str]) -> Form:
    """Say which labels the ROIs have by the tables of the label maps, or their names where the tables differ."""
    tables: dict[Path, Mapping[str, int]] = {}
    without = []
    for path in maps:
        try:
            known = label_names(path)
        except ScanError as error:
            remarks.append(f"{error.problem}; {error.advice}")
            known = None
        if known is None or not known.labels:
            without.append(path.name)
        else:
            tables[path] = known.labels
    if not tables:
        if without:
            remarks.append(
                "label maps (dseg) were found, but no table dseg.tsv with their labels; name the ROIs yourself"
            )
        return {}
    if without:
        remarks.append(
            f"{len(without)} label maps have no table of their labels, such as {without[0]}; look what these mean there"
        )
    distinct = list({tuple(labels.items()): labels for labels in tables.values()}.values())
    labels = _merged(distinct)
    if labels is not None:
        return {"labels": labels}
    remarks.append(
        "labels have other numbers or names in other label maps, by their tables: ROIs are taken by their names "
        "(`rois: segments`); remove those that the study does not need"
    )
    return {"segments": {name: name for labels in distinct for name in labels}}


def _merged(tables: Sequence[Mapping[str, int]]) -> dict[str, int] | None:
    """Give the labels of all tables, or nothing where one gives a name another number, or a number another name."""
    merged: dict[str, int] = {}
    for labels in tables:
        for name, number in labels.items():
            alikes = [own for own in merged if own == name or alike(own, name)]
            if any(merged[own] != number for own in alikes) or (not alikes and number in merged.values()):
                return None
            if not alikes:
                merged[name] = number
    return merged
