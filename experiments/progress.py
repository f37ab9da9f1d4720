"""What is shown while something works: bars on a terminal, a line a stage in a notebook, plain lines elsewhere."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import click

from harmonize.words import clock

if TYPE_CHECKING:
    from rich.progress import Task
    from rich.text import Text

SECONDS_BETWEEN = 30.0
"""Between two lines about one stage, where there is no terminal."""

SECONDS_OF_A_CELL = 0.2
"""Between two changes of what a notebook shows."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


class Display:
    """Shows how far each stage is, called as `display(what, done, total)`; the base shows nothing."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that so many are done, of so many."""

    def now(self, step: str) -> None:
        """Show what is being done at this moment."""


@contextmanager
def shown(progress: Progress | bool | None) -> Iterator[Progress]:
    """Give what shows how far each stage of a function is.

    Parameters
    ----------
    progress : callable, bool or None
        What is called instead; True to show it, False not to; None shows it where somebody looks: on a terminal and in
        a notebook.
    """
    if callable(progress):
        yield progress
    elif progress or (progress is None and (_in_notebook() or sys.stderr.isatty())):
        with progress_bars(quiet=False) as display:
            yield display
    else:
        yield Display()


@contextmanager
def progress_bars(quiet: bool, words: Callable[[str], str] = str) -> Iterator[Display]:
    """Give what shows how far each stage is; nothing is shown if quiet, warnings in the words of a command."""
    if quiet:
        with _listening(logging.NullHandler()):
            yield Display()
        return
    with _listening(_Told(words)):
        if _in_notebook():
            yield Cell()
        elif sys.stderr.isatty():
            with _bars() as progress:
                yield progress
        else:
            yield Lines(lambda line: click.echo(line, err=True))


class _Told(logging.Handler):
    def __init__(self, words: Callable[[str], str]) -> None:
        super().__init__(logging.WARNING)
        self.words = words

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"{record.levelname.lower()}: {self.words(record.getMessage())}", err=True)


@contextmanager
def _listening(handler: logging.Handler) -> Iterator[None]:
    """Hand what radharmony logs to a handler, and to nobody else on the terminal."""
    logger = logging.getLogger("radharmony")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def _bars() -> Iterator[Display]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as RichProgress
    from rich.text import Text

    class Speed(ProgressColumn):
        """How many are done in a second, or in a minute if it is less than one."""

        def render(self, task: "Task") -> "Text":
            speed = task.finished_speed or task.speed
            return Text(rate(speed) if speed and task.total and task.total > 1 else "", style="progress.data.speed")

    class Bars(Display):
        def __init__(self, bars: RichProgress) -> None:
            self.bars = bars
            self.stages: dict[str, TaskID] = {}
            self.latest: TaskID | None = None

        def __call__(self, what: str, done: int, total: int) -> None:
            if what not in self.stages:
                # What earlier runs finished says nothing about the speed of this one.
                self.stages[what] = self.bars.add_task(what, total=total, completed=done, now="")
            self.latest = self.stages[what]
            self.bars.update(self.latest, completed=done, total=total)
            if done >= total:
                self.now("")

        def now(self, step: str) -> None:
            if self.latest is not None:
                self.bars.update(self.latest, now=step)

    columns = (TextColumn("{task.description:<13}"), BarColumn(), MofNCompleteColumn(), Speed(), TimeElapsedColumn())
    more = (TimeRemainingColumn(elapsed_when_finished=False), TextColumn("{task.fields[now]}", style="dim"))
    with RichProgress(*columns, *more, console=Console(stderr=True)) as bars:
        yield Bars(bars)


class Cell(Display):
    """Shows the stages below a cell of a notebook, one line each, in place."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.handle = import_module("IPython.display").DisplayHandle()
        self.clock = clock
        self.lines: dict[str, str] = {}
        self.latest, self.last = "", -1.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show the line of the stage anew."""
        self.latest = what
        self.lines[what] = f"{what}: {done} of {total}"
        self._show(always=done >= total)

    def now(self, step: str) -> None:
        """Show what is being done at this moment behind the latest line."""
        self._show(f", {step}" if step else "")

    def _show(self, behind: str = "", always: bool = False) -> None:
        if not always and self.clock() - self.last < SECONDS_OF_A_CELL:
            return
        text = "\n".join(line + behind * (what == self.latest) for what, line in self.lines.items())
        (self.handle.display if self.last < 0 else self.handle.update)({"text/plain": text}, raw=True)
        self.last = self.clock()


class Lines(Display):
    """Tells when a stage begins and ends, and now and then how far it is.

    Examples
    --------
    >>> seconds = iter([0, 10, 40, 50])
    >>> progress = Lines(print, lambda: next(seconds))
    >>> for done in (0, 10, 40, 100):
    ...     progress("scans", done, 100)
    scans: 0 of 100
    scans: 40 of 100, 1.0 per second, 1:00 left
    scans: 100 of 100
    """

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.tell = tell
        self.clock = clock
        self.first: dict[str, tuple[float, int]] = {}
        self.last: dict[str, float] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell of it if it is time to."""
        now = self.clock()
        start, before = self.first.setdefault(what, (now, done))
        if what not in self.last or done == total:
            self.tell(f"{what}: {done} of {total}")
        elif now - self.last[what] >= SECONDS_BETWEEN and done > before:
            speed = (done - before) / (now - start)
            self.tell(f"{what}: {done} of {total}, {rate(speed)}, {clock((total - done) / speed)} left")
        else:
            return
        self.last[what] = now


def _in_notebook() -> bool:
    """Tell whether this process computes the cells of a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


def rate(speed: float) -> str:
    """Say how many are done in a second, or in a minute if it is less than one.

    Examples
    --------
    >>> rate(12.34), rate(0.5)
    ('12.3 per second', '30.0 per minute')
    """
    return f"{speed:.1f} per second" if speed >= 1 else f"{60 * speed:.1f} per minute"
