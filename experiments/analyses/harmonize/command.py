"""`radharmony harmonize`: take the batch effects out of any tool's feature table."""

from pathlib import Path

import click

from experiments.analyses.harmonize.settings import HarmonizationSettings, HarmonizedFile
from experiments.cli.command import command, settings_options, tell, told
from experiments.cli.options import ANY_PATH, quiet_option


@command()
@click.argument("table", type=ANY_PATH)
@settings_options(file=HarmonizedFile, settings=HarmonizationSettings)
@quiet_option
def harmonize(table: Path, file: HarmonizedFile, settings: HarmonizationSettings, quiet: bool) -> None:
    """Take the batch effects out of the features in TABLE (ComBat and relatives).

    TABLE is the output of any tool, CSV or Parquet, a row for each image and ROI. The result is the same table with
    other values of the features. Each sequence and ROI is fitted by itself unless --by or --together says otherwise.
    Numbers that are no features (an age, an outcome) must be named as a covariate or left out with --exclude, unless
    the features are named as PyRadiomics names them; never name the outcome as a covariate.
    """
    from experiments.analyses.harmonize.files import check_targets, write_harmonized
    from experiments.analyses.harmonize.run import run_harmonization

    check_targets(file.out, settings.save, (table, settings.model))
    done = run_harmonization(table, settings)
    write_harmonized(file.out, done, settings.save)
    if quiet:
        return
    click.echo(told("\n".join([*done.lines, *done.feature_lines()])))
    tell("note", *done.notes)
    for path in (file.out, settings.save):
        if path is not None:
            click.echo(str(path))
