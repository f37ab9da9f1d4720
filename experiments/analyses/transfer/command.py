"""`radharmony transfer`: does a model that learned from one condition hold in another."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.analyses.shared.groups import Destination, Workers
from experiments.analyses.transfer.settings import TransferSettings
from experiments.cli.command import command, settings_options
from experiments.cli.damage import refusing_damage
from experiments.cli.options import ANY_PATH, quiet_option
from harmonize.words import plural

if TYPE_CHECKING:
    from experiments.folder.added import Added


@command()
@click.argument("table", type=ANY_PATH)
@settings_options(settings=TransferSettings, given=Destination, workers=Workers)
@quiet_option
@refusing_damage
def transfer(table: Path, settings: TransferSettings, given: Destination, workers: Workers, quiet: bool) -> None:
    """Train on one condition of the feature table TABLE and test on another.

    Subjects are kept apart: nobody who is tested was learned from, in any condition. Shown are the AUC (of a number R2,
    of survival the C-index) within the training condition, across, and of a model that learned from the other
    condition; the share of predictions that flip; and how calibration shifts. Written are transfer.csv,
    transfer_gains.csv, transfer_predictions.csv, transfer.json and a picture.
    """
    from experiments.analyses.transfer.files import RECORD
    from experiments.analyses.transfer.run import TransferInput
    from experiments.cli.place import ResultsPlace
    from experiments.folder.added import Added

    place = ResultsPlace.of(given, "transfer")
    place.fill(TransferInput, table, settings, workers, quiet)
    if not quiet:
        _show(Added(place.folder, RECORD))
        click.echo(str(place.folder))


def _show(found: "Added") -> None:
    """Print the scores of every variant, and what each gains over the first."""
    from experiments.analyses.transfer.files import FIRST, GAINS, SCORES
    from experiments.analyses.transfer.section import CHANGES, NAMES

    record, scores = found.record, found[SCORES]
    train, test = record["train"], record["test"]
    click.echo(f"{plural(record['subjects'], 'subject')}, {plural(record['rows'], 'row')} in both {train} and {test}")
    if record["unpaired"]:
        click.echo(f"left out, in one of both only: {plural(record['unpaired'], 'row')}")
    outcome = record["settings"]["outcome"]
    score, change = FIRST[outcome]
    name = NAMES[score]
    bias = (
        ("mean_error", "across - within", "change of the mean predicted risk")
        if outcome == "classes"
        else ("calibration_intercept", "across - within", "change of calibration in the large")
    )
    lines = (
        (score, "within", f"{name}, {train} to {train}"),
        (score, "across", f"{name}, {train} to {test}"),
        (score, "native", f"{name}, {test} to {test}"),
        (score, "across - within", f"change of the {name}"),
        bias,
        ("calibration_slope", "across", f"calibration slope in {test}"),
        (change, "both", CHANGES[change]),
    )
    for variant in record["variants"]:
        click.echo(variant)
        known = scores[scores["variant"] == variant].set_index(["score", "tested"])
        for one, tested, title in lines:
            click.echo(f"  {title}: {_estimate(known.loc[(one, tested)])}")
    for row in found[GAINS].to_dict("records"):
        what = f"{name} across" if row["score"] == score else CHANGES[change]
        click.echo(f"{row['variant']} against {record['variants'][0]}, {what}: {_estimate(row)}")


def _estimate(row: Any) -> str:
    if row["status"] not in ("ok", "no_interval"):
        return f"none ({row['status']})"
    limits = f" ({row['lower']:.3f} to {row['upper']:.3f})" if row["status"] == "ok" else ""
    return f"{row['estimate']:.3f}{limits}"
