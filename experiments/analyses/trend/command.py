"""`radharmony trend`: what ordered conditions do to features."""

from pathlib import Path

import click

from experiments.analyses.trend.settings import TrendFiles, TrendSettings
from experiments.cli.command import command, settings_options
from experiments.cli.options import ANY_PATH, quiet_option


@command()
@click.argument("table", type=ANY_PATH)
@settings_options(files=TrendFiles, settings=TrendSettings)
@quiet_option
def trend(table: Path, files: TrendFiles, settings: TrendSettings, quiet: bool) -> None:
    """Say how every feature in TABLE changes over ordered levels, and up to which level it passes.

    Levels are strengths of denoising, accelerations, slice thicknesses, field strengths. Given are the change per
    unit within subjects with limits and a test, by which a feature rises or falls on average; Page's test (or, if
    --unpaired, that of Jonckheere and Terpstra) of whether the level changes anything; and the highest level at which
    a feature, and at all levels before it, still agrees with the reference level.
    """
    from experiments.analyses.reliability.display import show_roles
    from experiments.analyses.trend.files import write_trend
    from experiments.analyses.trend.run import run_trend
    from experiments.cli.terminal import make_console, show_table
    from experiments.folder.condition_files import TREND_SHARES
    from experiments.folder.run_folder import RunFolder

    found = run_trend(table, settings)
    write_trend(files.out, found)
    if not quiet:
        show_roles(found.read)
        title, summary = found.printed()
        click.echo(title)
        told = "Features that rise or fall on average (q of the slope < .05), and that pass up to each level"
        click.echo(f"{told}: {found.rule.describe()}")
        rows, all_in = summary.to_numpy().tolist(), RunFolder(files.out).path(TREND_SHARES)
        show_table(make_console(markup=False), summary.columns, rows, left=2, all_in=all_in)
        click.echo(str(files.out))
