"""What one worker does before a step is fitted on a cohort: one scan, shown to all steps that learn from it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.running.between import Between, read_usable, walk_on
from experiments.running.store.entry import Made
from experiments.running.store.finished import OBSERVATION, Store
from experiments.running.store.identity import NotReadYet, identify
from experiments.running.store.known import lasts
from experiments.study.manifest import Scan
from experiments.study.plan import Stage, StepFailure, Steps, show
from harmonize.digest import digest_of
from harmonize.errors import ScanError
from harmonize.image.volume import Volume
from harmonize.steps import CohortStep, describe

Observation = tuple[float, ...] | None
"""What a scan shows to a step; nothing where it cannot be used, which a run reports when the scan's turn comes."""

UNUSABLE = "the scan cannot be used"
"""What is remembered of a scan that showed nothing."""


@dataclass(frozen=True)
class Asked:
    """A step that learns from a scan, with the steps before it, fitted and bound, and the strategy it is of."""

    strategy: str
    steps: Steps
    step: CohortStep


def observe_scan(
    scan: Scan,
    asked: Sequence[Asked],
    store: Store,
    between: Between | None = None,
    forks: Sequence[Steps] = (),
) -> list[Observation]:
    """Show one scan to steps that learn from it.

    Parameters
    ----------
    scan : Scan
        Which files.
    asked : sequence of Asked
        What learns from it.
    store : Store
        What earlier runs observed; new observations are added. One counts only for the same image, masks, steps and
        versions, whoever else the step learns from.
    between : Between, optional
        Where files and volumes are handed over to the passes that follow.
    forks : sequence of tuple of Step
        Beginnings of the steps before those that learn, which other strategies share: these go on from there.

    Returns
    -------
    list of Observation
        As they were asked for; this function does not raise for what is wrong with the scan.
    """
    try:
        content, keys, known = _look_up(scan, asked, store, read=True)
    except OSError:
        return [None] * len(asked)
    todo = {key: one for key, one in zip(keys, asked, strict=True) if key not in known}
    if todo:
        observer = Observer(todo, store, known, content, between, forks)
        try:
            volume, _ = read_usable(scan, between, keep=True)
        except ScanError:  # said when the turn of the scan comes
            known |= dict.fromkeys(todo)
        else:
            show([observer], walk_on(observer.places, volume, content, between, last=False))
    return [known[key] for key in keys]


class Observer:
    """Shows a scan to steps that learn from it, and hands over what later passes go on from."""

    def __init__(
        self,
        todo: Mapping[str, Asked],
        store: Store,
        known: dict[str, Observation],
        content: str,
        between: Between | None,
        forks: Sequence[Steps],
    ) -> None:
        self._asked: dict[Steps, dict[str, Asked]] = {}
        for key, one in todo.items():
            self._asked.setdefault(one.steps, {})[key] = one
        on_the_way = [
            fork
            for fork in forks
            if between and between.longest(content, fork) != fork
            if any(steps[: len(fork)] == fork for steps in self._asked)
        ]
        self.places = dict.fromkeys([*on_the_way, *self._asked])
        self._store, self._known, self._content, self._between = store, known, content, between

    def see(self, stage: Stage) -> None:
        """Observe, and remember what was seen or that nothing can be."""
        if self._between and stage.steps and isinstance(stage.volume, Volume):
            self._between.give(self._content, stage.steps, stage.volume, stage.spent)
        for key, one in self._asked.get(stage.steps, {}).items():
            try:
                if isinstance(stage.volume, StepFailure):
                    raise stage.volume.error
                seen = one.step.observe(stage.volume)
            except Exception as error:
                self._known[key] = None
                if lasts(error):
                    self._store.put_failure(OBSERVATION, key, UNUSABLE, Made(one.strategy))
            else:
                self._known[key] = seen
                self._store.put(OBSERVATION, key, seen, Made(one.strategy))


def known_observations(scan: Scan, asked: Sequence[Asked], store: Store) -> list[Observation] | None:
    """Give what a scan has shown in earlier runs; nothing where some of it is not known."""
    try:
        _, keys, known = _look_up(scan, asked, store, read=False)
    except NotReadYet:
        return None
    except OSError:
        return [None] * len(asked)
    return [known[key] for key in keys] if all(key in known for key in keys) else None


def remember_unusable(scan: Scan, asked: Sequence[Asked], store: Store) -> list[Observation]:
    """Remember that a scan shows nothing in what is not known of it."""
    _, keys, known = _look_up(scan, asked, store, read=True)
    for key, one in zip(keys, asked, strict=True):
        if key not in known:
            known[key] = None
            store.put_failure(OBSERVATION, key, UNUSABLE, Made(one.strategy))
    return [known[key] for key in keys]


def _look_up(
    scan: Scan, asked: Sequence[Asked], store: Store, *, read: bool
) -> tuple[str, list[str], dict[str, Observation]]:
    identity = identify(scan, store, read=read)
    keys = [digest_of([identity.of(one.steps), _settings(one)]) for one in asked]
    known: dict[str, Observation] = {}
    for key in dict.fromkeys(keys):
        seen = store.get(OBSERVATION, key, _parse)
        if seen is not None or store.get_failure(OBSERVATION, key, _parse_failure):
            known[key] = seen
    return identity.whole, keys, known


def _settings(asked: Asked) -> list[object]:
    """Give what determines an observation besides the scan: all but whom the step learns from."""
    ((name, parameters),) = describe(asked.step).items()
    own = {key: value for key, value in parameters.items() if key != "fit_on"}
    return [[describe(before) for before in asked.steps], {name: own}]


def _parse(values: Any) -> tuple[float, ...]:
    if not all(type(number) is float and math.isfinite(number) for number in values):
        raise ValueError("not an observation")
    return tuple(values)


def _parse_failure(values: Any) -> bool:
    return bool(values == UNUSABLE)
