"""What several commands share: options, progress on the terminal, the table of strategies."""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from experiments.running.runner import Progress, Run

FAILED = 3
"""Exit code for a run that finished although some scans failed."""

data_option = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that the file names in images.csv start from [default: the folder of images.csv].",
)


def names_of(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Take several names, separated by commas, from one option or several."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


quiet_option = click.option("--quiet", is_flag=True, help="Print nothing but errors.")


def _jobs(_ctx: click.Context, _param: click.Parameter, value: int | None) -> int:
    if value is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if value < 1:
        raise click.BadParameter(f"expected 1 or more, found {value}")
    return value


jobs_option = click.option("--jobs", type=int, callback=_jobs, help="Processes side by side [default: one a core].")


@contextmanager
def progress_bars(quiet: bool) -> Iterator["Progress"]:
    """Give a function `progress(what, done, total)` that shows bars on a terminal and plain lines elsewhere."""
    if quiet:
        yield lambda *_: None
    elif sys.stderr.isatty():
        with _bars() as progress:
            yield progress
    else:
        yield _lines()


@contextmanager
def _bars() -> Iterator["Progress"]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description:<11}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        tasks = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield progress


def _lines() -> Callable[[str, int, int], None]:
    """Print a line when something begins or ends, and every ten seconds in between."""
    last: dict[str, float] = {}

    def progress(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what not in last or done == total or now - last[what] > 10:
            last[what] = now
            click.echo(f"{what}: {done} of {total}", err=True)

    return progress


def show_strategies(run: "Run") -> None:
    """Print the strategies side by side, best first, and where the files are."""
    from rich.console import Console
    from rich.table import Table

    # Nothing limits the width of a pipe: the table keeps its natural one.
    console = Console(width=None if sys.stdout.isatty() else 1000)
    told = " (with 95 % intervals)" if _with_interval("robust_share", console.width) else ""
    table = Table(title=f"Strategies, by the share of robust features{told}")
    columns = {"strategy": "strategy", "robust_share": "robust", "icc_median": "ICC median", "icc_share": "ICC > .90"}
    columns |= {"ccc_share": "CCC > .90", "cv_share": "CV < 10 %", "qcd_share": "QCD < 10 %", "failures": "failures"}
    for name, title in columns.items():
        table.add_column(title, justify="left" if name == "strategy" else "right", overflow="fold")
    for row in run.strategies.sort_values("robust_share", ascending=False, kind="stable").to_dict("records"):
        table.add_row(*(_shown(name, row, _with_interval(name, console.width)) for name in columns))
    console.print(table)
    for name in ("report.html", "strategies.csv", "whitelists"):
        console.print(f"{run.folder / name}", highlight=False, soft_wrap=True)


def _with_interval(name: str, width: int) -> bool:
    """Say whether there is room for an interval: of the robust share first, then of the others."""
    return name.endswith("_share") and width >= (110 if name == "robust_share" else 150)


def _shown(name: str, row: dict[str, object], with_interval: bool) -> str:
    value = row[name]
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "none"
    if not name.endswith("_share"):
        return f"{value:.3f}"
    low, high = row.get(f"{name}_lower"), row.get(f"{name}_upper")
    if with_interval and isinstance(low, float) and isinstance(high, float) and not math.isnan(low):
        return f"{value:.1%} ({100 * low:.0f}–{100 * high:.0f})"
    return f"{value:.1%}"
