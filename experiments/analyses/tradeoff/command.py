"""`radharmony tradeoff`: a threshold of robustness swept against diagnostic performance."""

from pathlib import Path

import click

from experiments.analyses.shared.groups import Destination, Workers
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.cli.command import command, settings_options, tell
from experiments.cli.damage import refusing_damage
from experiments.cli.options import PATH_THAT_EXISTS, quiet_option
from harmonize.words import plural


@command()
@click.argument("table", type=PATH_THAT_EXISTS)
@settings_options(settings=TradeoffSettings, given=Destination, workers=Workers)
@quiet_option
@refusing_damage
def tradeoff(table: Path, settings: TradeoffSettings, given: Destination, workers: Workers, quiet: bool) -> None:
    """Show what a threshold of robustness costs and brings.

    TABLE has one row for each subject, or several under different conditions, with features and a diagnosis. For each
    threshold: held-out AUC of nested cross-validation, how far predictions for a subject agree under its conditions,
    how stable the selection is, and how many features it takes. The threshold is tuned in the inner loop, too; read
    the performance to expect from that row, not from the best of the others.

    How reliable the features are comes from another study (--reliability), or from repeats in TABLE (--condition); then
    it is computed in each fold from its training subjects.
    """
    from experiments.analyses.tradeoff.files import WRITTEN
    from experiments.analyses.tradeoff.run import TradeoffInput
    from experiments.analyses.tradeoff.section import COLUMNS, cells
    from experiments.cli.place import ResultsPlace
    from experiments.cli.progress import progress_bars
    from experiments.cli.terminal import make_console, make_table, show_columns

    place = ResultsPlace.of(given, "tradeoff")
    read = TradeoffInput.read(table, settings)
    tell("warning", *read.warnings)
    tell("note", *read.rows.notes)
    place.warn_unrelated(read)
    if not quiet:
        show_columns(read.features, read.rows.left_out)
    with progress_bars(quiet) as bars:
        found = read.run(workers, lambda done, total: bars("folds", done, total))
    report = place.keep(found)
    tell("note", *found.result.notes)
    if quiet:
        return
    console = make_console()
    title = f"Features with {read.sweep.describe()} above a threshold ({plural(found.result.n_subjects, 'subject')})"
    console.print(make_table(COLUMNS, cells(found.result.table), title))
    for path in [*([report] if report else []), *(place.folder / name for name in WRITTEN)]:
        console.print(str(path), highlight=False, soft_wrap=True)
