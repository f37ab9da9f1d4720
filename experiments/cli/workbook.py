"""`radharmony workbook`: the tables of a run or an analysis as an Excel workbook."""

from pathlib import Path

import click

from experiments.cli.command import command
from experiments.cli.damage import refusing_damage
from experiments.cli.options import FILE, PATH_THAT_EXISTS
from harmonize.words import plural


@command()
@click.argument("folder", type=PATH_THAT_EXISTS)
@click.option("--out", required=True, type=FILE, help="The workbook (.xlsx).")
@refusing_damage
def workbook(folder: Path, out: Path) -> None:
    """Write the tables of FOLDER into an Excel workbook: that of a run, or what an analysis has left.

    A sheet each, the summary first; the sheet README says what sheets and columns hold. FOLDER may be one table, too.
    A table that is too large for a sheet is left out, and told. Needs the extra `excel`.
    """
    from experiments.exporting.workbook import write_workbook

    made = write_workbook(folder, out)
    for text in made.left_out:
        click.echo(f"warning: left out, {text}", err=True)
    click.echo(f"{plural(len(made.sheets), 'table')}: {made.path}")
