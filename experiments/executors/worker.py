"""One worker process: started, given one task at a time, watched, and never left behind.

The processes are started afresh, so that no lock or thread is inherited, and without importing the user's script. Each
has a pipe of its own: what it was doing when it ended is known exactly, and nobody else is harmed.
"""

import ctypes
import faulthandler
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from experiments.executors.now import listening
from harmonize.remarks import unsaid

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Channel
else:
    from multiprocessing.connection import Connection as Channel

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
ONE_THREAD = dict.fromkeys((*THREADS, "VECLIB_MAXIMUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"), "1")
"""Environment of a worker: processes run side by side, so that threads would only be in each other's way."""
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**26)}
"""Environment of a worker with the C library of GNU: the memory that an image of usual size took stays for the next
one; to give it back and ask for it again, page by page, takes a tenth of the time of a quick look at a scan."""

GROWTH = 300_000_000
"""Bytes that a worker may have gained since its first task before another takes its place."""

SECONDS_TO_END = 10

LONGEST_DUMP = 65536
"""Bytes that a pipe holds on Linux."""

FRAMES = 5
"""Functions told of a fault."""


READY, STEP, RESULT, ERROR, ENDED = "ready", "step", "result", "error", "ended"
"""Kinds of message: it stands; what it is doing; what a task gave; what a task raised; the process is gone."""


