"""What one worker does before a step is fitted on a cohort: one scan, shown to all steps that learn from it."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments.outputs import write_json
from experiments.running.plan import STEP_ERRORS, StepFailure, build_tree, walk
from experiments.running.scan_task import identify, one_thread, read_usable
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.errors import ScanError
from harmonize.steps import CohortStep, describe
from harmonize.volume import Volume

Observation = tuple[float, ...] | None
"""What a scan shows to a step; nothing where it cannot be used, which a run reports when the scan's turn comes."""


def observe_scan(
    scan: Scan, asked: Sequence[tuple[Strategy, CohortStep]], finished: Path, versions: Mapping[str, str]
) -> dict[str, Observation]:
    """Show one scan to steps that learn from it.

    Parameters
    ----------
    scan : Scan
        Which files.
    asked : sequence of (Strategy, CohortStep)
        A strategy cut off before the step that learns, and that step.
    finished : Path
        Folder of what earlier runs observed; new observations are added. One counts only for the same image, masks,
        steps and versions, whoever else the step learns from.
    versions : mapping of str to str
        Of the software that computes.

    Returns
    -------
    dict of str to Observation
        By the name of the strategy; this function does not raise for what is wrong with the scan.
    """
    try:
        _, content = identify(scan, versions)
    except OSError:
        return {strategy.name: None for strategy, _ in asked}
    keys = {strategy.name: digest_of([content, _settings(strategy, step)]) for strategy, step in asked}
    known: dict[str, Observation] = {
        key: seen for key in keys.values() if (seen := _load(finished / f"{key}.json")) is not None
    }
    todo = {keys[strategy.name]: (strategy, step) for strategy, step in asked if keys[strategy.name] not in known}
    if todo:
        with one_thread():
            for key, seen in _observe(scan, todo).items():
                known[key] = seen
                if seen is not None:
                    write_json(finished / f"{key}.json", {"digest": digest_of(seen), "observation": seen})
    return {name: known[key] for name, key in keys.items()}


def _observe(scan: Scan, todo: Mapping[str, tuple[Strategy, CohortStep]]) -> dict[str, Observation]:
    try:
        volume, _ = read_usable(scan)
    except ScanError:
        return dict.fromkeys(todo)
    keys = {strategy.name: key for key, (strategy, _) in todo.items()}
    tree = build_tree([strategy for strategy, _ in todo.values()])
    return {
        keys[strategy.name]: _seen(todo[keys[strategy.name]][1], stepped) for strategy, stepped in walk(tree, volume)
    }


def _seen(step: CohortStep, stepped: Volume | StepFailure) -> Observation:
    if isinstance(stepped, StepFailure):
        return None
    try:
        return step.observe(stepped)
    except STEP_ERRORS:
        return None


def _settings(strategy: Strategy, step: CohortStep) -> list[object]:
    """Give what determines an observation besides the scan: all but whom the step learns from."""
    ((name, parameters),) = describe(step).items()
    own = {key: value for key, value in parameters.items() if key != "fit_on"}
    return [[describe(before) for before in strategy.steps], {name: own}]


def _load(place: Path) -> tuple[float, ...] | None:
    """Give an observation of an earlier run, or nothing if it is absent, damaged, or not what it says it is."""
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
        numbers = content["observation"]
        sound = content["digest"] == digest_of(numbers) and all(
            isinstance(number, float) and math.isfinite(number) for number in numbers
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return tuple(numbers) if sound else None
