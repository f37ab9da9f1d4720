"""The plan as a tree of tasks, with what is done of it and what is left."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.running.store.finished import REGISTRATION


@dataclass(frozen=True)
class TrainingCohort:
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
    """A step, or the extraction at the end of a strategy, that is done for every image or segmentation.

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
        Images for which it is yet to be done; what rests on ROIs counts each of their segmentations.
    seconds : float or None
        Estimate for these; nothing where no such task has been finished yet.
    cohort : TrainingCohort or None
        If it is to be fitted first.
    children : tuple of Task
        What follows.
    of : int
        For how many it is done, finished or not.
    draws : int
        How often each scan that is perturbed is one of them; 0 for scans as they are.
    """

    name: str
    parameters: Mapping[str, Any]
    changed: tuple[str, ...]
    strategies: tuple[str, ...]
    todo: int
    seconds: float | None
    cohort: TrainingCohort | None = None
    children: tuple["Task", ...] = ()
    of: int = 0
    draws: int = 0

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
            **({"draws": self.draws} if self.draws else {}),
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
        Images, and ROIs of all their segmentations together.
    segmentations : int
        Of all images together; one each where the study has no others.
    registrations, registrations_todo : int
        Scans that ROIs are carried to, and those that are yet to be registered.
    registrations_seconds : float or None
        Estimate of those; nothing where none has been done.
    finished, failed : int
        Extraction tasks (one per segmentation, perturbed or not, and strategy) that are finished, and that are known
        to fail.
    steps, steps_apart : int
        Distinct steps that an unperturbed scan goes through, and what they would be if no strategy shared any.
    extractions, extractions_apart : int
        The same for extractions.
    measured : bool
        Whether anything is finished that times can be learned from.
    tasks : tuple of Task
        What is done with a scan first; what follows is in them.
    perturbed, perturbed_rois : int
        Perturbed scans, each with each of its segmentations, and ROIs of them; 0 without perturbations.
    """

    study: str
    scans: int
    segmentations: int
    rois: int
    registrations: int
    registrations_todo: int
    registrations_seconds: float | None
    finished: int
    failed: int
    steps: int
    steps_apart: int
    extractions: int
    extractions_apart: int
    measured: bool
    tasks: tuple[Task, ...]
    perturbed: int = 0
    perturbed_rois: int = 0

    def every_task(self) -> Iterator[Task]:
        """Give all tasks."""
        for task in self.tasks:
            yield from task.walk()

    @property
    def scan_steps(self) -> int:
        """How often a step is done: before those that measure in an ROI, once for all segmentations of an image."""
        return sum(task.of for task in self.every_task() if task.name != EXTRACTION)

    @property
    def scan_steps_apart(self) -> int:
        """How often if nothing were shared."""
        return self.segmentations * self.steps_apart + self.perturbed * (self.steps_apart + self.extractions_apart)

    @property
    def extraction_tasks(self) -> int:
        """How often features are extracted."""
        return (self.segmentations + self.perturbed) * self.extractions

    @property
    def seconds(self) -> float:
        """Estimate of all that is to be done, one after the other, without what there is no estimate of."""
        tasks = sum(task.seconds for task in self.every_task() if task.seconds is not None)
        return tasks + (self.registrations_seconds or 0.0)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the tasks to be done that there is no estimate of."""
        names = [REGISTRATION] if self.registrations_seconds is None else []
        names += [task.name for task in self.every_task() if task.todo and task.seconds is None]
        return tuple(dict.fromkeys(names))

    def to_mapping(self) -> dict[str, Any]:
        """Give all of it, ready for JSON."""
        own = {name: value for name, value in vars(self).items() if name not in ("tasks", "measured")}
        return {
            **own,
            "scan_steps": self.scan_steps,
            "scan_steps_apart": self.scan_steps_apart,
            "extraction_tasks": self.extraction_tasks,
            "estimated_seconds": self.seconds if self.measured else None,
            "not_estimated": list(self.unknown),
            "tasks": [task.to_mapping() for task in self.tasks],
        }
