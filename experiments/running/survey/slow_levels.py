"""Gray levels under strategies whose steps take long: of all scans where that takes a minute, else of a sample."""

import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from evaluation.extraction import extract
from experiments.audit.bins import BinCount, SlowLevels, is_slow
from experiments.executors import Executor
from experiments.running.cohort.barrier import bind, fit_cohorts
from experiments.running.store.finished import Store
from experiments.study.manifest import Scan
from experiments.study.opened import open_scan, usable
from experiments.study.plan import Stage, StepFailure, show, walk
from experiments.study.roi_sources import CarriedSource
from experiments.study.strategy import Strategy, by_steps
from experiments.study.study import Study
from harmonize.errors import ScanError

MOST_SECONDS = 60.0
RANGE = "original_firstorder_Range"


def slow_levels(
    study: Study, executor: Executor, processes: int, progress: Callable[[int, int], None], most: float = MOST_SECONDS
) -> SlowLevels:
    """Take scans through the strategies that the audit does not, and count the gray levels of their ROIs.

    Parameters
    ----------
    study : Study
        With strategies that may be yet to learn from cohorts; they learn from the scans that are counted.
    executor : Executor
        Where to compute.
    processes : int
        How many scans are computed at once.
    progress : callable
        Called as `progress(done, total)`.
    most : float
        Seconds that may pass; the first scan tells how long one takes. If all scans would take longer, as many as fit
        are taken, at least one, of the reference first, and of all sequences and subjects in turn.
    """
    strategies = [strategy for strategy in study.strategies if is_slow(strategy)]
    scans = _in_turn(study)
    if not strategies or not scans:
        return SlowLevels()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        start = time.perf_counter()
        _counted(strategies, scans[:1], store, executor, lambda *_: None)
        each = time.perf_counter() - start
        number = len(scans) if each * math.ceil(len(scans) / processes) <= most else int(most * processes / each)
        chosen = scans[: max(1, number)]
        counted = _counted(strategies, chosen, store, executor, progress)
    names = tuple(strategy.name for strategy in strategies)
    return SlowLevels(tuple(counted), names, len(chosen), len(scans))


def _in_turn(study: Study) -> list[Scan]:
    """Give the scans with ROIs of their own: of the reference first, a sequence and a subject after the other."""
    scans = [scan for scan in study.scans if any(not isinstance(one, CarriedSource) for one in scan.masks.values())]
    turns: dict[str, int] = {}
    placed: list[tuple[bool, int, int, Scan]] = []
    for scan in sorted(scans, key=lambda one: one.condition != study.reference):
        turns[scan.sequence] = turns.get(scan.sequence, 0) + 1
        placed.append((scan.condition != study.reference, turns[scan.sequence], len(placed), scan))
    return [scan for *_, scan in sorted(placed, key=lambda item: item[:3])]


def _counted(
    strategies: Sequence[Strategy],
    scans: Sequence[Scan],
    store: Store,
    executor: Executor,
    progress: Callable[[int, int], None],
) -> list[tuple[Scan, BinCount]]:
    fitted = fit_cohorts(strategies, scans, store, executor, lambda *_: None)
    tasks = [(scan, [bind(strategy, scan.sequence) for strategy in fitted]) for scan in scans]
    found = executor.map(levels_of_scan, tasks, lambda done: progress(done, len(tasks)), _lost)
    return [(scan, count) for scan, counts in zip(scans, found, strict=True) for count in counts]


def levels_of_scan(scan: Scan, strategies: Sequence[Strategy]) -> list[BinCount]:
    """Count the gray levels of all ROIs of a scan under strategies, as an extraction has them.

    What fails is left out: `radharmony check` tells of the files, the run of the steps.
    """
    try:
        volume, _ = usable(scan, open_scan(scan.image, scan.masks))
    except ScanError:
        return []
    counter = _Counter(strategies)
    show([counter], walk(counter.places, volume))
    return counter.counts


class _Counter:
    """Extracts the range of every ROI where a scan comes to the end of a strategy."""

    def __init__(self, strategies: Sequence[Strategy]) -> None:
        self.places = by_steps(strategies)
        self.counts: list[BinCount] = []

    def see(self, stage: Stage) -> None:
        """Count, unless a step has failed."""
        if isinstance(stage.volume, StepFailure):
            return
        for strategy in self.places[stage.steps]:
            plain = replace(
                strategy.extraction, imageType={"Original": {}}, featureClass={"firstorder": ["Range"]}, bin_limits=None
            )
            try:
                found = extract(stage.volume, plain).features
            except ScanError:
                continue
            self.counts += [
                BinCount(strategy.name, roi, one.bins, float(one.values[RANGE])) for roi, one in found.items()
            ]


def _lost(_error: ScanError, _scan: Scan, _strategies: Sequence[Strategy]) -> list[BinCount]:
    return []
