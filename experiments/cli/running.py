"""What commands that compute scans have in common: their options, their warnings, and how they end."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from experiments.analyses.shared.groups import Workers
from experiments.analyses.shared.readers import pairs
from experiments.cli.command import settings_options, told
from experiments.cli.exit_codes import FAILED, UNTRACKED
from experiments.cli.options import (
    FOLDER,
    PATH_THAT_EXISTS,
    cache_option,
    commands_option,
    data_option,
    quiet_option,
    time_limit_option,
)
from experiments.folder.writing import unwritable
from experiments.running.options import Computing, Conduct
from harmonize.words import plural

if TYPE_CHECKING:
    from experiments.running.conduct import Run

F = TypeVar("F", bound=Callable[..., Any])


def writable(_ctx: click.Context, _param: click.Parameter, folder: Path) -> Path:
    """Refuse a folder that nothing can be written into, before anything is imported or read."""
    if (place := unwritable(folder)) is not None:
        raise click.BadParameter(f"{folder}: nothing can be written into {place}; choose one that you may write to")
    return folder


out_option = click.option("--out", required=True, type=FOLDER, callback=writable, help="Folder for the results.")


def _rois(_ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    try:
        return dict(pairs("NAME=ROI")(value))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


like_option = click.option(
    "--like",
    type=PATH_THAT_EXISTS,
    metavar="RUN|WHITELIST",
    help="Measure as this run, or the run of this whitelist: settings, and what steps and harmonizer learned there.",
)
roi_option = click.option(
    "--roi",
    "rois",
    multiple=True,
    metavar="NAME=ROI",
    callback=_rois,
    help="What the study calls NAME is this ROI of --like. May be repeated.",
)
_TRACKED = (
    click.option("--tracking-uri", help="Where MLflow keeps its records [default: mlflow.db in the folder]."),
    click.option(
        "--no-tracking",
        "track",
        is_flag=True,
        callback=lambda _ctx, _param, given: not given,
        help="Record nothing in MLflow.",
    ),
)
_RETRIED = (click.option("--retry-failed", is_flag=True, help="Try again what is known to fail."),)


def computing_options(kind: type[Computing], *, data: bool = True) -> Callable[[F], F]:
    """Give a command the options that say where and how scans are computed, handed on as `how`, of that kind.

    With `data`, also the folder that file names start from.
    """
    conducted = issubclass(kind, Conduct)
    options = (
        *((data_option,) if data else ()),
        *(settings_options(workers=Workers), time_limit_option),
        *(_TRACKED if conducted else ()),
        cache_option,
        commands_option,
        *(_RETRIED if conducted else ()),
        quiet_option,
    )
    names = {one.name for one in fields(kind)}

    def add(command: F) -> F:
        @wraps(command)
        def called(*args: Any, workers: Workers, **values: Any) -> Any:
            own = {name: values.pop(name) for name in names & values.keys()}
            if own.get("tracking_uri") and not own["track"]:
                raise click.UsageError("--tracking-uri and --no-tracking exclude each other")
            how = kind(jobs=workers.processes, scheduler=workers.scheduler, **own)
            return command(*args, how=how, **values)

        decorated = cast("F", called)
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return add


def end(ctx: click.Context, finished: "Run") -> None:
    """Say what failed, and end with the code that tells of it."""
    from experiments.folder.files import FAILURES

    if failed := len(finished.failures):
        click.echo(f"{plural(failed, 'failure')}, see {finished.path(FAILURES)}", err=True)
        if finished.remembered:
            known = plural(finished.remembered, "pair")
            click.echo(f"known from before, in {known} of scan and strategy; --retry-failed tries again", err=True)
        ctx.exit(FAILED)
    if finished.untracked:
        ctx.exit(UNTRACKED)


@contextmanager
def plain_warnings(*kinds: type[Warning]) -> Iterator[None]:
    """Print warnings of some kinds as one line each, without the code that they come from."""
    with warnings.catch_warnings():
        for kind in kinds:
            warnings.simplefilter("always", kind)
        show = warnings.showwarning

        def tell(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
            if issubclass(category, kinds):
                click.echo(f"warning: {told(str(message))}", err=True)
            else:
                show(message, category, *place, **options)

        warnings.showwarning = tell
        yield
