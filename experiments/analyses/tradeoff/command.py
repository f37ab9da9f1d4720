"""`radharmony tradeoff`: a threshold of robustness swept against diagnostic performance."""

from pathlib import Path

import click

from experiments.analyses.shared.groups import Destination, Workers
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.cli.command import command, settings_options
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

    TABLE has one row for each subject, or several under different conditions, with features and a diagnosis, a
    number or survival. For each threshold: held-out AUC (of a number R2, of survival the C-index) of nested
    cross-validation, how far predictions for a subject agree under its conditions, how stable the selection is, and
    how many features it takes. The threshold is tuned in the inner loop, too; read the performance to expect from that
    row, not from the best of the others.

    How reliable the features are comes from another study (--reliability), or from repeats in TABLE (--condition); then
    it is computed in each fold from its training subjects.
    """
    from experiments.analyses.tradeoff.files import WRITTEN
    from experiments.analyses.tradeoff.run import TradeoffInput
    from experiments.analyses.tradeoff.section import cells, columns
    from experiments.cli.place import ResultsPlace
    from experiments.cli.terminal import make_console, show_table
    from experiments.folder.added import Added

    place = ResultsPlace.of(given, "tradeoff")
    found = place.fill(TradeoffInput, table, settings, workers, quiet)
    if quiet:
        return
    console, result = make_console(), found.result
    title = f"Features with {result.sweep.describe()} above a threshold ({plural(result.n_subjects, 'subject')})"
    written = Added(place.folder).paths(*WRITTEN)
    show_table(console, columns(result.table), cells(result.table), title, noun="threshold", all_in=written[0])
    report = [] if place.run is None else [place.run.report]
    for path in [*report, *written]:
        console.print(str(path), highlight=False, soft_wrap=True)
