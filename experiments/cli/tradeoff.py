"""`radharmony tradeoff`: a threshold of robustness swept against diagnostic performance."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli.damage import refusing_damage
from experiments.cli.options import joblib_workers, jobs_option, names_of, quiet_option, scheduler_option
from experiments.cli.progress import progress_bars

if TYPE_CHECKING:
    import pandas as pd

    from selection import Tradeoff


def _thresholds(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    if value is None:
        return None
    try:
        return tuple(float(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"expected numbers separated by commas, found '{value}'") from None


def _none_or_float(_ctx: click.Context, _param: click.Parameter, value: str) -> float | None:
    if value == "none":
        return None
    try:
        return float(value)
    except ValueError:
        raise click.BadParameter(f"expected a number or none, found '{value}'") from None


@click.command
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", required=True, metavar="COLUMN", help="The class of each row.")
@click.option("--subject", default="subject", show_default=True, metavar="COLUMN", help="Whose it is.")
@click.option(
    "--reliability",
    type=click.Path(exists=True, path_type=Path),
    help="Reliability found in another study: the folder of a run, or a reliability table.",
)
@click.option("--strategy", metavar="NAME", help="Which strategy of --reliability; needed if there are several.")
@click.option("--sequence", metavar="NAME", help="Which sequence of --reliability [default: the worst of all].")
@click.option("--roi", metavar="NAME", help="Which ROI of --reliability [default: the worst of all].")
@click.option(
    "--settings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How the features of TABLE were made: run.json, or a PyRadiomics parameter file.",
)
@click.option(
    "--allow",
    multiple=True,
    type=click.Choice(["steps", "extraction", "harmonizer", "versions", "unknown", "missing"]),
    help="Go on in spite of such a difference between TABLE and --reliability, leaving out features that it lacks "
    "(missing). May be repeated.",
)
@click.option(
    "--condition",
    metavar="COLUMN,...",
    multiple=True,
    callback=names_of,
    help="Under which condition, or by whose segmentation, a row was measured; columns join by '+'.",
)
@click.option(
    "--reference", metavar="NAME", help="Condition that the others are compared with [default: all together]."
)
@click.option(
    "--unit", metavar="COLUMN,...", multiple=True, callback=names_of, help="Which lesion or ROI of its subject."
)
@click.option("--where", metavar="COLUMN=VALUE", multiple=True, help="Only these rows. May be repeated.")
@click.option("--features", metavar="PATTERN,...", multiple=True, callback=names_of, help="Features, as '*_glcm_*'.")
@click.option("--exclude", metavar="PATTERN,...", multiple=True, callback=names_of, help="Columns that are none.")
@click.option("--by", type=click.Choice(["icc", "ccc"]), default="icc", show_default=True, help="What is swept.")
@click.option("--on", "compared", type=click.Choice(["estimate", "lower"]), default="estimate", show_default=True,
              help="Its estimate, or its lower confidence limit.")  # fmt: skip
@click.option(
    "--thresholds",
    callback=_thresholds,
    metavar="T,T,...",
    help="What it must exceed [default: 0,.3,.5,.6,.7,.75,.8,.85,.9,.95].",
)
@click.option("--prune", default="0.9", callback=_none_or_float, show_default=True, metavar="R|none",
              help="Of features with this absolute rank correlation keep the most reliable.")  # fmt: skip
@click.option("--select", default="mrmr:10", show_default=True, metavar="NAME[:OPTIONS]|none",
              help="Selector, such as mrmr:10, fdr:0.05 or rfe:n_features=5,step=0.2.")  # fmt: skip
@click.option("--model", default="logistic", show_default=True,
              help="logistic, elastic_net, forest, boosting or svm.")  # fmt: skip
@click.option("--folds", type=int, default=5, show_default=True)
@click.option("--repeats", type=int, default=10, show_default=True, help="How often to split into folds.")
@click.option("--inner-folds", type=int, default=5, show_default=True)
@click.option(
    "--resamples",
    "n_resamples",
    type=int,
    default=1000,
    show_default=True,
    help="Of subjects, for the limits of the agreement.",
)
@click.option("--level", type=float, default=0.95, show_default=True, help="Of all limits.")
@click.option("--seed", type=int, default=0, show_default=True)
@jobs_option
@scheduler_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for table, pictures and record.")
@click.option(
    "--run",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Put everything into this run folder instead, its report and its MLflow run.",
)
@click.option("--tracking-uri", metavar="URI", help="Where the run of --run is tracked, if its address has a password.")
@quiet_option
@refusing_damage
def tradeoff(table: Path, out: Path | None, run: Path | None, quiet: bool, **options: Any) -> None:
    """Show what a threshold of robustness costs and brings.

    TABLE has one row for each subject, or several under different conditions, with features and a diagnosis. For each
    threshold: held-out AUC of nested cross-validation, how far predictions for a subject agree under its conditions,
    how stable the selection is, and how many features it takes. The threshold is tuned in the inner loop, too; read
    the performance to expect from that row, not from the best of the others.

    How reliable the features are comes from another study (--reliability), or from repeats in TABLE (--condition); then
    it is computed in each fold from its training subjects.
    """
    from experiments import outputs
    from experiments.cli.tradeoff_input import describe, known_reliability, read_cohort, read_sweep
    from experiments.cli.tradeoff_run import folder_of, into_run, show_left_out, warn_unrelated
    from experiments.results.tradeoff import tradeoff_findings, write_tradeoff
    from harmonize.errors import ConfigurationError
    from selection import tradeoff as sweep_thresholds

    folder = folder_of(out, run, outputs.TRADEOFF)
    if options["reliability"] is None and not options["condition"]:
        raise ConfigurationError(
            "--reliability: nothing says how reliable the features are; name a study of reliability with "
            "--reliability, or repeats in TABLE with --condition"
        )
    sweep = read_sweep(options)
    cohort = read_cohort(table, options)
    known, features, source, warnings = known_reliability(table, cohort, options, sweep)
    for text in warnings:
        click.echo(f"warning: {text}", err=True)
    frame = cohort.frame
    warn_unrelated(run, table, frame[options["subject"]], options["settings"])
    if not quiet:
        show_left_out(cohort.left_out)
    with joblib_workers(options["scheduler"]), progress_bars(quiet) as progress:
        found = sweep_thresholds(
            frame[list(features)],
            frame[options["target"]].to_numpy(),
            frame[options["subject"]].to_numpy(),
            reliability=known,
            conditions=_joined(frame, options["condition"]),
            units=_joined(frame, options["unit"]),
            sweep=sweep,
            n_jobs=options["jobs"],
            progress=lambda done, total: progress("folds", done, total),
        )
    title = f"Robustness against diagnosis: {options['target']}, {found.n_subjects} subjects, {sweep.model}"
    written = write_tradeoff(folder, found, describe(table, options, cohort.left_out), source, title)
    if run is not None:
        written = [into_run(run, tradeoff_findings, options["tracking_uri"]), *written]
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    if not quiet:
        _show(found, written)


def _joined(frame: "pd.DataFrame", columns: tuple[str, ...]) -> Any:
    return frame[list(columns)].agg("+".join, axis=1).to_numpy() if columns else None


def _show(found: "Tradeoff", written: list[Path]) -> None:
    import sys

    from rich.console import Console
    from rich.table import Table

    from experiments.report.tradeoff import COLUMNS, cells

    console = Console(width=None if sys.stdout.isatty() else 1000)
    table = Table(title=f"Features with {found.sweep.describe()} above a threshold ({found.n_subjects} subjects)")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in COLUMNS[:1] else "right")
    for row in cells(found.table):
        table.add_row(*row)
    console.print(table)
    for path in written:
        console.print(str(path), highlight=False, soft_wrap=True)
