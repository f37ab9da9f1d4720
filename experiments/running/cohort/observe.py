"""What one worker does before a step is fitted on a cohort: one scan, shown to all steps that learn from it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluation.extraction import ExtractionSettings
from experiments.running.cohort.between import Between, walk_on
from experiments.running.scan_task import lasts, one_thread, read_usable
from experiments.running.store.finished import OBSERVATION, Made, Store
from experiments.running.store.identity import identify
from experiments.study.manifest import Scan
from experiments.study.plan import StepFailure
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.errors import ScanError
from harmonize.steps import AnyStep, CohortStep, describe

Observation = tuple[float, ...] | None
"""What a scan shows to a step; nothing where it cannot be used, which a run reports when the scan's turn comes."""

UNUSABLE = "the scan cannot be used"
"""What is remembered of a scan that showed nothing."""


def observe_scan(
    scan: Scan,
    asked: Sequence[tuple[Strategy, CohortStep]],
    store: Store,
    versions: Mapping[str, str],
    between: Between | None = None,
    forks: Sequence[tuple[AnyStep, ...]] = (),
) -> dict[str, Observation]:
    """Show one scan to steps that learn from it.

    Parameters
    ----------
    scan : Scan
        Which files.
    asked : sequence of (Strategy, CohortStep)
        A strategy cut off before the step that learns, and that step.
    store : Store
        What earlier runs observed; new observations are added. One counts only for the same image, masks, steps and
        versions, whoever else the step learns from.
    versions : mapping of str to str
        Of the software that computes.
    between : Between, optional
        Where volumes are handed over to the passes that follow.
    forks : sequence of tuple of Step
        Beginnings of the steps before those that learn, which other strategies share: these go on from there.

    Returns
    -------
    dict of str to Observation
        By the name of the strategy; this function does not raise for what is wrong with the scan.
    """
    try:
        content, keys, known = _look_up(scan, asked, store, versions)
    except OSError:
        return {strategy.name: None for strategy, _ in asked}
    todo = {keys[strategy.name]: (strategy, step) for strategy, step in asked if keys[strategy.name] not in known}
    if todo:
        with one_thread():
            for key, seen, lasting in _observe(scan, todo, content, between, forks):
                known[key] = seen
                strategy, _ = todo[key]
                if seen is not None:
                    store.put(OBSERVATION, key, seen, Made(strategy.name, strategy.digest()))
                elif lasting:
                    store.put_failure(OBSERVATION, key, UNUSABLE, Made(strategy.name, strategy.digest()))
    return {name: known[key] for name, key in keys.items()}


def known_observations(
    scan: Scan, asked: Sequence[tuple[Strategy, CohortStep]], store: Store, versions: Mapping[str, str]
) -> dict[str, Observation]:
    """Give what a scan has shown in earlier runs, by the name of the strategy; what is not known is absent."""
    try:
        _, keys, known = _look_up(scan, asked, store, versions)
    except OSError:
        return {strategy.name: None for strategy, _ in asked}
    return {name: known[key] for name, key in keys.items() if key in known}


def remember_unusable(
    scan: Scan, asked: Sequence[tuple[Strategy, CohortStep]], store: Store, versions: Mapping[str, str]
) -> dict[str, Observation]:
    """Remember that a scan shows nothing in what is not known of it."""
    _, keys, known = _look_up(scan, asked, store, versions)
    for strategy, _ in asked:
        key = keys[strategy.name]
        if key not in known:
            known[key] = None
            store.put_failure(OBSERVATION, key, UNUSABLE, Made(strategy.name, strategy.digest()))
    return {name: known[key] for name, key in keys.items()}


def _look_up(
    scan: Scan, asked: Sequence[tuple[Strategy, CohortStep]], store: Store, versions: Mapping[str, str]
) -> tuple[str, dict[str, str], dict[str, Observation]]:
    _, content = identify(scan, versions)
    keys = {strategy.name: digest_of([content, _settings(strategy, step)]) for strategy, step in asked}
    known: dict[str, Observation] = {}
    for key in dict.fromkeys(keys.values()):
        seen = store.get(OBSERVATION, key, _parse)
        if seen is not None or store.get_failure(OBSERVATION, key, _parse_failure):
            known[key] = seen
    return content, keys, known


def _observe(
    scan: Scan,
    todo: Mapping[str, tuple[Strategy, CohortStep]],
    content: str,
    between: Between | None,
    forks: Sequence[tuple[AnyStep, ...]],
) -> Iterator[tuple[str, Observation, bool]]:
    """Give what a scan shows, by key, and whether it would show nothing again."""
    try:
        volume, _ = read_usable(scan)
    except ScanError:
        yield from ((key, None, False) for key in todo)
        return
    keys = {strategy.name: key for key, (strategy, _) in todo.items()}
    strategies = [strategy for strategy, _ in todo.values()]
    on_the_way = [
        Strategy(f"|{i}", steps, ExtractionSettings())
        for i, steps in enumerate(forks)
        if between and between.longest(content, steps) != steps
        if any(strategy.steps[: len(steps)] == steps for strategy in strategies)
    ]
    for strategy, stepped, spent in walk_on([*on_the_way, *strategies], volume, content, between, last=False):
        if between and strategy.steps and not isinstance(stepped, StepFailure):
            between.give(content, strategy.steps, stepped, spent)
        if strategy.name not in keys:
            continue
        key = keys[strategy.name]
        if isinstance(stepped, StepFailure):
            yield key, None, lasts(stepped.error)
            continue
        try:
            yield key, todo[key][1].observe(stepped), False
        except Exception as error:
            yield key, None, lasts(error)


def _settings(strategy: Strategy, step: CohortStep) -> list[object]:
    """Give what determines an observation besides the scan: all but whom the step learns from."""
    ((name, parameters),) = describe(step).items()
    own = {key: value for key, value in parameters.items() if key != "fit_on"}
    return [[describe(before) for before in strategy.steps], {name: own}]


def _parse(values: Any) -> tuple[float, ...]:
    if not all(type(number) is float and math.isfinite(number) for number in values):
        raise ValueError("not an observation")
    return tuple(values)


def _parse_failure(values: Any) -> bool:
    return bool(values == UNUSABLE)
