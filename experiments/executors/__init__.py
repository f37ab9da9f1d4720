"""Where tasks are computed: in this process, in worker processes, or on a Dask cluster."""

from collections.abc import Sequence
from pathlib import Path

from experiments.executors.address import refuse_silent_scheduler
from experiments.executors.executor import Executor
from experiments.executors.processes import Processes
from experiments.executors.serial import Serial

__all__ = ["Executor", "Processes", "Serial", "choose_executor"]


def choose_executor(jobs: int | None, scheduler: str | None = None, probes: Sequence[Path] = ()) -> Executor:
    """Give the place that one setting names.

    Parameters
    ----------
    jobs : int, optional
        Worker processes on this machine; none for this process itself, which a crash of a library ends.
    scheduler : str, optional
        Address of a Dask scheduler, such as tcp://127.0.0.1:8786; goes before `jobs`.
    probes : sequence of Path
        Files of this machine that workers of the scheduler must see.

    Raises
    ------
    ConfigurationError
        If `scheduler` is given and nobody listens there, or Dask is not installed.

    Examples
    --------
    >>> choose_executor(None).describe(), choose_executor(2).describe()
    ('in this process', 'in 2 worker processes')
    """
    if scheduler is not None:
        from experiments.executors.cluster import Cluster

        refuse_silent_scheduler(scheduler)
        return Cluster(scheduler, probes)
    return Serial() if jobs is None else Processes(jobs)
