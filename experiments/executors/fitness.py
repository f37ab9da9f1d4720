"""What a Dask worker runs: a task, if the worker sees the files and has the software."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from experiments.executors.limit import Late, OutOfTime, limited
from experiments.versions import worker_versions
from harmonize.errors import RadharmonyError
from harmonize.remarks import unsaid
from radharmony.floors import call

T = TypeVar("T")

_ONE_TASK = threading.Lock()
"""Threads of a worker share the number of threads of SimpleITK and the current folder: one computes at a time."""


class UnfitWorkerError(RadharmonyError):
    """A worker cannot be trusted with a task: it does not see the files, or computes with other software."""


@dataclass(frozen=True)
class Outfit:
    """What a worker must have: the folder that relative names start from, files to see, versions of software."""

    folder: str
    probes: tuple[str, ...]
    patience: float
    versions: tuple[tuple[str, str], ...]


class Parcel:
    """A task as bytes, done by unpacking it: `pickle.loads` is all that scheduler and worker need to take it.

    A worker that cannot import what a task names otherwise ends when it receives it, and the next one with it.
    """

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return call, (do, *self._arguments)


def do(outfit: Outfit, limit: float | None, function: Callable[..., T], task: tuple[Any, ...]) -> T | Late:
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
def examine(outfit: Outfit) -> None:
    """Look whether this process sees the files and has the software."""
    here = f"the Dask worker on {socket.gethostname()}"
    own = worker_versions()
    others = {name: version for name, version in outfit.versions if own.get(name) != version}
    if others:
        listed = ", ".join(
            f"{name} {own.get(name, 'missing')} instead of {version}" for name, version in others.items()
        )
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
