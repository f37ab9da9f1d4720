"""From the tree of steps to tasks, each with what is left of it and an estimate of its time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, replace
from typing import Any

from experiments.running.survey.rates import Rates
from experiments.running.survey.tasks import EXTRACTION, Task, TrainingCohort
from experiments.study.fit_on import in_cohort
from experiments.study.manifest import Scan
from experiments.study.plan import Steps, step_digest
from experiments.study.segmentations import images_of
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.steps import AnyStep, CohortStep, Fits, describe


@dataclass(frozen=True)
class Planner:
    """What the tasks of a study are made from.

    Parameters
    ----------
    tree : mapping of tuple of Step to sequence of tuple of Step
        Every place of the plan, each with those one step further.
    strategies : sequence of Strategy
        What is done with images.
    scans : sequence of Scan
        The study: each image with each of its segmentations.
    cohort : sequence of Scan
        The images that steps may learn from.
    done : mapping of int to set of str
        By the place of the scan: names of strategies that need nothing more of it.
    rates : Rates
        How long tasks take.
    sizes : sequence of int
        Voxels of each image.
    fitted : sequence of Strategy
        With fits in place of what earlier runs have observed.
    names : mapping of str to tuple of str
        For each strategy the names of all that do the same with images.
    """

    tree: Mapping[Steps, Sequence[Steps]]
    strategies: Sequence[Strategy]
    scans: Sequence[Scan]
    cohort: Sequence[Scan]
    done: Mapping[int, set[str]]
    rates: Rates
    sizes: Sequence[int]
    fitted: Sequence[Strategy]
    names: Mapping[str, tuple[str, ...]]

    def tasks(self, place: Steps) -> tuple[Task, ...]:
        """Give what follows a place in the tree."""
        ending = (strategy for strategy in self.strategies if strategy.steps == place)
        return (*map(self._extraction, ending), *map(self._step, self.tree[place]))

    def _extraction(self, strategy: Strategy) -> Task:
        voxels = self._voxels({strategy.name}, [[i] for i in range(len(self.scans))])
        settings = digest_of(strategy.extraction.to_mapping())
        seconds = self.rates.extraction(strategy.digest(), settings, sum(voxels))
        names, seconds = self.names[strategy.name], seconds if voxels else 0.0
        return Task(EXTRACTION, {}, (), names, len(voxels), seconds, of=len(self.scans))

    def _step(self, place: Steps) -> Task:
        step = place[-1]
        names = [one.name for one in self.strategies if one.steps[: len(place)] == place]
        chain = tuple(map(step_digest, place))
        images, _ = images_of(self.scans, "", place)
        voxels = self._voxels(set(names), images)
        seconds = self.rates.step(chain, step.name, sum(voxels)) if voxels else 0.0
        (parameters,) = describe(step).values()
        shared = tuple(name for first in names for name in self.names[first])
        return Task(
            name=step.name,
            parameters=parameters,
            changed=_changed(step),
            strategies=shared,
            todo=len(voxels),
            seconds=seconds,
            cohort=self._cohort(step, names[0]),
            children=self.tasks(place),
            of=len(images),
        )

    def _voxels(self, strategies: set[str], images: Iterable[Sequence[int]]) -> list[int]:
        """Give the sizes of the images that one of these strategies is yet to be done for."""
        return [self.sizes[each[0]] for each in images if any(not strategies <= self.done[i] for i in each)]

    def _cohort(self, step: AnyStep, strategy: str) -> TrainingCohort | None:
        if not isinstance(step, CohortStep):
            return None
        learned = [scan for scan in self.cohort if in_cohort(scan, step)]
        fitted = next(found for found in self.fitted if found.name == strategy)
        subjects = tuple(sorted({scan.subject for scan in learned}))
        return TrainingCohort(subjects, len(learned), step not in fitted.steps)


def _changed(step: AnyStep) -> tuple[str, ...]:
    """Give the parameters without which a step would be another one, or none."""
    if isinstance(step, Fits):
        (parameters,) = describe(step).values()
        return tuple(parameters)
    return tuple(own.name for own in fields(step) if not _is_usual(step, own))  # type: ignore[arg-type]  # every step is a dataclass


def _is_usual(step: AnyStep, parameter: Field[Any]) -> bool:
    """Say whether a step would be the same if a parameter were left out; many fill in what depends on the others."""
    default = parameter.default if parameter.default_factory is MISSING else parameter.default_factory()
    if default is MISSING:
        return False
    try:
        return bool(replace(step, **{parameter.name: default}) == step)  # type: ignore[type-var]  # as above
    except ValueError:  # it cannot be left out
        return False
