"""The course of a run: all stages, then run.json, report and MLflow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from experiments.executors import Executor
from experiments.folder.files import AUDIT, TIMINGS
from experiments.folder.writing import recorded
from experiments.progress import Progress
from experiments.report import write_report
from experiments.running.between import handing_over
from experiments.running.log import Stopwatch
from experiments.running.spare_memory import give_back
from experiments.running.store.finished import Store
from experiments.running.unchanged import INPUTS, inputs_record, sidecars_of
from experiments.running.work import Work
from experiments.study.study import Study
from experiments.tracking import tracked_run
from experiments.versions import all_versions

if TYPE_CHECKING:
    from experiments.running.runner import Run


@dataclass(frozen=True)
class Course:
    """What is done with the scans of a study, stage after stage.

    Parameters
    ----------
    kind : str
        What run.json calls it; empty for a run that compares conditions.
    stages : tuple of callable
        In their order, each given the `Work`.
    known : callable
        Gives of a study what run.json will hold and is known before anything is computed.
    record : callable
        Gives of the finished work what run.json holds of the study.
    """

    kind: str
    stages: tuple[Callable[[Work], None], ...]
    known: Callable[[Study], dict[str, Any]]
    record: Callable[[Work], dict[str, Any]]


def tracked(
    run: "Run",
    course: Course,
    study: Study,
    store: Store,
    executor: Executor,
    progress: Progress,
    intermediates: Sequence[str],
    *,
    uri: str | None,
) -> "Run":
    """Compute a run, and record it in MLflow from its start to its end."""
    known = {**course.known(study), "settings_digest": study.settings_digest(), "versions": all_versions()}
    progress("set-up", 0, 1)  # MLflow takes its time
    with tracked_run(run.folder, known, uri) as track:
        progress("set-up", 1, 1)
        run = computed(run, course, study, store, executor, progress, intermediates)
        track.finish(lambda done, total: progress("tracking", done, total), run)
    run.untracked = track.problem
    return run


def computed(
    run: "Run",
    course: Course,
    study: Study,
    store: Store,
    executor: Executor,
    progress: Progress,
    intermediates: Sequence[str],
) -> "Run":
    """Compute a run into its folder: all stages, run.json, and the report.

    Parameters
    ----------
    run : Run
        Its folder, whatever an earlier run left there.
    course : Course
        Its stages.
    study : Study
        What is asked for.
    store : Store
        What earlier runs finished.
    executor : Executor
        Where scans are computed.
    progress : callable
        Called as `progress(what, done, total)`.
    intermediates : sequence of str
        Subjects whose scans are left after every step.
    """
    started, clock = datetime.now(UTC), Stopwatch()
    run = run.begin(run.folder)
    sidecars = sidecars_of(study, store)  # before anything is looked at
    with recorded() as written, handing_over(run.folder) as between:
        work = Work(study, run, store, executor, progress, intermediates, between, sidecars)
        for stage in course.stages:
            with clock.measuring(stage.__name__):
                stage(work)
                give_back()
    written.add(run.path(AUDIT))  # taken over where it stands for the same study
    record = {
        **course.record(work),
        **work.record,
        "settings_digest": work.study.settings_digest(),
        "data_digest": work.data_digest,
        INPUTS: inputs_record(study, work.results, store, sidecars),
        "versions": all_versions(),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(clock.total, 1),
    }
    own = (path for path in written if path.is_relative_to(run.folder) and not path.is_relative_to(store.folder))
    run.finish(record, own)
    with clock.measuring("report"):
        progress("report", 0, 1)
        write_report(run.folder, run)
        progress("report", 1, 1)
    run.seal()
    run.write(TIMINGS, {"total": round(clock.total, 3), "stages": clock.stages})
    run.reused = sum(result.reused for result in work.results)
    run.remembered = sum(result.remembered for result in work.results)
    return run
