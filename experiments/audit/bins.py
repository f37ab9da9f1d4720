"""Gray levels per ROI under the chosen bin widths, before anything slow is computed."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.extraction import ExtractionSettings, bins_in_roi
from experiments.audit.findings import Finding, at, listed
from experiments.folder.failures import explain
from experiments.study.manifest import Scan
from experiments.study.plan import Stage, StepFailure
from experiments.study.strategy import Strategy, by_steps
from harmonize.errors import ScanError
from harmonize.image.volume import Volume
from harmonize.steps import ProcessedElsewhere, ZScore, abilities_of
from harmonize.words import plural

USUAL_BINS = (16, 128)
"""Numbers of gray levels to aim at, as the example settings of PyRadiomics for MRI advise."""
MIDDLE_BINS = (32, 64)
"""Numbers that a proposed width gives the ROI of the middle range."""


@dataclass(frozen=True)
class BinCount:
    """Gray levels of one ROI of a scan under a strategy, and the range of its intensities there."""

    strategy: str
    roi: str
    bins: int
    range: float


def quick(strategy: Strategy) -> bool:
    """Say whether the audit counts gray levels under a strategy."""
    setting = strategy.extraction.for_image()
    slow = any(setting[key] is not None for key in ("resampledPixelSpacing", "resegmentRange", "resegmentSigma"))
    return _has_bins(strategy.extraction) and not slow and all(abilities_of(step).quick for step in strategy.steps)


class BinCounter:
    """Counts the gray levels of ROIs where a scan passes quick strategies.

    Parameters
    ----------
    scan : Scan
        Which.
    strategies : sequence of Strategy
        Quick ones.
    rois : collection of str
        The ROIs to count in.
    """

    def __init__(self, scan: Scan, strategies: Sequence[Strategy], rois: Collection[str]) -> None:
        self.places = by_steps(strategies)
        self.counts: list[BinCount] = []
        self._scan, self._rois = scan, rois
        self._failures: dict[tuple[str, str, str], list[str]] = {}

    def see(self, stage: Stage) -> None:
        """Count, or note the step that failed."""
        for strategy in self.places[stage.steps]:
            volume = stage.volume
            if not isinstance(volume, StepFailure):
                volume = _normalized(volume, strategy.extraction)
            if isinstance(volume, StepFailure):
                if volume.step == ProcessedElsewhere.name:
                    continue  # said of its file
                problem, advice = explain(volume.error)
                self._failures.setdefault((f"step {volume.step}", problem, advice), []).append(strategy.name)
                continue
            setting = strategy.extraction.for_image()
            for roi in self._rois:
                if roi in volume.masks:
                    values = volume.image[volume.masks[roi]]
                    try:
                        bins = bins_in_roi(values, setting)
                    except ScanError as error:
                        key = f"discretization of ROI {roi}", error.problem, error.advice
                        self._failures.setdefault(key, []).append(strategy.name)
                        continue
                    self.counts.append(BinCount(strategy.name, roi, bins, float(values.max() - values.min())))

    def findings(self) -> Iterator[Finding]:
        """Give the steps that failed, and the ROIs without gray levels."""
        for (step, problem, advice), names in self._failures.items():
            what = f"{step} of {listed(names)} fails: {problem}"
            yield at("error", "step_fails", self._scan, what, advice, file=self._scan.image)


@dataclass(frozen=True)
class SlowLevels:
    """Gray levels under strategies that are not quick, of all scans or a sample of them.

    Parameters
    ----------
    counted : tuple of (Scan, BinCount)
        What was found.
    strategies : tuple of str
        For which the scans were taken through the steps.
    scans, of : int
        How many scans, and of how many with ROIs of their own.
    """

    counted: tuple[tuple[Scan, BinCount], ...] = ()
    strategies: tuple[str, ...] = ()
    scans: int = 0
    of: int = 0


NOT_COUNTED = SlowLevels()


def audit_bins(
    strategies: Sequence[Strategy], counted: Iterable[tuple[Scan, BinCount]], slow: SlowLevels = NOT_COUNTED
) -> Iterator[Finding]:
    """Judge the gray levels of all ROIs: one finding a strategy and kind, however many ROIs there are."""
    by_strategy: dict[str, list[tuple[Scan, BinCount]]] = {}
    for scan, count in (*counted, *slow.counted):
        by_strategy.setdefault(count.strategy, []).append((scan, count))
    for strategy in strategies:
        yield from _judged(strategy, by_strategy.get(strategy.name, []))
    if slow.scans < slow.of:
        yield Finding(
            *("note", "bins_of_a_sample", f"strategies {listed(list(slow.strategies))}"),
            f"gray levels after slow steps were counted on {slow.scans} of {plural(slow.of, 'scan')}, as all would "
            "take more than a minute; steps that learn have learned from these alone",
            "look at the gray levels of all in the report",
        )
    unseen = [one for one in strategies if is_slow(one) and one.name not in slow.strategies]
    if unseen:
        limits = {limits for strategy in unseen if (limits := strategy.extraction.bin_limits)}
        refuses = (
            "refuses ROIs outside " + listed([f"{low} to {high}" for low, high in sorted(limits)]) if limits else ""
        )
        yield Finding(
            *("note", "bins_not_counted", f"strategies {listed([strategy.name for strategy in unseen])}"),
            "gray levels per ROI were not counted here: their steps or their resampling take too long",
            f"look at the gray levels in the report; the run {refuses or 'has no limits for them'}",
        )


def is_slow(strategy: Strategy) -> bool:
    """Say whether a strategy has gray levels that only slow steps, or resampling, lead to."""
    return _has_bins(strategy.extraction) and not quick(strategy)


def _has_bins(settings: ExtractionSettings) -> bool:
    return "Original" in settings.imageType and bool(settings.intensity_classes())


def _normalized(volume: Volume, settings: ExtractionSettings) -> Volume | StepFailure:
    """Normalize as the extraction will, if it will."""
    setting = settings.for_image()
    if not setting["normalize"]:
        return volume
    step = ZScore("image", setting["normalizeScale"], setting["removeOutliers"])
    try:
        return step(volume)
    except ScanError as error:
        return StepFailure("normalize", error)


def _judged(strategy: Strategy, counted: Sequence[tuple[Scan, BinCount]]) -> Iterator[Finding]:
    limits = strategy.extraction.bin_limits or (1, math.inf)
    groups: dict[tuple[str, str], list[tuple[Scan, BinCount]]] = {}
    for scan, count in counted:
        if count.bins < limits[0]:
            groups.setdefault(("error", "too_few_bins"), []).append((scan, count))
        elif count.bins > limits[1]:
            groups.setdefault(("error", "too_many_bins"), []).append((scan, count))
        elif count.bins < USUAL_BINS[0]:
            groups.setdefault(("warning", "few_bins"), []).append((scan, count))
        elif count.bins > USUAL_BINS[1]:
            groups.setdefault(("warning", "many_bins"), []).append((scan, count))
    setting = strategy.extraction.for_image()
    chosen = f"binCount {setting['binCount']}" if setting["binCount"] else f"binWidth {setting['binWidth']:g}"
    for (level, kind), found in groups.items():
        bins = [count.bins for _, count in found]
        scan, worst = (min if "few" in kind else max)(found, key=lambda item: item[1].bins)
        spread = f"{min(bins)}" if min(bins) == max(bins) else f"{min(bins)} to {max(bins)}"
        expected = limits if level == "error" else USUAL_BINS
        yield Finding(
            "error" if level == "error" else "warning",
            kind,
            f"strategy {strategy.name}",
            f"{len(found)} of {plural(len(counted), 'ROI')} {'has' if len(found) == 1 else 'have'} {spread} gray "
            f"levels at {chosen}, expected {expected[0]} to {expected[1]}; such as {', '.join(scan.key)}, ROI "
            f"{worst.roi}: {worst.bins}",
            _advice([count.range for _, count in counted], bool(setting["binCount"]), normalizes(strategy)),
        )


def normalizes(strategy: Strategy) -> bool:
    """Say whether a quick strategy brings the intensities of all scans to one scale."""
    return bool(strategy.extraction.for_image()["normalize"]) or any(
        abilities_of(step).one_scale for step in strategy.steps
    )


def _advice(ranges: Sequence[float], fixed_count: bool, normalized: bool = False) -> str:
    """Give the bin width or count by which the middle ROI has 32 to 64 gray levels, and every ROI usual numbers.

    The second where some width does both.
    """
    fewest, most = USUAL_BINS
    low, high = MIDDLE_BINS
    if fixed_count:
        return f"set binCount to {low} to {high}"
    # An ROI of range r has between r/w and r/w + 1 bins of width w, rounded up.
    middle = float(np.median(ranges))
    smallest, largest = max(ranges) / (most - 1), min(ranges) / fewest
    narrow, wide = max(smallest, middle / (high - 1)), min(largest, middle / low)
    if narrow <= wide:
        width = min(max(middle / math.sqrt(low * high), narrow), wide)
        return (
            f"set binWidth to about {_between(width, narrow, wide)} in the extraction of this strategy: about "
            f"{middle / width:.0f} gray levels in the middle ROI"
        )
    span = f"their intensities span {min(ranges):.3g} to {max(ranges):.3g}"
    proposed = f"binWidth {middle / math.sqrt(low * high):.2g} gives the middle one about {math.sqrt(low * high):.0f}"
    if normalized:
        return (
            f"no binWidth suits all ROIs, although the images are normalized: {span}; {proposed}; set binCount instead"
        )
    return f"no binWidth suits all ROIs: {span}; {proposed}; normalize them, such as by zscore, or set binCount instead"


def _between(width: float, narrow: float, wide: float) -> str:
    """Write a width with as few digits as keep it between others."""
    texts = (f"{width:.{digits}g}" for digits in range(2, 7))
    return next((text for text in texts if narrow <= float(text) <= wide), f"{width:.9g}")
