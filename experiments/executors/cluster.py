"""Tasks on the workers of a Dask scheduler, on this machine or on many."""

import contextlib
import logging
import pickle
import queue
import threading
import time
import uuid
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from experiments.executors.address import EXPECTED
from experiments.executors.executor import LOGGER, OUT_OF_MEMORY, Executor, Fatal
from experiments.executors.fitness import Outfit, Parcel, UnfitWorkerError, examine
from experiments.executors.limit import Late
from experiments.executors.patience import within
from experiments.versions import worker_versions
from harmonize.errors import ConfigurationError, OutsideError
from radharmony.floors import place

try:
    import distributed
    from distributed.comm.core import CommClosedError
except ImportError as error:
    raise ConfigurationError(
        f"`scheduler` needs Dask ({error}); install it here and on the workers: "
        'python -m pip install "radharmony[dask]"'
    ) from error

T = TypeVar("T")

CONNECT = 10.0
"""Seconds to wait for the scheduler to answer."""

PULSE = 4.0
"""Seconds between two questions whether the scheduler still answers."""

SILENCE = 15.0
"""Seconds without an answer after which a scheduler that did answer is given up; a busy one takes a few."""

PARTING = 2.0
"""Seconds that the end may take where nobody answers."""

REMIND = 30.0
"""Seconds between two reminders that there is no worker."""

QUIET = ("distributed", "distributed.client", "tornado.application", "asyncio")
"""Loggers that print tracebacks when a connection ends; what a user can do about it, the errors raised here say."""

LOST = (
    "the connection to the Dask scheduler is lost; finished work is kept: see that the scheduler runs and answers, "
    "then run the same command again"
)
GONE = (distributed.client.FutureCancelledError, CommClosedError)
"""What Dask raises for tasks whose scheduler is gone."""

SAME = 'install "radharmony[dask]" for scheduler and workers, in the same versions as here'


