"""What commands say at the end of a run: the strategies side by side, and by their exit code what went wrong."""

import math
from typing import TYPE_CHECKING

import click

from experiments.analyses.places import left_over
from experiments.cli.terminal import make_console, show_table
from experiments.folder.condition_files import PERTURBATION_WORTH
from experiments.folder.files import REPORT, STRATEGIES, WHITELISTS
from experiments.folder.run_folder import RunFolder
from experiments.folder.shown import headings

if TYPE_CHECKING:
    from experiments.running.runner import Run


def show_end(run: "Run", quiet: bool) -> None:
    """Print what a finished run found; errors of the audit even if quiet."""
    if not quiet:
        show_worth(run)
        show_strategies(run)
        if run.unchanged:
            click.echo("nothing has changed since the last run", err=True)
    for reason in filter(None, left_over(RunFolder.open(run.folder)).values()):
        click.echo(f"warning: {reason}", err=True)
    if run.errors:
        click.echo(f"the audit found errors in the study: {run.errors}; see the report or `check`", err=True)


def show_worth(run: "Run") -> None:
    """Print what perturbations are worth, if the run says so."""
    worth = RunFolder.open(run.folder).get(PERTURBATION_WORTH)
    if worth is None:
        return
    from experiments.results.worth import IN_HALVES, SHOWN, TITLE, worth_shown  # only here: few runs have perturbations

    shown = worth_shown(worth)
    left = len(shown.columns) - len(SHOWN) - len(IN_HALVES)
    path = run.path(PERTURBATION_WORTH)
    console = make_console(markup=False)
    show_table(console, shown.columns, shown.to_numpy().tolist(), TITLE, left=left, fold=True, all_in=path)


def show_strategies(run: "Run") -> None:
    """Print the strategies side by side, best first, and where the files are."""
    from evaluation.reliability.statistics import headline

    console = make_console(markup=False)
    told = " (with 95 % intervals)" if _with_interval("robust_share", console.width) else ""
    columns = headings(run.strategies, run.thresholds, headline())
    rows = (
        [_shown(name, row, _with_interval(name, console.width)) for name in columns]
        for row in run.strategies.sort_values("robust_share", ascending=False, kind="stable").to_dict("records")
    )
    title = f"Strategies, by the share of robust features{told}"
    all_in = run.path(STRATEGIES)
    show_table(console, columns.values(), rows, title, fold=True, noun="strategy", all_in=all_in)
    for file in (REPORT, STRATEGIES, WHITELISTS):
        console.print(str(run.path(file)), highlight=False, soft_wrap=True)


def _with_interval(name: str, width: int) -> bool:
    """Say whether there is room for an interval: of the robust share first, then of the others."""
    return name.endswith("_share") and width >= (110 if name == "robust_share" else 150)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _shown(name: str, row: dict[str, object], with_interval: bool) -> str:
    from evaluation.written import in_percent

    value = row.get(name, math.nan)
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "none" if math.isnan(_number(row.get("considered"))) else "not computed"
    if not name.endswith("_share"):
        return f"{value:.3f}"
    low, high = row.get(f"{name}_lower"), row.get(f"{name}_upper")
    if with_interval and isinstance(low, float) and isinstance(high, float) and not math.isnan(low):
        return f"{in_percent(value, 1)}% ({in_percent(low)}–{in_percent(high)})"
    return f"{in_percent(value, 1)}%"
