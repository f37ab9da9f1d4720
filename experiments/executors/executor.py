"""What every place that computes tasks can do, and what is said of a task that ends its worker."""

import logging
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

from experiments.executors.limit import DEFAULT, Late, late
from harmonize.errors import ScanError

T = TypeVar("T")

LOGGER = logging.getLogger("radharmony")

MEMORY = "run with fewer jobs or on a machine with more memory"
AGAIN = "`retry_failed` tries it again"


@dataclass(frozen=True)
class Fatal:
    """In place of the result of a task that its worker did not survive: how that ended."""

    ended: str


class Executor(ABC):
    """A place that computes tasks; a context manager, since some have processes to end.

    A new place says how it computes tasks (`_computed`) and where that is (`describe`).

    Attributes
    ----------
    now : callable
        Called with what is being done, as in "n4, extraction", whenever that changes; set it to see. A cluster does
        not tell.
    limit : float, optional
        Seconds that a task may take; set it for others. A worker process that exceeds it is ended; this process and
        a cluster can end a task only while it is in Python.
    """

    worker: ClassVar[str] = "a worker"
    """What computes a task, as the log says it."""

    def __init__(self) -> None:
        self.now: Callable[[str], None] = lambda _: None
        self.limit: float | None = DEFAULT

    def map(
        self,
        function: Callable[..., T],
        tasks: Sequence[tuple[Any, ...]],
        done: Callable[[int], None],
        lost: Callable[..., T],
    ) -> list[T]:
        """Call a function once a task and give the results in the order of the tasks.

        A task that runs out of memory or ends its worker process is tried again alone, when all others are done.

        Parameters
        ----------
        function : callable
            Of a module, so that worker processes find it.
        tasks : sequence of tuple
            The arguments of every call.
        done : callable
            Called with the number of finished tasks after each of them.
        lost : callable
            Called as `lost(error, *task)` with a `ScanError` for a task that failed so twice, or took too long; gives
            its result.

        Raises
        ------
        RadharmonyError
            If there is no worker that could compute.
        Exception
            What the function raises.
        """
        results: dict[int, T] = {}
        alone: list[int] = []
        with closing(self._computed(function, dict(enumerate(tasks)))) as computed:
            for number, value in computed:
                if isinstance(value, Late):
                    LOGGER.warning("a task took more than %g minutes and was ended", value.seconds / 60)
                    results[number] = lost(late(value.seconds), *tasks[number])
                    done(len(results))
                elif isinstance(value, Fatal):
                    LOGGER.warning("%s %s; its task is tried again alone at the end", self.worker, value.ended)
                    alone.append(number)
                else:
                    results[number] = value
                    done(len(results))
        for number in sorted(alone):
            self._make_room()
            with closing(self._computed(function, {number: tasks[number]})) as computed:
                ((_, value),) = computed
            if isinstance(value, Fatal):
                value = lost(fatal(value.ended), *tasks[number])
            elif isinstance(value, Late):
                value = lost(late(value.seconds), *tasks[number])
            results[number] = value
            done(len(results))
        return [results[number] for number in range(len(tasks))]

    @abstractmethod
    def _computed(
        self, function: Callable[..., T], tasks: Mapping[int, tuple[Any, ...]]
    ) -> Generator[tuple[int, T | Fatal | Late]]:
        """Compute tasks once each; give number and result of every one, as they come.

        Closed before its end, it leaves nothing behind that still computes.
        """

    def _make_room(self) -> None:  # noqa: B027  most have nothing to give back
        """Give back the memory that a task which is to be tried alone could use."""

    @abstractmethod
    def describe(self) -> str:
        """Say in a few words where tasks are computed, for the log."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(  # noqa: B027  most have nothing to end
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything that still computes."""


def fatal(ended: str) -> ScanError:
    """Give the error of a task that ended its worker twice.

    Examples
    --------
    >>> fatal(ending(-11)).problem
    'the worker process ended by signal 11 (SIGSEGV), and again when this was tried alone'
    >>> fatal(ending(-9)).advice.partition(":")[0]
    'memory may have run out'
    """
    problem = f"the worker process {ended}, and again when this was tried alone"
    if "SIGKILL" in ended or "out of memory" in ended:
        return ScanError(problem, f"memory may have run out: {MEMORY}, or crop the image; {AGAIN}")
    return ScanError(problem, f"see whether its files are sound; if they are, please report the error; {AGAIN}")


def ending(code: int | None) -> str:
    """Say how a process ended, by its exit code as Python gives it.

    Examples
    --------
    >>> ending(-9), ending(3), ending(None)
    ('ended by signal 9 (SIGKILL)', 'ended with exit code 3', 'ended')
    """
    if code is None:
        return "ended"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"ended by signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"ended by signal {-code}"


OUT_OF_MEMORY = "ran out of memory"
"""In place of what `ending` gives, where the process itself noticed."""
