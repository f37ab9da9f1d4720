"""What one worker does: one scan, every strategy that is not finished yet, every ROI."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluation.extraction import RoiFeatures, extract
from experiments.audit.scans import Look, ScanAuditor, look, lost_look
from experiments.executors.now import now
from experiments.folder.failures import Failure
from experiments.running.between import Between, open_for, walk_on
from experiments.running.intermediates import IntermediateWriter, clear_intermediates
from experiments.running.pictures.views import SliceTaker, slice_of_reference
from experiments.running.rows import ScanRows
from experiments.running.store.entry import Made
from experiments.running.store.finished import FEATURES, Store
from experiments.running.store.identity import NotReadYet
from experiments.running.store.known import READ, Known, Outcome, failure_of, lasts, look_up, to_remember
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan, usable
from experiments.study.plan import Listener, Stage, StepFailure, places_of, show, step_digest
from experiments.study.strategy import Strategy, by_steps
from harmonize.digest import digest_of
from harmonize.errors import ScanError
from harmonize.image.volume import Volume

EXTRACTION = "extraction"
WORKER = "worker"
"""What is named as the step where a worker process died."""


@dataclass(frozen=True)
class Wanted:
    """What a run wants of a scan besides its features, from the same look.

    Parameters
    ----------
    audited : tuple of Strategy
        Those of the study, where the audit wants its look; empty where it does not.
    slices : bool
        Whether slices are handed over for pictures.
    reference : bool
        Whether it is a reference scan, whose slice the other conditions show as well.
    intermediates : (Path, str), optional
        Folder of all and name of the scan there, where every step is to be left as a file.
    keep : bool
        Whether ROIs are carried from this scan to others, so that its files are needed again.
    """

    audited: tuple[Strategy, ...] = ()
    slices: bool = False
    reference: bool = False
    intermediates: tuple[Path, str] | None = None
    keep: bool = False


@dataclass(frozen=True)
class ScanResult:
    """What became of one scan.

    Parameters
    ----------
    rows : ScanRows
        Its part of the feature table.
    failures : tuple of Failure
        What could not be done.
    files : mapping of str to str
        SHA-256 of every file that was read, by its name.
    reused, remembered : int
        How many strategies were finished by an earlier run, and of how many it is known that they fail.
    outcomes, failed : int
        How many strategies there are, and in how many something failed.
    look : Look, optional
        What the audit says of it, if that was wanted.
    settled : bool
        Whether all failures would come again.
    """

    rows: ScanRows
    failures: tuple[Failure, ...]
    files: Mapping[str, str]
    reused: int = 0
    remembered: int = 0
    outcomes: int = 0
    failed: int = 0
    look: Look | None = None
    settled: bool = True


def process_scan(
    scan: Scan,
    strategies: Sequence[Strategy],
    store: Store,
    between: Between | None = None,
    wanted: Wanted | None = None,
) -> ScanResult:
    """Open the files of one scan, take it through every strategy once, and show it to all who want to see it there.

    Parameters
    ----------
    scan : Scan
        Which files.
    strategies : sequence of Strategy
        What to do; steps that several share are done once.
    store : Store
        Results that earlier runs finished; new ones are added. A result counts only for the same image, masks,
        settings and versions, and only if nothing failed in it. Failures that would come again are remembered.
    between : Between, optional
        What earlier passes have handed over, and slices are handed over to.
    wanted : Wanted, optional
        What else is wanted than features.

    Returns
    -------
    ScanResult
        Rows and failures; this function does not raise for what is wrong with the scan.
    """
    wanted = wanted or Wanted()
    try:
        known = look_up(scan, strategies, store)
    except OSError as error:
        return replace(_unreadable(scan, error), look=look(scan, wanted.audited) if wanted.audited else None)
    return _looked_through(scan, strategies, known, store, between, wanted)


def _looked_through(
    scan: Scan, strategies: Sequence[Strategy], known: Known, store: Store, between: Between | None, wanted: Wanted
) -> ScanResult:
    todo = known.todo(strategies)
    opened: OpenedScan | ScanError
    try:
        opened, reference = open_for(scan, between, keep=wanted.keep)
    except ScanError as error:
        opened = error
    auditor = ScanAuditor(scan, wanted.audited, opened) if wanted.audited else None
    slices = features = None
    try:
        if isinstance(opened, ScanError):
            raise opened
        volume, unusable = usable(scan, opened, reference)
    except ScanError as error:  # never taken to last: it is soon found again, and a disk may have been away
        if wanted.intermediates:
            folder, name = wanted.intermediates
            for strategy in strategies:
                clear_intermediates(folder / strategy.name / name)
        failed = (failure_of(scan, error, READ),)
        found = _result(known, {strategy.name: Outcome({}, failed) for strategy in todo}, settled=not todo)
    else:
        features = FeatureTaker(scan, todo, known, store, volume, unusable)
        if wanted.slices and between and todo:
            slices = SliceTaker(scan, todo, volume, opened.oriented, slice_of_reference(between, scan))
        writer = IntermediateWriter(strategies, volume, *wanted.intermediates) if wanted.intermediates else None
        listeners: list[Listener] = [one for one in (features, auditor, slices, writer) if one is not None]
        handed = between if writer is None else None  # which wants to see every step
        show(listeners, walk_on(places_of(listeners), volume, known.content, handed, last=True))
        found = _result(known, features.outcomes, settled=features.settled)
    if slices is not None and between is not None:
        slices.hand_over(between, reference=wanted.reference)
    return found if auditor is None else replace(found, look=auditor.look())


def take_over(scan: Scan, strategies: Sequence[Strategy], store: Store) -> ScanResult | None:
    """Give the result of a scan if earlier runs left nothing to read or compute; otherwise nothing."""
    try:
        known = look_up(scan, strategies, store, read=False)
    except NotReadYet:
        return None
    except OSError as error:
        return _unreadable(scan, error)
    return None if known.todo(strategies) else _result(known, {})


def remember_crash(
    scan: Scan, strategies: Sequence[Strategy], store: Store, broken: ScanError, wanted: Wanted | None = None
) -> ScanResult:
    """Give the result of a scan that no worker survived: what is finished, and a remembered failure for the rest."""
    seen = lost_look(scan, broken) if wanted and wanted.audited else None
    try:
        known = look_up(scan, strategies, store)
    except OSError as error:
        return _unreadable(scan, error)
    computed = {}
    for strategy in known.todo(strategies):
        outcome = Outcome({}, (failure_of(scan, broken, WORKER, strategy=strategy.name),))
        store.put_failure(FEATURES, known.failure_keys[strategy.name], to_remember(outcome), _made(strategy, 0))
        computed[strategy.name] = outcome
    return replace(_result(known, computed), look=seen)


class FeatureTaker:
    """Takes features where strategies end, and puts them into the store at once.

    Parameters
    ----------
    scan : Scan
        Which.
    strategies : sequence of Strategy
        Those that are to be done.
    known : Known
        Where their results stand in the store.
    store : Store
        For what is finished.
    volume : Volume
        The scan before all steps.
    unusable : mapping of str to ScanError
        ROIs that no strategy can have.
    """

    def __init__(
        self,
        scan: Scan,
        strategies: Sequence[Strategy],
        known: Known,
        store: Store,
        volume: Volume,
        unusable: Mapping[str, ScanError],
    ) -> None:
        self.places = by_steps(strategies)
        self.outcomes: dict[str, Outcome] = {}
        self.settled = True
        self._scan, self._known, self._store, self._voxels = scan, known, store, volume.image.size
        self._unread = tuple(failure_of(scan, error, READ, roi=roi) for roi, error in unusable.items())
        self._lasts = all(map(lasts, unusable.values()))

    def see(self, stage: Stage) -> None:
        """Extract, or note the step that failed."""
        for strategy in self.places[stage.steps]:
            start = time.perf_counter()
            outcome, lasting, extracted = self._outcome(strategy, stage.volume)
            measured = time.perf_counter() - start if extracted else None
            made, name = _made(strategy, self._voxels, stage.spent, measured), strategy.name
            self.outcomes[name] = outcome
            if not outcome.failures:
                self._store.put(FEATURES, self._known.keys[name], {"rois": outcome.rois}, made)
            elif lasting:
                self._store.put_failure(FEATURES, self._known.failure_keys[name], to_remember(outcome), made)
            else:
                self.settled = False

    def _outcome(self, strategy: Strategy, volume: Volume | StepFailure) -> tuple[Outcome, bool, bool]:
        """Give what a strategy made of the scan, whether its failures would come again, whether it was extracted."""
        scan, name = self._scan, strategy.name
        if isinstance(volume, StepFailure):
            broken = failure_of(scan, volume.error, volume.step, strategy=name)
            return Outcome({}, (*self._unread, broken)), self._lasts and lasts(volume.error), False
        now(EXTRACTION)
        try:
            extraction = extract(volume, strategy.extraction)
        except Exception as error:  # of a library, which may raise anything
            return Outcome({}, (*self._unread, failure_of(scan, error, EXTRACTION, strategy=name))), False, False
        failures = tuple(
            failure_of(scan, error, EXTRACTION, strategy=name, roi=roi) for roi, error in extraction.failures.items()
        )
        rois = {roi: _plain(found) for roi, found in extraction.features.items()}
        lasting = self._lasts and all(map(lasts, extraction.failures.values()))
        return Outcome(rois, self._unread + failures), lasting, True


def _made(strategy: Strategy, voxels: int, spent: Sequence[float] = (), extraction: float | None = None) -> Made:
    steps = tuple(
        (step_digest(step), step.name, round(seconds, 6)) for step, seconds in zip(strategy.steps, spent, strict=False)
    )
    measured = ("", 0.0) if extraction is None else (digest_of(strategy.extraction.to_mapping()), round(extraction, 6))
    return Made(strategy.name, strategy.digest(), voxels, steps, measured)


def _result(known: Known, computed: Mapping[str, Outcome], *, settled: bool = True) -> ScanResult:
    outcomes = {**known.finished, **known.failed, **computed}
    failures = dict.fromkeys(failure for outcome in outcomes.values() for failure in outcome.failures)
    failed = sum(bool(outcome.failures) for outcome in outcomes.values())
    counts = len(known.finished), len(known.failed), len(outcomes), failed
    return ScanResult(ScanRows.of(outcomes), tuple(failures), known.files, *counts, settled=settled)


def _unreadable(scan: Scan, error: OSError) -> ScanResult:
    broken = ScanError(f"{error.filename} cannot be read ({error.strerror})", "check the path in images.csv")
    return ScanResult(ScanRows(), (failure_of(scan, broken, READ, file=str(error.filename)),), {}, settled=False)


def _plain(found: RoiFeatures) -> dict[str, Any]:
    """Give what JSON can hold: undefined values are left out, and so become missing in the table."""
    values = {name: float(value) for name, value in found.values.items() if math.isfinite(value)}
    return {"voxels": found.voxels, "bins": found.bins, "values": values}
