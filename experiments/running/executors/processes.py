"""Tasks in worker processes on this machine."""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from typing import Any, Self, TypeVar

from experiments.running.executors.executor import MEMORY, OUT_OF_MEMORY, ending, fatal
from experiments.running.executors.worker import Worker, WorkerEnded
from experiments.running.log import LOGGER_NAME
from harmonize.errors import RadharmonyError

T = TypeVar("T")

LOGGER = logging.getLogger(LOGGER_NAME)

STILLBORN = 3
"""How many workers in a row may end before they stand; more, and none will."""


class Processes:
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

    def __init__(self, jobs: int) -> None:
        if jobs < 1:
            raise ValueError(f"jobs: expected 1 or more, found {jobs}")
        self.jobs = jobs
        self.now: Callable[[str], None] = lambda _: None
        self._workers: list[Worker] = []
        self._stillborn = 0

    def map(
        self,
        function: Callable[..., T],
        tasks: Sequence[tuple[Any, ...]],
        done: Callable[[int], None],
        lost: Callable[..., T],
    ) -> list[T]:
        """Call the function once a task, see `Executor.map`."""
        try:
            return self._map(function, tasks, done, lost)
        except BaseException:
            self._dismiss()  # they still work on tasks whose results nobody waits for any more
            raise

    def _map(
        self,
        function: Callable[..., T],
        tasks: Sequence[tuple[Any, ...]],
        done: Callable[[int], None],
        lost: Callable[..., T],
    ) -> list[T]:
        results: dict[int, T] = {}
        alone: list[int] = []
        waiting = deque(range(len(tasks)))
        while len(results) + len(alone) < len(tasks):
            self._hire(min(self.jobs, len(tasks) - len(results) - len(alone)))
            self._give(waiting, function, tasks)
            for number, value in self._answers():
                if isinstance(value, _Fatal):
                    LOGGER.warning("a worker process %s; its task is tried again alone at the end", value.ended)
                    alone.append(number)
                else:
                    results[number] = value
                    done(len(results))
        for number in sorted(alone):
            self._dismiss()  # the memory of the others as well is for this one
            results[number] = self._alone(function, tasks[number], lost)
            done(len(results))
        return [results[number] for number in range(len(tasks))]

    def describe(self) -> str:
        """Say where tasks are computed."""
        return f"in {self.jobs} worker process{'es' if self.jobs > 1 else ''}"

    def __enter__(self) -> Self:
        """Start nothing yet: workers are started when there is work."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all workers, whatever they are doing."""
        self._dismiss()

    def _hire(self, count: int) -> None:
        while len(self._workers) < count:
            self._workers.append(Worker())

    def _dismiss(self) -> None:
        while self._workers:
            self._workers.pop().kill()

    def _give(self, waiting: deque[int], function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> None:
        for worker in list(self._workers):
            if waiting and worker.ready and worker.task is None:
                try:
                    worker.give(waiting[0], function, tasks[waiting[0]])
                    waiting.popleft()
                except WorkerEnded:  # while it was idle: another takes its place, the task is nobody's fault
                    self._workers.remove(worker)

    def _answers(self) -> Iterator[tuple[int, Any]]:
        """Wait until some worker says something; give the tasks that came to an end."""
        # A wait without end cannot be interrupted on Windows.
        heard = wait([worker.connection for worker in self._workers], timeout=1)
        for worker in [worker for worker in self._workers if worker.connection in heard]:
            number = worker.task
            try:
                value = worker.take()
            except WorkerEnded as ended:
                self._workers.remove(worker)
                if number is not None:
                    yield number, _Fatal(ending(ended.code))
                elif not worker.ready:
                    self._count_stillborn(ended.code)
                continue
            except MemoryError:
                value = _Fatal(OUT_OF_MEMORY)
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

    def _count_stillborn(self, code: int | None) -> None:
        self._stillborn += 1
        if self._stillborn >= STILLBORN:
            raise RadharmonyError(
                f"worker processes cannot start: {self._stillborn} in a row {ending(code)}; the reason may stand "
                f"above. Finished work is kept; if memory is short, {MEMORY}"
            )

    def _alone(self, function: Callable[..., T], task: tuple[Any, ...], lost: Callable[..., T]) -> T:
        while True:
            self._hire(1)
            for _ in self._answers():
                pass
            self._give(deque([0]), function, [task])
            while self._workers and self._workers[0].task is not None:
                for _, value in self._answers():
                    return lost(fatal(value.ended), *task) if isinstance(value, _Fatal) else value


class _Fatal:
    """In place of a result: how the worker ended."""

    def __init__(self, ended: str) -> None:
        self.ended = ended
