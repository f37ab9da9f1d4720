"""`radharmony check`: audit a study before anything is computed."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.analyses.shared.groups import LocalWorkers
from experiments.cli.command import command, settings_options, tell
from experiments.cli.exit_codes import FOUND
from experiments.cli.options import FILE, FOLDER, commands_option, data_option, json_option, time_limit_option
from experiments.cli.progress import progress_bars
from experiments.cli.running import like_option, roi_option
from experiments.cli.terminal import make_console

if TYPE_CHECKING:
    from experiments.audit.findings import Finding


@command()
@click.argument("study", type=FILE)
@data_option
@json_option
@like_option
@roi_option
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings as well.")
@click.option("--pictures", type=FOLDER, help="Folder for a page with the ROIs of every subject on each condition.")
@settings_options(workers=LocalWorkers)
@time_limit_option
@commands_option
@click.pass_context
def check(
    ctx: click.Context,
    study: Path,
    data: Path | None,
    as_json: bool,
    like: Path | None,
    rois: dict[str, str],
    strict: bool,
    pictures: Path | None,
    workers: LocalWorkers,
    time_limit: float,
    allow_commands: bool,
) -> None:
    """Look for what is missing, broken or odd in STUDY, before anything is computed.

    Reads every image and mask once. With --like, STUDY is what `radharmony extract` takes: nothing is compared, no
    reference is needed, and strategies are those of that run or whitelist. Exit code 1 if there are errors.
    """
    from experiments.audit.audit import audit
    from experiments.cli.audited import show
    from experiments.executors import Processes
    from experiments.running.pictures.preview import write_preview
    from experiments.running.survey.slow_levels import slow_levels
    from experiments.study.commands import check_engines, with_commands
    from experiments.study.study import Study

    before: tuple[Finding, ...] = ()
    if like is not None:
        from experiments.running.extracting.before import findings_before
        from experiments.running.extracting.extraction import study_to_measure
        from experiments.running.extracting.like import Like

        learned = Like.read(like)
        loaded, notes = study_to_measure(study, data, learned, rois=rois)
        tell("note", *notes)
        before = findings_before(loaded.scans, learned)
    elif rois:
        raise click.UsageError("--roi needs --like, whose ROIs it names")
    else:
        loaded = Study.from_yaml(study, data)
    loaded = with_commands(loaded, allowed=allow_commands)
    check_engines(loaded)
    with progress_bars(quiet=not sys.stderr.isatty()) as progress, Processes(workers.processes) as executor:
        executor.limit = time_limit
        slow = slow_levels(
            loaded, executor, workers.processes, lambda done, total: progress("gray levels", done, total)
        )
        found = audit(loaded, lambda done, total: progress("scans", done, total), executor, slow)
        found = found.plus(before)
        page = None
        if pictures is not None:
            page = write_preview(loaded, pictures, lambda done, total: progress("pictures", done, total), executor)
    if as_json:
        click.echo(json.dumps(found.to_mapping(), indent=2, allow_nan=False))
    else:
        show(found, make_console(highlight=False))
        if page is not None:
            click.echo(f"ROIs of every subject: {page}")
    if found.count("error") or (strict and found.count("warning")):
        ctx.exit(FOUND)
