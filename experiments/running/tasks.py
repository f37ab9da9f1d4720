"""Tasks of a run: each on one thread, and each looks at a file once, whatever it wants of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import SimpleITK as sitk
from threadpoolctl import threadpool_limits

from experiments.executors import Executor
from experiments.running.store.finished import Store
from experiments.running.store.identity import learn, learned
from harmonize.errors import ScanError
from harmonize.inputs.files import one_look

T = TypeVar("T")

OFTEN = 32
"""Tasks after which what they have finished may be gathered into few files."""


def each(
    executor: Executor,
    function: Callable[..., T],
    tasks: Sequence[tuple[Any, ...]],
    store: Store,
    done: Callable[[int], None],
    lost: Callable[..., T],
) -> list[T]:
    """Do as `Executor.map`; what tasks learn of files, later tasks and runs know."""

    def missing(error: ScanError, _function: Any, _folder: Path, *task: Any) -> tuple[T, dict[str, Any]]:
        return lost(error, *task), {}

    def counted(count: int) -> None:
        if count % OFTEN == 0 or count == len(tasks):
            store.pack()
        done(count)

    answers = executor.map(_looked, [(function, store.folder, *task) for task in tasks], counted, missing)
    learn(store.folder, (news for _, news in answers))
    return [answer for answer, _ in answers]


def _looked(function: Callable[..., T], folder: Path, *task: Any) -> tuple[T, dict[str, Any]]:
    with one_thread(), one_look():
        return function(*task), learned(folder)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep SimpleITK and BLAS to one thread: scans run side by side, and sums keep their order."""
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
