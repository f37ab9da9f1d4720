"""The log of a run: what started when, with which versions, how long it took, what failed."""

import logging
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.progress import Progress
from harmonize.errors import ConfigurationError

if TYPE_CHECKING:
    from experiments.folder.failures import Failure

LOGGER = logging.getLogger("radharmony")
"""All is told to it; programs may listen."""

SECONDS_BETWEEN = 60.0


class _LogFile(logging.FileHandler):
    """A file of lines; what cannot be written, as on a full disk, is let go: the run says so where it matters."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is logging's
        """Go on."""

    def close(self) -> None:
        """Close, even if the last lines cannot be written."""
        with suppress(OSError):
            super().close()


@contextmanager
def run_log(path: Path) -> Iterator[None]:
    """Append everything that is logged and warned of to a file, and how it ended.

    Parameters
    ----------
    path : Path
        The file; kept from run to run.

    Raises
    ------
    ConfigurationError
        If it is a pipe: to write there waits for somebody who reads.
    """
    if Path(path).is_fifo():
        raise ConfigurationError(f"{path}: cannot be written: it is a pipe, expected a file; remove it")
    handler = _LogFile(path, encoding="utf-8", delay=True)
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    level, show = LOGGER.level, warnings.showwarning
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)

    def show_and_log(message: Warning | str, category: type[Warning], *where: Any, **options: Any) -> None:
        LOGGER.info("warning: %s: %s", category.__name__, _line(str(message)))
        show(message, category, *where, **options)

    warnings.showwarning = show_and_log
    try:
        yield
    except KeyboardInterrupt:
        LOGGER.info("interrupted; finished work is kept")
        raise
    except BaseException as error:
        LOGGER.info("stopped: %s: %s", type(error).__name__, _line(str(error)))
        raise
    finally:
        warnings.showwarning = show
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)
        handler.close()


def log_start(name: str, scans: int, strategies: Iterable[str], where: str, versions: Mapping[str, str]) -> None:
    """Log what is about to be run, where, and with which software."""
    LOGGER.info("run started: %s, %d scans, strategies %s, computed %s", name, scans, ", ".join(strategies), where)
    LOGGER.info("versions: %s", ", ".join(f"{software} {version}" for software, version in versions.items()))


def log_end(scans: int, reused: int, failures: int) -> None:
    """Log that a run is over, and what it left."""
    LOGGER.info("run finished: %d scans, %d results taken over, %d failures", scans, reused, failures)


def log_failures(failures: "Iterable[Failure]") -> None:
    """Log what failed: as much as failures.csv says, in a line each."""
    for failure in failures:
        place = (failure.strategy, *failure.key, failure.perturbation, failure.roi, failure.step)
        LOGGER.info("failed: %s: %s", ", ".join(filter(None, place)), _line(failure.problem))


def logged(progress: Progress, clock: Callable[[], float] = time.monotonic) -> Progress:
    """Give a progress function that also logs when each stage begins and ends, and how far it is once a minute."""
    stages: dict[str, _Stage] = {}

    def report(what: str, done: int, total: int) -> None:
        now = clock()
        stage = stages.get(what)
        if stage is None or done < stage.done:
            stage = stages[what] = _Stage(now)
            LOGGER.info("%s: started, %d to do", what, total)
        stage.done = done
        if done >= total and not stage.over:
            stage.over = True
            LOGGER.info("%s: %d done in %.1f s", what, total, now - stage.start)
        elif now - stage.told >= SECONDS_BETWEEN:
            stage.told = now
            LOGGER.info("%s: %d of %d", what, done, total)
        progress(what, done, total)

    return report


class _Stage:
    def __init__(self, start: float) -> None:
        self.start = self.told = start
        self.done = 0
        self.over = False


class Stopwatch:
    """Seconds of the stages of a run, for `timings.json`."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self.stages: dict[str, float] = {}

    @property
    def total(self) -> float:
        """Since it was made."""
        return time.monotonic() - self._start

    @contextmanager
    def measuring(self, stage: str) -> Iterator[None]:
        """Measure one stage."""
        start = time.monotonic()
        yield
        self.stages[stage] = round(time.monotonic() - start, 3)


def _line(text: str) -> str:
    return " ".join(text.split())
