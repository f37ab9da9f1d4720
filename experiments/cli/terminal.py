"""What commands print: tables, and the columns that they took and left out."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from experiments.analyses.shared.left_out import SHOWN, first_of, reasons_of
from harmonize.words import some

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDE = 1000
"""Columns of a pipe: nothing limits its width, so that tables keep their natural one."""


def make_console(*, highlight: bool = True, markup: bool = True) -> "Console":
    """Give a console as wide as the terminal, or as wide as any table where there is none.

    Parameters
    ----------
    highlight : bool
        Whether numbers and paths are coloured.
    markup : bool
        Whether ``[bold]`` and the like have a meaning; not for texts that others wrote.
    """
    from rich.console import Console

    return Console(highlight=highlight, markup=markup, width=None if sys.stdout.isatty() else WIDE)


def make_table(
    columns: Iterable[str],
    rows: Iterable[Iterable[str]],
    title: str | None = None,
    *,
    left: int = 1,
    fold: bool = False,
) -> "Table":
    """Give a table to be printed.

    Parameters
    ----------
    columns, rows : iterable
        What stands in it.
    title : str or None
        What stands above.
    left : int
        How many columns hold texts; those that follow hold numbers, which stand at the right.
    fold : bool
        Whether cells that do not fit are broken into lines, rather than cut.
    """
    from rich.table import Table

    table = Table(title=title)
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place < left else "right", overflow="fold" if fold else "ellipsis")
    for row in rows:
        table.add_row(*row)
    return table


def show_columns(features: Sequence[str], left_out: Mapping[str, str]) -> None:
    """Print the features that were taken, and the columns that are neither a feature nor have a role."""
    click.echo(f"features: {len(features)}, {first_of(list(features))}", err=True)
    for why, names in reasons_of(left_out).items():
        click.echo(f"left out, {why}: {some(names, SHOWN)}", err=True)
