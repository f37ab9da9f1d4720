"""What `radharmony transfer` prints."""

from typing import Any

import click

from experiments.results.transfer import TransferFiles


def show_results(found: TransferFiles) -> None:
    """Print the scores of every variant, and what each gains over the first."""
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
