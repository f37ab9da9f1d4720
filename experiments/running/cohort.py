"""The cohort barrier: steps that learn from scans see all of theirs before any scan passes them.

A step such as `nyul` is fitted for every sequence on the scans that its `fit_on` names, as they are after the steps
before it. It sees images and ROIs alone, no outcome and no reliability.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from experiments.running.observe import Observation, observe_scan
from experiments.running.parallel import side_by_side
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from harmonize.configuration import suggest
from harmonize.errors import ConfigurationError, ScanError
from harmonize.steps import AnyStep, CohortStep, Fit, Fits
from harmonize.volume import Volume


@dataclass(frozen=True)
class Unfitted:
    """Stands where a step has no fit for the sequence of a scan: refuses the scan, with the reason."""

    name: ClassVar[str] = "fit"

    problem: str
    advice: str

    def __call__(self, volume: Volume) -> Volume:
        """Raise the reason as a `ScanError`."""
        raise ScanError(self.problem, self.advice)


def refuse_empty_cohorts(strategies: Sequence[Strategy], scans: Sequence[Scan], where: str) -> None:
    """Raise a `ConfigurationError` where a step is to learn from scans that the study does not have."""
    labels = [_labels(scan) for scan in scans]
    for strategy in strategies:
        for step in strategy.steps:
            if not isinstance(step, CohortStep):
                continue
            place = f"{where}: {strategy.name}: {step.name}: fit_on"
            for column, values in step.fit_on.items():
                if column not in labels[0]:
                    raise ConfigurationError(f"{place}: unknown column '{column}'; {suggest(column, labels[0])}")
                present = {label[column] for label in labels}
                for value in values:
                    if value not in present:
                        raise ConfigurationError(
                            f"{place}: no scan has '{value}' in column '{column}'; {suggest(value, present)}"
                        )
            if not any(_in_cohort(scan, step) for scan in scans):
                raise ConfigurationError(f"{place}: no scan has all of these values; name fewer columns")


def fit_cohorts(
    strategies: Sequence[Strategy],
    scans: Sequence[Scan],
    finished: Path,
    versions: Mapping[str, str],
    jobs: int,
    progress: Callable[[str, int, int], None],
) -> tuple[Strategy, ...]:
    """Put fits in place of all steps that learn from a cohort.

    Parameters
    ----------
    strategies : sequence of Strategy
        What is to be run. A strategy may hold several such steps: a later one learns from scans that have passed the
        earlier ones, fitted.
    scans : sequence of Scan
        The study.
    finished : Path
        Folder of what earlier runs observed; new observations are added.
    versions : mapping of str to str
        Of the software that computes.
    jobs : int
        Processes side by side.
    progress : callable
        Called as `progress("cohort", done, total)`.

    Returns
    -------
    tuple of Strategy
        The same, with `Fits` in them. A scan that cannot be used takes no part; they name it in `left_out`.
    """
    fitted = {strategy.name: strategy for strategy in strategies}
    while waiting := {name: found for name, strategy in fitted.items() if (found := _unfitted_step(strategy))}:
        tasks = [(scan, asked, finished, versions) for scan in scans if (asked := _asked(scan, waiting, fitted))]
        progress("cohort", 0, len(tasks))
        report = _Report(progress, len(tasks))
        answers = list(zip(tasks, side_by_side(observe_scan, tasks, jobs, report), strict=True))
        for name, (index, step) in waiting.items():
            fits = _fits(step, [(task[0], answer[name]) for task, answer in answers if name in answer])
            steps = fitted[name].steps
            fitted[name] = replace(fitted[name], steps=(*steps[:index], fits, *steps[index + 1 :]))
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
    found: dict[str, Fits] = {}
    for step in strategy.steps:
        if isinstance(step, Fits):
            count = 1 + sum(fits.name == step.name for fits in found.values())
            found[step.name if count == 1 else f"{step.name}_{count}"] = step
    return found


@dataclass(frozen=True)
class _Report:
    progress: Callable[[str, int, int], None]
    total: int

    def __call__(self, done: int) -> None:
        self.progress("cohort", done, self.total)


def _unfitted_step(strategy: Strategy) -> tuple[int, CohortStep] | None:
    """Give the first step of a strategy that is yet to learn, and its place."""
    return next(((i, step) for i, step in enumerate(strategy.steps) if isinstance(step, CohortStep)), None)


def _asked(
    scan: Scan, waiting: Mapping[str, tuple[int, CohortStep]], strategies: Mapping[str, Strategy]
) -> list[tuple[Strategy, CohortStep]]:
    """Give the steps that learn from a scan, each with its strategy cut off before it."""
    return [
        (bind(replace(strategies[name], steps=strategies[name].steps[:index]), scan.sequence), step)
        for name, (index, step) in waiting.items()
        if _in_cohort(scan, step)
    ]


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


def _in_cohort(scan: Scan, step: CohortStep) -> bool:
    labels = _labels(scan)
    return all(labels[column] in values for column, values in step.fit_on.items())


def _labels(scan: Scan) -> dict[str, str]:
    own = {"subject": scan.subject, "sequence": scan.sequence, "condition": scan.condition}
    return {**scan.covariates, **scan.levels, **own}
