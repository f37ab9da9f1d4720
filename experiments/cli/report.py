"""`radharmony report`: the HTML report of a finished run again."""

from pathlib import Path

import click

from experiments.cli.command import command
from experiments.cli.damage import refusing_damage
from experiments.cli.options import FOLDER_THAT_EXISTS


@command()
@click.argument("folder", type=FOLDER_THAT_EXISTS)
@refusing_damage
def report(folder: Path) -> None:
    """Write the report of the finished run in FOLDER again."""
    from experiments.analyses.places import left_over
    from experiments.folder.run_folder import RunFolder
    from experiments.report import write_report
    from experiments.tracking import TrackingError, find_artifacts

    click.echo(str(write_report(folder)))
    try:
        find_artifacts(folder)
    except TrackingError as error:
        click.echo(f"warning: MLflow: {error}", err=True)
    for reason in filter(None, left_over(RunFolder.open(folder)).values()):
        click.echo(f"warning: {reason}", err=True)
