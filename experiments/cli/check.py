"""`radharmony check`: audit a study before anything is computed."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.cli.options import data_option, jobs_option
from experiments.cli.progress import progress_bars

if TYPE_CHECKING:
    from experiments.audit import Audit

FOUND = 1
"""Exit code if there are errors, or with --strict warnings."""


@click.command
@click.argument("study", type=click.Path(dir_okay=False, path_type=Path))
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings as well.")
@jobs_option
@click.pass_context
def check(ctx: click.Context, study: Path, data: Path | None, as_json: bool, strict: bool, jobs: int) -> None:
    """Look for what is missing, broken or odd in STUDY, before anything is computed.

    Reads every image and mask once. Exit code 1 if there are errors.
    """
    from experiments.audit import audit
    from experiments.running.executors import Processes
    from experiments.study.study import Study

    loaded = Study.from_yaml(study, data)
    with progress_bars(quiet=not sys.stderr.isatty()) as progress, Processes(jobs) as executor:
        found = audit(loaded, lambda done, total: progress("scans", done, total), executor)
    if as_json:
        click.echo(json.dumps(found.to_mapping(), indent=2, allow_nan=False))
    else:
        _show(found)
    if found.count("error") or (strict and found.count("warning")):
        ctx.exit(FOUND)


def _show(found: "Audit") -> None:
    from rich.console import Console

    from experiments.audit.display import show

    # Nothing limits the width of a pipe: tables keep their natural one.
    show(found, Console(highlight=False, width=None if sys.stdout.isatty() else 1000))
