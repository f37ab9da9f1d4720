"""`radharmony tradeoff`: a threshold of robustness swept against diagnostic performance."""

from pathlib import Path
from typing import Any

import click

from experiments.cli.options.cohort import allow_option, cohort_options, settings_option, unit_option
from experiments.cli.options.common import columns_option, level_option, quiet_option
from experiments.cli.options.modelling import choosing_options, cross_validation_options, model_option
from experiments.cli.options.results import results_options
from experiments.cli.options.values import FILE_THAT_EXISTS
from experiments.cli.options.workers import joblib_workers, jobs_option, scheduler_option
from experiments.cli.shared.damage import refusing_damage
from experiments.cli.shared.progress import progress_bars


def _thresholds(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    if value is None:
        return None
    try:
        return tuple(float(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"expected numbers separated by commas, found '{value}'") from None


@click.command
@click.argument("table", type=FILE_THAT_EXISTS)
@cohort_options
@click.option(
    "--reliability",
    type=click.Path(exists=True, path_type=Path),
    help="Reliability found in another study: the folder of a run, or a reliability table.",
)
@click.option("--strategy", metavar="NAME", help="Which strategy of --reliability; needed if there are several.")
@click.option("--sequence", metavar="NAME", help="Which sequence of --reliability [default: the worst of all].")
@click.option("--roi", metavar="NAME", help="Which ROI of --reliability [default: the worst of all].")
@settings_option("How the features of TABLE were made: run.json, or a PyRadiomics parameter file.")
@allow_option(
    "Go on in spite of such a difference between TABLE and --reliability, leaving out features that it lacks (missing)."
)
@columns_option(
    "--condition", "Under which condition, or by whose segmentation, a row was measured; columns join by '+'."
)
@click.option(
    "--reference", metavar="NAME", help="Condition that the others are compared with [default: all together]."
)
@unit_option
@click.option("--by", type=click.Choice(["icc", "ccc"]), default="icc", show_default=True, help="What is swept.")
@click.option(
    "--on",
    "compared",
    type=click.Choice(["estimate", "lower"]),
    default="estimate",
    show_default=True,
    help="Its estimate, or its lower confidence limit.",
)
@click.option(
    "--thresholds",
    callback=_thresholds,
    metavar="T,T,...",
    help="What it must exceed [default: 0,.3,.5,.6,.7,.75,.8,.85,.9,.95].",
)
@choosing_options("most reliable")
@model_option
@cross_validation_options("the limits of the agreement")
@level_option
@results_options
@jobs_option
@scheduler_option
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
    from experiments.cli.shared.cohort import read_cohort
    from experiments.cli.shared.left_out import show_columns
    from experiments.cli.shared.run_folder import Results, warn_unrelated
    from experiments.cli.shared.tables import joined
    from experiments.cli.tradeoff.input import describe, known_reliability, read_sweep
    from experiments.cli.tradeoff.output import show_results
    from experiments.folder.files import TRADEOFF
    from experiments.results.tradeoff import tradeoff_findings, write_tradeoff
    from harmonize.errors import ConfigurationError
    from selection import tradeoff as sweep_thresholds

    results = Results.of(out, run, TRADEOFF)
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
    for note in cohort.notes:
        click.echo(f"note: {note}", err=True)
    frame = cohort.frame
    warn_unrelated(run, table, frame[options["subject"]], options["settings"])
    if not quiet:
        show_columns(features, cohort.left_out)
    with joblib_workers(options["scheduler"]), progress_bars(quiet) as progress:
        found = sweep_thresholds(
            frame[list(features)],
            frame[options["target"]].to_numpy(),
            frame[options["subject"]].to_numpy(),
            reliability=known,
            conditions=joined(frame, options["condition"]).to_numpy() if options["condition"] else None,
            units=joined(frame, options["unit"]).to_numpy() if options["unit"] else None,
            sweep=sweep,
            n_jobs=options["jobs"],
            check_scans=False,  # the whole table was checked when it was read
            progress=lambda done, total: progress("folds", done, total),
        )
    title = f"Robustness against diagnosis: {options['target']}, {found.n_subjects} subjects, {sweep.model}"
    results.renew()
    written = write_tradeoff(results.folder, found, describe(table, options, cohort.left_out), source, title)
    report = results.into_run(tradeoff_findings, options["tracking_uri"])
    if report is not None:
        written = [report, *written]
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    if not quiet:
        show_results(found, written)
