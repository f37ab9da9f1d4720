"""How long a run takes from start to end: its tasks, the start of its processes, and what comes before and after."""

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from experiments.running.survey.tasks import Survey
from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_text

START_OF_PROGRAM = 3.0
START_OF_WORKERS = 2.0
"""Seconds until everything is imported, in the program and then in its workers side by side; measured with two cores
of 2026 and Python 3.11."""

STAMP = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) INFO "
STARTED = re.compile(STAMP + r"run started: ")
FINISHED = re.compile(STAMP + r"run finished: ")
COMPUTED = re.compile(STAMP + r"(?:registration|cohort|scans|intermediates): \d+ done in (\d+\.\d) s")
"""Lines of run.log: what is estimated task by task, or asked for anew each time, is no part of the ends."""


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
    scans = max((task.todo for task in found.every_task()), default=0)
    processes = min(jobs, scans)
    share = math.ceil(scans / processes) / scans if scans else 0.0  # a scan is not divided
    start = START_OF_PROGRAM + (START_OF_WORKERS if processes else 0.0)
    return Duration(found.seconds * share, processes, start, ends)


def ends_of_last_run(log: Path) -> float | None:
    """Give the seconds that the last run of a folder took besides computing; nothing if none has come to its end.

    Parameters
    ----------
    log : Path
        run.log of the folder.
    """
    try:
        lines = read_text(log).splitlines()
    except ConfigurationError:
        return None
    ends: float | None = None
    started: datetime | None = None
    computed = 0.0
    for line in lines:
        with suppress(ValueError):  # no such time
            if match := STARTED.match(line):
                started, computed = datetime.fromisoformat(match[1]), 0.0
            elif match := COMPUTED.match(line):
                computed += float(match[2])
            elif (match := FINISHED.match(line)) and started is not None:
                took = datetime.fromisoformat(match[1]) - started
                ends, started = max(took / timedelta(seconds=1) - computed, 0.0), None
    return ends
