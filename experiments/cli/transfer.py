"""`radharmony transfer`: does a diagnostic model that learned from one condition hold in another."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli.damage import refusing_damage
from experiments.cli.options import jobs_option, names_of, quiet_option
from experiments.cli.progress import progress_bars

if TYPE_CHECKING:
    from experiments.results.transfer import TransferFiles


@click.command
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--target", required=True, metavar="COLUMN", help="The class of each row; of two, the second is sought.")
@click.option("--subject", default="subject", show_default=True, metavar="COLUMN", help="The subject of each row.")
@click.option("--condition", metavar="COLUMN,...", multiple=True, callback=names_of, default=("condition",),
              show_default=True, help="The condition; columns join by '+'.")  # fmt: skip
@click.option("--train", required=True, metavar="CONDITION", help="The condition to learn from, such as REF+STD.")
@click.option("--test", required=True, metavar="CONDITION", help="The condition to test in, such as ACC+DLR.")
@click.option("--unit", metavar="COLUMN,...", multiple=True, callback=names_of,
              help="What tells several rows of a subject apart, such as the lesion.")  # fmt: skip
@click.option(
    "--where", metavar="COLUMN=VALUE", multiple=True, help="Only these rows, such as roi=liver. May be repeated."
)
@click.option("--harmonize", metavar="METHOD", help="Also harmonized: combat, covbat, batch_zscore, ... (see docs).")
@click.option(
    "--whitelist",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also with the features of this whitelist only; from another cohort.",
)
@click.option(
    "--settings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How the features of TABLE were made, for --whitelist: run.json or a PyRadiomics parameter file.",
)
@click.option(
    "--allow",
    multiple=True,
    type=click.Choice(["steps", "extraction", "harmonizer", "versions", "unknown", "missing"]),
    help="Apply the whitelist in spite of such a difference. May be repeated.",
)
@click.option("--model", default="logistic", show_default=True, help="logistic, elastic_net, forest, boosting, svm.")
@click.option("--features", metavar="PATTERN,...", multiple=True, callback=names_of, help="Features, as '*_glcm_*'.")
@click.option("--exclude", metavar="PATTERN,...", multiple=True, callback=names_of, help="Columns that are none.")
@click.option("--folds", type=int, default=5, show_default=True, help="Folds of subjects.")
@click.option("--repeats", type=int, default=10, show_default=True, help="How often to split anew.")
@click.option("--inner-folds", type=int, default=5, show_default=True)
@click.option("--resamples", type=int, default=1000, show_default=True, help="Resampled subjects, for the intervals.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same folds.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder of the results.")
@click.option(
    "--run",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Put the results into this run folder instead, its report and its MLflow run.",
)
@click.option("--tracking-uri", metavar="URI", help="Where the run of --run is tracked, if its address has a password.")
@jobs_option
@quiet_option
@refusing_damage
def transfer(table: Path, out: Path | None, run: Path | None, quiet: bool, **options: Any) -> None:
    """Train on one condition of the feature table TABLE and test on another.

    Subjects are kept apart: nobody who is tested was learned from, in any condition. Shown are the AUC within the
    training condition, across, and of a model that learned from the other condition; the share of predictions that
    flip; and how calibration shifts. Written are transfer.csv, transfer_gains.csv, transfer_predictions.csv,
    transfer.json and a picture.
    """
    from experiments import outputs
    from experiments.cli.tradeoff_run import folder_of, into_run, reasons_of, show_left_out, warn_unrelated
    from experiments.cli.transfer_input import read_input, settings_of, variants_of
    from experiments.results.tradeoff import describe_file
    from experiments.results.transfer import transfer_findings, write_transfer

    folder = folder_of(out, run, outputs.TRANSFER)
    given = read_input(table, options)
    variants, notes = variants_of(given, table, options)
    warn_unrelated(run, table, given.frame[options["subject"]], options["settings"])
    if not quiet:
        show_left_out(given.left_out)
    with progress_bars(quiet) as bars:
        result = given.run(variants, lambda done, total: bars("folds", done, total))
    found = write_transfer(
        folder,
        result,
        {**describe_file(table), "features": len(given.features), "left_out": reasons_of(given.left_out)},
        settings_of(options),
        notes,
        n_resamples=options["resamples"],
        seed=options["seed"],
    )
    for note in found.record["notes"]:
        click.echo(f"note: {note}", err=True)
    if run is not None:
        into_run(run, transfer_findings, options["tracking_uri"])
    if not quiet:
        _show(found)
        click.echo(str(folder))


def _show(found: "TransferFiles") -> None:
    record, scores = found.record, found.scores
    train, test = record["train"], record["test"]
    click.echo(f"{record['subjects']} subjects, {record['rows']} rows in both {train} and {test}")
    if record["unpaired"]:
        click.echo(f"left out, in one of both only: {record['unpaired']} rows")
    lines = (
        ("auc", "within", f"AUC, {train} to {train}"),
        ("auc", "across", f"AUC, {train} to {test}"),
        ("auc", "native", f"AUC, {test} to {test}"),
        ("auc", "across - within", "change of the AUC"),
        ("mean_error", "across - within", "change of the mean predicted risk"),
        ("calibration_slope", "across", f"calibration slope in {test}"),
        ("flips_at_half", "both", "predictions that flip"),
    )
    for name in record["variants"]:
        click.echo(name)
        known = scores[scores["variant"] == name].set_index(["score", "tested"])
        for score, tested, title in lines:
            click.echo(f"  {title}: {_estimate(known.loc[(score, tested)])}")
    for row in found.gains.to_dict("records"):
        what = "AUC across" if row["score"] == "auc" else "flips"
        click.echo(f"{row['variant']} against {record['variants'][0]}, {what}: {_estimate(row)}")


def _estimate(row: Any) -> str:
    if row["status"] not in ("ok", "no_interval"):
        return f"none ({row['status']})"
    limits = f" ({row['lower']:.3f} to {row['upper']:.3f})" if row["status"] == "ok" else ""
    return f"{row['estimate']:.3f}{limits}"
