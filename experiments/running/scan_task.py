"""What one worker does: one scan, every strategy that is not finished yet, every ROI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.audit.scans import Look, ScanAuditor, look, lost_look
from experiments.folder.failures import Failure
from experiments.running.between import Between, open_for, walk_on
from experiments.running.feature_taker import FeatureTaker, made
from experiments.running.intermediates import IntermediateWriter, clear_intermediates
from experiments.running.pictures.views import SliceTaker, slice_of_reference
from experiments.running.rows import ScanRows
from experiments.running.store.finished import FEATURES, Store
from experiments.running.store.identity import NotReadYet, identify
from experiments.running.store.known import READ, Known, Outcome, failure_of, look_up, to_remember
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan, usable
from experiments.study.perturbations import unperturbed
from experiments.study.plan import Listener, places_of, show
from experiments.study.segmentations import Apart, SegmentationView, joined, names_in
from experiments.study.strategy import Strategy
from harmonize.errors import ScanError
from harmonize.formats.guard import OF_PATH
from harmonize.image.volume import Volume

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


def process_image(
    scans: Sequence[Scan],
    strategies: Sequence[Strategy],
    store: Store,
    between: Between | None = None,
    wanted: Sequence[Wanted] = (),
) -> list[ScanResult]:
    """Open an image and its ROIs once, take it through every strategy, and show it to all who want to see it there.

    Parameters
    ----------
    scans : sequence of Scan
        The image with each of its segmentations; usually one. What rests on none of their ROIs is done once for all.
    strategies : sequence of Strategy
        What to do; steps that several share are done once.
    store : Store
        Results that earlier runs finished; new ones are added. A result counts only for the same image, masks,
        settings and versions, and only if nothing failed in it. Failures that would come again are remembered.
    between : Between, optional
        What earlier passes have handed over, and slices are handed over to.
    wanted : sequence of Wanted, optional
        What else is wanted of each than features.

    Returns
    -------
    list of ScanResult
        Rows and failures; this function does not raise for what is wrong with a scan.
    """
    results: dict[int, ScanResult] = {}
    asked: dict[int, _Asked] = {}
    for i, scan in enumerate(scans):
        how = wanted[i] if wanted else Wanted()
        try:
            asked[i] = _Asked(scan, strategies, look_up(scan, strategies, store), store, between, how)
        except OSError as error:
            seen = look(scan, how.audited) if how.audited else None
            results[i] = replace(_unreadable(scan, error), look=seen)
    results |= zip(asked, _looked_through(list(asked.values())) if asked else (), strict=True)
    return [results[i] for i in range(len(scans))]


@dataclass(frozen=True)
class _Asked:
    """What is asked of a scan, and what is known of it."""

    scan: Scan
    strategies: Sequence[Strategy]
    known: Known
    store: Store
    between: Between | None
    wanted: Wanted

    @property
    def todo(self) -> list[Strategy]:
        """The strategies that nothing is known of."""
        return self.known.todo(self.strategies)


def _looked_through(asked: Sequence[_Asked]) -> list[ScanResult]:
    """Take an image with the ROIs of each segmentation through the strategies."""
    scans, between = [one.scan for one in asked], asked[0].between
    whole = joined(scans)
    views = [SegmentationView(names_in(scan, scans[0])) for scan in scans]
    opened: OpenedScan | ScanError
    try:
        opened, reference = open_for(whole, between, keep=any(one.wanted.keep for one in asked))
    except ScanError as error:
        return [_unusable(one, error, error) for one in asked]
    try:
        volume, unusable = usable(whole, opened, reference)
    except ScanError as error:
        return [_unusable(one, error, view.opened(opened)) for one, view in zip(asked, views, strict=True)]
    looking = [
        _Looking(one, view.opened(opened), view.volume(volume), view.of(unusable), first=one is asked[0])
        for one, view in zip(asked, views, strict=True)
    ]
    handed = None if any(one.wanted.intermediates for one in asked) else between  # which want to see every step
    if len(asked) == 1:
        listeners, content = looking[0].listeners, asked[0].known.content
    else:
        listeners = [Apart(views, [one.listeners for one in looking], volume)]
        content = identify(whole, asked[0].store).whole
    show(listeners, walk_on(places_of(listeners), volume, content, handed, last=True))
    return [one.result() for one in looking]


def _unusable(asked: _Asked, error: ScanError, opened: OpenedScan | ScanError) -> ScanResult:
    """Give the result of a scan whose image cannot be used; never taken to last: it is soon found again."""
    scan, wanted = asked.scan, asked.wanted
    auditor = ScanAuditor(scan, wanted.audited, opened) if wanted.audited else None
    if wanted.intermediates:
        folder, name = wanted.intermediates
        for strategy in unperturbed(asked.strategies):
            clear_intermediates(folder / strategy.name / name)
    failed = (failure_of(scan, error, READ),)
    found = _result(
        asked.known, {strategy.name: Outcome({}, failed) for strategy in asked.todo}, settled=not asked.todo
    )
    return found if auditor is None else replace(found, look=auditor.look())


class _Looking:
    """All who want to see a scan: features, the audit, pictures, intermediates."""

    def __init__(
        self, asked: _Asked, opened: OpenedScan, volume: Volume, unusable: Mapping[str, ScanError], *, first: bool
    ) -> None:
        scan, todo, wanted, between = asked.scan, asked.todo, asked.wanted, asked.between
        self._asked = asked
        self._features = FeatureTaker(scan, todo, asked.known, asked.store, volume, unusable)
        self._auditor = None
        if wanted.audited:
            self._auditor = ScanAuditor(scan, wanted.audited, opened, quality="all" if first else "regions")
        self._slices = self._writer = None
        plain = unperturbed(todo)
        if wanted.slices and between and plain:
            self._slices = SliceTaker(scan, plain, volume, opened.oriented, slice_of_reference(between, scan))
        if wanted.intermediates:
            self._writer = IntermediateWriter(unperturbed(asked.strategies), volume, *wanted.intermediates)

    @property
    def listeners(self) -> list[Listener]:
        """Those that there are."""
        return [one for one in (self._features, self._auditor, self._slices, self._writer) if one is not None]

    def result(self) -> ScanResult:
        """Give what they have found."""
        if self._slices is not None and self._asked.between is not None:
            self._slices.hand_over(self._asked.between, reference=self._asked.wanted.reference)
        found = _result(self._asked.known, self._features.outcomes, settled=self._features.settled)
        return found if self._auditor is None else replace(found, look=self._auditor.look())


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
        store.put_failure(FEATURES, known.failure_keys[strategy.name], to_remember(outcome), made(strategy, 0))
        computed[strategy.name] = outcome
    return replace(_result(known, computed), look=seen)


def _result(known: Known, computed: Mapping[str, Outcome], *, settled: bool = True) -> ScanResult:
    outcomes = {**known.finished, **known.failed, **computed}
    failures = dict.fromkeys(failure for outcome in outcomes.values() for failure in outcome.failures)
    failed = sum(bool(outcome.failures) for outcome in outcomes.values())
    counts = len(known.finished), len(known.failed), len(outcomes), failed
    return ScanResult(ScanRows.of(outcomes), tuple(failures), known.files, *counts, settled=settled)


def _unreadable(scan: Scan, error: OSError) -> ScanResult:
    broken = ScanError(f"{error.filename} cannot be read ({error.strerror})", OF_PATH)
    return ScanResult(ScanRows(), (failure_of(scan, broken, READ, file=str(error.filename)),), {}, settled=False)
