"""Tasks in worker processes on this machine."""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from multiprocessing.connection import wait
from typing import Any, ClassVar, TypeVar

from experiments.executors.executor import LOGGER, MEMORY, OUT_OF_MEMORY, Executor, Fatal, ending
from experiments.executors.limit import Late
from experiments.executors.worker import Worker, WorkerEnded
from harmonize.errors import OutsideError

T = TypeVar("T")

STILLBORN = 3
"""How many workers in a row may end before they stand; more, and none will."""


class Processes(Executor):
    """Computes in worker processes, which live until the context ends.

    Each works on one task at a time. One that ends costs nothing but its own task, which is tried again alone when all
    others are done.

    Parameters
    ----------
    jobs : int
        Processes side by side.

    Examples
    --------
    >>> with Processes(2) as executor:
    ...     executor.map(divmod, [(7, 2), (9, 4)], lambda count: None, lambda error, *task: error)
    [(3, 1), (2, 1)]
    """

    worker: ClassVar[str] = "a worker process"

    def __init__(self, jobs: int) -> None:
        super().__init__()
        if jobs < 1:
            raise ValueError(f"jobs: expected 1 or more, found {jobs}")
        self.jobs = jobs
        self._workers: list[Worker] = []
        self._stillborn = 0

    def _computed(
        self, function: Callable[..., T], tasks: Mapping[int, tuple[Any, ...]]
    ) -> Generator[tuple[int, T | Fatal | Late]]:
        waiting, left = deque(tasks), len(tasks)
        try:
            while left:
                self._hire(min(self.jobs, left))
                self._give(waiting, function, tasks)
                for number, value in self._answers():
                    left -= 1
                    yield number, value
        except BaseException:
            self._make_room()  # they still work on tasks whose results nobody waits for any more
            raise

    def _make_room(self) -> None:
        while self._workers:
            self._workers.pop().kill()

    def describe(self) -> str:
        """Say where tasks are computed."""
        return f"in {self.jobs} worker process{'es' if self.jobs > 1 else ''}"

    def __exit__(self, *_: object) -> None:
        """End all workers, whatever they are doing."""
        self._make_room()

    def _hire(self, count: int) -> None:
        while len(self._workers) < count:
            self._workers.append(Worker())

    def _give(self, waiting: deque[int], function: Callable[..., Any], tasks: Mapping[int, tuple[Any, ...]]) -> None:
        for worker in list(self._workers):
            if waiting and worker.ready and worker.task is None:
                try:
                    worker.give(waiting[0], function, tasks[waiting[0]])
                    waiting.popleft()
                except WorkerEnded as ended:  # the task is nobody's fault
                    self._bury(worker, ended)

    def _answers(self) -> Iterator[tuple[int, Any]]:
        """Wait until some worker says something; give the tasks that came to an end."""
        # A wait without end cannot be interrupted on Windows.
        heard = wait([worker.connection for worker in self._workers], timeout=1)
        yield from self._overdue(heard)
        for worker in [worker for worker in self._workers if worker.connection in heard]:
            number = worker.task
            try:
                value = worker.take()
            except WorkerEnded as ended:
                if number is not None:
                    self._workers.remove(worker)
                    if ended.place:
                        LOGGER.info("the worker process was in %s", ended.place)
                    yield number, Fatal(ending(ended.code))
                else:
                    self._bury(worker, ended)
                continue
            except MemoryError:
                value = Fatal(OUT_OF_MEMORY)
                worker.grown = True
            self._stillborn = 0
            if worker.grown:
                self._workers.remove(worker)
                worker.kill()
            if number is not None and worker.task is None:
                yield number, value
        if heard:
            steps = Counter(worker.step for worker in self._workers if worker.step)
            self.now(", ".join(f"{step} x {count}" if count > 1 else step for step, count in sorted(steps.items())))

    def _overdue(self, heard: Sequence[object]) -> Iterator[tuple[int, Late]]:
        """End the workers whose task takes too long; others take their place."""
        for worker in list(self._workers):
            over = self.limit is not None and worker.busy > self.limit and worker.connection not in heard
            if over and worker.task is not None:
                if worker.step:
                    LOGGER.info("the worker process was in %s", worker.step)
                self._workers.remove(worker)
                worker.kill()
                yield worker.task, Late(self.limit or 0.0)

    def _bury(self, worker: Worker, ended: WorkerEnded) -> None:
        """Let another take the place of a worker that ended without a task."""
        self._workers.remove(worker)
        LOGGER.warning("%s %s without a task; another takes its place", self.worker, ending(ended.code))
        self._stillborn += not worker.ready
        if self._stillborn >= STILLBORN:
            raise OutsideError(
                f"worker processes cannot start: {self._stillborn} in a row {ending(ended.code)}; the reason may stand "
                f"above. Finished work is kept; if memory is short, {MEMORY}"
            )
