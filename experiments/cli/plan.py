"""`radharmony plan`: what a run would do, what is done, and how long the rest takes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.analyses.shared.groups import LocalWorkers
from experiments.cli.command import command, settings_options
from experiments.cli.options import FILE, FOLDER, cache_option, commands_option, data_option, json_option
from experiments.cli.terminal import make_console
from harmonize.words import plural, roughly

if TYPE_CHECKING:
    from rich.tree import Tree

    from experiments.running.survey.duration import Duration
    from experiments.running.survey.tasks import Survey, Task


@command()
@click.argument("study", type=FILE)
@click.option("--out", type=FOLDER, help="Folder of the run that is to go on.")
@cache_option
@data_option
@settings_options(workers=LocalWorkers)
@commands_option
@json_option
def plan(
    study: Path,
    out: Path | None,
    cache: Path | None,
    data: Path | None,
    workers: LocalWorkers,
    allow_commands: bool,
    as_json: bool,
) -> None:
    """Show what `run` would do with STUDY: the steps that strategies share, and what is finished already.

    Nothing is computed or written. With --out or --cache the files of every scan are read, to see whether
    results are there for their content; the time that is left is estimated from the tasks that are finished, and from
    what the last run in --out took for statistics and report.
    """
    from experiments.folder.files import FINISHED
    from experiments.folder.run_folder import RunFolder
    from experiments.running.store.finished import Store
    from experiments.running.survey.duration import duration, ends_of_last_run
    from experiments.running.survey.survey import survey
    from experiments.study.commands import with_commands
    from experiments.study.study import Study

    loaded = with_commands(Study.from_yaml(study, data), allowed=allow_commands)
    folder = cache or (RunFolder(out).path(FINISHED) if out else None)
    found = survey(loaded, Store(folder) if folder else None)
    time = duration(found, workers.processes, ends_of_last_run(out) if out else None)
    if as_json:
        expected = time.to_mapping() if found.measured else None
        mapping = {**found.to_mapping(), "expected_seconds": expected}
        click.echo(json.dumps(mapping, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _show(found, folder, time)


def _show(found: "Survey", folder: Path | None, time: "Duration") -> None:
    from rich.markup import escape
    from rich.tree import Tree

    console = make_console(highlight=False)
    drawn = "" if found.segmentations == found.scans else f" with {plural(found.segmentations, 'segmentation')}"
    tree = Tree(f"[bold]{escape(found.study)}[/bold]: every one of {plural(found.scans, 'scan')}{drawn}")
    for task in found.tasks:
        _add(tree, task, found.scans)
    console.print(tree)
    console.print()
    for line in _totals(found, folder, time):
        console.print(line, markup=False, soft_wrap=True)


def _add(tree: "Tree", task: "Task", scans: int) -> None:
    from rich.markup import escape
    from rich.text import Text

    of, what = "" if task.todo == task.of else f" of {task.of}", "scans" if task.of == scans else "segmentations"
    what = "perturbed scans" if task.draws else what
    left = f"{task.todo}{of} {what} to do" if task.todo else "done"
    if task.todo and task.seconds is not None:
        left += f", about {roughly(task.seconds)}"
    if not task.children:
        tree.add(
            Text.from_markup(f"[green]features of {escape(', '.join(task.strategies))}[/green]  [dim]{left}[/dim]")
        )
        return
    shared = f"  shared by {len(task.strategies)} strategies" if len(task.strategies) > 1 else ""
    settings = ", ".join(f"{name}: {_value(value)}" for name, value in task.parameters.items() if name in task.changed)
    text = f"[bold]{escape(task.name)}[/bold]{escape(f' ({settings})') if settings else ''}{shared}"
    branch = tree.add(Text.from_markup(f"{text}  [dim]{left}[/dim]"))
    if task.cohort is not None:
        cohort = task.cohort
        who = ", ".join(cohort.subjects) if len(cohort.subjects) <= 8 else f"{len(cohort.subjects)} subjects"
        state = "fitted" if cohort.fitted else "waits until all have passed the steps before"
        branch.add(
            Text.from_markup(f"[yellow]fitted on {plural(cohort.scans, 'scan')} of {escape(who)}: {state}[/yellow]")
        )
    for child in task.children:
        _add(branch, child, scans)


def _totals(found: "Survey", folder: Path | None, time: "Duration") -> list[str]:
    tasks, what = found.extraction_tasks, "scan" if found.segmentations == found.scans else "segmentation"
    lines = [
        f"Steps: {found.scan_steps} (scan x step), {found.scan_steps_apart} if nothing were shared; "
        f"{found.steps} distinct steps instead of {found.steps_apart}",
        f"Extractions: {tasks} ({what} x strategy) of {(found.rois + found.perturbed_rois) * found.extractions} ROIs",
    ]
    if found.perturbed:
        lines[1] += f"; {plural(found.perturbed, f'perturbed {what}')} among them"
    if found.extractions < found.extractions_apart:
        same = found.extractions_apart - found.extractions
        more = "strategy takes" if same == 1 else "strategies take"
        lines[1] += f"; {same} more {more} the same features, with another harmonizer"
    for task in found.every_task():
        if task.cohort is not None and not task.cohort.fitted:
            passing = (
                f"{task.cohort.scans} scans pass the steps before it first, and go on from there once it is fitted"
            )
            lines.append(f"Fitting {task.name}: {passing}")
    if found.registrations:
        seconds = found.registrations_seconds
        about = ""
        if found.registrations_todo and seconds is not None:
            about = f", about {roughly(seconds)}, {seconds / found.registrations_todo:.1f} s each"
        lines.append(f"Registrations: {found.registrations_todo} of {found.registrations} scans to do{about}")
    if folder is None:
        return [*lines, "Finished: name a folder with --out or --cache to see what is finished there"]
    failed = f", {found.failed} known to fail (run --retry-failed tries them again)" if found.failed else ""
    lines.append(f"Finished in {folder}: {found.finished} of {tasks} extractions{failed}")
    if found.finished + found.failed == tasks and not found.registrations_todo:
        last = "" if time.ends is None else f", about {roughly(time.ends)} as in the last run"
        return [*lines, f"Time: nothing is left but statistics and report{last}"]
    if not found.measured:
        return [*lines, "Time: no estimate: nothing finished yet"]
    lines.append(f"Time: {_time(time)}")
    if found.unknown:
        lines.append(f"  without {', '.join(found.unknown)}: none has been finished yet")
    return lines


def _time(time: "Duration") -> str:
    """Say how long a run takes, and what is counted."""
    several = time.processes > 1
    parts = [
        f"{roughly(time.computing)} of computing" + (f" with {time.processes} processes" if several else ""),
        f"{roughly(time.start)} to start {'them' if several else 'it'}",
    ]
    if time.ends is None:
        more = "statistics and report come on top; how long they take is known once a run in --out has come to its end"
        return f"about {roughly(time.total)}: {', '.join(parts)}; {more}"
    parts.append(f"{roughly(time.ends)} of statistics and report as in the last run")
    return f"about {roughly(time.total)}: {', '.join(parts)}"


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace('"', "")
