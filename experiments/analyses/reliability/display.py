"""What `radharmony reliability` prints."""

from collections.abc import Mapping, Sequence

import click
import pandas as pd

from evaluation.generalizability.table import not_computed
from evaluation.publication import Analysis, comparison_table
from evaluation.reading import ReadTable
from evaluation.reading.keys import ALL
from evaluation.reliability.signature_table import EVERYTHING
from evaluation.reliability.statistics import about
from evaluation.reliability.summary import reproducible, summarize, summarize_reproducible
from evaluation.reliability.terms import NO_LIMITS, NOT_COMPUTED, number, share, threshold, unit
from evaluation.written import in_percent
from experiments.analyses.reliability.facets import FacetsFound
from experiments.analyses.reliability.inference import TableInference
from experiments.analyses.shared.left_out import reasons_of
from experiments.cli.command import told
from experiments.cli.terminal import make_console, show_table
from harmonize.inputs.levels import alike
from harmonize.words import some

FEW = 10
"""Fewer subjects than this get a warning."""


def show_roles(read: ReadTable) -> None:
    """Print which column is what, and which are left out."""
    rows = []
    for role in ("subject", "condition", "sequence", "roi", "strategy"):
        columns = read.roles.of(role)
        if role == "condition" and read.roles.order:
            columns = (f"in the order of {read.roles.order}",)
        if role == "roi":
            columns += read.roles.within
        levels = read.levels(role)
        source = " + ".join(columns) if columns else "none"
        if role == "strategy" and not columns and len(levels) > 1:
            source = "one a file"
        rows.append((role, source + (" (guessed)" * (role in read.guessed)), f"{len(levels)}: {some(levels, 6)}"))
    rows.append(("features", "", f"{len(read.features)}: {some(read.features)}"))
    show_table(make_console(markup=False), ("role", "column", "levels"), rows, "What the columns are", left=3)
    for role in ("subject", "condition", "sequence", "roi", "strategy"):
        for spellings in alike(read.levels(role)):
            click.echo(
                f"{role}: {' and '.join(map(repr, spellings))} count as different, but look like one name", err=True
            )
    if read.tool:
        click.echo(f"columns are named as by {read.tool}")
    for why, names in reasons_of(read.left_out).items():
        click.echo(f"left out, {why}: {some(names)}")


def show_reference(reference: str | None, reference_from: str) -> None:
    """Print the reference, with where it comes from if not asked for."""
    if reference is None:
        click.echo("reference: none, all conditions are compared with one another")
    else:
        click.echo(
            f"reference: {reference}" + told(f" ({reference_from}; `reference` changes it)" if reference_from else "")
        )


def show_empty(empty: Sequence[str], total: int) -> None:
    """Print which features have no value at all."""
    if empty:
        click.echo(
            f"{len(empty)} of {total} features have no value at all ({some(empty)}): they count as not extracted, and "
            "have no rows in any table",
            err=True,
        )


def show_absent(absent: Mapping[str, Sequence[str]], total: int) -> None:
    """Print which conditions lack features that others have."""
    for condition, names in absent.items():
        click.echo(
            f"{condition} has no value of {len(names)} of {total} features ({some(names)}): nothing is "
            f"computed over all conditions for them; take the rows of {condition} out to compare the others",
            err=True,
        )


