"""How a run is conducted, whatever its course: alone in its folder, logged, taken over where nothing has changed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.executors import Executor, choose_executor
from experiments.folder.files import FINISHED, LOG, RUN
from experiments.folder.in_the_way import refuse_in_the_way
from experiments.folder.run_folder import RunFolder
from experiments.progress import Progress, shown
from experiments.report import report_is_whole, write_report
from experiments.running.intermediates import named_subjects
from experiments.running.lock import results_folder
from experiments.running.log import LOGGER, log_end, log_start, logged, run_log
from experiments.running.options import Computing, Conduct
from experiments.running.store.finished import Store, store_at
from experiments.running.unchanged import INPUTS, unchanged
from experiments.study.commands import check_engines, with_commands
from experiments.study.study import Study
from experiments.tracking import recorded
from experiments.versions import all_versions
from harmonize.errors import ConfigurationError
from harmonize.inputs.paths import as_path

if TYPE_CHECKING:
    from experiments.running.course import Course


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


def conduct(
    study: Study,
    out: str | Path,
    course: "Callable[[], Course]",
    how: Conduct,
    kind: str = "",
    intermediates: Sequence[str] = (),
) -> Run:
    """Compute a study into a folder.

    Parameters
    ----------
    study : Study
        What is asked for.
    out : str or Path
        The folder; made if absent.
    course : callable
        Gives what is done; called only where something is to be done.
    how : Conduct
        Where and how.
    kind : str
        Of the course: a folder that holds a run of another kind is refused.
    intermediates : sequence of str
        Subjects whose scans are left after every step, or `all`.

    Raises
    ------
    ConfigurationError
        As `run_study`.
    """
    study = with_commands(study, allowed=how.allow_commands)
    check_engines(study)
    folder = as_path(out, "`out`")
    refuse_in_the_way(folder)
    run = Run(folder)
    _refuse_another_kind(run, kind)
    looked_at = named_subjects(intermediates, study.subjects)
    with begun(study, run, how, retry_failed=how.retry_failed) as (store, executor, progress):
        former = _unchanged(study, folder, store, looked_at)
        if former is not None and (not how.track or recorded(folder, former.record, how.tracking_uri)):
            run = former
            run.unchanged = True
            LOGGER.info("nothing has changed since the last run")
            if not report_is_whole(folder):
                write_report(folder)
        else:
            from experiments.running.course import computed, tracked  # only here: loading it takes long
            from experiments.running.work import Work

            with executor:
                work = Work(study, run, store, executor, progress, looked_at)
                run = tracked(work, course(), how.tracking_uri) if how.track else computed(work, course())
        log_end(run.scans, run.reused, len(run.failures))
    return run


@contextmanager
def begun(
    study: Study, run: RunFolder, how: Computing, *, retry_failed: bool = False
) -> Iterator[tuple[Store, Executor, Progress]]:
    """Keep a folder to one run, and log that it has begun.

    Yields
    ------
    store : Store
        What earlier runs finished.
    executor : Executor
        Where to compute; to be entered where something is computed.
    progress : callable
        Shows and logs how far each stage is.
    """
    executor = choose_executor(how.jobs, how.scheduler, [run.path(LOG), study.scans[0].image])
    with shown(how.progress) as display, results_folder(run.folder), run_log(run.path(LOG)):
        store = store_at(run.path(FINISHED) if how.cache is None else as_path(how.cache, "`cache`"), retry_failed)
        executor.now, executor.limit = how.now or getattr(display, "now", None) or executor.now, how.time_limit
        names = [strategy.name for strategy in study.strategies]
        log_start(study.name, len(study.scans), names, executor.describe(), all_versions())
        yield store, executor, logged(display)


def _refuse_another_kind(run: RunFolder, kind: str) -> None:
    """Refuse a folder with a run of another kind: its files would stand beside those of this one."""
    record = run.standing(RUN)
    found = kind if record is None else str(record.get("kind", ""))
    if found != kind:
        holds = "an extraction (`radharmony extract`)" if found else "a run that compares conditions"
        raise ConfigurationError(f"{run.folder}: holds {holds}; choose another `out`")


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
