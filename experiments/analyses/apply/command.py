"""`radharmony apply`: the whitelisted features of another cohort, or the reasons why not."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.analyses.apply.settings import ApplicationSettings, AppliedFile
from experiments.cli.command import command, settings_options, tell, told
from experiments.cli.damage import refusing_damage
from experiments.cli.options import FILE_THAT_EXISTS, PATH_THAT_EXISTS, quiet_option
from harmonize.words import plural

if TYPE_CHECKING:
    from selection.transfer import Applied


@command()
@click.argument("whitelist", type=FILE_THAT_EXISTS)
@click.argument("table", type=PATH_THAT_EXISTS)
@settings_options(file=AppliedFile, settings=ApplicationSettings)
@quiet_option
@refusing_damage
def apply(whitelist: Path, table: Path, file: AppliedFile, settings: ApplicationSettings, quiet: bool) -> None:
    """Keep the features of TABLE that WHITELIST holds.

    Refused with exit code 2 and every reason if the features of TABLE were made with other settings than those of the
    whitelist, or lack one that it holds, or are of a sequence or ROI that it has no list for (--place names one). Other
    conditions give a warning. All columns that are no features are carried along.
    """
    from experiments.analyses.apply.files import write_applied
    from experiments.analyses.apply.run import run_application

    found = run_application(whitelist, table, settings)
    for note in found.notes:
        click.echo(told(note), err=True)
    for path, part in write_applied(file.out, found).items():
        tell("warning", *part.warnings)
        if not quiet:
            _show(part, path)


def _show(applied: "Applied", path: Path) -> None:
    kept = f"{plural(len(applied.table), 'row')}, {plural(len(applied.features), 'robust feature')}"
    click.echo(f"{kept}{'' if applied.left_out else ', none left out'}: {path}")
    reasons: dict[str, int] = {}
    for why in applied.left_out.values():
        reasons[why] = reasons.get(why, 0) + 1
    for why, count in reasons.items():
        click.echo(f"  left out, {why}: {count}")
