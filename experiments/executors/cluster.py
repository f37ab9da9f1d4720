"""Tasks on the workers of a Dask scheduler, on this machine or on many."""

import contextlib
import logging
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

WORKERS = 3600.0
"""Seconds to wait for the first worker of a scheduler that has none yet: a queue of a cluster takes its time."""

REMIND = 30.0
"""Seconds between two reminders that there is no worker."""


QUIET = ("distributed", "distributed.client", "tornado.application")
"""Loggers that print tracebacks when a connection ends; what a user can do about it, the errors raised here say."""

LOST = (
    "the connection to the Dask scheduler is lost; finished work is kept: see that the scheduler runs, then run the "
    "same command again"
)
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

    def describe(self) -> str:
        """Say where tasks are computed."""
        return f"on the Dask scheduler {self.address}"

    def __enter__(self) -> Self:
        """Connect.

        Raises
        ------
        ConfigurationError
            If no scheduler answers.
        """
        with contextlib.ExitStack() as stack:
            stack.enter_context(_quiet())
            try:
                self.client = distributed.Client(self.address, timeout=CONNECT, set_as_default=False, name="radharmony")
            except (OSError, ValueError, ImportError, KeyError) as error:
                raise ConfigurationError(
                    f"--scheduler {self.address}: no Dask scheduler answers ({type(error).__name__}); {EXPECTED}"
                ) from error
            stack.callback(self.client.close, timeout=CONNECT)
            self._stack = stack.pop_all()
        self.client.subscribe_topic("all", _tell_of_workers)
        self._warn_of_threads()
        present = tuple(str(probe) for probe in self._probes if probe.exists())  # a broken study is not their fault
        self._outfit = _Outfit(str(Path.cwd()), present, self._patience, tuple(computing_versions().items()))
        return self

    def __exit__(self, *_: object) -> None:
        """Leave; tasks that are still waiting are taken back."""
        self._stack.close()

    def examine_workers(self) -> None:
        """Ask the workers that are there now whether they are fit.

        Raises
        ------
        ConfigurationError
            If one is not.
        """
        try:
            self.client.run(examine, self._outfit)
        except UnfitWorkerError as error:
            raise ConfigurationError(str(error)) from error
        except ImportError as error:
            raise ConfigurationError(f"a Dask worker lacks software ({error}); {SAME}") from error

    def _warn_of_threads(self) -> None:
        if any(threads > 1 for threads in self.client.nthreads().values()):
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
                future = self.client.submit(do, self._outfit, self.limit, function, task, key=key, pure=False)
                futures[key] = (number, future)
                future.add_done_callback(ended.put)
            while futures:
                number, future = futures.pop(self._next(ended).key)
                yield number, _value(future)
                future.release()
        finally:
            if futures:
                with contextlib.suppress(Exception):  # the connection may be what was lost
                    self.client.cancel([future for _, future in futures.values()], force=True)

    def _next(self, ended: "queue.SimpleQueue[Any]") -> Any:
        """Wait for the next task to end, as long as there is hope."""
        reminded = time.monotonic()
        while True:
            try:
                return ended.get(timeout=1)
            except queue.Empty:
                if self.client.status in ("closing", "closed"):
                    raise OutsideError(LOST) from None
            if time.monotonic() - reminded > REMIND:
                reminded = time.monotonic()
                with contextlib.suppress(OSError):
                    if not self.client.nthreads():
                        LOGGER.warning("no worker is connected to %s; waiting for one", self.address)


@contextlib.contextmanager
def joblib_on(address: str) -> Iterator[None]:
    """Have everything that joblib computes within the context computed on the workers of a Dask scheduler.

    Raises
    ------
    ConfigurationError
        If no scheduler answers, or one of its workers has other software.
    """
    refuse_silence(address)
    with Cluster(address) as cluster:
        cluster.examine_workers()
        with joblib.parallel_config(backend="dask", client=cluster.client, wait_for_workers_timeout=WORKERS):
            yield


def _tell_of_workers(event: tuple[float, Any]) -> None:
    """Log that a worker is gone, as the scheduler notices it."""
    _, told = event
    if isinstance(told, dict) and told.get("action") == "remove-worker":
        if told.get("expected"):
            LOGGER.info("the Dask worker %s has left", told.get("worker"))
        else:
            LOGGER.warning("the Dask worker %s ended; its tasks go to others", told.get("worker"))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own account of a lost connection off the terminal."""
    levels = {name: logging.getLogger(name).level for name in QUIET}
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _value(future: Any) -> Any:
    """Give what a task gave, with the errors of Dask said in the words of a user."""
    try:
        return future.result()
    except distributed.KilledWorker:
        return Fatal("ended without a word, and so did the others that were given the task")
    except MemoryError:
        return Fatal(OUT_OF_MEMORY)
    except UnfitWorkerError as error:
        raise ConfigurationError(str(error)) from error
    except (distributed.client.FutureCancelledError, CommClosedError) as error:
        raise OutsideError(LOST) from error
    except ImportError as error:
        raise ConfigurationError(f"a Dask worker lacks software ({error}); {SAME}") from error
    except RuntimeError as error:
        if "deserialization of the task graph" in str(error):
            raise ConfigurationError(f"the Dask scheduler does not know what is to be done; {SAME}") from error
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
