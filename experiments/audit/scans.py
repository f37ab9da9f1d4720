"""What is wrong with the files of one scan: reads them once and gives back only what the audit needs."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from evaluation.extraction.roi import bounding_box, check_size
from experiments.audit.bins import BinCount, count_bins, quick
from experiments.audit.findings import Finding, at, listed, plural
from experiments.audit.signal import Signal, measure_signal
from experiments.folder.failures import explain
from experiments.study.manifest import Scan
from experiments.study.roi_sources import CarriedSource, CircleSource, RoiSource
from experiments.study.strategy import Strategy
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import GridError, NotOneVolumeError, ScanError
from harmonize.formats.geometry import ODD_SIZE
from harmonize.formats.images import read_scan
from harmonize.formats.label_map import LabelMap
from harmonize.formats.masks import MaskSource, masks_of, open_masks
from harmonize.image.field_of_view import unpadded, with_data
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid, Volume
from harmonize.remarks import remarks

TINY_VOXELS = 64
"""Texture of an ROI with fewer voxels rests on a handful of neighbours; LIFEx computes none below 64 voxels."""
PLATEAU_SHARE = 1e-3
"""A larger share of all voxels at the greatest intensity looks like values that were cut off."""

FEW_VALUES = 12
"""An image of so few different whole numbers looks like a label map."""

Masks = Mapping[str, BoolArray]


@dataclass(frozen=True)
class Look:
    """What one look at a scan gave.

    Parameters
    ----------
    findings : tuple of Finding
        About this scan alone.
    digest : str
        SHA-256 of the voxels, whatever the file is called; empty if the image could not be read.
    grid : Grid, optional
        Of the image; absent if it could not be read.
    rois : frozenset of str
        The ROIs that can be used.
    single_slice : frozenset of str
        Those of them that lie in one slice.
    unnamed : tuple of int
        Labels that the study does not name.
    bins : tuple of BinCount
        Of every ROI under every strategy that is quick to compute.
    signal : Signal, optional
        Noise and signal-to-noise ratios; absent if the intensities are wrong.
    masks : mapping of str to str
        SHA-256 of the voxels of each ROI that has some.
    """

    findings: tuple[Finding, ...]
    digest: str = ""
    grid: Grid | None = None
    rois: frozenset[str] = frozenset()
    single_slice: frozenset[str] = frozenset()
    unnamed: tuple[int, ...] = ()
    bins: tuple[BinCount, ...] = ()
    signal: Signal | None = None
    masks: Mapping[str, str] = field(default_factory=dict)


def look(scan: Scan, strategies: Sequence[Strategy]) -> Look:
    """Read image and masks of a scan and say what is wrong or odd with them; never raises for what is."""
    with remarks() as told:
        try:
            found = _look(scan, strategies)
        except Exception as error:  # of a library, which may raise anything for odd data
            problem, advice = explain(error)
            found = Look((at("error", "unexpected_error", scan, problem, advice, file=scan.image),))
    sizes = [entry for entry in told if entry.kind == ODD_SIZE]  # the mask lies on the grid of its image
    told = [entry for entry in told if entry not in sizes[1:]]
    odd = (at("warning", entry.kind, scan, entry.problem, entry.advice) for entry in told)
    return replace(found, findings=(*found.findings, *odd))


def _look(scan: Scan, strategies: Sequence[Strategy]) -> Look:
    findings = list(_missing_files(scan))
    missing = {finding.file for finding in findings}
    if str(scan.image) in missing:
        return Look(tuple(findings))
    try:
        array, grid, outside = read_scan(scan.image)
    except ScanError as error:
        kind = "not_one_volume" if isinstance(error, NotOneVolumeError) else "unreadable_image"
        findings.append(_at_file(kind, scan, error, scan.image))
        return Look(tuple(findings))
    image = array.astype(np.float64)
    digest = hashlib.sha256(repr(array.shape).encode() + image.tobytes()).hexdigest()
    image = unpadded(image, outside)
    wrong = list(_wrong_intensities(scan, image))
    findings += wrong
    sources = {roi: source for roi, source in scan.masks.items() if str(source.path) not in missing}
    files = {roi: source for roi, source in sources.items() if isinstance(source, MaskSource)}
    masks, unnamed, faults = _masks(scan, files, grid)
    drawn, misplaced = _circles(scan, sources, grid)
    masks = {**masks, **drawn}
    findings += [*faults, *misplaced]
    masks = {roi: mask for roi, mask in masks.items() if mask.any()}
    if not any(finding.level == "error" for finding in wrong):
        volume, lost = with_data(Volume(image, grid, masks, outside=outside))
        masks = volume.masks
        findings += [
            at("error", "roi_in_padding", scan, error.problem, error.advice, roi=roi, file=scan.masks[roi].path)
            for roi, error in lost.items()
        ]
    findings += [*_small_rois(scan, masks, strategies), *_same_masks(scan, masks), *_like_a_label_map(scan, image)]
    refused = {finding.roi for finding in findings if finding.kind == "tiny_roi" and finding.level == "error"}
    voxels = {roi: _digest(mask) for roi, mask in masks.items()}
    if any(finding.level == "error" for finding in wrong):
        return Look(tuple(findings), digest, grid, unnamed=unnamed, masks=voxels)
    constant = {roi for roi, mask in masks.items() if np.ptp(image[mask]) == 0}
    findings += [_constant_roi(scan, roi, float(image[masks[roi]][0])) for roi in sorted(constant)]
    measured = {roi: mask for roi, mask in masks.items() if roi not in constant}
    failures, bins = count_bins(
        scan, Volume(image, grid, measured, outside=outside), [item for item in strategies if quick(item)]
    )
    return Look(
        findings=(*findings, *failures),
        digest=digest,
        grid=grid,
        rois=frozenset(measured.keys() - refused),
        single_slice=frozenset(roi for roi, mask in masks.items() if _slices(mask, grid) == 1),
        unnamed=unnamed,
        bins=bins,
        signal=measure_signal(scan, Volume(image, grid, masks, outside=outside)),
        masks=voxels,
    )


def _slices(mask: BoolArray, grid: Grid) -> int:
    """Count the slices that an ROI lies in."""
    axis = infer_slice_axis(grid) or 0
    return int(np.moveaxis(mask, axis, 0).any(axis=(1, 2)).sum())


def _missing_files(scan: Scan) -> Iterator[Finding]:
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
            yield at(
                *("error", "missing_file", scan, f"{what} is not there: {path}"),
                "correct the path in images.csv, or name the folder that the paths start from with --data",
                roi=rois[0] if len(rois) == 1 else "",
                file=path,
            )


def _at_file(kind: str, scan: Scan, error: ScanError, path: Path, rois: Sequence[str] = ()) -> Finding:
    problem = f"{path.name}: {error.problem.removeprefix(f'{path}: ')}"
    if len(rois) > 1:
        problem += f"; {len(rois)} ROIs are lost with it ({listed(rois)})"
    return at("error", kind, scan, problem, error.advice, roi=rois[0] if len(rois) == 1 else "", file=path)


def _wrong_intensities(scan: Scan, image: FloatArray) -> Iterator[Finding]:
    bad = image.size - int(np.isfinite(image).sum())
    if bad:
        problem = f"{scan.image.name}: {bad} of {plural(image.size, 'voxel')} are NaN or infinite"
        yield at("error", "non_finite", scan, problem, "export it again, or replace these voxels", file=scan.image)
        return
    highest = image.max()
    if highest == image.min():
        problem = f"{scan.image.name}: every voxel is {highest:g}"
        yield at("error", "constant_image", scan, problem, "export it again; it holds no picture", file=scan.image)
        return
    share = float((image == highest).mean())
    if share > PLATEAU_SHARE:
        yield at(
            *("note", "plateau_at_maximum", scan),
            f"{scan.image.name}: {share:.2%} of the voxels are {highest:g}, the greatest value: cut off, or overflown?",
            "look at the brightest places; if they are in an ROI, export the image again with more range",
            file=scan.image,
        )


def _masks(scan: Scan, sources: Mapping[str, MaskSource], grid: Grid) -> tuple[Masks, tuple[int, ...], list[Finding]]:
    """Read the masks, and list the labels in label maps that no ROI has."""
    opened = open_masks(sources, grid)
    masks, failures = masks_of(opened, sources, grid)
    findings = []
    broken: dict[tuple[Path, str], list[str]] = {}
    for roi, failure in failures.items():
        broken.setdefault((sources[roi].path, str(failure)), []).append(roi)
    for (path, _), rois in broken.items():
        error = failures[rois[0]]
        kind = "grid_mismatch" if isinstance(error, GridError) else "unreadable_mask"
        findings.append(_at_file(kind, scan, error, path, rois))
    unnamed: set[int] = set()
    for path, file in opened.items():
        labels = {source.label for source in sources.values() if source.path == path and source.label is not None}
        if labels and isinstance(file, LabelMap):
            unnamed |= set(file.values) - {0} - labels
    for roi, mask in masks.items():
        if not mask.any():
            source = sources[roi]
            findings.append(
                at(
                    *("error", "empty_roi", scan),
                    f"{source.path.name}: no voxel {_belonging(source)}",
                    "draw it, or leave the ROI out for this scan",
                    roi=roi,
                    file=source.path,
                )
            )
    return masks, tuple(sorted(unnamed)), findings


def _belonging(source: MaskSource) -> str:
    if source.segment is not None:
        return f"belongs to '{source.segment}'"
    return "differs from 0" if source.label is None else f"has the label {source.label}"


def _circles(scan: Scan, sources: Mapping[str, RoiSource], grid: Grid) -> tuple[Masks, list[Finding]]:
    masks, findings = {}, []
    for roi, source in sources.items():
        if isinstance(source, CircleSource):
            try:
                masks[roi] = source.draw(grid)
            except ScanError as error:
                findings.append(at("error", "misplaced_circle", scan, error.problem, error.advice, roi=roi))
    return masks, findings


def _small_rois(scan: Scan, masks: Masks, strategies: Sequence[Strategy]) -> Iterator[Finding]:
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


def _same_masks(scan: Scan, masks: Masks) -> Iterator[Finding]:
    """Find ROIs that are the same voxels: most often one file or label given twice."""
    alike: dict[str, list[str]] = {}
    for roi, mask in masks.items():
        alike.setdefault(_digest(mask), []).append(roi)
    for rois in alike.values():
        if len(rois) > 1:
            yield at(
                *("warning", "same_roi", scan, f"{listed(rois)} are the same voxels"),
                "look whether one mask file or label is given twice; else keep one of them",
                file=scan.masks[rois[0]].path,
            )


def _digest(mask: BoolArray) -> str:
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()


def _like_a_label_map(scan: Scan, image: FloatArray) -> Iterator[Finding]:
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
        try:
            check_size(mask, strategy.extraction.for_image())
        except ScanError as error:
            return strategy.name, error
    return None


def _constant_roi(scan: Scan, roi: str, value: float) -> Finding:
    return at(
        *("error", "constant_roi", scan, f"every voxel of the ROI has the intensity {value:g}"),
        "look whether the mask lies on the organ; there is no texture to measure",
        roi=roi,
        file=scan.masks[roi].path,
    )
