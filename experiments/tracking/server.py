"""MLflow's server for one database, on this machine alone, ended with all that it started."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from experiments.tracking.address import sqlite_uri
from experiments.tracking.problems import TrackingError

HOST = "127.0.0.1"
PATIENCE = 120.0
"""Seconds that the server may take to answer."""
POLITE = 10.0
"""Seconds that it has to end by itself."""
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HOST": HOST,
    "MLFLOW_WORKERS": "1",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # of language models, by processes of their own
}


@contextmanager
def serving(file: Path, port: int | None = None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve a database; gives the address where it answers, and the process.

    Parameters
    ----------
    file : Path
        A database that the installed version of MLflow can use.
    port : int, optional
        By default one that is free.

    Raises
    ------
    TrackingError
        If the port is in use, or the server ends by itself, or does not answer.
    """
    port = _free(port or 0)
    with tempfile.TemporaryDirectory(prefix="radharmony-", ignore_cleanup_errors=True) as place:
        options = {"MLFLOW_PORT": str(port), "MLFLOW_BACKEND_STORE_URI": sqlite_uri(file.resolve())}
        log = Path(place) / "server.log"
        with ThreadPoolExecutor(1) as thread:  # there Ctrl-C cannot fall between a process's start and knowing of it
            started = thread.submit(_start, options, Path(place), log)
            try:
                process = started.result()
                _wait(process, port, log)
                yield f"http://{HOST}:{port}", process
            finally:
                _end(started.result())


def _start(options: Mapping[str, str], place: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the first process of a group of its own, so that Ctrl-C reaches it through us alone."""
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server"],
            cwd=place,
            env={**os.environ, **ENVIRONMENT, **options},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same in Windows
        )


def _free(port: int) -> int:
    """Give the port, or a free one for 0."""
    with socket.socket() as probe:
        if os.name != "nt":  # one that was left a moment ago is free; on Windows this would take one from others
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise TrackingError(
                f"`port={port}`: it cannot be used ({error.strerror}); name another one, or none for a free one"
            ) from error
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise TrackingError(f"MLflow's server ended by itself:\n{_last_lines(log)}")
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.1)
    raise TrackingError(f"MLflow's server did not answer within {PATIENCE:g} s:\n{_last_lines(log)}")


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server, and the processes that it started, which are of its group."""
    if sys.platform == "win32":
        tree = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        subprocess.run(tree, capture_output=True, check=False)  # noqa: S603 (of Windows itself)
        process.wait(POLITE)
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLITE)
