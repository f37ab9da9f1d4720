"""The run: every scan through every strategy, then reliability, whitelists, tracking and report."""

from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.executors import choose_executor
from experiments.executors.limit import DEFAULT as DEFAULT_LIMIT
from experiments.folder.files import FINISHED, LOG
from experiments.folder.in_the_way import refuse_in_the_way
from experiments.folder.run_folder import RunFolder
from experiments.progress import Progress, shown
from experiments.report import report_is_whole, write_report
from experiments.running.intermediates import named_subjects
from experiments.running.lock import results_folder
from experiments.running.log import LOGGER, log_end, log_start, logged, run_log
from experiments.running.store.finished import Store, store_at
from experiments.running.unchanged import INPUTS, unchanged
from experiments.study.study import Study
from experiments.tracking import recorded
from experiments.versions import all_versions
from harmonize.errors import ConfigurationError
from harmonize.inputs.paths import as_path


class Run(RunFolder):
    """What a run left: its tables and whitelists as a `RunFolder` gives them, and how the run went.

    Attributes
    ----------
    reused : int
        Results taken over from an earlier run, per scan and strategy.
    remembered : int
        Failures, per scan and strategy, that an earlier run has met and that were not tried again.
    untracked : str
        Why MLflow did not record the run; empty if it did, or was not asked.
    unchanged : bool
        Whether the folder stood as this run would leave it, so that nothing was computed.

    Examples
    --------
    >>> run = run_study(Study.from_yaml("study.yaml"), "results")  # doctest: +SKIP
    >>> run.strategies[["strategy", "robust_share"]]  # doctest: +SKIP
    >>> run.whitelists["zscore"].everywhere  # doctest: +SKIP
    >>> len(run.failures)  # doctest: +SKIP
    """

    reused: int = 0
    remembered: int = 0
    untracked: str = ""
    unchanged: bool = False

    @property
    def scans(self) -> int:
        """How many scans the study has."""
        return int(self.record["scans"])

    @property
    def errors(self) -> int:
        """Errors that the audit found, as `radharmony check` shows them; the run goes on all the same."""
        return int(self.audit["errors"])


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
    study, folder = Study.of(study), as_path(out, "`out`")
    _refuse_one_condition(study)
    _refuse_duplicates(study)
    refuse_in_the_way(folder)
    looked_at = named_subjects(intermediates, study.subjects)
    executor = choose_executor(jobs, scheduler, [folder / LOG, study.scans[0].image])
    with shown(progress) as display, results_folder(folder), run_log(folder / LOG):
        store = store_at(folder / FINISHED if cache is None else as_path(cache, "`cache`"), retry_failed)
        names = [strategy.name for strategy in study.strategies]
        executor.now, executor.limit = now or getattr(display, "now", None) or executor.now, time_limit
        log_start(study.name, len(study.scans), names, executor.describe(), all_versions())
        run = _unchanged(study, folder, store, looked_at)
        if run is not None and (not track or recorded(folder, run.record, tracking_uri)):
            run.unchanged = True
            LOGGER.info("nothing has changed since the last run")
            if not report_is_whole(folder):
                write_report(folder)
        else:
            from experiments.running.course import computed, tracked  # only here: loading statistics takes long

            with executor:
                asked = (Run(folder), study, store, executor, logged(display), looked_at)
                run = tracked(*asked, uri=tracking_uri) if track else computed(*asked)
        log_end(run.scans, run.reused, len(run.failures))
    return run


def _unchanged(study: Study, folder: Path, store: Store, intermediates: Sequence[str]) -> Run | None:
    """Give the run of a folder as it stands, if the same study would leave the very same."""
    try:
        run = Run.open(folder)
        if not unchanged(run, study, store, intermediates):
            return None
        run.reused, run.remembered = (int(run.record[INPUTS][name]) for name in ("finished", "failed"))
    except (ConfigurationError, OSError, AttributeError, KeyError, TypeError, ValueError):
        return None
    return run


def _refuse_one_condition(study: Study) -> None:
    if len(study.conditions) < 2:
        raise ConfigurationError(
            f"images.csv: every scan has the condition {study.reference}, so there is nothing to compare it with; "
            "add the scans of another condition, or name the columns that tell them apart as `factors`"
        )


def _refuse_duplicates(study: Study) -> None:
    for scans in study.duplicates():
        lines = ", ".join(str(scan.line) for scan in scans)
        cell = f"subject {scans[0].subject}, sequence {scans[0].sequence}, condition {scans[0].condition}"
        raise ConfigurationError(
            f"images.csv, lines {lines}: {len(scans)} scans for {cell}; keep one, or tell them apart by a factor"
        )
