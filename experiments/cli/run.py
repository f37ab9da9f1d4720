"""`radharmony run`: every strategy of a study, from scans to report."""

from pathlib import Path

import click

from experiments.cli.options import FAILED, data_option, jobs_option, progress_bars, quiet_option, show_strategies


@click.command
@click.argument("study", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.")
@data_option
@jobs_option
@click.option("--tracking-uri", help="Where MLflow keeps its records [default: mlflow.db in the folder].")
@click.option("--no-tracking", is_flag=True, help="Record nothing in MLflow.")
@quiet_option
@click.pass_context
def run(
    ctx: click.Context,
    study: Path,
    out: Path,
    data: Path | None,
    jobs: int,
    tracking_uri: str | None,
    no_tracking: bool,
    quiet: bool,
) -> None:
    """Run every strategy of STUDY over every scan.

    Leaves features, reliability, whitelists, tracked runs and report.html in the folder. The same command again
    takes over what is finished. Exit code 3 if some scans failed; failures.csv says which, why, and what to do.
    """
    from experiments.running.runner import run_study
    from experiments.study.study import Study

    if tracking_uri and no_tracking:
        raise click.UsageError("--tracking-uri and --no-tracking exclude each other")
    loaded = Study.from_yaml(study, data)
    with progress_bars(quiet) as progress:
        finished = run_study(
            loaded, out, jobs=jobs, tracking_uri=tracking_uri, track=not no_tracking, progress=progress
        )
    if not quiet:
        show_strategies(finished)
    if finished.errors:
        click.echo(f"the audit found errors in the study: {finished.errors}; see the report or `check`", err=True)
    if finished.failures:
        click.echo(f"{finished.failures} failures, see {out / 'failures.csv'}", err=True)
        ctx.exit(FAILED)
