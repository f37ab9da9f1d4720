"""What every place that computes tasks can do, and what is said of a task that ends its worker."""

import signal
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from harmonize.errors import ScanError

T = TypeVar("T")

MEMORY = "run with fewer jobs or on a machine with more memory"
AGAIN = "--retry-failed tries it again"


class Executor(Protocol):
    """A place that computes tasks; a context manager, since some have processes to end.

    Attributes
    ----------
    now : callable
        Called with what is being done, as in "n4, extraction", whenever that changes; set it to see. A cluster does
        not tell.
    """

    now: Callable[[str], None]

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
            Called as `lost(error, *task)` with a `ScanError` for a task that failed so twice; gives its result.

        Raises
        ------
        RadharmonyError
            If there is no worker that could compute.
        Exception
            What the function raises.
        """
        ...

    def describe(self) -> str:
        """Say in a few words where tasks are computed, for the log."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


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
