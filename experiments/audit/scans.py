"""What is wrong with the files of one scan: reads them once and gives back only what the audit needs."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.extraction.roi import bounding_box, check_size
from experiments.audit.bins import BinCount, BinCounter, quick
from experiments.audit.findings import Finding, at, listed
from experiments.audit.signal import Signal, measure_signal
from experiments.folder.failures import explain
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan, open_scan, usable
from experiments.study.plan import Stage, Steps, show, walk
from experiments.study.protocol import scan_protocol
from experiments.study.roi_sources import CarriedSource, CircleSource
from experiments.study.strategy import Strategy
from harmonize.arrays import BoolArray
from harmonize.errors import GridError, NotOneVolumeError, ScanError
from harmonize.formats import MaskSource
from harmonize.formats.geometry import ODD_SIZE
from harmonize.image.field_of_view import unpadded
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid, Volume
from harmonize.protocol import Protocol
from harmonize.words import plural

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
        Of the voxels, whatever the file is called; empty if the image could not be read.
    grid : Grid, optional
        Of the image; absent if it could not be read.
    rois : tuple of str
        The ROIs that can be used.
    single_slice : tuple of str
        Those of them that lie in one slice.
    unnamed : tuple of int
        Labels that the study does not name.
    bins : tuple of BinCount
        Of every ROI under every strategy that is quick to compute.
    signal : Signal, optional
        Noise and signal-to-noise ratios; absent if the intensities are wrong.
    masks : mapping of str to str
        Digest of the voxels of each ROI that has some.
    protocol : Protocol
        How the scan was made, as far as header or sidecar tell.
    unread : ScanError, optional
        Why these cannot be read.
    """

    findings: tuple[Finding, ...] = ()
    digest: str = ""
    grid: Grid | None = None
    rois: tuple[str, ...] = ()
    single_slice: tuple[str, ...] = ()
    unnamed: tuple[int, ...] = ()
    bins: tuple[BinCount, ...] = ()
    signal: Signal | None = None
    masks: Mapping[str, str] = field(default_factory=dict)
    protocol: Protocol = field(default_factory=lambda: Protocol("", {}))
    unread: ScanError | None = None

    def to_mapping(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        unread = None if self.unread is None else [self.unread.problem, self.unread.advice]
        return {**asdict(replace(self, unread=None)), "unread": unread}

    @classmethod
    def parse(cls, values: Any) -> "Look":
        """Read what `to_mapping` gave; raises ValueError, KeyError or TypeError where it does not fit."""
        given = {**values}
        lists = {name: tuple(map(str, given[name])) for name in ("rois", "single_slice")}
        return cls(
            **{**given, **lists},
            findings=tuple(Finding(**one) for one in given.pop("findings")),
            grid=None if given["grid"] is None else Grid(**{k: tuple(v) for k, v in given.pop("grid").items()}),
            unnamed=tuple(map(int, given.pop("unnamed"))),
            bins=tuple(BinCount(**one) for one in given.pop("bins")),
            signal=None if given["signal"] is None else Signal(**given.pop("signal")),
            protocol=Protocol(**given.pop("protocol")),
            unread=None if given["unread"] is None else ScanError(*given.pop("unread")),
        )


class ScanAuditor:
    """Says what is wrong or odd with a scan: of its files, and where it passes steps that are quick.

    Parameters
    ----------
    scan : Scan
        Which.
    strategies : sequence of Strategy
        Of the study.
    opened : OpenedScan or ScanError
        Its files, or why the image cannot be read.
    """

    def __init__(self, scan: Scan, strategies: Sequence[Strategy], opened: OpenedScan | ScanError) -> None:
        self._scan = scan
        self._look, measured = _of_files(scan, strategies, opened)
        self._bins = BinCounter(scan, [one for one in strategies if quick(one)], measured)
        self._told = () if isinstance(opened, ScanError) else opened.told
        self._listens = self._look.grid is not None and not _wrong(self._look.findings)

    @property
    def places(self) -> Collection[Steps]:
        """The scan as it is, and what strategies make of it that are quick."""
        return {(): None, **self._bins.places} if self._listens else {}

    def see(self, stage: Stage) -> None:
        """Measure noise and signal of the scan as it is, and count gray levels."""
        if stage.steps == () and isinstance(stage.volume, Volume):
            own = {roi: mask for roi, mask in stage.volume.masks.items() if roi in self._look.masks}
            self._look = replace(self._look, signal=measure_signal(self._scan, replace(stage.volume, masks=own)))
        if stage.steps in self._bins.places:
            self._bins.see(stage)

    def look(self) -> Look:
        """Give what was found."""
        sizes = [entry for entry in self._told if entry.kind == ODD_SIZE]  # the mask lies on the grid of its image
        told = [entry for entry in self._told if entry not in sizes[1:]]
        odd = [at("warning", entry.kind, self._scan, entry.problem, entry.advice) for entry in told]
        findings = (*self._look.findings, *self._bins.findings(), *odd)
        return replace(self._look, findings=findings, bins=tuple(self._bins.counts))


def look(scan: Scan, strategies: Sequence[Strategy]) -> Look:
    """Read image and masks of a scan and say what is wrong or odd with them; never raises for what is."""
    opened: OpenedScan | ScanError
    try:
        opened = open_scan(scan.image, scan.masks)
    except ScanError as error:
        opened = error
    try:
        auditor = ScanAuditor(scan, strategies, opened)
        if isinstance(opened, OpenedScan) and auditor.places:
            volume, _ = usable(scan, opened)
            show([auditor], walk(auditor.places, volume))
        return auditor.look()
    except Exception as error:  # of a library, which may raise anything for odd data
        problem, advice = explain(error)
        return Look((at("error", "unexpected_error", scan, problem, advice, file=scan.image),))


def lost_look(scan: Scan, error: ScanError) -> Look:
    """Give the look at a scan that no worker survived."""
    return Look((at("error", "worker_ended", scan, error.problem, error.advice, file=scan.image),))


def _of_files(scan: Scan, strategies: Sequence[Strategy], opened: OpenedScan | ScanError) -> tuple[Look, Sequence[str]]:
    """Give what the files alone say, and the ROIs whose gray levels are worth counting."""
    made = scan_protocol(scan, None if isinstance(opened, ScanError) else opened.protocol)
    begun = Look(protocol=made.protocol, unread=made.error)
    findings = list(_missing_files(scan))
    missing = {finding.file for finding in findings}
    if isinstance(opened, ScanError):
        if str(scan.image) not in missing:
            kind = "not_one_volume" if isinstance(opened, NotOneVolumeError) else "unreadable_image"
            findings.append(_at_file(kind, scan, opened, scan.image))
        return replace(begun, findings=tuple(findings)), ()
    image = unpadded(opened.array, opened.outside)
    wrong = list(_wrong_intensities(scan, image))
    findings += [*wrong, *_faults(scan, opened, missing)]
    lost = {} if _wrong(wrong) else opened.lost
    findings += [
        at("error", "roi_in_padding", scan, error.problem, error.advice, roi=roi, file=scan.masks[roi].path)
        for roi, error in lost.items()
    ]
    masks = {roi: mask for roi, mask in opened.masks.items() if roi not in lost and mask.any()}
    voxels = {roi: _digest(mask) for roi, mask in masks.items()}
    findings += [*_small_rois(scan, masks, strategies), *_same_masks(scan, voxels), *_like_a_label_map(scan, image)]
    refused = {finding.roi for finding in findings if finding.kind == "tiny_roi" and finding.level == "error"}
    found = replace(
        begun,
        digest=_digest_of_voxels(opened.array),
        grid=opened.grid,
        unnamed=opened.unnamed,
        masks=voxels,
    )
    if _wrong(wrong):
        return replace(found, findings=tuple(findings)), ()
    constant = {roi: float(here[0]) for roi, mask in masks.items() if np.ptp(here := image[mask]) == 0}
    findings += [_constant_roi(scan, roi, value) for roi, value in sorted(constant.items())]
    measured = [roi for roi in masks if roi not in constant]
    single = tuple(roi for roi, mask in masks.items() if _slices(mask, opened.grid) == 1)
    rois = tuple(roi for roi in measured if roi not in refused)
    return replace(found, findings=tuple(findings), rois=rois, single_slice=single), measured


def _wrong(findings: Iterable[Finding]) -> bool:
    return any(finding.kind in ("non_finite", "constant_image") for finding in findings)


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


def _wrong_intensities(scan: Scan, image: NDArray[Any]) -> Iterator[Finding]:
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


def _faults(scan: Scan, opened: OpenedScan, missing: Collection[str]) -> Iterator[Finding]:
    """Find the ROIs that cannot be had, those of one file together, and those without a voxel."""
    broken: dict[tuple[Path, str], list[str]] = {}
    for roi, failure in opened.failures.items():
        source = scan.masks[roi]
        if isinstance(source, MaskSource) and str(source.path) not in missing:
            broken.setdefault((source.path, str(failure)), []).append(roi)
    for (path, _), rois in broken.items():
        error = opened.failures[rois[0]]
        kind = "grid_mismatch" if isinstance(error, GridError) else "unreadable_mask"
        yield _at_file(kind, scan, error, path, rois)
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


def _same_masks(scan: Scan, voxels: Mapping[str, str]) -> Iterator[Finding]:
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


def _digest(mask: BoolArray) -> str:
    return hashlib.sha256(np.packbits(mask).data).hexdigest()


def _digest_of_voxels(array: NDArray[Any]) -> str:
    """Give the digest of intensities, whatever type the file has them in."""
    same = np.ascontiguousarray(array, dtype=np.float64)
    return hashlib.sha256(repr(array.shape).encode() + same.data.tobytes()).hexdigest()


def _like_a_label_map(scan: Scan, image: NDArray[Any]) -> Iterator[Finding]:
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
