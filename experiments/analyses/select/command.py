"""`radharmony select`: a whitelist from a reliability table."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.analyses.select.settings import SelectionSettings, WhitelistFiles
from experiments.cli.command import command, settings_options, tell
from experiments.cli.damage import refusing_damage
from experiments.cli.options import PATH_THAT_EXISTS, quiet_option

if TYPE_CHECKING:
    from selection import Whitelist


@command()
@click.argument("reliability", type=PATH_THAT_EXISTS)
@settings_options(files=WhitelistFiles, settings=SelectionSettings)
@quiet_option
@refusing_damage
def select(reliability: Path, files: WhitelistFiles, settings: SelectionSettings, quiet: bool) -> None:
    """Choose the robust features of a reliability table.

    RELIABILITY is reliability.parquet or .csv, or the folder of a run. The whitelist carries the rule, the settings
    that the features were made with, and where they come from, so that `radharmony apply` can tell whether it holds for
    another cohort.
    """
    from experiments.analyses.select.files import write_whitelist
    from experiments.analyses.select.run import run_selection

    found = run_selection(reliability, settings)
    written = write_whitelist(files.outs, found)
    tell("warning", *found.warnings)
    if not quiet:
        _show(found.whitelist, written)


def _show(whitelist: "Whitelist", written: list[Path]) -> None:
    from evaluation.written import in_percent

    click.echo(f"{whitelist.strategy}: {whitelist.rule['definition']}")
    for sequence, rois in whitelist.features.items():
        for roi, features in rois.items():
            looked_at = whitelist.considered[sequence][roi]
            share = f" ({in_percent(len(features) / looked_at, 1)}%)" if looked_at else ""
            click.echo(f"  {sequence} / {roi}: {len(features)} of {looked_at} features{share}")
    if len(whitelist.places) > 1:
        click.echo(f"  in all of them: {len(whitelist.everywhere)} of {len(whitelist.known)}")
    for condition in whitelist.contrasts:
        part = whitelist.under(condition)
        click.echo(
            f"  under {condition}: {part.size} of {sum(n for rois in part.considered.values() for n in rois.values())}"
        )
    for path in written:
        click.echo(str(path))
