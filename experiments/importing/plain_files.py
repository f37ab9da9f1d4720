"""A folder of plain NIfTI files: what folders and names tell of people, masks and arms; what is not sure is marked."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from experiments.importing.arms import ACQUISITION, ASKED, FACTORS, with_arms, words_of
from experiments.importing.found import Form, FoundFolder, FoundScan, grid_in, protocol_in, stated_levels, top_folder
from experiments.importing.visits import with_visits
from harmonize.errors import ConfigurationError
from harmonize.formats.bids_name import IMAGE_ENDINGS, Name
from harmonize.formats.label_names import MAPS
from harmonize.inputs.names import UNSURE
from harmonize.words import plural, some

MASK_WORDS = re.compile("MASKS?|ROIS?|SEGS?|SEGMENTATIONS?|LABELS?|LABELMAP|DSEG")
"""Words in the name of a file that holds no image, but where ROIs are."""
MOST_NAMED = 3


def find_plain(folder: Path, *, people: bool) -> FoundFolder:
    """Find images and their masks below a folder.

    Parameters
    ----------
    folder : Path
        With NIfTI files at any depth.
    people : bool
        Whether the first folders are known to be people; else the names of subjects end with a question mark.

    Returns
    -------
    FoundFolder
        Images that lie in the folder itself are of nobody (`person` is empty), unless their names say `sub-` as those
        of BIDS do. A mask belongs to the image in its folder whose name its own begins with, or to the only image
        there.
    """
    files = _files(folder, IMAGE_ENDINGS)
    grids = {path: grid_in(path) for path in files}
    skipped = [(path, "cannot be read as an image of three dimensions") for path in files if grids[path] is None]
    usable = [path for path in files if grids[path] is not None]
    masks = [path for path in usable if any(MASK_WORDS.fullmatch(word) for word in words_of(stem_of(path)))]
    images = [path for path in usable if path not in set(masks)]
    rois, chosen, remarks = _masks(images, masks)
    scans = []
    for path in images:
        protocol = protocol_in(path, skipped)
        levels, evidence = stated_levels(protocol)
        person, subject = _who(path, folder, people=people)
        series = path.relative_to(folder).with_name(stem_of(path)).as_posix()
        own = chosen.get(path, {})
        scans.append(
            FoundScan(person, subject, "", levels, path, series, own, evidence, protocol=protocol, grid=grids[path])
        )
    unsure = sorted({scan.subject for scan in scans if scan.subject.endswith(UNSURE)})
    if unsure:
        remarks.append(
            f"{ASKED} subject {some(unsure, MOST_NAMED)}: taken from the first folder; with `naming=folder` folders "
            "are subjects, with `pattern` names tell them"
        )
    return with_visits(FoundFolder(tuple(scans), (), rois, tuple(skipped), tuple(remarks)), folder)


def left_beside(found: FoundFolder, folder: Path, centres: Path | None) -> FoundFolder:
    """Name the label maps and other volumes below a folder that are no part of what was found: masks, most of all."""
    taken = {path for scan in found.scans for path in (scan.image, *scan.mask_files)}
    taken.update(path for path, _ in found.skipped)
    why = "is not taken over; if it is a mask, name it in images.csv and in `rois:` of the study file"
    left = [(path, why) for path in _files(folder, MAPS) if path not in taken and not _within(path, centres)]
    return replace(found, skipped=(*found.skipped, *left))


def _within(path: Path, place: Path | None) -> bool:
    return place is not None and path.resolve().is_relative_to(place.resolve())


def _files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.name.endswith(endings) and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def names_factor(pattern: str) -> bool:
    """Say whether a pattern names a factor, and so what tells arms apart.

    Examples
    --------
    >>> names_factor("(?P<subject>[^_]+)"), names_factor("(?P<subject>[^_]+)_(?P<arm>.+)")
    (False, True)
    """
    return re.search(r"\(\?P<(?!subject>|sequence>)", pattern) is not None


def with_told_arms(found: FoundFolder, *, by_pattern: bool) -> FoundFolder:
    """Name sequences and arms by words in names; where no word is known, what tells the files of a person apart.

    What is only concluded ends with a question mark. Factors are those that anything speaks of, or none besides visits
    where a pattern names them.
    """
    visits = found.factors
    told = with_arms(found)
    if by_pattern:
        named = (
            replace(new, levels=old.levels, evidence=old.evidence)
            for new, old in zip(told.scans, found.scans, strict=True)
        )
        remarks = (one for one in told.remarks if not one.startswith(tuple(f"{ASKED} {name} " for name in FACTORS)))
        return replace(told, scans=tuple(named), remarks=tuple(remarks))
    factors = [name for name in FACTORS if any(name in scan.levels for scan in told.scans)]
    counts = Counter((scan.person, scan.sequence, scan.levels.get("visit")) for scan in told.scans)
    if factors or max(counts.values()) < 2:
        return replace(told, factors=(*(factors or [ACQUISITION]), *visits))
    scans = []
    for scan in told.scans:
        mates = [set(_parts(one)) for one in told.scans if one.person == scan.person]
        own = [part for part in _parts(scan) if not all(part in mate for mate in mates)]
        level = {ACQUISITION: "_".join(own).replace("+", "-") + UNSURE} if own else {}
        by = {ACQUISITION: "what of its name others of this person do not have"} if own else {}
        scans.append(replace(scan, levels={**scan.levels, **level}, evidence={**scan.evidence, **by}))
    unsure = dict.fromkeys(scan.levels[ACQUISITION] for scan in scans if ACQUISITION in scan.levels)
    remark = (
        f"{ASKED} {ACQUISITION} {some(unsure, MOST_NAMED)}: what of a file's name others of the person do not have; "
        "write what it is, or use `pattern`"
    )
    return replace(told, scans=tuple(scans), factors=(ACQUISITION, *visits), remarks=(*told.remarks, remark))


def refuse_nameless(found: FoundFolder, folder: Path) -> None:
    """Raise a `ConfigurationError` for images that nothing says whose they are, with a pattern that may fit."""
    nameless = [scan for scan in found.scans if not scan.person]
    if not nameless:
        return
    name = nameless[0].series
    apart = next((sign for sign in "_-" if sign in name), "")
    example = f"(?P<subject>[^{apart}]+){apart}(?P<acquisition>.+)" if apart else "(?P<subject>.+)"
    raise ConfigurationError(
        f"{folder}: nothing says whose {plural(len(nameless), 'image')} these are, such as {nameless[0].image.name}; "
        f"say where names tell it, as with `pattern='{example}'`, or give each subject a folder of its own"
    )


def stem_of(path: Path) -> str:
    """Give the name of a file without its ending."""
    ending = next(one for one in IMAGE_ENDINGS if path.name.endswith(one))
    return path.name[: -len(ending)]


def _parts(scan: FoundScan) -> list[str]:
    return [part for part in re.split(r"[^A-Za-z0-9.]+", stem_of(scan.image)) if part]


def _who(path: Path, folder: Path, *, people: bool) -> tuple[str, str]:
    """Give who somebody is, and what the table calls them."""
    name = Name.parse(path)
    if name is not None and "sub" in name.entities:
        return (f"sub-{name.entities['sub']}",) * 2
    if path.parent == folder:
        return "", ""
    top = top_folder(path, folder)
    return top, top if people else f"{top}{UNSURE}"


def _masks(images: Sequence[Path], masks: Sequence[Path]) -> tuple[Form, dict[Path, dict[str, Path]], list[str]]:
    chosen: dict[Path, dict[str, Path]] = {}
    rois: dict[str, str] = {}
    lost, twice, alone = [], [], []
    for mask in masks:
        near = [image for image in images if image.parent == mask.parent]
        named = [image for image in near if stem_of(mask).startswith(stem_of(image))]
        image = max(named, key=lambda one: len(stem_of(one))) if named else near[0] if len(near) == 1 else None
        if image is None:
            lost.append(mask.name)
            continue
        alone += [] if named else [mask.name]
        rest = stem_of(mask)[len(stem_of(image)) :] if named else stem_of(mask)
        words = [word for word in re.split("[^A-Za-z0-9]+", rest) if word and not MASK_WORDS.fullmatch(word.upper())]
        roi = "_".join(words) or "roi"
        column = f"mask_{roi}"
        if column in chosen.setdefault(image, {}):
            twice.append(mask.name)
            continue
        chosen[image][column] = mask
        rois[roi] = column
    remarks = [
        (alone, "taken for the only image in the folder, and the ROI called as the file"),
        (lost, "begins with the name of no image in its folder, and is in no row; write it there"),
        (twice, "would be a second mask of the same ROI and image, and is in no row"),
    ]
    return (
        {"files": rois} if rois else {},
        chosen,
        [f"masks: {some(names, MOST_NAMED)}: {why}" for names, why in remarks if names],
    )
