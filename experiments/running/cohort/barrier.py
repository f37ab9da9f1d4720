"""The cohort barrier: steps that learn from scans see all of theirs before any scan passes them.

A step such as `nyul` is fitted for every sequence on the scans that its `fit_on` names, as they are after the steps
before it. It sees images and ROIs alone, no outcome and no reliability.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from experiments.executors import Executor
from experiments.running.between import Between
from experiments.running.cohort.observe import (
    Asked,
    Observation,
    known_observations,
    observe_scan,
    remember_unusable,
)
from experiments.running.store.finished import Store
from experiments.running.tasks import each
from experiments.study.fit_on import in_cohort
from experiments.study.manifest import Scan
from experiments.study.plan import Steps
from experiments.study.strategy import Strategy, learning_steps
from harmonize.errors import ScanError
from harmonize.image.volume import Volume
from harmonize.steps import AnyStep, CohortStep, Fit, Fits


@dataclass(frozen=True)
class Unfitted:
    """Stands where a step has no fit for the sequence of a scan: refuses the scan, with the reason."""

    name: ClassVar[str] = "fit"

    problem: str
    advice: str

    def __call__(self, volume: Volume) -> Volume:
        """Raise the reason as a `ScanError`."""
        raise ScanError(self.problem, self.advice)


def fit_cohorts(
    strategies: Sequence[Strategy],
    scans: Sequence[Scan],
    store: Store,
    executor: Executor,
    progress: Callable[[str, int, int], None],
    between: Between | None = None,
) -> tuple[Strategy, ...]:
    """Put fits in place of all steps that learn from a cohort.

    Parameters
    ----------
    strategies : sequence of Strategy
        What is to be run. A strategy may hold several such steps: a later one learns from scans that have passed the
        earlier ones, fitted.
    scans : sequence of Scan
        The study.
    store : Store
        What earlier runs observed; new observations are added.
    executor : Executor
        Where to compute.
    progress : callable
        Called as `progress("cohort", done, total)`.
    between : Between, optional
        Where files and volumes are handed over to the passes that follow.

    Returns
    -------
    tuple of Strategy
        The same, with `Fits` in them. A scan that cannot be used takes no part; they name it in `left_out`.
    """
    fitted = {strategy.name: strategy for strategy in strategies}
    while waiting := _waiting(fitted):
        tasks = _tasks(scans, waiting, fitted)
        progress("cohort", 0, len(tasks))
        answers = [known_observations(*task, store) for task in tasks]
        missing = [i for i, answer in enumerate(answers) if answer is None]
        known, total = len(tasks) - len(missing), len(tasks)
        progress("cohort", known, total)
        todo = [(*tasks[i], store, between, _forks(*tasks[i], fitted.values())) for i in missing]
        observed = each(
            executor,
            observe_scan,
            todo,
            store,
            partial(_tell, progress, known, total),
            _lost,
        )
        for i, answer in zip(missing, observed, strict=True):
            answers[i] = answer
        _put_in_place(waiting, tasks, answers, fitted)
    return tuple(fitted.values())


def known_fits(strategies: Sequence[Strategy], scans: Sequence[Scan], store: Store) -> tuple[Strategy, ...]:
    """Put fits in place of the steps whose cohorts earlier runs have observed, and leave the others as they are."""
    fitted = {strategy.name: strategy for strategy in strategies}
    unknown: set[str] = set()
    while waiting := {name: step for name, step in _waiting(fitted).items() if name not in unknown}:
        for name, step in waiting.items():
            tasks = _tasks(scans, {name: step}, fitted)
            answers = [known_observations(*task, store) for task in tasks]
            if any(answer is None for answer in answers):
                unknown.add(name)
            else:
                _put_in_place({name: step}, tasks, answers, fitted)
    return tuple(fitted.values())


def bind(strategy: Strategy, sequence: str) -> Strategy:
    """Put the fitted steps of a sequence in place of fits; where there is none, a step that refuses every scan."""
    return replace(strategy, steps=tuple(_bound(step, sequence) for step in strategy.steps))


def fits_of(strategy: Strategy) -> dict[str, Fits]:
    """Give the fits of a strategy by the name of the step, numbered where it stands more than once.

    Examples
    --------
    >>> from evaluation.extraction import ExtractionSettings
    >>> steps = (Fits("nyul", {}), Fits("nyul", {}))
    >>> list(fits_of(Strategy("a", steps, ExtractionSettings())))
    ['nyul', 'nyul_2']
    """
    found = {name: strategy.steps[place] for name, place in learning_steps(strategy.steps).items()}
    return {name: step for name, step in found.items() if isinstance(step, Fits)}


def _lost(_error: ScanError, scan: Scan, asked: Sequence[Asked], store: Store, *_: object) -> list[Observation]:
    """Give the observations of a scan that no worker survived, and remember it."""
    return remember_unusable(scan, asked, store)


def _tell(progress: Callable[[str, int, int], None], known: int, total: int, done: int) -> None:
    progress("cohort", known + done, total)


def _waiting(strategies: Mapping[str, Strategy]) -> dict[str, tuple[int, CohortStep]]:
    return {name: found for name, strategy in strategies.items() if (found := _unfitted_step(strategy))}


def _tasks(
    scans: Sequence[Scan], waiting: Mapping[str, tuple[int, CohortStep]], strategies: Mapping[str, Strategy]
) -> list[tuple[Scan, list[Asked]]]:
    """Give the scans that steps learn from, each with these steps."""
    return [
        (scan, asked)
        for scan in scans
        if (
            asked := [
                Asked(name, bind(strategies[name], scan.sequence).steps[:index], step)
                for name, (index, step) in waiting.items()
                if in_cohort(scan, step)
            ]
        )
    ]


def _put_in_place(
    waiting: Mapping[str, tuple[int, CohortStep]],
    tasks: Sequence[tuple[Scan, Sequence[Asked]]],
    answers: Sequence[Sequence[Observation] | None],
    strategies: dict[str, Strategy],
) -> None:
    seen: dict[str, list[tuple[Scan, Observation]]] = {name: [] for name in waiting}
    for (scan, asked), answer in zip(tasks, answers, strict=True):
        for one, observation in zip(asked, answer or (), strict=True):
            seen[one.strategy].append((scan, observation))
    for name, (index, step) in waiting.items():
        steps = strategies[name].steps
        fits = _fits(step, seen[name])
        strategies[name] = replace(strategies[name], steps=(*steps[:index], fits, *steps[index + 1 :]))


def _unfitted_step(strategy: Strategy) -> tuple[int, CohortStep] | None:
    """Give the first step of a strategy that is yet to learn, and its place."""
    return next(((i, step) for i, step in enumerate(strategy.steps) if isinstance(step, CohortStep)), None)


def _forks(scan: Scan, asked: Sequence[Asked], strategies: Iterable[Strategy]) -> tuple[Steps, ...]:
    """Give where other strategies leave the steps that lead to those that learn from a scan."""
    bound = [bind(strategy, scan.sequence).steps for strategy in strategies]
    ways = {one.steps[: _common(one.steps, other)]: len(one.steps) for one in asked for other in bound}
    return tuple(steps for steps, length in ways.items() if 0 < len(steps) < length)


def _common(one: Sequence[AnyStep], other: Sequence[AnyStep]) -> int:
    """Count the first steps that two have in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _fits(step: CohortStep, observed: Sequence[tuple[Scan, Observation]]) -> Fits:
    sequences: dict[str, Fit] = {}
    left_out: dict[str, tuple[str, ...]] = {}
    for sequence in dict.fromkeys(scan.sequence for scan, _ in observed):
        here = [(scan, seen) for scan, seen in observed if scan.sequence == sequence]
        used = [(scan.subject, seen) for scan, seen in here if seen is not None]
        if used:
            subjects = tuple(dict.fromkeys(subject for subject, _ in used))
            sequences[sequence] = Fit(step.fit([seen for _, seen in used]), subjects, len(used))
        if len(used) < len(here):
            left_out[sequence] = tuple(f"{scan.subject}, {scan.condition}" for scan, seen in here if seen is None)
    return Fits(step.name, sequences, left_out)


def _bound(step: AnyStep, sequence: str) -> AnyStep:
    if not isinstance(step, Fits):
        return step
    try:
        return step.for_sequence(sequence)
    except ScanError as error:
        return Unfitted(error.problem, error.advice)
