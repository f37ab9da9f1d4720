"""The course of a run: all stages, then run.json, report and MLflow."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from experiments.folder.files import AUDIT, TIMINGS
from experiments.folder.writing import recorded
from experiments.report import write_report
from experiments.running.between import handing_over
from experiments.running.conduct import Run
from experiments.running.log import Stopwatch
from experiments.running.spare_memory import give_back
from experiments.running.unchanged import INPUTS, inputs_record, sidecars_of
from experiments.running.work import Work
from experiments.study.study import Study
from experiments.tracking import tracked_run
from experiments.versions import all_versions


@dataclass(frozen=True)
class Course:
    """What is done with the scans of a study, stage after stage.

    Parameters
    ----------
    stages : tuple of callable
        In their order, each given the `Work`.
    record : callable
        Gives what run.json holds of a study; MLflow is told before anything is computed.
    """

    stages: tuple[Callable[[Work], None], ...]
    record: Callable[[Study], dict[str, Any]]


def tracked(work: Work, course: Course, uri: str | None) -> Run:
    """Compute a run, and record it in MLflow from its start to its end."""
    study, progress = work.asked, work.progress
    known = {**course.record(study), "settings_digest": study.settings_digest(), "versions": all_versions()}
    progress("set-up", 0, 1)  # MLflow takes its time
    with tracked_run(work.run.folder, known, uri) as track:
        progress("set-up", 1, 1)
        run = computed(work, course)
        track.finish(work.told("tracking"), run)
    run.untracked = track.problem
    return run


def computed(work: Work, course: Course) -> Run:
    """Compute a run into its folder, whatever an earlier one left there: all stages, run.json, and the report."""
    started, clock = datetime.now(UTC), Stopwatch()
    work.run = run = Run.begin(work.run.folder)
    work.sidecars = sidecars_of(work.asked, work.store)  # before anything is looked at
    with recorded() as written, handing_over(run.folder) as work.between:
        for stage in course.stages:
            with clock.measuring(stage.__name__):
                stage(work)
                give_back()
    written.add(run.path(AUDIT))  # taken over where it stands for the same study
    record = {
        **course.record(work.judged),
        **work.record,
        "settings_digest": work.study.settings_digest(),
        "data_digest": work.data_digest,
        INPUTS: inputs_record(work.asked, work.results, work.store, work.sidecars),
        "versions": all_versions(),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(clock.total, 1),
    }
    own = (path for path in written if path.is_relative_to(run.folder) and not path.is_relative_to(work.store.folder))
    run.finish(record, own)
    with clock.measuring("report"):
        work.progress("report", 0, 1)
        write_report(run.folder, run)
        work.progress("report", 1, 1)
    run.seal()
    run.write(TIMINGS, {"total": round(clock.total, 3), "stages": clock.stages})
    run.reused = sum(result.reused for result in work.results)
    run.remembered = sum(result.remembered for result in work.results)
    return run
