"""What commands print: tables, and the columns that they took and left out."""

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from experiments.analyses.shared.left_out import reasons_of
from experiments.cli.command import told
from harmonize.printed import MOST_ROWS, rest
from harmonize.words import some

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDE = 1000
"""Columns of a pipe: nothing limits its width, so that tables keep their natural one."""


class TableStyle(TypedDict, total=False):
    """How a table is printed."""

    left: int
    fold: bool
    title_left: bool


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
    title_left: bool = False,
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
    title_left : bool
        Whether the title stands at the left, rather than above the middle.
    """
    from rich.table import Table

    table = Table(title=title, title_justify="left" if title_left else "center")
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place < left else "right", overflow="fold" if fold else "ellipsis")
    for row in rows:
        table.add_row(*row)
    return table


def show_table(
    console: "Console",
    columns: Iterable[str],
    rows: Iterable[Sequence[Any]],
    title: str | None = None,
    *,
    noun: str = "row",
    all_in: object = "",
    ends: Collection[int] = (),
    caption: str | None = None,
    whole: bool = False,
    most: int | None = MOST_ROWS,
    **style: Unpack[TableStyle],
) -> None:
    """Print the first rows of a table, and below them how many more there are, and where.

    In a terminal that is too narrow, the last columns are left out where a file has them all, and named below.

    Parameters
    ----------
    console : Console
        Where to.
    columns, rows : iterable
        What stands in it.
    title, caption : str, optional
        What stands above and below.
    noun : str
        What a row is, in the singular.
    all_in : object
        The file that has all rows, or the setting that gives them, if there is one.
    ends : collection of int
        Rows, counted from 0, below which a line is drawn.
    whole : bool
        Whether a pipe gets the lines as long as they are.
    most : int, optional
        Rows that are printed; None prints all.
    **style
        As for `make_table`.
    """
    given, every = list(rows), list(columns)
    names = every
    if console.is_terminal and all_in and not whole and not style.get("fold"):
        names = names[: _fitting(names, given[:most], console.width, style.get("left", 1))]
    table = make_table(names, [row[: len(names)] for row in given[:most]], title, **style)
    table.caption, table.caption_justify = caption, "left"
    for row in ends:
        if row < len(table.rows):
            table.rows[row].end_section = True
    console.print(table, soft_wrap=whole and not console.is_terminal, crop=not whole or console.is_terminal)
    if hidden := every[len(names) :]:
        console.print(
            told(f"for which this terminal is too narrow: {', '.join(hidden)}; {all_in} has all"),
            soft_wrap=True,
            markup=False,
        )
    if most is not None and (more := rest(len(given), noun, all_in)):
        console.print(told(more), soft_wrap=True, markup=False)


def _fitting(names: Sequence[str], rows: Sequence[Sequence[Any]], width: int, least: int) -> int:
    """Count the columns that a terminal has room for."""
    from rich.cells import cell_len

    used = 1
    for place, name in enumerate(names):
        used += 3 + max(map(cell_len, [name, *(str(row[place]) for row in rows)]))
        if used > width:
            return max(place, least + 1)
    return len(names)


def show_columns(features: Sequence[str], left_out: Mapping[str, str]) -> None:
    """Print the features that were taken, and the columns that are neither a feature nor have a role."""
    click.echo(f"features: {len(features)}, {some(features)}", err=True)
    for why, names in reasons_of(left_out).items():
        click.echo(f"left out, {why}: {some(names)}", err=True)
