"""`radharmony report`: the HTML report of a finished run again."""

from pathlib import Path

import click

from experiments.cli.damage import refusing_damage


@click.command
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@refusing_damage
def report(folder: Path) -> None:
    """Write the report of the finished run in FOLDER again."""
    from experiments.report import write_report

    click.echo(str(write_report(folder)))
