"""Takes the features of a scan where strategies end: a listener of its walk through the steps."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.extraction import RoiFeatures, extract
from experiments.executors.now import now
from experiments.running.store.entry import Made
from experiments.running.store.finished import FEATURES, Store
from experiments.running.store.known import READ, Known, Outcome, failure_of, lasts, to_remember
from experiments.study.manifest import Scan
from experiments.study.perturbations import told_apart
from experiments.study.plan import Stage, StepFailure, step_digest
from experiments.study.strategy import Strategy, by_steps
from harmonize.digest import digest_of
from harmonize.errors import ScanError
from harmonize.image.volume import Volume
from harmonize.perturbations.drawn import Perturbed, left_of

EXTRACTION = "extraction"


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
            entry, name = made(strategy, self._voxels, stage.spent, measured), strategy.name
            self.outcomes[name] = outcome
            if not outcome.failures:
                self._store.put(FEATURES, self._known.keys[name], {"rois": outcome.rois}, entry)
            elif lasting:
                self._store.put_failure(FEATURES, self._known.failure_keys[name], to_remember(outcome), entry)
            else:
                self.settled = False

    def _outcome(self, strategy: Strategy, volume: Volume | StepFailure) -> tuple[Outcome, bool, bool]:
        """Give what a strategy made of the scan, whether its failures would come again, whether it was extracted."""
        scan, name = self._scan, strategy.name
        if isinstance(volume, StepFailure):
            broken = failure_of(scan, volume.error, volume.step, strategy=name)
            return Outcome({}, (*self._unread, broken)), self._lasts and lasts(volume.error), False
        lost: Mapping[str, ScanError] = {}
        if told_apart(name)[1]:
            volume, lost = left_of(volume)
        now(EXTRACTION)
        try:
            extraction = extract(volume, strategy.extraction)
        except Exception as error:  # of a library, which may raise anything
            return Outcome({}, (*self._unread, failure_of(scan, error, EXTRACTION, strategy=name))), False, False
        failures = tuple(
            failure_of(scan, error, step, strategy=name, roi=roi)
            for step, found in ((EXTRACTION, extraction.failures), (Perturbed.name, lost))
            for roi, error in found.items()
        )
        rois = {roi: _plain(found) for roi, found in extraction.features.items()}
        lasting = self._lasts and all(map(lasts, extraction.failures.values()))
        return Outcome(rois, self._unread + failures), lasting, True


def made(strategy: Strategy, voxels: int, spent: Sequence[float] = (), extraction: float | None = None) -> Made:
    """Say which strategy made a result, and how long each step and the extraction took."""
    steps = tuple(
        (step_digest(step), step.kind if isinstance(step, Perturbed) else step.name, round(seconds, 6))
        for step, seconds in zip(strategy.steps, spent, strict=False)
    )
    measured = ("", 0.0) if extraction is None else (digest_of(strategy.extraction.to_mapping()), round(extraction, 6))
    return Made(strategy.name, strategy.digest(), voxels, steps, measured)


def _plain(found: RoiFeatures) -> dict[str, Any]:
    """Give what JSON can hold: undefined values are left out, and so become missing in the table."""
    values = {name: float(value) for name, value in found.values.items() if math.isfinite(value)}
    return {"voxels": found.voxels, "bins": found.bins, "values": values}