def show_summary(computed: pd.DataFrame, analysis: Analysis, inference: TableInference | None, out: object) -> None:
    """Print medians and shares of each strategy, with the limits of the shares."""
    summary = summarize(computed, analysis.thresholds, analysis.on)
    limits = {} if inference is None else _limits(inference)
    unlimited = NOT_COMPUTED if inference is None else NO_LIMITS
    rows = []
    for row in summary[summary["by"] == "overall"].to_dict("records"):
        name = row["statistic"]
        if about(name).twin_of:
            continue
        median, q1, q3 = (number(row[key], name) for key in ("median", "q1", "q3"))
        judged = analysis.on == "estimate" or about(name).limits
        rows.append(
            (
                row["strategy"],
                threshold(name, row["threshold"]),
                f"{median} ({q1}, {q3}){unit(name)}" if row["n_computed"] else NOT_COMPUTED,
                share(row["passing"], row["n_total"], row["n_computed"]) if judged else NO_LIMITS,
                limits.get((row["strategy"], f"{name}_share"), unlimited),
                str(row["n_computed"]),
            )
        )
    interval = f"{analysis.how.percent} interval"
    columns = ("strategy", "threshold", "median (Q1, Q3)", "passing", interval, "computed")
    title = "All features, ROIs, sequences and conditions together"
    show_table(make_console(markup=False), columns, rows, title, left=2, all_in=out)
    joint = " and ".join(threshold(name, value) for name, value in analysis.rule.items())
    passing = summarize_reproducible(reproducible(computed, analysis.rule, analysis.on))
    for row in passing[passing["by"] == "overall"].to_dict("records"):
        found = limits.get((row["strategy"], "robust_share"), "")
        told = f", {interval} {found}" if found else ""
        counted = share(row["passing"], row["n_total"], row["n_computed"])
        click.echo(f"{row['strategy']}: reproducible ({joint}) {counted}{told}")


def show_comparison(inference: TableInference, analysis: Analysis, harmonized: Sequence[str], out: object) -> None:
    """Print each strategy beside the first, if they were compared, and which were harmonized."""
    if inference.reason:
        click.echo(f"strategies are not compared: {inference.reason}")
    if inference.comparison is None:
        return
    written = comparison_table(inference.comparison, analysis)
    # Strategy, share, its difference and q, the ratio of 1 - ICC and q, and the rank; the rest is in the files.
    chosen = (0, 1, 2, 4, 5, 7, len(written.columns) - 1)
    title = f"Strategies compared with {inference.comparison.baseline}, paired by feature and subject"
    headings, *rows = ([cells[column] for column in chosen] for cells in (written.columns, *written.rows))
    show_table(make_console(markup=False), headings, rows, title, noun="strategy", all_in=out)
    if harmonized:
        click.echo(
            f"harmonized by the run: {some(harmonized, 6)}. Their values were learned from other subjects and cannot "
            "be learned anew from a table: comparisons with them have neither limits nor tests (status learned); see "
            "`comparison/` of the run",
            err=True,
        )


def show_signatures(signatures: pd.DataFrame | None) -> None:
    """Print the reliability of all features together, and of a whitelist, over sequences and ROIs."""
    if signatures is None:
        return
    shown = signatures[signatures["set"].isin([EVERYTHING, "whitelist"])]
    for (strategy, name), rows in shown.groupby(["strategy", "set"], sort=False):
        found = rows["estimate"].dropna()
        if len(found) == 1:
            row = rows.loc[found.index[0]]
            told = f"{row['estimate']:.2f} ({row['lower']:.2f} to {row['upper']:.2f}), {row['features']} features"
        elif len(found):
            told = f"{found.min():.2f} to {found.max():.2f} in {len(found)} sequences and ROIs (signatures.csv)"
        else:
            told = NOT_COMPUTED
        click.echo(f"{strategy}: I2C2 of {name} together, standardized: {told}")


def _limits(inference: TableInference) -> dict[tuple[str, str], str]:
    return {
        (row.strategy, row.share): f"{in_percent(row.lower, 1)} to {in_percent(row.upper, 1)} %"
        for row in inference.shares.dropna(subset=["lower"]).itertuples(index=False)
    }


def show_facets(found: FacetsFound, out: object) -> None:
    """Print the facets with their levels, and medians of each strategy; what is not computed with its reason."""
    title, summary = found.printed()
    click.echo(title)
    show_table(make_console(markup=False), summary.columns, summary.to_numpy().tolist(), "Medians", left=2, all_in=out)
    for text in (*found.remarks(), *not_computed(found.tables.components), *not_computed(found.tables.coefficients)):
        click.echo(text, err=True)


def show_few(computed: pd.DataFrame) -> None:
    """Print where there are few subjects."""
    few = computed.loc[(computed["n"] < FEW) & computed["estimate"].notna(), "roi"].unique()
    if len(few):
        where = "" if list(few) == [ALL] else f" in {', '.join(few)}"
        click.echo(f"fewer than {FEW} subjects{where}: see the limits, not only the estimates", err=True)
