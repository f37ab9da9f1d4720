"""`radharmony harmonize`: take the batch effects out of any tool's feature table, or compare what would."""

from pathlib import Path

import click

from experiments.analyses.harmonize.settings import HarmonizationSettings, HarmonizedFile, ScorecardSettings
from experiments.cli.command import command, settings_options, tell, told
from experiments.cli.options import ANY_PATH, quiet_option


@command()
@click.argument("table", type=ANY_PATH)
@settings_options(file=HarmonizedFile, settings=HarmonizationSettings, asked=ScorecardSettings)
@quiet_option
def harmonize(
    table: Path, file: HarmonizedFile, settings: HarmonizationSettings, asked: ScorecardSettings, quiet: bool
) -> None:
    """Take the batch effects out of the features in TABLE (ComBat and relatives).

    TABLE is the output of any tool, CSV or Parquet, a row for each image and ROI. The result is the same table with
    other values of the features. Each sequence and ROI is fitted by itself unless --by or --together says otherwise.
    Numbers that are no features (an age, an outcome) must be named as a covariate or left out with --exclude, unless
    the features are named as PyRadiomics names them; never name the outcome as a covariate.

    With --compare nothing is harmonized for use: harmonizers, and doing nothing, are compared on subjects that they
    have not seen, in a scorecard.
    """
    from experiments.analyses.harmonize.files import check_targets, write_harmonized
    from experiments.analyses.harmonize.run import run_harmonization

    check_targets(file.out, settings.save, (table, settings.model), folder=bool(asked.compare))
    if asked.compare:
        compare(table, file.out, settings, asked, quiet)
        return
    done = run_harmonization(table, settings)
    write_harmonized(file.out, done, settings.save)
    if quiet:
        return
    click.echo(told("\n".join([*done.lines, *done.feature_lines()])))
    tell("note", *done.notes)
    for path in (file.out, settings.save):
        if path is not None:
            click.echo(str(path))


def compare(table: Path, out: Path, settings: HarmonizationSettings, asked: ScorecardSettings, quiet: bool) -> None:
    """Compare harmonizers, and print which earned its place."""
    from experiments.analyses.harmonize.comparing import run_scorecard
    from experiments.analyses.harmonize.scorecard_files import write_scorecard
    from experiments.cli.progress import progress_bars
    from experiments.cli.terminal import make_console, show_table
    from experiments.results.scorecard_words import scorecard_absent, scorecard_shown

    with progress_bars(quiet) as progress:
        found = run_scorecard(table, settings, asked, progress)
    written = write_scorecard(out, found)
    if quiet:
        return
    click.echo(told("\n".join(found.lines)))
    tell("note", *found.notes)
    console = make_console(markup=False)
    for held in found.card.table["held"].unique():
        rows, absent = scorecard_shown(found.held(held), found.card.seconds), scorecard_absent(found.held(held))
        title = f"Each {held} held out"
        show_table(console, rows.columns, rows.to_numpy().tolist(), title, noun="harmonizer", all_in=written[0])
        for name, reason in absent.itertuples(index=False):
            click.echo(f"{name}: not measured: {reason}")
    click.echo("\n".join(found.sentences()))
    for path in written:
        click.echo(str(path))
