"""What can be wrong or odd with the files of one scan, each thing a function that gives findings."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.extraction.roi import check_size
from experiments.audit.findings import Finding, at, listed
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan
from experiments.study.roi_sources import CarriedSource, CircleSource
from experiments.study.strategy import Strategy
from harmonize.arrays import BoolArray
from harmonize.errors import GridError, ScanError
from harmonize.formats import MaskSource
from harmonize.image.boxes import bounding_box
from harmonize.image.regions import FOREGROUND, region_mask
from harmonize.image.volume import Volume
from harmonize.steps import regions_of
from harmonize.words import plural, some

TINY_VOXELS = 64
"""Texture of an ROI with fewer voxels rests on a handful of neighbours; LIFEx computes none below 64 voxels."""
PLATEAU_SHARE = 1e-3
"""A larger share of all voxels at the greatest intensity looks like values that were cut off."""
LEAST_PLATEAU = 10
"""Fewer voxels are no plateau: in an image of few voxels, the brightest one alone is a large share."""
LEAST_IN_FOREGROUND = 0.5
"""An ROI with less of it in the foreground is of another tissue than that which gives the scale."""
FEW_VALUES = 12
"""An image of so few different whole numbers looks like a label map."""

Masks = Mapping[str, BoolArray]


def missing_files(scan: Scan) -> Iterator[Finding]:
    """Find files that are not there."""
    columns: dict[Path, list[str]] = {scan.image: []}
    for roi, source in scan.masks.items():
        drawn = source.source if isinstance(source, CarriedSource) else source
        if isinstance(drawn, CircleSource) and drawn.boundary is None:
            continue  # rests on an image, which is missing in the row of that image
        columns.setdefault(source.path, []).append(roi)
    for path, rois in columns.items():
        try:
            there = path.exists()
        except OSError:  # a name longer than the file system allows
            there = False
        if not there:
            what = f"the mask of {listed(rois)}" if rois else "the image"
            yield missing_image(scan, path, what, rois[0] if len(rois) == 1 else "")


def missing_image(scan: Scan, path: Path | None, what: str, roi: str = "") -> Finding:
    """Say that an image or a mask is not there, or that the table names none."""
    if path is None:
        return at("error", "missing_file", scan, f"{what} is not named", "name it in images.csv, or leave the scan out")
    return at(
        *("error", "missing_file", scan, f"{what} is not there: {path}"),
        "correct the path in images.csv, or name the folder that the paths start from with `data`",
        roi=roi,
        file=path,
    )


def at_file(kind: str, scan: Scan, error: ScanError, path: Path, rois: Sequence[str] = ()) -> Finding:
    """Make a finding about a file, and the ROIs that are lost with it."""
    problem = f"{path.name}: {error.problem.removeprefix(f'{path}: ')}"
    if len(rois) > 1:
        problem += f"; {len(rois)} ROIs are lost with it ({listed(rois)})"
    return at("error", kind, scan, problem, error.advice, roi=rois[0] if len(rois) == 1 else "", file=path)


def wrong_intensities(scan: Scan, image: NDArray[Any], path: Path | None = None) -> Iterator[Finding]:
    """Find voxels that are no numbers, an image without a picture, and one that looks cut off: of the scan, or a file.

    Examples
    --------
    >>> scan = Scan("S1", "T2", "REF", {}, Path("t2.nii"), {}, {}, 2)
    >>> [one.kind for one in wrong_intensities(scan, np.ones((2, 2, 2)))]
    ['constant_image']
    """
    path = path or scan.image
    bad = image.size - int(np.isfinite(image).sum())
    if bad:
        problem = f"{path.name}: {bad} of {plural(image.size, 'voxel')} are NaN or infinite"
        yield at("error", "non_finite", scan, problem, "export it again, or replace these voxels", file=path)
        return
    highest = image.max()
    if highest == image.min():
        problem = f"{path.name}: every voxel is {highest:g}"
        yield at("error", "constant_image", scan, problem, "export it again; it holds no picture", file=path)
        return
    count = int((image == highest).sum())
    share = count / image.size
    if count >= LEAST_PLATEAU and share > PLATEAU_SHARE:
        yield at(
            *("note", "plateau_at_maximum", scan),
            f"{path.name}: {share:.2%} of the voxels are {highest:g}, the greatest value: cut off, or overflown?",
            "look at the brightest places; if they are in an ROI, export the image again with more range",
            file=path,
        )


def lost_rois(scan: Scan, opened: OpenedScan, missing: Collection[str]) -> Iterator[Finding]:
    """Find the ROIs that cannot be had, those of one file together, and those without a voxel."""
    broken: dict[tuple[Path, str], list[str]] = {}
    for roi, failure in opened.failures.items():
        source = scan.masks[roi]
        if isinstance(source, MaskSource) and str(source.path) not in missing:
            broken.setdefault((source.path, str(failure)), []).append(roi)
    for (path, _), rois in broken.items():
        error = opened.failures[rois[0]]
        kind = "grid_mismatch" if isinstance(error, GridError) else "unreadable_mask"
        yield at_file(kind, scan, error, path, rois)
    for roi, mask in opened.masks.items():
        source = scan.masks[roi]
        if isinstance(source, MaskSource) and not mask.any():
            problem = f"{source.path.name}: no voxel {_belonging(source)}"
            advice = "draw it, or leave the ROI out for this scan"
            yield at("error", "empty_roi", scan, problem, advice, roi=roi, file=source.path)
    for roi, failure in opened.failures.items():
        source = scan.masks[roi]
        if isinstance(source, CircleSource) and str(source.path) not in missing:
            yield at("error", "misplaced_circle", scan, failure.problem, failure.advice, roi=roi)


def _belonging(source: MaskSource) -> str:
    if source.segment is not None:
        return f"belongs to '{source.segment}'"
    return "differs from 0" if source.label is None else f"has the label {source.label}"


def small_rois(scan: Scan, masks: Masks, strategies: Sequence[Strategy]) -> Iterator[Finding]:
    """Find ROIs that a strategy refuses for their size, or whose texture is mostly chance."""
    for roi, mask in masks.items():
        file = scan.masks[roi].path
        cropped = mask[bounding_box(mask)]
        voxels = int(cropped.sum())
        refused = _refusal(cropped, strategies)
        if refused:
            strategy, error = refused
            problem = f"{error.problem} (strategy {strategy})"
            yield at("error", "tiny_roi", scan, problem, error.advice, roi=roi, file=file)
        elif voxels < TINY_VOXELS:
            problem = f"{plural(voxels, 'voxel')}; texture of fewer than {TINY_VOXELS} is mostly chance"
            yield at("warning", "tiny_roi", scan, problem, "draw it larger, or leave it out", roi=roi, file=file)


def same_masks(scan: Scan, voxels: Mapping[str, str]) -> Iterator[Finding]:
    """Find ROIs that are the same voxels: most often one file or label given twice."""
    alike: dict[str, list[str]] = {}
    for roi, digest in voxels.items():
        alike.setdefault(digest, []).append(roi)
    for rois in alike.values():
        if len(rois) > 1:
            yield at(
                *("warning", "same_roi", scan, f"{listed(rois)} are the same voxels"),
                "look whether one mask file or label is given twice; else keep one of them",
                file=scan.masks[rois[0]].path,
            )


def like_a_label_map(scan: Scan, image: NDArray[Any]) -> Iterator[Finding]:
    """Find an image that is a mask: the columns image and mask changed places, most often."""
    middle = np.unique(image[len(image) // 2])  # most images are ruled out by one slice
    if len(middle) <= FEW_VALUES and 1 < len(values := np.unique(image)) <= FEW_VALUES and (values % 1 == 0).all():
        yield at(
            *("warning", "image_like_a_mask", scan),
            f"{scan.image.name} holds only {len(values)} different whole numbers, like a label map",
            "look whether the columns `image` and `mask` changed places",
            file=scan.image,
        )


def _refusal(mask: BoolArray, strategies: Sequence[Strategy]) -> tuple[str, ScanError] | None:
    for strategy in strategies:
        if strategy.extraction.extractor is not None:  # which has rules of its own
            continue
        try:
            check_size(mask, strategy.extraction.for_image())
        except ScanError as error:
            return strategy.name, error
    return None


def constant_roi(scan: Scan, roi: str, value: float) -> Finding:
    """Say that an ROI has one intensity."""
    return at(
        *("error", "constant_roi", scan, f"every voxel of the ROI has the intensity {value:g}"),
        "look whether the mask lies on the organ; there is no texture to measure",
        roi=roi,
        file=scan.masks[roi].path,
    )


def outside_foreground(
    scan: Scan, volume: Volume, rois: Iterable[str], strategies: Sequence[Strategy]
) -> Iterator[Finding]:
    """Find ROIs most of which lies outside the foreground that steps take their scale from."""
    names = [one.name for one in strategies if any(FOREGROUND in regions_of(step) for step in one.steps)]
    if not names:
        return
    foreground = region_mask(volume, FOREGROUND)
    for roi in rois:
        share = float(foreground[volume.masks[roi]].mean())
        if share < LEAST_IN_FOREGROUND:
            yield at(
                "warning",
                "roi_outside_foreground",
                scan,
                f"{share:.0%} of ROI '{roi}' lie in the foreground, from which {some(names, 3)} takes the scale of "
                f"intensities, and which is {foreground.mean():.0%} of the image: of brighter tissue, such as fat",
                "look at the image; `region: image`, or an ROI as the region, takes in what is darker",
                roi=roi,
            )
