"""`radharmony run`: every strategy of a study, from scans to report."""

from pathlib import Path

import click

from experiments.cli.options import (
    FAILED,
    UNTRACKED,
    data_option,
    jobs_option,
    names_of,
    plain_warnings,
    quiet_option,
    scheduler_option,
    show_strategies,
)
from experiments.cli.progress import progress_bars


@click.command
@click.argument("study", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.")
@data_option
@jobs_option
@scheduler_option
@click.option("--tracking-uri", help="Where MLflow keeps its records [default: mlflow.db in the folder].")
@click.option("--no-tracking", is_flag=True, help="Record nothing in MLflow.")
@click.option(
    "--intermediates",
    metavar="SUBJECTS",
    multiple=True,
    callback=names_of,
    help="Leave the scans of these subjects after every step as NIfTI; separate by commas, `all` for all.",
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of finished results, which runs and studies may share [default: `finished` in the folder].",
)
@click.option("--retry-failed", is_flag=True, help="Try again what is known to fail.")
@quiet_option
@click.pass_context
def run(
    ctx: click.Context,
    study: Path,
    out: Path,
    data: Path | None,
    jobs: int,
    scheduler: str | None,
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
    4 if all is done but MLflow could not record it.
    """
    from experiments.running.runner import run_study
    from experiments.study.study import Study
    from experiments.tracking import TrackingWarning

    if tracking_uri and no_tracking:
        raise click.UsageError("--tracking-uri and --no-tracking exclude each other")
    loaded = Study.from_yaml(study, data)
    with plain_warnings(TrackingWarning), progress_bars(quiet) as progress:
        finished = run_study(
            loaded,
            out,
            jobs=jobs,
            scheduler=scheduler,
            tracking_uri=tracking_uri,
            track=not no_tracking,
            progress=progress,
            now=progress.now,
            intermediates=intermediates,
            cache=cache,
            retry_failed=retry_failed,
        )
    if not quiet:
        show_strategies(finished)
    if finished.errors:
        click.echo(f"the audit found errors in the study: {finished.errors}; see the report or `check`", err=True)
    if finished.failures:
        noun = "failure" if finished.failures == 1 else "failures"
        click.echo(f"{finished.failures} {noun}, see {out / 'failures.csv'}", err=True)
        if finished.remembered:
            known = f"{finished.remembered} (scan x strategy) were known to fail and not tried again"
            click.echo(f"{known}; --retry-failed tries them", err=True)
        ctx.exit(FAILED)
    if finished.untracked:
        ctx.exit(UNTRACKED)
