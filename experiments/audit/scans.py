"""What is wrong with the files of one scan: reads them once and gives back only what the audit needs."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.quality.quality_rows import QualityRow, measure_quality
from experiments.audit.bins import BinCount, BinCounter, quick
from experiments.audit.elsewhere import ElsewhereAuditor
from experiments.audit.faults import (
    at_file,
    constant_roi,
    like_a_label_map,
    lost_rois,
    missing_files,
    outside_foreground,
    same_masks,
    small_rois,
    wrong_intensities,
)
from experiments.audit.findings import Finding, at
from experiments.audit.sides import swapped_sides
from experiments.audit.signal import Signal, measure_signal
from experiments.folder.failures import explain
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan, open_scan, usable
from experiments.study.plan import Stage, Steps, show, walk
from experiments.study.protocol import scan_protocol
from experiments.study.strategy import Strategy
from harmonize.arrays import BoolArray
from harmonize.errors import NotOneVolumeError, ScanError
from harmonize.formats.geometry import ODD_SIZE
from harmonize.image.field_of_view import unpadded
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid, Volume
from harmonize.protocol import Protocol


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
    quality : tuple of QualityRow
        Of the scan and all usable ROIs, if it was wanted.
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
    quality: tuple[QualityRow, ...] = ()
    masks: Mapping[str, str] = field(default_factory=dict)
    protocol: Protocol = field(default_factory=lambda: Protocol("", {}))
    unread: ScanError | None = None


Looked = Sequence[tuple[Scan, Look]]
"""The scans of a study, each with what a look at it gave."""


OfQuality = Literal["", "all", "regions"]


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
    quality : {"", "all", "regions"}
        Whether its quality is measured: of all, or only of ROIs, where another segmentation tells of the image.
    """

    def __init__(
        self, scan: Scan, strategies: Sequence[Strategy], opened: OpenedScan | ScanError, *, quality: OfQuality = ""
    ) -> None:
        self._scan, self._strategies, self._quality = scan, strategies, quality
        self._look, measured = _of_files(scan, strategies, opened)
        self._elsewhere = ElsewhereAuditor(scan, strategies)
        self._bins = BinCounter(scan, [one for one in strategies if quick(one)], measured)
        self._told = () if isinstance(opened, ScanError) else opened.told
        self._listens = self._look.grid is not None and not _wrong(self._look.findings)

    @property
    def places(self) -> Collection[Steps]:
        """The scan as it is, and what strategies make of it that are quick."""
        return {(): None, **self._elsewhere.places, **self._bins.places} if self._listens else {}

    def see(self, stage: Stage) -> None:
        """Measure noise and signal of the scan as it is, and count gray levels."""
        if stage.steps == () and isinstance(stage.volume, Volume):
            self._elsewhere.read(stage.volume)
            own = {roi: mask for roi, mask in stage.volume.masks.items() if roi in self._look.masks}
            volume = replace(stage.volume, masks=own)
            found = (*self._look.findings, *outside_foreground(self._scan, volume, self._look.rois, self._strategies))
            self._look = replace(self._look, signal=measure_signal(self._scan, volume), findings=found)
            if self._quality:  # of carried ROIs, too
                quality = measure_quality(stage.volume, regions_only=self._quality == "regions")
                self._look = replace(self._look, quality=tuple(quality))
        if stage.steps in self._elsewhere.places:
            self._elsewhere.see(stage)
        if stage.steps in self._bins.places:
            self._bins.see(stage)

    def look(self) -> Look:
        """Give what was found."""
        sizes = [entry for entry in self._told if entry.kind == ODD_SIZE]  # the mask lies on the grid of its image
        told = [entry for entry in self._told if entry not in sizes[1:]]
        odd = [at("warning", entry.kind, self._scan, entry.problem, entry.advice) for entry in told]
        findings = (*self._look.findings, *self._elsewhere.findings, *self._bins.findings(), *odd)
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
    findings = list(missing_files(scan))
    missing = {finding.file for finding in findings}
    if isinstance(opened, ScanError):
        if str(scan.image) not in missing:
            kind = "not_one_volume" if isinstance(opened, NotOneVolumeError) else "unreadable_image"
            findings.append(at_file(kind, scan, opened, scan.image))
        return replace(begun, findings=tuple(findings)), ()
    image = unpadded(opened.array, opened.outside)
    wrong = list(wrong_intensities(scan, image))
    findings += [*wrong, *lost_rois(scan, opened, missing)]
    lost = {} if _wrong(wrong) else opened.lost
    findings += [
        at("error", "roi_in_padding", scan, error.problem, error.advice, roi=roi, file=scan.masks[roi].path)
        for roi, error in lost.items()
    ]
    masks = {roi: mask for roi, mask in opened.masks.items() if roi not in lost and mask.any()}
    voxels = {roi: _digest(mask) for roi, mask in masks.items()}
    findings += [*small_rois(scan, masks, strategies), *same_masks(scan, voxels), *like_a_label_map(scan, image)]
    findings += swapped_sides(scan, masks, opened.grid) if opened.oriented else ()
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
    findings += [constant_roi(scan, roi, value) for roi, value in sorted(constant.items())]
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


def _digest(mask: BoolArray) -> str:
    return hashlib.sha256(np.packbits(mask).data).hexdigest()


def _digest_of_voxels(array: NDArray[Any]) -> str:
    """Give the digest of intensities, whatever type the file has them in; whole numbers take a quarter of the time."""
    kind = np.dtype(np.int16 if all(_fits_16_bits(plane) for plane in array) else np.float64)
    digest = hashlib.sha256(repr((array.shape, kind.name)).encode())
    for plane in array:  # a copy of one at a time
        digest.update(np.ascontiguousarray(plane, dtype=kind).data)
    return digest.hexdigest()


def _fits_16_bits(plane: NDArray[Any]) -> bool:
    if plane.dtype.kind in "iu":
        return bool(plane.min() >= np.iinfo(np.int16).min and plane.max() <= np.iinfo(np.int16).max)
    with np.errstate(invalid="ignore"):
        return bool((plane.astype(np.int16) == plane).all())
