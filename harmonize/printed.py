"""How what people hold prints in a terminal or a notebook: a title and a small table, not all that it holds."""

import html
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class Printed(ABC):
    """A result that prints as a title and a small table."""

    @abstractmethod
    def printed(self) -> "tuple[str, pd.DataFrame]":
        """Give the title and the table, whose cells are texts."""

    def __repr__(self) -> str:
        """Show it in a terminal."""
        title, table = self.printed()
        return f"{title}\n{table.to_string(index=False)}" if len(table) else title

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        title, table = self.printed()
        return titled(title, table)


def titled(title: str, table: "pd.DataFrame") -> str:
    """Give a title and a table as HTML."""
    lines = "<br>".join(f"<b>{html.escape(line)}</b>" for line in title.splitlines())
    return f"<p>{lines}</p>{table.to_html(index=False, border=0) if len(table) else ''}"
