"""Where and how scans are computed: keywords that functions and commands share, each told once."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from experiments.executors.limit import DEFAULT as DEFAULT_LIMIT
from experiments.progress import Progress

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

HEADING = "Parameters\n----------\n"


@dataclass(frozen=True, kw_only=True)
class Computing:
    """Where scans are computed.

    Parameters
    ----------
    jobs : int, optional
        Worker processes side by side. By default everything is computed in this process: nothing has to be started,
        but where a library crashes this process ends, while a worker's end costs one scan.
    scheduler : str, optional
        Address of a Dask scheduler, such as tcp://127.0.0.1:8786, whose workers compute instead (the extra `dask`).
    progress : callable or bool, optional
        Called as `progress(what, done, total)`; True to show how far it is, False not to. By default it is shown on a
        terminal and in a notebook.
    cache : str or Path, optional
        Folder of finished results, which runs and studies may share; by default `finished` in `out`.
    time_limit : float, optional
        Seconds that one scan may take, through all strategies; what exceeds it is a failure and the others go on. None
        for no limit. Worker processes are ended for sure, this process and a cluster stop a task only where it is in
        Python.
    allow_commands : bool
        Whether programs of this computer that the study names (the step `command`) may run. Look at them first: a study
        file from somebody else can name any.
    now : callable, optional
        Called with what workers are doing, as in "n4 x 3, extraction", whenever that changes; by default `now` of what
        shows the progress.
    """

    jobs: int | None = None
    scheduler: str | None = None
    progress: Progress | bool | None = None
    cache: str | Path | None = None
    time_limit: float | None = DEFAULT_LIMIT
    allow_commands: bool = False
    now: Callable[[str], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Conduct(Computing):
    """How a run is conducted.

    Parameters
    ----------
    tracking_uri : str, optional
        Where MLflow keeps its records; by default a SQLite file in `out`. If it cannot be used the results are
        complete all the same; a `TrackingWarning` and `Run.untracked` say why.
    track : bool
        Whether to record in MLflow at all.
    retry_failed : bool
        Whether what is known to fail is tried again.
    """

    tracking_uri: str | None = None
    track: bool = True
    retry_failed: bool = False


def by_keywords(asked: Callable[P, T]) -> Callable[[Callable[[T], R]], Callable[P, R]]:
    """Let a function of one frozen class take the values of its fields, and tell of them as the class does.

    Parameters
    ----------
    asked : type
        The class; what it and those that it inherits from say of their fields goes before the first section of the
        function's own text.

    Examples
    --------
    >>> @by_keywords(Computing)
    ... def run(asked: Computing) -> int | None:
    ...     '''Run.'''
    ...     return asked.jobs
    >>> run(jobs=3)
    3
    >>> run(job=3)
    Traceback (most recent call last):
    TypeError: run() got an unexpected keyword argument 'job'
    """
    kind = cast("type", asked)

    def take(function: Callable[[T], R]) -> Callable[P, R]:
        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                given = asked(*args, **kwargs)
            except TypeError as error:
                raise TypeError(str(error).replace(f"{kind.__name__}.__init__", function.__name__)) from None
            return function(given)

        told = [inspect.cleandoc(cls.__doc__ or "").partition(HEADING)[2] for cls in (kind, *kind.__mro__[:0:-1])]
        first, blank, rest = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
        called.__doc__ = f"{first}\n\n{HEADING}" + "\n".join(filter(None, told)) + blank + rest
        called.__dict__["__signature__"] = inspect.signature(kind).replace(
            return_annotation=inspect.signature(function).return_annotation
        )
        return called

    return take
