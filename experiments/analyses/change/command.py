"""`radharmony change`: which features of patients changed between two visits."""

from pathlib import Path

import click

from experiments.analyses.change.settings import ChangeFiles, ChangeSettings
from experiments.cli.command import command, settings_options, tell
from experiments.cli.options import PATH_THAT_EXISTS, quiet_option


@command()
@click.argument("table", type=PATH_THAT_EXISTS)
@settings_options(files=ChangeFiles, settings=ChangeSettings)
@quiet_option
def change(table: Path, files: ChangeFiles, settings: ChangeSettings, quiet: bool) -> None:
    """Judge the change of each feature in TABLE between two visits of a patient: changed, within error, or not judged.

    Refused with every reason if the features of TABLE were made with other settings than those of the reliability
    study, as `apply` does. How many features would exceed the coefficient by chance stands beside how many do.
    """
    from experiments.analyses.change.files import PATIENTS, write_change
    from experiments.analyses.change.run import run_change
    from experiments.cli.terminal import make_console, show_table
    from experiments.folder.run_folder import RunFolder

    found = run_change(table, settings)
    write_change(files.out, found)
    tell("warning", *found.warnings)
    tell("note", *found.notes)
    if quiet:
        return
    title, counts = found.printed()
    click.echo(title)
    left = sum(name in ("strategy", "subject") for name in counts.columns)
    rows, all_in = counts.to_numpy().tolist(), RunFolder(files.out).path(PATIENTS)
    show_table(make_console(markup=False), counts.columns, rows, left=left, noun="subject", all_in=all_in)
    click.echo(str(files.out))
