"""What worker processes do in test_processes.py, which they import from here."""

import os
import signal
import time
from pathlib import Path

from experiments.executors.now import now

HELD = []


def tell(number):
    return number, os.getpid()


def sleep_if_odd(number):
    if number % 2:
        time.sleep(600)
    return number


def meet(_number, folder):
    """Wait until two processes are here."""
    (Path(folder) / str(os.getpid())).touch()
    while len(list(Path(folder).iterdir())) < 2:
        time.sleep(0.02)
    return os.getpid()


def slow(number, seconds):
    time.sleep(seconds)
    return number


def end_by(number, signals):
    """End the process for some numbers, by a real signal."""
    if number in signals:
        os.kill(os.getpid(), signals[number])
        time.sleep(10)
    return number


def end_once(number, marker):
    """End the process the first time that it is called."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(10)
    return number


def exit_with(number):
    os._exit(number)


def swell(number):
    """Ask for far more memory than the process may have."""
    import resource  # of POSIX

    if number == 2:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, hard))
        try:
            bytearray(4_000_000_000)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    return number


def step_by_step(number):
    for step in ("read", "n4"):
        now(step)
        time.sleep(0.3)
    return number


def leak(_number):
    HELD.append(b"x" * 200_000_000)
    return os.getpid()


def threads():
    import SimpleITK
    import threadpoolctl

    pools = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
    return SimpleITK.ProcessObject.GetGlobalDefaultNumberOfThreads(), pools


def wrong(number):
    raise ValueError(f"no {number}")


def not_to_be_sent():
    return lambda: None
