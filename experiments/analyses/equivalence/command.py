"""`radharmony equivalence`: may two conditions be pooled, feature by feature."""

from pathlib import Path

import click

from experiments.analyses.equivalence.settings import EquivalenceFiles, EquivalenceSettings
from experiments.cli.command import command, settings_options, tell
from experiments.cli.options import PATH_THAT_EXISTS, quiet_option


@command()
@click.argument("table", type=PATH_THAT_EXISTS)
@settings_options(files=EquivalenceFiles, settings=EquivalenceSettings)
@quiet_option
def equivalence(table: Path, files: EquivalenceFiles, settings: EquivalenceSettings, quiet: bool) -> None:
    """Tell which features of TABLE two conditions have in common: yes, no, or not shown.

    Means are compared by two one-sided tests against --margin, which has no default: a difference that is not
    significant shows nothing. With --repeat, single patients' values are compared, too (interchangeability).
    """
    from experiments.analyses.equivalence.files import TABLE, write_equivalence
    from experiments.analyses.equivalence.run import run_equivalence
    from experiments.cli.terminal import make_console, show_table
    from experiments.folder.run_folder import RunFolder

    found = run_equivalence(table, settings)
    write_equivalence(files.out, found)
    tell("note", *found.notes)
    if quiet:
        return
    title, counts = found.printed()
    click.echo(title)
    rows, left, all_in = counts.to_numpy().tolist(), len(counts.columns) - 3, RunFolder(files.out).path(TABLE)
    show_table(make_console(markup=False), counts.columns, rows, left=left, all_in=all_in)
    click.echo(str(files.out))
