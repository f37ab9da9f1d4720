"""What only shows when scans are compared with each other: the same picture twice, other grids, other labels."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from experiments.audit.findings import Finding, Level, at, listed
from experiments.audit.scans import Look, Looked
from experiments.study.manifest import Scan
from experiments.study.study import Study
from harmonize.image.volume import Grid
from harmonize.steps import regions_of
from harmonize.words import plural

UNALIKE = 999.0
"""How many times the volume of the smallest voxels of a subject the largest must not have: a header in cm instead of
mm gives a thousand, no two acquisitions do."""

CORRECT = "correct the paths, or export the right image again"


def audit_compared(study: Study, looked: Looked) -> Iterator[Finding]:
    """Compare the scans of a study."""
    yield from _same_images(looked)
    yield from _same_elsewhere(looked)
    yield from _drawn_regions(study, looked)
    yield from _voxel_sizes(looked)
    yield from _grids(study, looked)
    yield from _single_slices(study, looked)
    yield from _unnamed_labels(looked)


def _by_image(looked: Looked) -> list[list[tuple[Scan, Look]]]:
    groups: dict[str, list[tuple[Scan, Look]]] = {}
    for scan, found in looked:
        groups.setdefault(found.digest or str(scan.image), []).append((scan, found))
    return list(groups.values())


def _same_images(looked: Looked) -> Iterator[Finding]:
    cells = [scan.key[:2] for scan, _ in looked]
    read: list[list[Scan]] = []
    for members in _by_image(looked):
        scans = [scan for scan, _ in members]
        if len({scan.key for scan in scans}) == 1:  # one scan, or a duplicate cell, which is reported as such
            continue
        between = [pair for pair in combinations(members, 2) if pair[0][0].key[:2] == pair[1][0].key[:2]]
        readers = len(scans) == cells.count(scans[0].key[:2]) and any(_drawn_apart(*pair) for pair in between)
        drawn_alike = _drawn_alike(members)
        for alike in drawn_alike:
            if readers:
                yield _used_twice(
                    "warning",
                    alike,
                    "their masks hold the same voxels too, though other readers of this image drew others",
                    "nothing is to be done if these readers agree in every voxel; else correct the path of a mask",
                )
            else:
                yield _used_twice("error", alike, "nothing changed between these conditions", CORRECT)
        if any(len(alike) == len(scans) for alike in drawn_alike):
            continue
        if readers:
            read.append(scans)
        elif any(_drawn_apart(*pair) for pair in between):
            told = "only the masks differ between these conditions, and others have images of their own"
            yield _used_twice("warning", scans, told, CORRECT)
        else:
            yield _used_twice("warning", scans, "different scans never agree in every voxel", CORRECT)
    for one_file in (True, False):
        if of_readers := [scans for scans in read if _same_file(scans) == one_file]:
            yield _used_by_readers(of_readers)


def _same_elsewhere(looked: Looked) -> Iterator[Finding]:
    """Find images from elsewhere that stand for several scans."""
    used: dict[tuple[str, Path], list[Scan]] = {}
    for scan, _ in looked:
        for column, path in scan.elsewhere.items():
            used.setdefault((column, path), []).append(scan)
    for (column, path), scans in used.items():
        if len({scan.image for scan in scans}) > 1:
            told = "what a program made of different scans never agrees in every voxel"
            yield _used_twice("error", scans, told, CORRECT, path, f" in '{column}'")


def _used_by_readers(groups: Sequence[list[Scan]]) -> Finding:
    """Say once of all images what a study of readers intends."""
    first = _used_twice(
        "note",
        groups[0],
        "only the masks differ between these conditions, as where readers are compared",
        "nothing is to be done if the conditions are readers; else correct the paths",
    )
    if len(groups) == 1:
        return first
    lines = listed([str(scan.line) for scans in groups for scan in scans], 8)
    sequences = {scans[0].sequence for scans in groups}
    return replace(
        first,
        where=f"images.csv, lines {lines}",
        problem=f"{first.problem}; {len(groups)} images are used so",
        subject="",
        sequence=first.sequence if len(sequences) == 1 else "",
        file="",
    )


def _drawn_regions(study: Study, looked: Looked) -> Iterator[Finding]:
    """Find steps whose region is an ROI that conditions draw apart on one image: they make different images of it."""
    regions = {
        region: [one.name for one in study.strategies if any(region in regions_of(step) for step in one.steps)]
        for region in study.rois
    }
    pairs = [
        pair
        for members in _by_image(looked)
        for pair in combinations(members, 2)
        if pair[0][0].key[:2] == pair[1][0].key[:2]
    ]
    for region, strategies in regions.items():
        apart = [pair for pair in pairs if _drawn_apart(*pair, (region,))] if strategies else []
        if apart:
            (one, _), (other, _) = apart[0]
            yield Finding(
                *("warning", "region_drawn_apart", f"strategies {listed(strategies)}"),
                f"a step takes its intensities from the ROI {region}, which is drawn apart on one image under "
                f"{one.condition} and {other.condition} ({one.subject}, {one.sequence}): the step makes different "
                "images of it, and all ROIs differ between these conditions for that alone",
                f"name another region, such as foreground, or an ROI that all conditions share, instead of {region}",
                roi=region,
            )


def _same_file(scans: Sequence[Scan]) -> bool:
    return len({scan.image for scan in scans}) == 1


def _used_twice(
    level: Level, scans: Sequence[Scan], consequence: str, advice: str, file: Path | None = None, place: str = ""
) -> Finding:
    same_file = file is not None or _same_file(scans)
    file = file or scans[0].image
    what = f"one file, {file.name}{place}" if same_file else "files that hold the same voxels"
    rows = listed([" ".join(scan.key) for scan in scans], 4)
    return Finding(
        level,
        "image_used_twice" if same_file else "identical_images",
        f"images.csv, lines {listed([str(scan.line) for scan in scans], 8)}",
        f"{plural(len(scans), 'row')} use {what}: {rows}; {consequence}",
        advice,
        subject=scans[0].subject if len({scan.subject for scan in scans}) == 1 else "",
        sequence=scans[0].sequence if len({scan.sequence for scan in scans}) == 1 else "",
        file=str(file),
    )


def _drawn_alike(members: Looked) -> list[list[Scan]]:
    """Give the scans of one image, subject and sequence that no ROI tells apart, where there are several."""
    found: list[list[tuple[Scan, Look]]] = []
    for one in members:
        for alike in found:
            if alike[0][0].key[:2] == one[0].key[:2] and not any(_drawn_apart(one, other) for other in alike):
                alike.append(one)
                break
        else:
            found.append([one])
    scans = [[scan for scan, _ in alike] for alike in found]
    return [alike for alike in scans if len({scan.key for scan in alike}) > 1]


def _drawn_apart(one: tuple[Scan, Look], other: tuple[Scan, Look], rois: Sequence[str] | None = None) -> bool:
    """Tell whether some ROI of two scans, or some of these, has other voxels."""
    first, second = one[1].masks, other[1].masks
    both = first.keys() & second.keys()
    return any(first[roi] != second[roi] for roi in (both if rois is None else both.intersection(rois)))


def _voxel_sizes(looked: Looked) -> Iterator[Finding]:
    """Find subjects with voxels of which some are a thousand times the others: headers in different units."""
    sizes: dict[tuple[str, str], list[tuple[float, Scan, Grid]]] = {}
    for scan, found in looked:
        if found.grid is not None:
            entry = (math.prod(found.grid.spacing), scan, found.grid)
            sizes.setdefault((scan.subject, scan.sequence), []).append(entry)
    for found_sizes in sizes.values():
        (small, here, fine), (large, there, coarse) = (
            choose(found_sizes, key=lambda entry: entry[0]) for choose in (min, max)
        )
        if large >= UNALIKE * small:
            edges = [" x ".join(f"{edge:.4g}" for edge in grid.spacing) for grid in (fine, coarse)]
            yield at(
                *("error", "voxel_sizes_unalike", here),
                f"{here.image.name} has voxels of {edges[0]} mm, {there.image.name} of the same subject and sequence "
                f"({there.condition}) of {edges[1]} mm: {large / small:.3g} times the volume",
                "look whether one header is in another unit than mm, such as metres, and export it again",
                file=here.image,
            )


def _grids(study: Study, looked: Looked) -> Iterator[Finding]:
    """Compare each condition with the reference of the same subject and sequence."""
    grids = {scan.key: found.grid for scan, found in looked if found.grid is not None}
    for sequence in study.sequences:
        for condition in study.scanned[1:]:
            others = []
            for subject in study.subjects:
                here, there = grids.get((subject, sequence, study.reference)), grids.get((subject, sequence, condition))
                differences = here.differences(there) if here is not None and there is not None else []
                if differences:
                    others.append((subject, "; ".join(differences)))
            if others:
                yield Finding(
                    *("note", "grids_differ", f"{sequence}, {condition} against {study.reference}"),
                    f"the images of {plural(len(others), 'subject')} lie on another grid than under the reference: "
                    f"{others[0][0]}: {others[0][1]}" + (" and others" if len(others) > 1 else ""),
                    "resample in every strategy if the voxel size differs; each image needs masks on its own grid",
                    subject=others[0][0] if len(others) == 1 else "",
                    sequence=sequence,
                    condition=condition,
                )


def _single_slices(study: Study, looked: Looked) -> Iterator[Finding]:
    ours = [strategy for strategy in study.strategies if strategy.extraction.extractor is None]
    solid = [strategy.name for strategy in ours if not strategy.extraction.for_image()["force2D"]]
    where = [(scan, roi) for scan, found in looked for roi in sorted(found.single_slice)]
    if solid and where:
        scan, roi = where[0]
        yield Finding(
            *("note", "single_slice", f"strategies {listed(solid)}"),
            f"in one slice alone: {plural(len(where), 'ROI')} of {sum(len(found.rois) for _, found in looked)}, but "
            f"texture is asked for in 3D; such as {', '.join(scan.key)}, ROI {roi}",
            "set force2D: true in `extraction: setting`, so that all ROIs are measured alike",
        )


def _unnamed_labels(looked: Looked) -> Iterator[Finding]:
    labels = sorted({label for _, found in looked for label in found.unnamed})
    if labels:
        scans = [scan for scan, found in looked if found.unnamed]
        yield Finding(
            *("note", "unnamed_labels", f"label maps of {plural(len(scans), 'scan')}"),
            f"labels that the study does not name: {listed([str(label) for label in labels], 12)}; such as in "
            f"{', '.join(scans[0].key)}",
            "name them in `rois: labels` if they are wanted; they are ignored otherwise",
        )
