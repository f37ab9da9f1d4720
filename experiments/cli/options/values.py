"""How the text of an option is read, what kinds of paths there are, and how options compose."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from harmonize.errors import ConfigurationError

F = TypeVar("F", bound=Callable[..., Any])


class Belonging(click.Path):
    """A file that is read; one of a run is refused unless the run has left it so (see `check_belonging`)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path."""
        from experiments.folder.run_folder import check_belonging

        path = super().convert(value, param, ctx)
        if isinstance(path, Path):
            check_belonging(path)
        return path


ANY_PATH = click.Path(path_type=Path)
TO_READ = Belonging(path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE_THAT_EXISTS = Belonging(exists=True, dir_okay=False, path_type=Path)
FOLDER_THAT_EXISTS = click.Path(exists=True, file_okay=False, path_type=Path)


def composed(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Make one decorator of several options, which `--help` shows in this order.

    Examples
    --------
    >>> @click.command
    ... @composed(click.option("--first"), click.option("--second"))
    ... def show(first, second):
    ...     ...
    >>> [option.name for option in show.params]
    ['first', 'second']
    """

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def names_of(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Take several names, separated by commas, from one option or several."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def pairs_of(_ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Take NAME=VALUE, as the option's metavar calls them."""
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"expected {param.metavar}, found '{value}'")
    return {name.strip(): text for name, _, text in (value.partition("=") for value in values)}


def number_or_none(_ctx: click.Context, _param: click.Parameter, value: str) -> float | None:
    """Take a number, or the word none."""
    if value == "none":
        return None
    try:
        return float(value)
    except ValueError:
        raise click.BadParameter(f"expected a number or none, found '{value}'") from None


def wanted_values(given: Iterable[str], option: str) -> dict[str, list[str]]:
    """Take COLUMN=VALUE: by column the values of the rows that are wanted.

    Raises
    ------
    ConfigurationError
        In the words of the option, for a text without an equals sign.

    Examples
    --------
    >>> wanted_values(["site = A", "site=B", "split=train"], "--where")
    {'site': ['A', 'B'], 'split': ['train']}
    """
    wanted: dict[str, list[str]] = {}
    for text in given:
        column, equals, value = text.partition("=")
        if not equals:
            raise ConfigurationError(f"{option}: expected COLUMN=VALUE, found '{text}'")
        wanted.setdefault(column.strip(), []).append(value.strip())
    return wanted
