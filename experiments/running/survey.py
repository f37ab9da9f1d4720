"""What a run has to do, before it is begun: shared steps, what is finished, and how long the rest takes.

Times are those that earlier tasks took, per voxel. They say nothing about statistics and report.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import SimpleITK as sitk

from experiments.running.carry import is_registered, known_motions, with_motions
from experiments.running.cohort import bind, in_cohort, known_fits
from experiments.running.finished import Store
from experiments.running.known import look_up
from experiments.running.plan import Node, build_tree, step_digest
from experiments.running.rates import Rates
from experiments.running.shared_images import image_strategies, names_of_images
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from experiments.versions import computing_versions
from harmonize.digest import digest_of
from harmonize.steps import AnyStep, CohortStep, Fits, describe


@dataclass(frozen=True)
class Cohort:
    """Whom a step learns from, before any scan passes it.

    Parameters
    ----------
    subjects : tuple of str
    scans : int
    fitted : bool
        Whether earlier runs have seen all of them.
    """

    subjects: tuple[str, ...]
    scans: int
    fitted: bool


@dataclass(frozen=True)
class Task:
    """A step, or the extraction at the end of a strategy, that is done for every scan.

    Parameters
    ----------
    name : str
        Of the step; `extraction` for an extraction.
    parameters : mapping of str to object
        Those of a step, all of them.
    changed : tuple of str
        Names of the parameters that are not as they are by default.
    strategies : tuple of str
        Which need it.
    todo : int
        Scans for which it is yet to be done.
    seconds : float or None
        Estimate for these; nothing where no such task has been finished yet.
    cohort : Cohort or None
        If it is to be fitted first.
    children : tuple of Task
        What follows.
    """

    name: str
    parameters: Mapping[str, Any]
    changed: tuple[str, ...]
    strategies: tuple[str, ...]
    todo: int
    seconds: float | None
    cohort: Cohort | None = None
    children: tuple["Task", ...] = ()

    def walk(self) -> Iterator["Task"]:
        """Give this task and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def to_mapping(self) -> dict[str, Any]:
        """Give all of it, ready for JSON."""
        cohort = None
        if self.cohort is not None:
            cohort = {"subjects": list(self.cohort.subjects), "scans": self.cohort.scans, "fitted": self.cohort.fitted}
        return {
            "name": self.name,
            "parameters": dict(self.parameters),
            "strategies": list(self.strategies),
            "scans_to_do": self.todo,
            "estimated_seconds": self.seconds,
            "cohort": cohort,
            "children": [child.to_mapping() for child in self.children],
        }


EXTRACTION = "extraction"


