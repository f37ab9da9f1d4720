"""Tasks side by side, in worker processes."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import joblib

from harmonize.errors import RadharmonyError

T = TypeVar("T")


def side_by_side(
    function: Callable[..., T], tasks: Iterable[tuple[Any, ...]], jobs: int, done: Callable[[int], None]
) -> list[T]:
    """Call a function once a task and give the results in the order of the tasks.

    Parameters
    ----------
    function : callable
        Of a module, so that worker processes find it.
    tasks : iterable of tuple
        The arguments of every call.
    jobs : int
        Processes; -1 for one a core.
    done : callable
        Called with the number of finished tasks after each of them.

    Raises
    ------
    RadharmonyError
        If a worker process died.

    Examples
    --------
    >>> side_by_side(divmod, [(7, 2), (9, 4)], 1, lambda count: None)
    [(3, 1), (2, 1)]
    """
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    task = joblib.delayed(_numbered)
    results: dict[int, T] = {}
    try:
        for count, (i, result) in enumerate(parallel(task(i, function, *call) for i, call in enumerate(tasks)), 1):
            results[i] = result
            done(count)
    except joblib.externals.loky.process_executor.BrokenProcessPool as error:
        raise RadharmonyError(
            f"a worker process died ({error}); what was finished is kept: run the same command again, with --jobs 1 "
            "if memory was short"
        ) from error
    return [results[i] for i in sorted(results)]


def _numbered(i: int, function: Callable[..., T], *call: Any) -> tuple[int, T]:
    return i, function(*call)
