"""Tasks in worker processes on this machine."""

import math
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping
from multiprocessing.connection import wait
from statistics import fmean
from typing import Any, ClassVar, TypeVar

from experiments.executors.executor import LOGGER, MEMORY, OUT_OF_MEMORY, Executor, Fatal, ending
from experiments.executors.limit import Late
from experiments.executors.worker import ENDED, ERROR, READY, RESULT, Worker
from harmonize.errors import OutsideError
from harmonize.inputs.limits import Count, check_arguments

T = TypeVar("T")

WORTH = 5.0
"""A further worker is started for work of at least so many times its start, in which all is imported anew."""
LOOK = 0.1
"""Seconds after which that is asked again."""
RECENT = 8
"""Tasks that say how long one takes."""
STILLBORN = 3
"""How many workers in a row may end before they stand; more, and none will."""


class Processes(Executor):
    """Computes in worker processes, which live until the context ends.

    Each works on one task at a time. One that ends costs nothing but its own task, which is tried again alone when all
    others are done. There are no more than are worth their start.

    Parameters
    ----------
    jobs : int
        Processes side by side, at most.

    Examples
    --------
    >>> with Processes(2) as executor:
    ...     executor.map(divmod, [(7, 2), (9, 4)], lambda count: None, lambda error, *task: error)
    [(3, 1), (2, 1)]
    """

    worker: ClassVar[str] = "a worker process"

    def __init__(self, jobs: Count) -> None:
        super().__init__()
        check_arguments(Processes, jobs=jobs)
        self.jobs = jobs
        self._workers: list[Worker] = []
        self._stillborn = 0
        self._start = math.inf
        """Seconds that the last worker took to stand."""
        self._took: deque[float] = deque(maxlen=RECENT)

    def describe(self) -> str:
        """Say where tasks are computed."""
        return f"in {self.jobs} worker process{'es' if self.jobs > 1 else ''}"

    def __exit__(self, *_: object) -> None:
        """End all workers, whatever they are doing."""
        self._make_room()

    def _make_room(self) -> None:
        while self._workers:
            self._workers.pop().kill()

    def _computed(
        self, function: Callable[..., T], tasks: Mapping[int, tuple[Any, ...]]
    ) -> Generator[tuple[int, T | Fatal | Late]]:
        waiting, left = deque(tasks), len(tasks)
        self._took.clear()
        try:
            while left:
                while len(self._workers) < min(self.jobs, left) and self._worth_one_more(len(waiting)):
                    self._workers.append(Worker(function.__module__))
                for worker in self._workers:
                    idle = worker.ready and worker.task is None
                    if waiting and idle and worker.give(waiting[0], function, tasks[waiting[0]]):
                        waiting.popleft()
                for number, value in self._answers():
                    left -= 1
                    yield number, value
        except BaseException:
            self._make_room()  # they still work on tasks whose results nobody waits for any more
            raise

    def _worth_one_more(self, waiting: int) -> bool:
        """Say whether a further worker is worth its start, if all share the tasks that wait.

        A task takes what others took, or as long as one is under way already; the first of a worker loads libraries.
        """
        count = len(self._workers)
        if count == 0:
            return True
        busy = (worker.busy - (0.0 if worker.warm else self._start) for worker in self._workers)
        seconds = max(*busy, fmean(self._took or [0.0]))
        return max(1.0, waiting / (count + 1)) * seconds > WORTH * self._start

    def _answers(self) -> Iterator[tuple[int, Any]]:
        """Wait until some worker says something; give the tasks that came to an end."""
        # A wait without end cannot be interrupted on Windows.
        more = len(self._workers) < self.jobs
        heard = wait([worker.connection for worker in self._workers], timeout=LOOK if more else 1)
        for worker in list(self._workers):
            number = worker.task
            if worker.connection in heard:
                took = worker.busy if worker.warm else 0.0
                kind, value = worker.take()
                if kind == READY:
                    self._start = worker.age
                if kind == ENDED:
                    value = self._bury(worker, value)
                elif kind == ERROR and isinstance(value, MemoryError):
                    value = Fatal(OUT_OF_MEMORY)
                    worker.grown = True
                elif kind == ERROR:
                    raise value
                if kind != ENDED:
                    self._stillborn = 0
                if worker.grown:
                    self._dismiss(worker)
                if kind in (ENDED, ERROR, RESULT) and number is not None:
                    if took:
                        self._took.append(took)
                    yield number, value
            elif number is not None and self.limit is not None and worker.busy > self.limit:
                if worker.step:
                    LOGGER.info("the worker process was in %s", worker.step)
                self._dismiss(worker)
                yield number, Late(self.limit)
        if heard:
            steps = Counter(worker.step for worker in self._workers if worker.step)
            self.now(", ".join(f"{step} x {count}" if count > 1 else step for step, count in sorted(steps.items())))

    def _dismiss(self, worker: Worker) -> None:
        """End a worker; another takes its place."""
        self._workers.remove(worker)
        worker.kill()

    def _bury(self, worker: Worker, place: str) -> Fatal:
        """Tell how a worker ended by itself."""
        self._dismiss(worker)
        ended = ending(worker.process.returncode)
        if worker.task is not None:
            if place:
                LOGGER.info("the worker process was in %s", place)
            return Fatal(ended)
        LOGGER.warning("%s %s without a task; another takes its place", self.worker, ended)
        self._stillborn += not worker.ready
        if self._stillborn >= STILLBORN:
            raise OutsideError(
                f"worker processes cannot start: {self._stillborn} in a row {ended}; the reason may stand above. "
                f"Finished work is kept; if memory is short, {MEMORY}"
            )
        return Fatal(ended)
