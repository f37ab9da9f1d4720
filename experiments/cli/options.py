"""What several commands share: options, warnings, the table of strategies."""

import math
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from experiments.running.runner import Run

FAILED = 3
"""Exit code for a run that finished although some scans failed."""

UNTRACKED = 4
"""Exit code for a run that finished although MLflow could not record it."""

data_option = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that the file names in images.csv start from [default: the folder of images.csv].",
)


def names_of(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Take several names, separated by commas, from one option or several."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


quiet_option = click.option("--quiet", is_flag=True, help="Print nothing but errors.")


NOT_BOTH = "--scheduler and --jobs exclude each other: a cluster has the workers that it has"


def _jobs(ctx: click.Context, _param: click.Parameter, value: int | None) -> int:
    if value is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if value < 1:
        raise click.BadParameter(f"expected 1 or more, found {value}")
    if ctx.params.get("scheduler") is not None:
        raise click.UsageError(NOT_BOTH)
    return value


jobs_option = click.option(
    "--jobs", type=int, callback=_jobs, help="Worker processes side by side [default: one a core]."
)


def _scheduler(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and ctx.get_parameter_source("jobs") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError(NOT_BOTH)
    return value


scheduler_option = click.option(
    "--scheduler",
    metavar="ADDRESS",
    callback=_scheduler,
    help="Compute on the workers of a Dask scheduler, such as tcp://127.0.0.1:8786, instead.",
)


def joblib_workers(scheduler: str | None) -> AbstractContextManager[None]:
    """Give a context in which joblib computes on the workers of a scheduler; one that changes nothing for none.

    `n_jobs` is without effect within: a cluster has the workers that it has.
    """
    if scheduler is None:
        return nullcontext()
    from experiments.running.executors.cluster import joblib_on

    return joblib_on(scheduler)


@contextmanager
def plain_warnings(kind: type[Warning]) -> Iterator[None]:
    """Print warnings of a kind as one line each, without the code that they come from."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", kind)
        show = warnings.showwarning

        def tell(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
            if issubclass(category, kind):
                click.echo(f"warning: {message}", err=True)
            else:
                show(message, category, *place, **options)

        warnings.showwarning = tell
        yield


def show_strategies(run: "Run") -> None:
    """Print the strategies side by side, best first, and where the files are."""
    from rich.console import Console
    from rich.table import Table

    # Nothing limits the width of a pipe: the table keeps its natural one.
    console = Console(markup=False, width=None if sys.stdout.isatty() else 1000)
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