class Worker:
    """A worker process, from the side of the process that started it.

    Parameters
    ----------
    module : str
        What it imports before it says that it stands: that of the first task.

    Attributes
    ----------
    task : int or None
        Number of the task that it was given and has not answered.
    step : str
        What it said last that it is doing; empty while it does nothing.
    ready : bool
        Whether it has said that it stands.
    warm : bool
        Whether it has answered a task.
    grown : bool
        Whether it holds so much memory that another should take its place.
    """

    def __init__(self, module: str) -> None:
        self._born = time.monotonic()
        self.connection, theirs = Pipe()
        self._faults, faults = Pipe(duplex=False)
        self.process = _started(module, theirs, faults)
        faults.close()
        theirs.close()  # the process holds the only other end: it is told by the pipe when the process ends
        self.task: int | None = None
        self._began = 0.0
        self.step = ""
        self.ready = False
        self.warm = False
        self.grown = False

    def give(self, number: int, function: Callable[..., Any], task: tuple[Any, ...]) -> bool:
        """Hand over a task; False if the process is gone, which its next message tells."""
        try:
            self.connection.send((function, task))
        except OSError:
            return False
        self.task, self._began = number, time.monotonic()
        return True

    @property
    def age(self) -> float:
        """The seconds since it was started."""
        return time.monotonic() - self._born

    @property
    def busy(self) -> float:
        """The seconds since its task was handed over; 0 without one."""
        return 0.0 if self.task is None else time.monotonic() - self._began

    def take(self) -> tuple[str, Any]:
        """Wait for the next message: its kind, and what it says.

        Of a process that is gone it says in which functions it was when a signal of a fault ended it, the innermost
        first; nothing if that is not known. `task` stays what it was then, and is None after an answer.
        """
        try:
            kind, value, self.grown = self.connection.recv()
        except (EOFError, OSError):
            return ENDED, self._fault()
        if kind == STEP:
            self.step = value
        elif kind == READY:
            self.ready = True
        else:
            self.task, self.step, self.warm = None, "", True
        return kind, value

    def kill(self) -> None:
        """End the process now, whatever it does."""
        self.connection.close()
        self._faults.close()
        self.process.kill()
        self._ended()

    def _fault(self) -> str:
        """Give the functions that the process was in which has closed its end of the pipe."""
        self._ended()
        dump = b""
        if sys.platform != "win32":
            with suppress(OSError):
                os.set_blocking(self._faults.fileno(), False)  # nothing stands there if it was killed
                dump = os.read(self._faults.fileno(), LONGEST_DUMP)
        return innermost(dump.decode("utf-8", "replace"))

    def _ended(self) -> None:
        """Wait for the end of the process: writing the image of a large one to disk takes its time."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS_TO_END)


def _started(module: str, *pipes: Connection) -> "subprocess.Popen[bytes]":
    """Start a process that serves at the other ends of pipes, and finds modules where this one does."""
    numbers = [pipe.fileno() for pipe in pipes]
    serving = f"run('experiments.executors.worker', 'serve', {module!r}, {numbers}, {os.getpid()})"
    code = f"import sys; sys.path[:] = {[*map(str, sys.path)]!a}; from radharmony.floors import run; {serving}"
    command = [sys.executable, *subprocess._args_from_interpreter_flags(), "-c", code]  # type: ignore[attr-defined]
    environment = {**os.environ, **ONE_THREAD, **KEPT_MEMORY}
    if sys.platform != "win32":
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # the process inherits it, see `serve`
        try:
            return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, pass_fds=numbers)  # noqa: S603
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    for number in numbers:
        os.set_handle_inheritable(number, True)
    listed = subprocess.STARTUPINFO(lpAttributeList={"handle_list": numbers})
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, startupinfo=listed)  # noqa: S603


def innermost(dump: str) -> str:
    r"""Give the innermost functions of the thread that failed from what Python's faulthandler writes.

    Examples
    --------
    >>> dump = 'Fatal Python error: Aborted\n\nCurrent thread 0x1 (most recent call first):\n'
    >>> innermost(dump + '  File "/lib/a.py", line 3 in f\n  File "/lib/b.py", line 9 in g\n\nExtension modules: c')
    'f (/lib/a.py, line 3) < g (/lib/b.py, line 9)'
    """
    _, _, current = dump.partition("Current thread")
    frames = re.findall(r'^  File "(.+)", line (\d+) in (.+)$', current.partition("\n\n")[0], re.MULTILINE)
    return " < ".join(f"{function} ({file}, line {line})" for file, line, function in frames[:FRAMES])


def serve(module: str, pipes: Sequence[int], parent: int) -> None:
    """Do tasks until the pipe closes: the life of a worker process, which has two pipes, for answers and for faults."""
    connection, faults = Channel(pipes[0]), Channel(pipes[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends the workers
    end_with(parent)
    if sys.platform != "win32":  # a pipe has no file descriptor there
        faulthandler.enable(faults.fileno())  # kilobytes, which the parent shortens, rather than on the terminal
    baseline: int | None = None
    with suppress(Exception):  # the task says so
        import_module(module)
    try:
        connection.send((READY, None, False))
        while True:
            with listening(lambda step: connection.send((STEP, step, False))):
                answer = _answer(connection.recv_bytes())
            held = resident()
            baseline = held if baseline is None else baseline
            grown = held is not None and baseline is not None and held - baseline > GROWTH
            _send(connection, answer, grown)
            del answer
    except (EOFError, OSError):  # the parent has closed the pipe, or is gone
        return


def _answer(message: bytes) -> tuple[str, Any]:
    try:
        function, task = pickle.loads(message)  # noqa: S301  comes from our own parent by a pipe that nobody else has
        with unsaid():
            return RESULT, function(*task)
    except Exception as error:
        error.add_note("In a worker process:\n" + traceback.format_exc())
        return ERROR, error


def _send(connection: Connection, answer: tuple[str, Any], grown: bool) -> None:
    try:
        message = pickle.dumps((*answer, grown))
    except Exception as error:
        message = pickle.dumps((ERROR, TypeError(f"a task gave what cannot leave its process: {error}"), grown))
    connection.send_bytes(message)


def end_with(parent: int) -> None:
    """See to it that this process ends when its parent does, however that ends.

    Linux does so at once. Elsewhere a thread looks every second, which may have to wait for a library that holds
    Python's lock.
    """
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
    if sys.platform != "win32":  # a process of Windows keeps the number of its parent for good
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent-watch").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def resident() -> int | None:
    """Give the bytes of memory that this process holds now; nothing where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None
