"""Gray levels per ROI under the chosen bin widths, before anything slow is computed."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from evaluation.extraction import ExtractionSettings, bins_in_roi
from experiments.audit.findings import Finding, at, listed
from experiments.folder.failures import explain
from experiments.study.manifest import Scan
from experiments.study.plan import Stage, StepFailure, Steps
from experiments.study.strategy import Strategy
from harmonize.errors import ScanError
from harmonize.image.volume import Volume
from harmonize.steps import ZScore, abilities_of
from harmonize.words import plural

USUAL_BINS = (16, 128)
"""Numbers of gray levels to aim at, as the example settings of PyRadiomics for MRI advise."""


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
        self.places: dict[Steps, list[Strategy]] = {}
        for strategy in strategies:
            self.places.setdefault(strategy.steps, []).append(strategy)
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


def audit_bins(strategies: Sequence[Strategy], counted: Iterable[tuple[Scan, BinCount]]) -> Iterator[Finding]:
    """Judge the gray levels of all ROIs: one finding a strategy and kind, however many ROIs there are."""
    by_strategy: dict[str, list[tuple[Scan, BinCount]]] = {}
    for scan, count in counted:
        by_strategy.setdefault(count.strategy, []).append((scan, count))
    for strategy in strategies:
        yield from _judged(strategy, by_strategy.get(strategy.name, []))
    unseen = [strategy for strategy in strategies if _has_bins(strategy.extraction) and not quick(strategy)]
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
    """Give the bin width that puts every ROI within the usual numbers of bins, if there is one."""
    fewest, most = USUAL_BINS
    if fixed_count:
        return f"set binCount to {fewest} to {most}"
    # An ROI of range r has between r/w and r/w + 1 bins of width w, rounded up.
    smallest, largest = max(ranges) / (most - 1), min(ranges) / fewest
    if smallest <= largest:
        return f"set binWidth to about {math.sqrt(smallest * largest):.2g} in the extraction of this strategy"
    span = f"their intensities span {min(ranges):.3g} to {max(ranges):.3g}"
    if normalized:
        return f"no binWidth suits all ROIs, although the images are normalized: {span}; set binCount instead"
    return f"no binWidth suits all ROIs: {span}; normalize them, such as by zscore, or set binCount instead"
