"""How what people hold prints in a terminal or a notebook: a title and a small table, not all that it holds."""

import html
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from harmonize.words import plural

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 24
"""Rows of a table that are printed: it and what is said around it fit on one screen."""


class Printed(ABC):
    """A result that prints as a title and a small table."""

    @abstractmethod
    def printed(self) -> "tuple[str, pd.DataFrame]":
        """Give the title and the table, whose cells are texts."""

    def __repr__(self) -> str:
        """Show it in a terminal."""
        title, table = self.printed()
        return f"{title}\n{as_lines(table)}" if len(table) else title

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        title, table = self.printed()
        return titled(title, table)


def as_lines(table: "pd.DataFrame", noun: str = "row", all_in: object = "") -> str:
    """Give the first rows of a table as lines of text, and how many more there are, and where."""
    lines = [table.head(MOST_ROWS).to_string(index=False), rest(len(table), noun, all_in)]
    return "\n".join(filter(None, lines))


def titled(title: str, table: "pd.DataFrame", noun: str = "row", all_in: object = "") -> str:
    """Give a title and the first rows of a table as HTML, and how many more there are, and where."""
    lines = "<br>".join(f"<b>{html.escape(line)}</b>" for line in title.splitlines())
    more = html.escape(rest(len(table), noun, all_in))
    shown = table.head(MOST_ROWS).to_html(index=False, border=0) if len(table) else ""
    return f"<p>{lines}</p>{shown}{f'<p>{more}</p>' if more else ''}"


def rest(count: int, noun: str = "row", all_in: object = "") -> str:
    """Say how many rows of a table are not printed, and where they are; nothing where all are.

    Parameters
    ----------
    count : int
        Rows that there are.
    noun : str
        What a row is, in the singular.
    all_in : object
        The file that has all rows, or the setting that gives them, if there is one.

    Examples
    --------
    >>> rest(MOST_ROWS + 2, "strategy", "strategies.csv"), rest(MOST_ROWS)
    ('and 2 more strategies: strategies.csv has all', '')
    """
    where = f": {all_in} has all" if str(all_in) else ""
    return f"and {plural(count - MOST_ROWS, f'more {noun}')}{where}" if count > MOST_ROWS else ""