class Cluster(Executor):
    """Computes on the workers of a Dask scheduler.

    Workers need the same software as this process, and to see its files under the same names; each is asked before
    its first task. A worker that dies gives its tasks back to the scheduler, which hands them to others; the limit of
    how often (`distributed.scheduler.allowed-failures`) is the scheduler's.

    Parameters
    ----------
    address : str
        Of the scheduler, such as tcp://127.0.0.1:8786.
    probes : sequence of Path
        Files that every worker must see, if this process does.
    patience : float
        Seconds until a worker must see them: network file systems take their time with new ones.
    """

    def __init__(self, address: str, probes: Sequence[Path] = (), patience: float = 30.0) -> None:
        super().__init__()
        self.address = address
        self._probes = probes
        self._patience = patience
        self._done, self._lost = threading.Event(), threading.Event()

    def describe(self) -> str:
        """Say where tasks are computed."""
        return f"on the Dask scheduler {self.address}"

    def __enter__(self) -> Self:
        """Connect, and see from now on whether the scheduler still answers.

        Raises
        ------
        OutsideError
            If what listens there does not answer as a scheduler does.
        """
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._quiet())
            try:
                connect = partial(distributed.Client, self.address, timeout=CONNECT, set_as_default=False)
                self.client = within(CONNECT + PARTING, connect, name="radharmony")
                stack.callback(self._close)
                threads = within(CONNECT, self.client.nthreads)
            except Exception as error:  # whatever Dask makes of bytes that are not its own
                raise OutsideError(
                    f"`scheduler={self.address}`: somebody listens there, but does not answer as a Dask scheduler does "
                    f"({type(error).__name__}); {EXPECTED}; see that it runs, then run the same command again"
                ) from error
            watch = threading.Thread(target=self._watch, name="radharmony-scheduler", daemon=True)
            watch.start()
            stack.callback(self._part)
            self._stack = stack.pop_all()
        self.client.subscribe_topic("all", _tell_of_workers)
        self._warn_of_threads(threads)
        present = tuple(str(probe) for probe in self._probes if probe.exists())  # a broken study is not their fault
        self._outfit = Outfit(str(Path.cwd()), present, self._patience, tuple(worker_versions().items()))
        return self

    def __exit__(self, *_: object) -> None:
        """Leave; tasks that are still waiting are taken back."""
        self._stack.close()

    @property
    def lost(self) -> bool:
        """Whether the scheduler is gone, or no longer answers."""
        return self._lost.is_set() or self.client.status in ("closing", "closed", "connecting")

    def examine_workers(self) -> None:
        """Ask the workers that are there now whether they are fit; where there is none, wait for the first.

        Raises
        ------
        OutsideError
            If one is not, or does not say.
        """
        try:
            reminded = time.monotonic()
            while not within(CONNECT, self.client.nthreads):
                reminded = self._remind(reminded)
                time.sleep(1)
            within(CONNECT, self.client.run, place)
            within(self._patience + CONNECT, self.client.run, examine, self._outfit)
        except TimeoutError as error:
            raise OutsideError(LOST if self.lost else f"a worker of {self.address} does not answer; end it") from error
        except Exception as error:
            raise_in_words(error, self.lost)
            raise OutsideError(_lacking(error)) from error

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Keep Dask's own account of a lost connection off the terminal; where it is lost, to the end of the process.

        What it left behind tells of itself when it is cleared away.
        """
        levels = {name: logging.getLogger(name).level for name in QUIET}
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        yield
        if not self._lost.is_set():
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)

    def _part(self) -> None:
        """Stop watching; what is lost by now was not lost by closing the connection."""
        self._done.set()
        if self.lost:
            self._lost.set()

    def _close(self) -> None:
        with contextlib.suppress(Exception):  # there is nobody to tell
            within(PARTING if self.lost else CONNECT + PARTING, self.client.close, PARTING if self.lost else CONNECT)

    def _watch(self) -> None:
        """Ask the scheduler time and again; where it is silent, close the connection, which ends what waits for it.

        A process that is frozen keeps its connections: nothing else would tell.
        """
        while not self._done.wait(PULSE):
            try:
                within(SILENCE, self.client.nthreads)
            except Exception:  # gone, silent, or out of its mind
                if not self._done.is_set():
                    self._lost.set()
                    self._close()
                return

    def _warn_of_threads(self, of_workers: Mapping[str, int]) -> None:
        if any(threads > 1 for threads in of_workers.values()):
            LOGGER.warning(
                "workers of %s have several threads, of which only one computes at a time; start them with "
                "--nthreads 1 and more --nworkers",
                self.address,
            )

    def _computed(
        self, function: Callable[..., T], tasks: Mapping[int, tuple[Any, ...]]
    ) -> Generator[tuple[int, T | Fatal | Late]]:
        run, ended = uuid.uuid4().hex, queue.SimpleQueue[Any]()
        futures = {}
        try:
            for number, task in tasks.items():
                key = f"radharmony-{run}-{number}"
                parcel = pickle.dumps(Parcel(self._outfit, self.limit, function, task))
                future = self.client.submit(pickle.loads, parcel, key=key, pure=False)
                futures[key] = (number, future)
                future.add_done_callback(ended.put)
            while futures:
                number, future = futures.pop(self._next(ended).key)
                yield number, _value(future)
                future.release()
        finally:
            if futures:
                with contextlib.suppress(Exception):  # the connection may be what was lost
                    waiting = [future for _, future in futures.values()]
                    within(PARTING if self.lost else CONNECT, self.client.cancel, waiting, force=True)

    def _next(self, ended: "queue.SimpleQueue[Any]") -> Any:
        """Wait for the next task to end, as long as there is hope."""
        reminded = time.monotonic()
        while True:
            try:
                return ended.get(timeout=1)
            except queue.Empty:
                if self.lost:
                    raise OutsideError(LOST) from None
            reminded = self._remind(reminded)

    def _remind(self, reminded: float) -> float:
        """Say now and then that there is no worker; gives when that was looked at."""
        if time.monotonic() - reminded < REMIND:
            return reminded
        with contextlib.suppress(Exception):  # whether it answers is watched elsewhere
            if not within(PULSE, self.client.nthreads):
                LOGGER.warning("no worker is connected to %s; waiting for one", self.address)
        return time.monotonic()


def _tell_of_workers(event: tuple[float, Any]) -> None:
    """Log that a worker is gone, as the scheduler notices it."""
    _, told = event
    if isinstance(told, dict) and told.get("action") == "remove-worker":
        if told.get("expected"):
            LOGGER.info("the Dask worker %s has left", told.get("worker"))
        else:
            LOGGER.warning("the Dask worker %s ended; its tasks go to others", told.get("worker"))


def _value(future: Any) -> Any:
    """Give what a task gave; raises what else it became in the words of a user."""
    try:
        return future.result()
    except distributed.KilledWorker:
        return Fatal("ended without a word, and so did the others that were given the task")
    except MemoryError:
        return Fatal(OUT_OF_MEMORY)
    except Exception as error:
        raise_in_words(error)
        raise


def raise_in_words(error: Exception, lost: bool = False, packages: Collection[str] = ()) -> None:
    """Raise an `OutsideError` for an error that is none of the task: of the connection, or of what a worker lacks.

    Parameters
    ----------
    error : Exception
        What Dask raises.
    lost : bool
        Whether the scheduler is gone.
    packages : collection of str
        Those whose absence is the worker's fault, not the task's; by default all.
    """
    absent = isinstance(error, ImportError) and (not packages or (error.name or "").partition(".")[0] in packages)
    if lost or isinstance(error, GONE):
        raise OutsideError(LOST) from error
    if isinstance(error, UnfitWorkerError):
        raise OutsideError(str(error)) from error
    if absent:
        raise OutsideError(_lacking(error)) from error
    if isinstance(error, RuntimeError) and "deserialization of the task graph" in str(error):
        raise OutsideError(f"the Dask scheduler does not know what is to be done; {SAME}") from error


def _lacking(error: Exception) -> str:
    return f"a Dask worker lacks software, or has another ({type(error).__name__}: {error}); {SAME}"
