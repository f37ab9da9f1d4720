"""Commands that are made of settings: their options, and errors in the words of the command line."""

import re
from collections.abc import Callable, Mapping
from difflib import SequenceMatcher
from functools import partial, wraps
from typing import Any, TypeVar, cast

import click

from experiments.analyses.shared.fields import AnalysisSettings, Setting, settings_of
from experiments.cli.options import (
    ANY_PATH,
    FILE,
    FILE_THAT_EXISTS,
    FOLDER,
    FOLDER_THAT_EXISTS,
    PATH_THAT_EXISTS,
)
from harmonize.errors import ConfigurationError, RadharmonyError

LIKE = 0.7
"""Of letters in common: names that are less like each other are not proposed."""
MOST_NAMED = 3
"""With more options than this whose help has a word, it tells nothing."""

F = TypeVar("F", bound=Callable[..., Any])

PATHS = {
    "file": FILE_THAT_EXISTS,
    "file or message": ANY_PATH,
    "folder": FOLDER_THAT_EXISTS,
    "any": PATH_THAT_EXISTS,
    "new file": FILE,
    "new folder": FOLDER,
    "new": ANY_PATH,
}

NAMED = re.compile(r"`([a-z_]+)(?:=([^`]*))?`")
"""A setting as the floors below name it: `subject`, or `allow=missing`."""
EITHER = re.compile(r"`([a-z_]+)` or `([a-z_]+)`")
"""Two settings, of which a command may have one."""


def worded(text: str, flags: Mapping[str, str]) -> str:
    """Give a text in which settings are named as the command line names them.

    Parameters
    ----------
    text : str
    flags : mapping of str to str
        By setting what the command line calls it; others stay as they are.

    Examples
    --------
    >>> worded("`fit_on`: no row; give it `allow=missing`, see `run`", {"fit_on": "--fit-on", "allow": "--allow"})
    '--fit-on: no row; give it --allow missing, see `run`'
    >>> worded("such as `where` or `by`", {"by": "--by"})
    'such as --by'
    """

    def one_of(found: re.Match[str]) -> str:
        there = [name for name in found.groups() if name in flags]
        return f"`{there[0]}`" if len(there) == 1 else found[0]

    def name(found: re.Match[str]) -> str:
        if found[1] not in flags:
            return found[0]
        return flags[found[1]] if found[2] is None else f"{flags[found[1]]} {found[2]}"

    return NAMED.sub(name, EITHER.sub(one_of, text))


