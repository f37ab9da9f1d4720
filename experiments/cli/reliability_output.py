"""What `radharmony reliability` writes and prints."""

from functools import partial
from pathlib import Path

import click
import pandas as pd
from rich.console import Console
from rich.table import Table

from evaluation.figures import to_bytes
from evaluation.publication import Analysis, Place, methods_text, paper_figures, paper_tables
from evaluation.publication.terms import NO_LIMITS, NOT_COMPUTED, has_limits, number, share, threshold, unit
from evaluation.reading import ReadTable
from evaluation.reliability import summarize
from experiments.outputs import (
    METHODS,
    RELIABILITY,
    SUMMARY,
    TABLES,
    write_csv,
    write_parquet,
    write_tables,
    write_text,
    write_whole,
)


def write_folder(
    folder: Path,
    computed: pd.DataFrame,
    read: ReadTable,
    analysis: Analysis,
    place: Place,
    pictured: tuple[str, ...],
    figures: bool,
) -> None:
    """Write the reliability table, its summary, the tables and the text of a paper and, if wanted, the figures."""
    write_parquet(folder / RELIABILITY, computed)
    write_csv(folder / "reliability.csv", computed)
    write_csv(folder / SUMMARY, summarize(computed, analysis.thresholds, analysis.on))
    write_text(folder / METHODS, methods_text(analysis))
    write_tables(folder / TABLES, paper_tables(computed, analysis))
    if not figures:
        return
    taken: set[str] = set()
    typical = place.typical(computed)
    for name, figure in paper_figures(
        computed, read.table, analysis, place, pictured or ((typical,) if typical else ())
    ):
        file_name = _file_name(name, taken)
        for kind in ("svg", "png"):
            write_whole(folder / "figures" / f"{file_name}.{kind}", partial(_write, to_bytes(figure, kind)))


def _write(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def _file_name(name: str, taken: set[str]) -> str:
    """Replace what a file name may not hold, and number names that become the same."""
    plain = "".join(sign if sign.isalnum() or sign in "._+-" else "_" for sign in name)[:120]
    unique, count = plain, 1
    while unique.lower() in taken:
        count += 1
        unique = f"{plain}_{count}"
    taken.add(unique.lower())
    return unique


def show_roles(read: ReadTable, reference: str | None, unasked: bool) -> None:
    """Print which column is what, which are left out, and the reference (`unasked`: that no option named)."""
    table = Table(title="What the columns are")
    for heading in ("role", "column", "levels"):
        table.add_column(heading)
    for role in ("subject", "condition", "sequence", "roi", "strategy"):
        columns = read.roles.of(role)
        if role == "condition" and read.roles.order:
            columns = (f"in the order of {read.roles.order}",)
        if role == "roi":
            columns += read.roles.within
        levels = read.levels(role)
        words = ", ".join(levels[:6]) + (f" and {len(levels) - 6} more" if len(levels) > 6 else "")
        source = " + ".join(columns) if columns else "none"
        if role == "strategy" and not columns and len(levels) > 1:
            source = "one a file"
        table.add_row(role, source + (" (guessed)" if role in read.guessed else ""), f"{len(levels)}: {words}")
    table.add_row("features", "", f"{len(read.features)}: {', '.join(read.features[:2])}, ...")
    Console(markup=False).print(table)
    reasons: dict[str, list[str]] = {}
    for name, why in read.left_out.items():
        reasons.setdefault(why, []).append(name)
    for why, names in reasons.items():
        click.echo(f"left out, {why}: {', '.join(names[:6])}" + (", ..." if len(names) > 6 else ""))
    if reference is None:
        click.echo("reference: none, all conditions are compared with one another")
    else:
        click.echo(f"reference: {reference}" + (" (the first of two conditions; --reference changes it)" * unasked))


def show_summary(computed: pd.DataFrame, analysis: Analysis) -> None:
    """Print medians and shares of each strategy."""
    summary = summarize(computed, analysis.thresholds, analysis.on)
    table = Table(title="All features, ROIs, sequences and conditions together")
    for heading in ("strategy", "threshold", "median (Q1, Q3)", "passing", "computed"):
        table.add_column(heading, justify="left" if heading in ("strategy", "threshold") else "right")
    for row in summary[summary["by"] == "overall"].to_dict("records"):
        name = row["statistic"]
        if name.endswith("_paper"):
            continue
        median, q1, q3 = (number(row[key], name) for key in ("median", "q1", "q3"))
        table.add_row(
            row["strategy"],
            threshold(name, row["threshold"]),
            f"{median} ({q1}, {q3}){unit(name)}" if row["n_computed"] else NOT_COMPUTED,
            share(row["passing"], row["n_total"]) if analysis.on == "estimate" or has_limits(name) else NO_LIMITS,
            str(row["n_computed"]),
        )
    Console(markup=False).print(table)
