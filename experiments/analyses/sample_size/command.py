"""`radharmony sample-size`: how many subjects and conditions a study needs."""

import click

from experiments.analyses.sample_size.settings import PilotSettings, PlanFiles, SampleSizeSettings
from experiments.cli.command import command, settings_options, tell, told
from experiments.cli.options import quiet_option


@command("sample-size")
@settings_options(files=PlanFiles, settings=SampleSizeSettings, how=PilotSettings)
@quiet_option
def sample_size(files: PlanFiles, settings: SampleSizeSettings, how: PilotSettings, quiet: bool) -> None:
    """Say how many subjects or conditions a study of reliability needs, or what its limits will be.

    Of a target (--width, or what a limit is to reach), --subjects and --conditions two are given, and the third is
    found: `radharmony sample-size --icc .8 --width .2 --conditions 2`. Features are taken for normal, and
    conditions for exchangeable.

    With --pilot TABLE, studies are simulated from a pilot: the share of robust features that they find, within
    which range (--width), and their power to tell strategies apart (--power).
    """
    if settings.pilot:
        return _simulated(files, settings, how, quiet)
    if how != PilotSettings():
        from harmonize.errors import ConfigurationError

        raise ConfigurationError("`pilot`: is missing, which columns, thresholds and simulations are about")
    from experiments.analyses.sample_size.files import SIZES, write_sample_size
    from experiments.analyses.sample_size.run import run_sample_size
    from experiments.cli.terminal import make_console, show_table
    from experiments.folder.run_folder import RunFolder

    found = run_sample_size(settings)
    if files.out is not None:
        write_sample_size(files.out, found)
    if quiet:
        return
    sentence, table = found.printed()
    click.echo(sentence)
    if len(table) > 1:
        all_in = "" if files.out is None else RunFolder(files.out).path(SIZES)
        show_table(make_console(markup=False), table.columns, table.to_numpy().tolist(), left=0, all_in=all_in)
    if files.out is not None:
        click.echo(str(files.out))


def _simulated(files: PlanFiles, settings: SampleSizeSettings, how: PilotSettings, quiet: bool) -> None:
    from experiments.analyses.sample_size.files import OF_PILOT, write_pilot_sizes
    from experiments.analyses.sample_size.simulated import run_pilot_sizes
    from experiments.cli.progress import progress_bars
    from experiments.cli.terminal import make_console, show_table
    from experiments.folder.run_folder import RunFolder

    with progress_bars(quiet) as bars:
        found = run_pilot_sizes(settings, how, bars)
    tell("note", *found.notes)
    if files.out is not None:
        write_pilot_sizes(files.out, found)
    if quiet:
        return
    title, table = found.printed()
    all_in = "" if files.out is None else RunFolder(files.out).path(OF_PILOT)
    show_table(make_console(markup=False), table.columns, table.to_numpy().tolist(), title, noun="size", all_in=all_in)
    for sentence in found.sentences():
        click.echo(told(sentence))
    if files.out is not None:
        click.echo(str(files.out))