class Command(click.Command):
    """A command whose errors name settings as its options."""

    @property
    def flags(self) -> dict[str, str]:
        """By setting what the command line calls it: by its name in Python, and by that of the option itself."""
        options = [one for one in self.params if isinstance(one, click.Option)]
        spelt = {one.opts[0].lstrip("-").replace("-", "_"): one.opts[0] for one in options}
        return spelt | {str(one.name): one.opts[0] for one in options}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read options; errors of their values come in the words of the command line."""
        try:
            rest: list[str] = self._worded(partial(super().parse_args, ctx, args))
        except click.NoSuchOption as error:
            word = error.option_name.lstrip("-").lower()
            like = [name for name in error.possibilities or () if _alike(word, name.lstrip("-"))]
            near = [] if like else self._about(word, ctx)
            message = f"{error.message} See {', '.join(near)}." if near else error.message
            raise click.NoSuchOption(error.option_name, message, like, ctx) from None
        return rest

    def _about(self, word: str, ctx: click.Context) -> list[str]:
        """Give the few options whose help has this word, such as --categorical for a covariate."""
        found = [
            one.opts[0]
            for one in self.params
            if isinstance(one, click.Option)
            and re.search(rf"\b{re.escape(word)}s?\b", (one.get_help_record(ctx) or ("", ""))[1].lower())
        ]
        return found if len(found) <= MOST_NAMED else []

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; its errors come in the words of the command line."""
        return self._worded(partial(super().invoke, ctx))

    def _worded(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except RadharmonyError as error:
            error.args = tuple(worded(one, self.flags) if isinstance(one, str) else one for one in error.args)
            raise


def _alike(word: str, name: str) -> bool:
    """Say whether a name may be meant; click compares the dashes too, by which --roi is like --top.

    Examples
    --------
    >>> _alike("output", "out"), _alike("n-jobs", "jobs"), _alike("roi", "top"), _alike("batches", "features")
    (True, True, False, False)
    """
    return word.startswith(name) or name.startswith(word) or SequenceMatcher(None, word, name).ratio() >= LIKE


command = partial(click.command, cls=Command)
"""Makes a command, as `click.command` does."""


def told(text: str) -> str:
    """Give a text in the words of the command that is running."""
    context = click.get_current_context(silent=True)
    running = None if context is None else context.command
    return worded(text, running.flags) if isinstance(running, Command) else text


def tell(kind: str, *texts: str) -> None:
    """Print notes or warnings, each in a line, where errors go."""
    for text in texts:
        click.echo(f"{kind}: {told(text)}", err=True)


def settings_options(**groups: type[AnalysisSettings]) -> Callable[[F], F]:
    """Give a command the options of its settings, and hand them on as one argument for each group.

    Examples
    --------
    >>> from experiments.analyses.shared.groups import Workers
    >>> @command()
    ... @settings_options(workers=Workers)
    ... def show(workers: Workers) -> None:
    ...     ...
    >>> [option.opts[0] for option in show.params]
    ['--jobs', '--scheduler']
    """
    every = [one for group in groups.values() for one in settings_of(group)]
    flags = {one.name: _flag(one) for one in every}

    def add(command: F) -> F:
        @wraps(command)
        def called(*args: Any, **values: Any) -> Any:
            made = {
                name: group(**{one.name: values.pop(one.name) for one in settings_of(group)})
                for name, group in groups.items()
            }
            return command(*args, **values, **made)

        decorated = cast("F", called)
        for one in reversed(every):
            decorated = _option(one, flags)(decorated)
        return decorated

    return add


def _flag(one: Setting) -> str:
    return f"--{one.option.flag or one.name.replace('_', '-')}"


def _option(one: Setting, flags: Mapping[str, str]) -> Callable[[Any], Any]:
    option, default = one.option, None if one.required else one.default
    if isinstance(default, dict) or default == ():
        default = None
    kind: Any = {"is_flag": True} if one.kind is bool else {"type": _kind(one)}
    if not one.required:  # click takes a default of None for a value
        kind["default"] = False if one.kind is bool else default
    return click.option(
        _flag(one),
        one.name,
        **kind,
        required=one.required,
        multiple=option.repeated,
        show_default=default is not None and default is not False,
        metavar=option.metavar,
        callback=partial(_read, one),
        cls=_Option,
        help=lambda: worded(option.about() if callable(option.about) else option.about, flags),
    )


class _Option(click.Option):
    """An option whose help is made when it is shown: it may need what takes long to load."""

    def __init__(self, *args: Any, help: Callable[[], str], **rest: Any) -> None:
        super().__init__(*args, **rest)
        self._help_of = help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Give the two columns of `--help`."""
        self.help = self._help_of()
        return super().get_help_record(ctx)


class Whole(click.IntRange):
    """A whole number: `--help` shows its limits, and the setting checks them, in the words of Python."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take a text as a whole number."""
        return click.INT.convert(value, param, ctx)


def _kind(one: Setting) -> Any:
    option = one.option
    if option.known:
        return click.Choice(list(option.known))
    if option.opened is not None:
        return PATHS[option.opened]
    if one.kind is int:
        low, high = (None if limit is None else int(limit) for limit in (option.limits.least, option.limits.most))
        return Whole(low, high) if str(option.limits) else int
    return str if option.read is not None else one.kind


def _read(one: Setting, _ctx: click.Context, _param: click.Parameter, value: Any) -> Any:
    try:
        return one.taken(value)
    except ConfigurationError as error:
        raise click.BadParameter(str(error).removeprefix(f"`{one.name}`: ")) from None
