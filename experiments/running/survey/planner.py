"""From the tree of steps to tasks, each with what is left of it and an estimate of its time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, replace
from typing import Any

from experiments.running.survey.rates import Rates
from experiments.running.survey.tasks import EXTRACTION, Task, TrainingCohort
from experiments.study.fit_on import in_cohort
from experiments.study.manifest import Scan
from experiments.study.perturbations import TOLD, Draw, told_apart
from experiments.study.plan import Steps, step_digest
from experiments.study.segmentations import images_of
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.perturbations.drawn import Perturbed
from harmonize.steps import AnyStep, CohortStep, Fits, describe


@dataclass(frozen=True)
class Planner:
    """What the tasks of a study are made from.

    Parameters
    ----------
    tree : mapping of tuple of Step to sequence of tuple of Step
        Every place of the plan, each with those one step further.
    strategies : sequence of Strategy
        What is done with images; of a chain of perturbations one strategy serves for those of all its draws, as
        `of_chains` gives them.
    scans : sequence of Scan
        The study: each image with each of its segmentations.
    cohort : sequence of Scan
        The images that steps may learn from.
    left : mapping of int to set of str
        By the place of the scan: names of strategies, perturbed ones too, that need something of it.
    rates : Rates
        How long tasks take.
    sizes : sequence of int
        Voxels of each image.
    fitted : sequence of Strategy
        With fits in place of what earlier runs have observed.
    names : mapping of str to tuple of str
        For each strategy the names of all that do the same with images.
    chains : mapping of str to sequence of Draw
        The draws of each chain.
    """

    tree: Mapping[Steps, Sequence[Steps]]
    strategies: Sequence[Strategy]
    scans: Sequence[Scan]
    cohort: Sequence[Scan]
    left: Mapping[int, set[str]]
    rates: Rates
    sizes: Sequence[int]
    fitted: Sequence[Strategy]
    names: Mapping[str, tuple[str, ...]]
    chains: Mapping[str, Sequence[Draw]]

    def tasks(self, place: Steps) -> tuple[Task, ...]:
        """Give what follows a place in the tree."""
        ending = (strategy for strategy in self.strategies if strategy.steps == place)
        return (*map(self._extraction, ending), *map(self._step, self.tree[place]))

    def _extraction(self, strategy: Strategy) -> Task:
        draws = self._draws(strategy.steps)
        voxels, of = self._voxels([strategy.name], [[i] for i in range(len(self.scans))], draws)
        settings = digest_of(strategy.extraction.to_mapping())
        seconds = self.rates.extraction(strategy.digest(), settings, sum(voxels)) if voxels else 0.0
        names = self._named(strategy.name)
        return Task(EXTRACTION, {}, (), names, len(voxels), seconds, of=of, draws=len(draws))

    def _step(self, place: Steps) -> Task:
        step = place[-1]
        names = [one.name for one in self.strategies if one.steps[: len(place)] == place]
        chain = tuple(map(step_digest, place))
        images, _ = images_of(self.scans, "", place)
        draws = self._draws(place)
        voxels, of = self._voxels(names, images, draws)
        name = step.kind if isinstance(step, Perturbed) else step.name
        seconds = self.rates.step(chain, name, sum(voxels)) if voxels else 0.0
        (parameters,) = describe(step).values()
        changed = _changed(step)
        if isinstance(step, Perturbed):
            name = draws[0].chain
            parameters = {"perturbation": "+".join(one.name for one in step.chain), "draws": len(draws)}
            changed = tuple(parameters)
        plain = names if draws else [one for one in names if not told_apart(one)[1]]
        return Task(
            name=name,
            parameters=parameters,
            changed=changed,
            strategies=tuple(name for first in plain for name in self._named(first)),
            todo=len(voxels),
            seconds=seconds,
            cohort=None if draws else self._cohort(step, plain[0]),
            children=self.tasks(place),
            of=of,
            draws=len(draws),
        )

    def _named(self, strategy: str) -> tuple[str, ...]:
        """Give the names of all strategies that do the same with images, with that of the chain."""
        own, chain = told_apart(strategy)
        return tuple(f"{name}{TOLD}{chain}" if chain else name for name in self.names[own])

    def _draws(self, place: Steps) -> Sequence[Draw]:
        """Give the draws that a place is made for, each by itself; none for scans as they are."""
        numbers = [step.seed for step in place if isinstance(step, Perturbed)]
        return list(self.chains.values())[numbers[0]] if numbers else ()

    def _voxels(
        self, strategies: Iterable[str], images: Sequence[Sequence[int]], draws: Sequence[Draw]
    ) -> tuple[list[int], int]:
        """Give the sizes of the images that one of these strategies is yet to be done for, and of how many."""
        names = [told_apart(name) for name in strategies]
        if draws:
            images = [each for each in images if self.scans[each[0]].condition in draws[0].conditions]
            wanted = [{f"{name}{TOLD}{draw.name}" for name, _ in names} for draw in draws]
        else:
            of_draws = {f"{name}{TOLD}{one.name}" for name, chain in names if chain for one in self.chains[chain]}
            wanted = [{name for name, chain in names if not chain} | of_draws]
        left = [self.sizes[each[0]] for one in wanted for each in images if any(one & self.left[i] for i in each)]
        return left, len(images) * len(wanted)

    def _cohort(self, step: AnyStep, strategy: str) -> TrainingCohort | None:
        if not isinstance(step, CohortStep):
            return None
        learned = [scan for scan in self.cohort if in_cohort(scan, step)]
        fitted = next(found for found in self.fitted if found.name == strategy)
        subjects = tuple(sorted({scan.subject for scan in learned}))
        return TrainingCohort(subjects, len(learned), step not in fitted.steps)


def of_chains(strategies: Sequence[Strategy], scan: Scan, chains: Mapping[str, Sequence[Draw]]) -> tuple[Strategy, ...]:
    """Give for every strategy and chain the one that stands for those of all its draws, named after the chain.

    The seed of its perturbation is the place of the chain, so that no two chains are one.
    """
    found = []
    for number, (chain, draws) in enumerate(chains.items()):
        for strategy in strategies:
            one = draws[0].within(strategy, scan)
            steps = (replace(step, seed=number) if isinstance(step, Perturbed) else step for step in one.steps)
            found.append(replace(one, name=f"{strategy.name}{TOLD}{chain}", steps=tuple(steps)))
    return tuple(found)


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
