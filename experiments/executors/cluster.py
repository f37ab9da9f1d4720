"""Tasks on the workers of a Dask scheduler, on this machine or on many."""

import contextlib
import logging
import pickle
import queue
import socket
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

import joblib

from experiments.executors.address import EXPECTED, refuse_silence
from experiments.executors.executor import LOGGER, OUT_OF_MEMORY, Executor, Fatal
from experiments.executors.limit import Late, OutOfTime, limited
from experiments.versions import computing_versions
from harmonize.errors import ConfigurationError, OutsideError, RadharmonyError
from harmonize.remarks import unsaid
from radharmony.floors import call, place

try:
    import distributed
    from distributed.comm.core import CommClosedError
except ImportError as error:
    raise ConfigurationError(
        f"--scheduler needs Dask ({error}); install it here and on the workers: "
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

WORKERS = 3600.0
"""Seconds to wait for the first worker of a scheduler that has none yet: a queue of a cluster takes its time."""

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

OWN = ("radharmony", "harmonize", "evaluation", "selection", "experiments")
"""What radharmony is made of."""

SAME = 'install "radharmony[dask]" for scheduler and workers, in the same versions as here'


class UnfitWorkerError(RadharmonyError):
    """A worker cannot be trusted with a task: it does not see the files, or computes with other software."""


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
        self._done = threading.Event()
        self._lost = threading.Event()

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
                self.client = within(CONNECT + PARTING, self._connected)
                stack.callback(self._close)
                threads = within(CONNECT, self.client.nthreads)
            except Exception as error:  # whatever Dask makes of bytes that are not its own
                raise OutsideError(
                    f"--scheduler {self.address}: somebody listens there, but does not answer as a Dask scheduler does "
                    f"({type(error).__name__}); {EXPECTED}; see that it runs, then run the same command again"
                ) from error
            watch = threading.Thread(target=self._watch, name="radharmony-scheduler", daemon=True)
            watch.start()
            stack.callback(self._part)
            self._stack = stack.pop_all()
        self.client.subscribe_topic("all", _tell_of_workers)
        self._warn_of_threads(threads)
        present = tuple(str(probe) for probe in self._probes if probe.exists())  # a broken study is not their fault
        self._outfit = _Outfit(str(Path.cwd()), present, self._patience, tuple(computing_versions().items()))
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
        except UnfitWorkerError as error:
            raise OutsideError(str(error)) from error
        except TimeoutError as error:
            raise OutsideError(LOST if self.lost else f"a worker of {self.address} does not answer; end it") from error
        except Exception as error:  # what comes of software that is not there, or another
            if self.lost:
                raise OutsideError(LOST) from error
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

    def _connected(self) -> Any:
        return distributed.Client(self.address, timeout=CONNECT, set_as_default=False, name="radharmony")

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
                parcel = pickle.dumps(_Parcel(self._outfit, self.limit, function, task))
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


@contextlib.contextmanager
def joblib_on(address: str) -> Iterator[None]:
    """Have everything that joblib computes within the context computed on the workers of a Dask scheduler.

    Raises
    ------
    ConfigurationError
        If nobody listens there.
    OutsideError
        If no scheduler answers, or no longer, or one of its workers has other software.
    """
    refuse_silence(address)
    with Cluster(address) as cluster:
        cluster.examine_workers()
        with joblib.parallel_config(backend="dask", client=cluster.client, wait_for_workers_timeout=WORKERS):
            try:
                yield
            except Exception as error:
                if cluster.lost or isinstance(error, GONE):
                    raise OutsideError(LOST) from error
                if isinstance(error, ImportError) and (error.name or "").partition(".")[0] in OWN:
                    raise OutsideError(_lacking(error)) from error
                raise


def within(seconds: float, question: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Give the answer to a question that may never be answered.

    Raises
    ------
    TimeoutError
        If there is none within the time; the question is left alone.
    Exception
        What the question raises.

    Examples
    --------
    >>> within(10.0, max, 1, 2)
    2
    """
    answers: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put((True, question(*arguments, **options)))
        except BaseException as error:  # handed on
            answers.put((False, error))

    threading.Thread(target=ask, name="radharmony-question", daemon=True).start()
    try:
        answered, answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if not answered:
        raise answer
    given: T = answer
    return given


def _lacking(error: Exception) -> str:
    return f"a Dask worker lacks software, or has another ({type(error).__name__}: {error}); {SAME}"


def _tell_of_workers(event: tuple[float, Any]) -> None:
    """Log that a worker is gone, as the scheduler notices it."""
    _, told = event
    if isinstance(told, dict) and told.get("action") == "remove-worker":
        if told.get("expected"):
            LOGGER.info("the Dask worker %s has left", told.get("worker"))
        else:
            LOGGER.warning("the Dask worker %s ended; its tasks go to others", told.get("worker"))


def _value(future: Any) -> Any:
    """Give what a task gave, with the errors of Dask said in the words of a user."""
    try:
        return future.result()
    except distributed.KilledWorker:
        return Fatal("ended without a word, and so did the others that were given the task")
    except MemoryError:
        return Fatal(OUT_OF_MEMORY)
    except UnfitWorkerError as error:
        raise OutsideError(str(error)) from error
    except GONE as error:
        raise OutsideError(LOST) from error
    except ImportError as error:
        raise OutsideError(_lacking(error)) from error
    except RuntimeError as error:
        if "deserialization of the task graph" in str(error):
            raise OutsideError(f"the Dask scheduler does not know what is to be done; {SAME}") from error
        raise


_ONE_TASK = threading.Lock()
"""Threads of a worker share the number of threads of SimpleITK and the current folder: one computes at a time."""


@dataclass(frozen=True)
class _Outfit:
    """What a worker must have: the folder that relative names start from, files to see, versions of software."""

    folder: str
    probes: tuple[str, ...]
    patience: float
    versions: tuple[tuple[str, str], ...]


class _Parcel:
    """A task as bytes, done by unpacking it: `pickle.loads` is all that scheduler and worker need to take it.

    A worker that cannot import what a task names otherwise ends when it receives it, and the next one with it.
    """

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return call, (do, *self._arguments)


def do(outfit: _Outfit, limit: float | None, function: Callable[..., T], task: tuple[Any, ...]) -> T | Late:
    """Do a task in a worker, if it is fit for it: what a worker runs; its time counts from when it begins.

    Raises
    ------
    UnfitWorkerError
        If it is not.
    """
    with _ONE_TASK:
        examine(outfit)
        try:
            with contextlib.chdir(outfit.folder), unsaid(), limited(limit):
                return function(*task)
        except OutOfTime:
            return Late(limit or 0.0)


@cache
def examine(outfit: _Outfit) -> None:
    """Look whether this process sees the files and has the software."""
    here = f"the Dask worker on {socket.gethostname()}"
    own = computing_versions()
    others = {name: version for name, version in outfit.versions if own[name] != version}
    if others:
        listed = ", ".join(f"{name} {own[name]} instead of {version}" for name, version in others.items())
        raise UnfitWorkerError(f"{here} has {listed}; install the same versions there, since results would differ")
    deadline = time.monotonic() + outfit.patience
    folder = Path(outfit.folder)
    for path in (folder, *(folder / probe for probe in outfit.probes)):
        while not path.exists():
            if time.monotonic() > deadline:
                raise UnfitWorkerError(
                    f"{here} does not see {path}; images and results must lie on a file system that all workers share "
                    "under the same name"
                )
            time.sleep(0.5)
