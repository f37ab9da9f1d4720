"""How long a run takes from start to end: its tasks, the start of its processes, and what comes before and after."""

import math
from dataclasses import dataclass
from pathlib import Path

from experiments.folder.files import TIMINGS
from experiments.folder.run_folder import RunFolder
from experiments.running.survey.tasks import Survey

START_OF_PROGRAM = 3.0
START_OF_WORKERS = 2.0
"""Seconds until everything is imported, in the program and then in its workers side by side; measured with two cores
of 2026 and Python 3.11."""

COMPUTING = ("register", "fit", "look")
"""Stages of a run that are estimated task by task, and so are no part of its ends."""


@dataclass(frozen=True)
class Duration:
    """Seconds of a run.

    Parameters
    ----------
    computing : float
        For the tasks that are left, with the processes side by side.
    processes : int
        How many; no more than there are scans left.
    start : float
        Until program and processes stand.
    ends : float or None
        For tracking, statistics, harmonization, pictures and report; nothing where no run has come to its end.
    """

    computing: float
    processes: int
    start: float
    ends: float | None

    @property
    def total(self) -> float:
        """All that is known, together."""
        return self.computing + self.start + (self.ends or 0.0)

    def to_mapping(self) -> dict[str, float | None]:
        """Give all of it, ready for JSON."""
        return {**vars(self), "total": self.total}


def duration(found: Survey, jobs: int, ends: float | None = None) -> Duration:
    """Estimate a run.

    Parameters
    ----------
    found : Survey
        What is to be done.
    jobs : int
        Processes that are asked for.
    ends : float, optional
        As `ends_of_last_run` gives it.
    """
    scans = max((math.ceil(task.todo / (task.draws or 1)) for task in found.every_task()), default=0)
    processes = min(jobs, scans)
    share = math.ceil(scans / processes) / scans if scans else 0.0  # a scan is not divided
    start = START_OF_PROGRAM + (START_OF_WORKERS if processes else 0.0)
    return Duration(found.seconds * share, processes, start, ends)


def ends_of_last_run(folder: Path) -> float | None:
    """Give the seconds that the last run of a folder took besides computing; nothing if none has come to its end."""
    told = RunFolder(folder).standing(TIMINGS) or {}
    try:
        computing = sum(float(told["stages"][stage]) for stage in COMPUTING)
        ends = float(told["total"]) - computing
    except (KeyError, TypeError, ValueError):
        return None
    return max(ends, 0.0) if math.isfinite(ends) else None
