"""Tasks one after another in this process: nothing to start, but what ends the process ends the run."""

from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from experiments.running.executors.executor import OUT_OF_MEMORY, fatal
from experiments.running.executors.now import listening

T = TypeVar("T")


class Serial:
    """Computes in this process.

    Examples
    --------
    >>> with Serial() as executor:
    ...     executor.map(divmod, [(7, 2), (9, 4)], lambda count: None, lambda error, *task: error)
    [(3, 1), (2, 1)]
    """

    def __init__(self) -> None:
        self.now: Callable[[str], None] = lambda _: None

    def map(
        self,
        function: Callable[..., T],
        tasks: Sequence[tuple[Any, ...]],
        done: Callable[[int], None],
        lost: Callable[..., T],
    ) -> list[T]:
        """Call the function once a task, see `Executor.map`."""
        results = []
        with listening(self.now):
            for task in tasks:
                results.append(_attempt(function, task, lost))
                done(len(results))
        return results

    def describe(self) -> str:
        """Say where tasks are computed."""
        return "in this process"

    def __enter__(self) -> Self:
        """Start nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """End nothing."""


def _attempt(function: Callable[..., T], task: tuple[Any, ...], lost: Callable[..., T]) -> T:
    for _ in range(2):
        try:
            return function(*task)
        except MemoryError:
            continue
    return lost(fatal(OUT_OF_MEMORY), *task)
