"""`radharmony run`: every strategy of a study, from scans to report."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from experiments.analyses.shared.groups import Workers
from experiments.analyses.shared.readers import names
from experiments.cli.command import command, settings_options, told
from experiments.cli.end_of_run import show_end
from experiments.cli.exit_codes import FAILED, UNTRACKED
from experiments.cli.options import FILE, FOLDER, cache_option, data_option, quiet_option, time_limit_option
from experiments.cli.progress import progress_bars


def _writable(_ctx: click.Context, _param: click.Parameter, folder: Path) -> Path:
    """Refuse a folder that nothing can be written into, before anything is imported or read."""
    place = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    if not os.access(place, os.W_OK):
        raise click.BadParameter(f"{folder}: nothing can be written into {place}; choose one that you may write to")
    return folder


@command()
@click.argument("study", type=FILE)
@click.option("--out", required=True, type=FOLDER, callback=_writable, help="Folder for the results.")
@data_option
@settings_options(workers=Workers)
@time_limit_option
@click.option("--tracking-uri", help="Where MLflow keeps its records [default: mlflow.db in the folder].")
@click.option("--no-tracking", is_flag=True, help="Record nothing in MLflow.")
@click.option(
    "--intermediates",
    metavar="SUBJECTS",
    multiple=True,
    callback=lambda _ctx, _param, value: names(value),
    help="Leave the scans of these subjects after every step as NIfTI; separate by commas, `all` for all.",
)
@cache_option
@click.option("--retry-failed", is_flag=True, help="Try again what is known to fail.")
@quiet_option
@click.pass_context
def run(
    ctx: click.Context,
    study: Path,
    out: Path,
    data: Path | None,
    workers: Workers,
    time_limit: float,
    tracking_uri: str | None,
    no_tracking: bool,
    intermediates: tuple[str, ...],
    cache: Path | None,
    retry_failed: bool,
    quiet: bool,
) -> None:
    """Run every strategy of STUDY over every scan.

    Leaves features, reliability, whitelists, tracked runs and report.html in the folder. The same command again
    takes over what is finished. Exit code 3 if some scans failed; failures.csv says which, why, and what to do;
    4 if all is done but MLflow could not record it; 5 if something outside ended it, such as a full disk.
    """
    from experiments.running.runner import run_study
    from experiments.study.study import Study
    from experiments.tracking import TrackingWarning

    if tracking_uri and no_tracking:
        raise click.UsageError("--tracking-uri and --no-tracking exclude each other")
    loaded = Study.from_yaml(study, data)
    with _plain_warnings(TrackingWarning), progress_bars(quiet) as progress:
        finished = run_study(
            loaded,
            out,
            jobs=workers.processes,
            scheduler=workers.scheduler,
            tracking_uri=tracking_uri,
            track=not no_tracking,
            progress=progress,
            intermediates=intermediates,
            cache=cache,
            retry_failed=retry_failed,
            time_limit=time_limit,
        )
    show_end(finished, quiet)
    if failed := len(finished.failures):
        noun = "failure" if failed == 1 else "failures"
        click.echo(f"{failed} {noun}, see {out / 'failures.csv'}", err=True)
        if finished.remembered:
            known = f"{finished.remembered} (scan x strategy) were known to fail and not tried again"
            click.echo(f"{known}; --retry-failed tries them", err=True)
        ctx.exit(FAILED)
    if finished.untracked:
        ctx.exit(UNTRACKED)


@contextmanager
def _plain_warnings(kind: type[Warning]) -> Iterator[None]:
    """Print warnings of a kind as one line each, without the code that they come from."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", kind)
        show = warnings.showwarning

        def tell(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
            if issubclass(category, kind):
                click.echo(f"warning: {told(str(message))}", err=True)
            else:
                show(message, category, *place, **options)

        warnings.showwarning = tell
        yield
