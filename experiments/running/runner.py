"""The run: every scan through every strategy, then reliability, whitelists, tracking and report."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.executors.limit import DEFAULT as DEFAULT_LIMIT
from experiments.progress import Progress
from experiments.running.conduct import Conduct, Run, conduct
from experiments.study.study import Study
from experiments.study.study_file import StudyFile
from harmonize.errors import ConfigurationError
from harmonize.words import some

if TYPE_CHECKING:
    from experiments.running.course import Course

__all__ = ["Run", "run_study"]


def run_study(
    study: Study | str | Path,
    out: str | Path,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    tracking_uri: str | None = None,
    track: bool = True,
    progress: Progress | bool | None = None,
    now: Callable[[str], None] | None = None,
    cache: str | Path | None = None,
    retry_failed: bool = False,
    intermediates: Sequence[str] = (),
    time_limit: float | None = DEFAULT_LIMIT,
) -> Run:
    """Run every strategy of a study over every scan and leave tables, whitelists, tracked runs and a report.

    Parameters
    ----------
    study : Study, str or Path
        What to run: a study, or its file.
    out : str or Path
        Folder for the results; made if absent. What an earlier run finished there is used again where image,
        masks, settings and versions are the same.
    jobs : int, optional
        Worker processes side by side. By default everything is computed in this process: nothing has to be started,
        but where a library crashes this process ends, while a worker's end costs one scan.
    scheduler : str, optional
        Address of a Dask scheduler, such as tcp://127.0.0.1:8786, whose workers compute instead (the extra `dask`).
    tracking_uri : str, optional
        Where MLflow keeps its records; by default a SQLite file in `out`. If it cannot be used the results are
        complete all the same; a `TrackingWarning` and `Run.untracked` say why.
    track : bool
        Whether to record in MLflow at all.
    progress : callable or bool, optional
        Called as `progress(what, done, total)`; True to show how far the run is, False not to. By default it is shown
        on a terminal and in a notebook.
    now : callable, optional
        Called with what workers are doing, as in "n4 x 3, extraction", whenever that changes; by default `now` of what
        shows the progress.
    cache : str or Path, optional
        Folder of finished results, which runs and studies may share; by default `finished` in `out`.
    retry_failed : bool
        Whether what is known to fail is tried again.
    intermediates : sequence of str
        Subjects whose scans are left as NIfTI after every step, or `all`.
    time_limit : float, optional
        Seconds that one scan may take, through all strategies; what exceeds it is a failure and the others go on. None
        for no limit. Worker processes are ended for sure, this process and a cluster stop a task only where it is in
        Python.

    Returns
    -------
    Run
        Where the results are, and how many failures there were.

    Raises
    ------
    ConfigurationError
        If there is but one condition, two scans fill the same cell of the study, no scan at all gave a feature,
        another run is writing into the same folder, or a folder stands in the place of one of its files.
    """
    study = Study.of(study)
    _refuse_one_condition(study)
    refuse_duplicates(study)
    options = Conduct(
        jobs, scheduler, tracking_uri, track, progress, now, cache, retry_failed, tuple(intermediates), time_limit
    )
    return conduct(study, out, _course, options)


def _course() -> "Course":
    from experiments.running.course import Course  # only here: loading statistics takes long
    from experiments.running.record import record_of
    from experiments.running.stages import STAGES

    return Course("", STAGES, record_of, lambda work: record_of(work.judged))


def _refuse_one_condition(study: Study) -> None:
    if len(study.conditions) < 2:
        raise ConfigurationError(
            f"images.csv: every scan has the condition {study.reference}, so there is nothing to compare it with; "
            "add the scans of another condition, or name the columns that tell them apart as `factors`; features of "
            "these scans by themselves: `radharmony extract`"
        )


def refuse_duplicates(study: Study) -> None:
    for scans in study.duplicates():
        lines = ", ".join(str(scan.line) for scan in scans)
        cell = f"subject {scans[0].subject}, sequence {scans[0].sequence}, condition {scans[0].condition}"
        raise ConfigurationError(
            f"images.csv, lines {lines}: {len(scans)} scans for {cell}; keep one, or tell them apart by a factor: a "
            f"column {some(study.factors or StudyFile.factors)}, or another that `factors` of a study file names"
        )
