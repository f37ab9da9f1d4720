"""Tasks one after another in this process: nothing to start, but what ends the process ends the run."""

from collections.abc import Callable, Generator, Mapping
from typing import Any, ClassVar, TypeVar

from experiments.executors.executor import OUT_OF_MEMORY, Executor, Fatal
from experiments.executors.limit import Late, OutOfTime, limited
from experiments.executors.now import listening
from harmonize.remarks import unsaid

T = TypeVar("T")


class Serial(Executor):
    """Computes in this process.

    Examples
    --------
    >>> with Serial() as executor:
    ...     executor.map(divmod, [(7, 2), (9, 4)], lambda count: None, lambda error, *task: error)
    [(3, 1), (2, 1)]
    """

    worker: ClassVar[str] = "this process"

    def _computed(
        self, function: Callable[..., T], tasks: Mapping[int, tuple[Any, ...]]
    ) -> Generator[tuple[int, T | Fatal | Late]]:
        with listening(self.now):
            for number, task in tasks.items():
                value: T | Fatal | Late
                try:
                    with unsaid(), limited(self.limit):
                        value = function(*task)
                except OutOfTime:
                    value = Late(self.limit or 0.0)
                except MemoryError:
                    value = Fatal(OUT_OF_MEMORY)
                yield number, value

    def describe(self) -> str:
        """Say where tasks are computed."""
        return "in this process"
