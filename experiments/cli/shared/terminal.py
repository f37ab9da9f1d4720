"""The console that commands print tables to."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

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
