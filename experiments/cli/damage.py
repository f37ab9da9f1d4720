"""What commands say of files that were changed since they were written, in ways that no check of its own looks for."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from harmonize.errors import RadharmonyError

P = ParamSpec("P")
T = TypeVar("T")

DAMAGE = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, RecursionError)
"""What code raises for values of another kind or shape than it expects."""


class DamagedError(RadharmonyError):
    """A file that a command reads is not what radharmony writes."""


def refusing_damage(command: Callable[P, T]) -> Callable[P, T]:
    """Make a command that reads what others wrote say so in a line, instead of ending with a traceback.

    The checks of each reader come first and say more. This is for what they do not foresee.

    Examples
    --------
    >>> @refusing_damage
    ... def show(folder: Path) -> None:
    ...     {}["name"]
    >>> show(folder=Path("out"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    experiments.cli.damage.DamagedError: out: is not as radharmony wrote it (KeyError: 'name'); make it ...
    """

    @functools.wraps(command)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except (RadharmonyError, click.ClickException, click.Abort):
            raise
        except DAMAGE as error:
            named = ", ".join(str(value) for value in (*args, *kwargs.values()) if isinstance(value, Path))
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise DamagedError(
                f"{named}: is not as radharmony wrote it ({reason[:200]}); make it again, or, if it is unchanged, "
                "report this message"
            ) from error

    return checked
