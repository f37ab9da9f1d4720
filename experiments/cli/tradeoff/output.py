"""What `radharmony tradeoff` prints."""

from pathlib import Path

from rich.table import Table

from experiments.cli.shared.terminal import make_console
from experiments.report.sections.tradeoff import COLUMNS, cells
from selection import Tradeoff


def show_results(found: Tradeoff, written: list[Path]) -> None:
    """Print a row for each threshold, and where the files are."""
    console = make_console()
    table = Table(title=f"Features with {found.sweep.describe()} above a threshold ({found.n_subjects} subjects)")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in COLUMNS[:1] else "right")
    for row in cells(found.table):
        table.add_row(*row)
    console.print(table)
    for path in written:
        console.print(str(path), highlight=False, soft_wrap=True)
