"""How long one task may take: what exceeds it is lost, and the others go on."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harmonize.errors import ScanError

DEFAULT = 7200.0
"""Seconds that a task may take where nobody says how many: no strategy that we know takes a tenth of it for a scan."""


@dataclass(frozen=True)
class Late:
    """In place of the result of a task that took too long: the seconds that it had."""

    seconds: float


class OutOfTime(BaseException):
    """Raised in a task whose time is up; no error of a scan, so that nothing on the way takes it for one."""


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Raise `OutOfTime` in this thread when its time is up, as soon as it is in Python.

    A function of a library that never comes back to Python cannot be stopped so: that takes a process of its own.

    Examples
    --------
    >>> with limited(0.01):
    ...     while True:
    ...         pass
    Traceback (most recent call last):
    experiments.executors.limit.OutOfTime
    """
    if seconds is None:
        yield
        return
    thread, over = threading.get_ident(), threading.Lock()

    def end() -> None:
        with over:
            if not done:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))

    done: list[bool] = []
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with over:
            done.append(True)
        timer.cancel()


def late(seconds: float) -> ScanError:
    """Give the error of a task that took too long.

    Examples
    --------
    >>> late(7200.0).problem
    'this took more than 120 minutes, the limit for a scan'
    """
    return ScanError(
        f"this took more than {seconds / 60:g} minutes, the limit for a scan",
        "see whether its files are sound and of the usual size; give it more time with `time_limit` and `retry_failed`",
    )
