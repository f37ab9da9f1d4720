"""`radharmony sample-size`: how many subjects and conditions a study needs."""

import click

from experiments.analyses.sample_size.settings import PlanFiles, SampleSizeSettings
from experiments.cli.command import command, settings_options
from experiments.cli.options import quiet_option


@command("sample-size")
@settings_options(files=PlanFiles, settings=SampleSizeSettings)
@quiet_option
def sample_size(files: PlanFiles, settings: SampleSizeSettings, quiet: bool) -> None:
    """Say how many subjects or conditions a study of reliability needs, or what its limits will be.

    Of a target (--width, or what a limit is to reach), --subjects and --conditions two are given, and the third is
    found: `radharmony sample-size --icc .8 --width .2 --conditions 2`. Features are taken for normal, and
    conditions for exchangeable.
    """
    from experiments.analyses.sample_size.files import write_sample_size
    from experiments.analyses.sample_size.run import run_sample_size
    from experiments.cli.terminal import make_console, make_table

    found = run_sample_size(settings)
    if files.out is not None:
        write_sample_size(files.out, found)
    if quiet:
        return
    sentence, table = found.printed()
    click.echo(sentence)
    if len(table) > 1:
        make_console(markup=False).print(make_table(table.columns, table.to_numpy().tolist(), left=0))
    if files.out is not None:
        click.echo(str(files.out))
