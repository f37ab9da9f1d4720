"""`radharmony transfer`: does a diagnostic model that learned from one condition hold in another."""

from pathlib import Path
from typing import Any

import click

from experiments.cli.options.cohort import cohort_options, unit_option, whitelist_options
from experiments.cli.options.common import columns_option, quiet_option
from experiments.cli.options.modelling import cross_validation_options, model_option
from experiments.cli.options.results import results_options
from experiments.cli.options.values import TO_READ
from experiments.cli.options.workers import joblib_workers, jobs_option, scheduler_option
from experiments.cli.shared.damage import refusing_damage
from experiments.cli.shared.progress import progress_bars


@click.command
@click.argument("table", type=TO_READ)
@cohort_options
@columns_option("--condition", "The condition; columns join by '+'.", default=("condition",))
@click.option("--train", required=True, metavar="CONDITION", help="The condition to learn from, such as REF+STD.")
@click.option("--test", required=True, metavar="CONDITION", help="The condition to test in, such as ACC+DLR.")
@unit_option
@click.option("--harmonize", metavar="METHOD", help="Also harmonized: combat, covbat, batch_zscore, ... (see docs).")
@whitelist_options("Also with the features of this whitelist only; from another cohort.")
@model_option
@cross_validation_options("the intervals")
@results_options
@jobs_option
@scheduler_option
@quiet_option
@refusing_damage
def transfer(table: Path, out: Path | None, run: Path | None, quiet: bool, **options: Any) -> None:
    """Train on one condition of the feature table TABLE and test on another.

    Subjects are kept apart: nobody who is tested was learned from, in any condition. Shown are the AUC within the
    training condition, across, and of a model that learned from the other condition; the share of predictions that
    flip; and how calibration shifts. Written are transfer.csv, transfer_gains.csv, transfer_predictions.csv,
    transfer.json and a picture.
    """
    from experiments.cli.shared.left_out import reasons_of, show_columns
    from experiments.cli.shared.run_folder import Results, warn_unrelated
    from experiments.cli.transfer.input import read_input, settings_of, variants_of
    from experiments.cli.transfer.output import show_results
    from experiments.folder.files import TRANSFER
    from experiments.results.tradeoff import describe_file
    from experiments.results.transfer import transfer_findings, write_transfer

    results = Results.of(out, run, TRANSFER)
    given = read_input(table, options)
    variants, notes = variants_of(given, table, given.options)
    warn_unrelated(run, table, given.frame[options["subject"]], options["settings"])
    if not quiet:
        show_columns(given.features, given.left_out)
    with joblib_workers(options["scheduler"]), progress_bars(quiet) as bars:
        result = given.run(variants, lambda done, total: bars("folds", done, total))
    results.renew()
    found = write_transfer(
        results.folder,
        result,
        {**describe_file(table), "features": len(given.features), "left_out": reasons_of(given.left_out)},
        settings_of(given.options),
        notes,
        n_resamples=options["n_resamples"],
        seed=options["seed"],
    )
    for note in found.record["notes"]:
        click.echo(f"note: {note}", err=True)
    results.into_run(transfer_findings, options["tracking_uri"])
    if not quiet:
        show_results(found)
        click.echo(str(results.folder))
