"""What one worker does: one scan, every strategy that is not finished yet, every ROI."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import SimpleITK as sitk
from threadpoolctl import threadpool_limits

from evaluation.extraction import RoiFeatures, extract
from experiments.executors.now import now
from experiments.folder.failures import Failure
from experiments.running.cohort.between import Between, walk_on
from experiments.running.store.finished import FEATURES, Made, Store
from experiments.running.store.known import READ, Known, Outcome, failure_of, look_up, to_remember
from experiments.study.manifest import Scan
from experiments.study.plan import StepFailure, step_digest
from experiments.study.roi_sources import read_rois
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.errors import ScanError
from harmonize.formats import read_array
from harmonize.image.volume import Grid, Volume

EXTRACTION = "extraction"
WORKER = "worker"
"""What is named as the step where a worker process died."""


@dataclass(frozen=True)
class ScanResult:
    """What became of one scan.

    Parameters
    ----------
    rows : tuple of mapping
        Rows of the feature table.
    failures : tuple of Failure
        What could not be done.
    files : mapping of str to str
        SHA-256 of every file that was read, by its name.
    reused, remembered : int
        How many strategies were finished by an earlier run, and of how many it is known that they fail.
    """

    rows: tuple[Mapping[str, Any], ...]
    failures: tuple[Failure, ...]
    files: Mapping[str, str]
    reused: int = 0
    remembered: int = 0


def process_scan(
    scan: Scan,
    strategies: Sequence[Strategy],
    store: Store,
    versions: Mapping[str, str],
    between: Between | None = None,
) -> ScanResult:
    """Read one scan, take it through every strategy and extract the features of its ROIs.

    Parameters
    ----------
    scan : Scan
        Which files.
    strategies : sequence of Strategy
        What to do; steps that several share are done once.
    store : Store
        Results that earlier runs finished; new ones are added. A result counts only for the same image, masks,
        settings and versions, and only if nothing failed in it. Failures that would come again are remembered.
    versions : mapping of str to str
        Of the software that computes.
    between : Between, optional
        Volumes that fitting steps on a cohort has handed over.

    Returns
    -------
    ScanResult
        Rows and failures; this function does not raise for what is wrong with the scan.
    """
    try:
        known = look_up(scan, strategies, store, versions)
    except OSError as error:
        return _unreadable(scan, error)
    computed: dict[str, Outcome] = {}
    todo = known.todo(strategies)
    if todo:
        with one_thread():
            for strategy, outcome, lasting, made in _compute(scan, todo, known.content, between):
                computed[strategy.name] = outcome
                if not outcome.failures:
                    store.put(FEATURES, known.keys[strategy.name], {"rois": outcome.rois}, made)
                elif lasting:
                    store.put_failure(FEATURES, known.failure_keys[strategy.name], to_remember(outcome), made)
    return _result(scan, known, computed)


def take_over(
    scan: Scan, strategies: Sequence[Strategy], store: Store, versions: Mapping[str, str]
) -> ScanResult | None:
    """Give the result of a scan if earlier runs left nothing to compute; otherwise nothing."""
    try:
        known = look_up(scan, strategies, store, versions)
    except OSError as error:
        return _unreadable(scan, error)
    return None if known.todo(strategies) else _result(scan, known, {})


def remember_crash(
    scan: Scan,
    strategies: Sequence[Strategy],
    store: Store,
    versions: Mapping[str, str],
    problem: str,
    advice: str,
) -> ScanResult:
    """Give the result of a scan that no worker survived: what is finished, and a remembered failure for the rest."""
    try:
        known = look_up(scan, strategies, store, versions)
    except OSError as error:
        return _unreadable(scan, error)
    broken = ScanError(problem, advice)
    computed = {}
    for strategy in known.todo(strategies):
        outcome = Outcome({}, (failure_of(scan, broken, WORKER, strategy=strategy.name),))
        store.put_failure(FEATURES, known.failure_keys[strategy.name], to_remember(outcome), _made(strategy, 0))
        computed[strategy.name] = outcome
    return _result(scan, known, computed)


def read_usable(scan: Scan) -> tuple[Volume, dict[str, ScanError]]:
    """Read a scan with the ROIs that can be used, and say of the others why not.

    Raises
    ------
    ScanError
        If the image itself cannot be used.
    """
    volume, unread = read_rois(scan.image, scan.masks)
    empty = {
        roi: ScanError(f"ROI '{roi}' is empty: no voxel has its label", "draw it, or leave the ROI out for this scan")
        for roi, mask in volume.masks.items()
        if not mask.any()
    }
    usable = {roi: mask for roi, mask in volume.masks.items() if roi not in empty}
    reference = _reference_grid(scan, volume.grid)
    return replace(volume, masks=usable, reference=reference), {**unread, **empty}


def _reference_grid(scan: Scan, own: Grid) -> Grid | None:
    if scan.reference is None or scan.reference == scan.image:
        return own if scan.reference else None
    try:
        return read_array(scan.reference)[1]
    except ScanError:  # said of the reference scan itself; only steps that need its grid fail here
        return None


def _compute(
    scan: Scan, strategies: Sequence[Strategy], content: str, between: Between | None
) -> Iterator[tuple[Strategy, Outcome, bool, Made]]:
    """Give for each strategy what it made of the scan, whether its failures would come again, and how it was made.

    That an image cannot be read is never taken to last: it is soon found again, and a disk may have been away.
    """
    try:
        volume, unusable = read_usable(scan)
    except ScanError as error:
        for strategy in strategies:
            yield strategy, Outcome({}, (failure_of(scan, error, READ),)), False, _made(strategy, 0)
        return
    unread = tuple(failure_of(scan, error, READ, roi=roi) for roi, error in unusable.items())
    for strategy, stepped, spent in walk_on(strategies, volume, content, between, last=True):
        if isinstance(stepped, StepFailure):
            broken = failure_of(scan, stepped.error, stepped.step, strategy=strategy.name)
            lasting = all(map(lasts, (*unusable.values(), stepped.error)))
            yield strategy, Outcome({}, (*unread, broken)), lasting, _made(strategy, volume.image.size, spent)
            continue
        start = time.perf_counter()
        now(EXTRACTION)
        try:
            extraction = extract(stepped, strategy.extraction)
        except Exception as error:  # of a library, which may raise anything
            broken = failure_of(scan, error, EXTRACTION, strategy=strategy.name)
            yield strategy, Outcome({}, (*unread, broken)), False, _made(strategy, volume.image.size, spent)
            continue
        made = _made(strategy, volume.image.size, spent, time.perf_counter() - start)
        failures = tuple(
            failure_of(scan, error, EXTRACTION, strategy=strategy.name, roi=roi)
            for roi, error in extraction.failures.items()
        )
        lasting = all(map(lasts, (*unusable.values(), *extraction.failures.values())))
        rois = {roi: _plain(found) for roi, found in extraction.features.items()}
        yield strategy, Outcome(rois, unread + failures), lasting, made


def _made(strategy: Strategy, voxels: int, spent: Sequence[float] = (), extraction: float | None = None) -> Made:
    steps = tuple(
        (step_digest(step), step.name, round(seconds, 6)) for step, seconds in zip(strategy.steps, spent, strict=False)
    )
    measured = ("", 0.0) if extraction is None else (digest_of(strategy.extraction.to_mapping()), round(extraction, 6))
    return Made(strategy.name, strategy.digest(), voxels, steps, measured)


def lasts(error: Exception) -> bool:
    """Say whether an error would come again: it is about the scan, not about memory or a disk."""
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, MemoryError | OSError) or (isinstance(chain, RuntimeError) and _of_memory(str(chain))):
            return False
        chain = chain.__cause__ or chain.__context__
    return isinstance(error, ScanError)


def _of_memory(text: str) -> bool:
    return "alloc" in text.lower() or "memory" in text.lower()


def _result(scan: Scan, known: Known, computed: Mapping[str, Outcome]) -> ScanResult:
    outcomes = {**known.finished, **known.failed, **computed}
    rows = [_row(scan, name, roi, found) for name, outcome in outcomes.items() for roi, found in outcome.rois.items()]
    failures = dict.fromkeys(failure for outcome in outcomes.values() for failure in outcome.failures)
    return ScanResult(tuple(rows), tuple(failures), known.files, len(known.finished), len(known.failed))


def _unreadable(scan: Scan, error: OSError) -> ScanResult:
    broken = ScanError(f"{error.filename} cannot be read ({error.strerror})", "check the path in images.csv")
    return ScanResult((), (failure_of(scan, broken, READ, file=str(error.filename)),), {})


def _plain(found: RoiFeatures) -> dict[str, Any]:
    """Give what JSON can hold: undefined values are left out, and so become missing in the table."""
    values = {name: float(value) for name, value in found.values.items() if math.isfinite(value)}
    return {"voxels": found.voxels, "bins": found.bins, "values": values}


def _row(scan: Scan, strategy: str, roi: str, found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "strategy": strategy,
        "subject": scan.subject,
        "sequence": scan.sequence,
        **scan.levels,
        "condition": scan.condition,
        "roi": roi,
        "voxels": found["voxels"],
        "bins": found["bins"],
        **scan.covariates,
        **found["values"],
    }


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep SimpleITK and BLAS to one thread: scans run side by side, and sums keep their order."""
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
