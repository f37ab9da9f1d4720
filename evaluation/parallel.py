"""One task for many items, in processes side by side."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import joblib
from threadpoolctl import threadpool_limits

from harmonize.errors import RadharmonyError

Item = TypeVar("Item")
Result = TypeVar("Result")

Progress = Callable[[int, int], None]
"""Told how many items are done, and of how many."""


def in_parallel(
    task: Callable[[Item], Result], items: Sequence[Item], jobs: int | None = 1, progress: Progress | None = None
) -> list[Result]:
    """Do a task for every item.

    Linear algebra is done by one thread in each task, so that sums never depend on the number of processes.

    Parameters
    ----------
    task : callable
        Such as a function of a module, or a `functools.partial` of one: it goes to other processes.
    items : sequence
    jobs : int, optional
        Processes, -1 for one a core; None for as many as the context of joblib says, by default one.
    progress : callable, optional
        Called once before the first item and after each.

    Returns
    -------
    list
        In the order of the items.

    Raises
    ------
    RadharmonyError
        If a process dies.

    Examples
    --------
    >>> in_parallel(abs, [-3, 2])
    [3, 2]
    """
    tell = progress or (lambda *_: None)
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    results: dict[int, Result] = {}
    tell(0, len(items))
    try:
        for position, result in parallel(joblib.delayed(_placed)(i, task, item) for i, item in enumerate(items)):
            results[position] = result
            tell(len(results), len(items))
    except joblib.externals.loky.process_executor.BrokenProcessPool as error:
        raise RadharmonyError(f"a worker process died ({error}); try again with one job if memory was short") from error
    return [results[position] for position in range(len(items))]


def _placed(position: int, task: Callable[[Item], Result], item: Item) -> tuple[int, Result]:
    with threadpool_limits(1):
        return position, task(item)