@dataclass(frozen=True)
class Survey:
    """The plan of a study with what is done of it.

    Parameters
    ----------
    study : str
        Its name.
    scans, rois : int
        Scans, and ROIs of all scans together.
    registrations, registrations_todo : int
        Scans that ROIs are carried to, and those that are yet to be registered.
    finished, failed : int
        Extraction tasks (one per scan and strategy) that are finished, and that are known to fail.
    steps, steps_apart : int
        Distinct steps that a scan goes through, and what they would be if no strategy shared any.
    extractions, extractions_apart : int
        The same for extractions.
    measured : bool
        Whether anything is finished that times can be learned from.
    tasks : tuple of Task
        What is done with a scan first; what follows is in them.
    """

    study: str
    scans: int
    rois: int
    registrations: int
    registrations_todo: int
    finished: int
    failed: int
    steps: int
    steps_apart: int
    extractions: int
    extractions_apart: int
    measured: bool
    tasks: tuple[Task, ...]

    def every_task(self) -> Iterator[Task]:
        """Give all tasks."""
        for task in self.tasks:
            yield from task.walk()

    @property
    def seconds(self) -> float:
        """Estimate of all that is to be done, one after the other, without what there is no estimate of."""
        return sum(task.seconds for task in self.every_task() if task.seconds is not None)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the tasks to be done that there is no estimate of."""
        return tuple(dict.fromkeys(task.name for task in self.every_task() if task.todo and task.seconds is None))

    def to_mapping(self) -> dict[str, Any]:
        """Give all of it, ready for JSON."""
        own = {name: value for name, value in vars(self).items() if name not in ("tasks", "measured")}
        return {
            **own,
            "scan_steps": self.scans * self.steps,
            "scan_steps_apart": self.scans * self.steps_apart,
            "extraction_tasks": self.scans * self.extractions,
            "estimated_seconds": self.seconds if self.measured else None,
            "not_estimated": list(self.unknown),
            "tasks": [task.to_mapping() for task in self.tasks],
        }


def survey(study: Study, store: Store | None = None) -> Survey:
    """Look at what a run of a study would do.

    Parameters
    ----------
    study : Study
        What is to be run.
    store : Store, optional
        What earlier runs finished; without it nothing is.

    Returns
    -------
    Survey
        Nothing is computed or written. With a store every file of the study is read once, for its digest.
    """
    strategies, versions, scans = image_strategies(study.strategies), computing_versions(), study.scans
    carried = [scan for scan in scans if not is_registered(scan)]
    fitted = strategies
    if store is not None:
        settings = study.registration
        if settings is not None:
            scans = tuple(with_motions(scan, known_motions(scan, settings, store, versions)) for scan in scans)
        fitted = known_fits(strategies, scans, store, versions)
    done, failed = {}, 0
    for i, scan in enumerate(scans):
        done[i], failures = _done(scan, fitted, store, versions)
        failed += failures
    rates = Rates.of(store)
    sizes = _sizes(scans, rates) if rates else [0] * len(scans)
    planner = _Planner(scans, done, rates, sizes, fitted, names_of_images(study.strategies))
    tree = build_tree(strategies)
    return Survey(
        study=study.name,
        scans=len(scans),
        rois=sum(len(scan.masks) for scan in scans),
        registrations=len(carried),
        registrations_todo=sum(not is_registered(scan) for scan in scans),
        finished=sum(map(len, done.values())) - failed,
        failed=failed,
        steps=tree.steps(),
        steps_apart=sum(len(strategy.steps) for strategy in study.strategies),
        extractions=len(strategies),
        extractions_apart=len(study.strategies),
        measured=bool(rates),
        tasks=planner.tasks(tree, ()),
    )


def _done(
    scan: Scan, strategies: Sequence[Strategy], store: Store | None, versions: Mapping[str, str]
) -> tuple[set[str], int]:
    """Give the strategies that need nothing more of a scan, and how many of them because they are known to fail."""
    if store is None or not is_registered(scan):
        return set(), 0
    ready = [
        bind(strategy, scan.sequence)
        for strategy in strategies
        if not any(isinstance(step, CohortStep) for step in strategy.steps)
    ]
    try:
        known = look_up(scan, ready, store, versions)
    except OSError:
        return set(), 0
    return {*known.finished, *known.failed}, len(known.failed)


@dataclass(frozen=True)
class _Planner:
    scans: Sequence[Scan]
    done: Mapping[int, set[str]]
    rates: Rates
    sizes: Sequence[int]
    fitted: Sequence[Strategy]
    names: Mapping[str, tuple[str, ...]]

    def tasks(self, node: Node, chain: tuple[str, ...]) -> tuple[Task, ...]:
        """Give what follows a place in the tree."""
        return (
            *map(self._extraction, node.strategies),
            *(self._step(step, child, chain) for step, child in node.children),
        )

    def _extraction(self, strategy: Strategy) -> Task:
        voxels = self._voxels({strategy.name})
        settings = digest_of(strategy.extraction.to_mapping())
        seconds = self.rates.extraction(strategy.digest(), settings, sum(voxels))
        return Task(EXTRACTION, {}, (), self.names[strategy.name], len(voxels), seconds if voxels else 0.0)

    def _step(self, step: AnyStep, node: Node, chain: tuple[str, ...]) -> Task:
        names = [strategy.name for strategy in node.below()]
        chain = (*chain, step_digest(step))
        voxels = self._voxels(set(names))
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
            children=self.tasks(node, chain),
        )

    def _voxels(self, strategies: set[str]) -> list[int]:
        """Give the sizes of the scans that one of these strategies is yet to be done for."""
        return [size for i, size in enumerate(self.sizes) if not strategies <= self.done[i]]

    def _cohort(self, step: AnyStep, strategy: str) -> Cohort | None:
        if not isinstance(step, CohortStep):
            return None
        learned = [scan for scan in self.scans if in_cohort(scan, step)]
        fitted = next(found for found in self.fitted if found.name == strategy)
        subjects = tuple(sorted({scan.subject for scan in learned}))
        return Cohort(subjects, len(learned), step not in fitted.steps)


def _changed(step: AnyStep) -> tuple[str, ...]:
    """Give the parameters of a step that are not as they are by default; all where some have no default."""
    (parameters,) = describe(step).values()
    if isinstance(step, Fits):
        return tuple(parameters)
    try:
        (usual,) = describe(type(step)()).values()
    except TypeError:
        return tuple(parameters)
    return tuple(name for name, value in parameters.items() if value != usual[name])


def _sizes(scans: Sequence[Scan], rates: Rates) -> list[int]:
    """Give the voxels of every image from its header; of one that does not tell, the usual number."""
    found = [_size(scan.image) for scan in scans]
    known = [size for size in found if size]
    usual = round(median(known)) if known else rates.usual_size
    return [size or usual for size in found]


def _size(path: Path) -> int:
    if not path.is_file():
        return 0
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return 0
    size = 1
    for length in reader.GetSize():
        size *= length
    return int(size)
