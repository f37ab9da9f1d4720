"""`radharmony worth`: what perturbations are worth."""

from pathlib import Path

import click

from experiments.analyses.worth.settings import WorthFiles, WorthSettings
from experiments.cli.command import command, settings_options, tell
from experiments.cli.options import PATH_THAT_EXISTS, quiet_option


@command()
@click.argument("table", type=PATH_THAT_EXISTS)
@settings_options(files=WorthFiles, settings=WorthSettings)
@quiet_option
def worth(table: Path, files: WorthFiles, settings: WorthSettings, quiet: bool) -> None:
    """Tell how many truly unstable features perturbations catch, and how many stable ones they reject.

    TABLE has real conditions (repeats, scanners, reconstructions) of the same subjects, and perturbed scans of one of
    them, told by --perturbation. A feature is truly unstable if it does not pass --threshold over the real conditions.
    """
    from experiments.analyses.worth.files import write_worth
    from experiments.analyses.worth.run import run_worth
    from experiments.cli.terminal import make_console, show_table
    from experiments.folder.condition_files import PERTURBATION_WORTH
    from experiments.folder.run_folder import RunFolder
    from experiments.results.worth import IN_HALVES, SHOWN

    found = run_worth(table, settings)
    write_worth(files.out, found)
    tell("note", *found.notes)
    if quiet:
        return
    title, rows = found.printed()
    click.echo(f"{title}; halves, repeats: caught / false alarms in the other half of the subjects, in per cent")
    all_in = RunFolder(files.out).path(PERTURBATION_WORTH)
    left = len(rows.columns) - len(SHOWN) - len(IN_HALVES)
    show_table(make_console(markup=False), rows.columns, rows.to_numpy().tolist(), left=left, all_in=all_in)
    click.echo(str(files.out))
