"""The run: every scan through every strategy, then reliability, whitelists, tracking and report."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evaluation.ibsi import ibsi_table
from evaluation.reliability import reliability_table, summarize
from evaluation.tables import feature_columns
from experiments.audit import audit
from experiments.executors import Executor, choose_executor
from experiments.executors.limit import DEFAULT as DEFAULT_LIMIT
from experiments.folder.failures import failure_table
from experiments.folder.files import (
    AUDIT,
    FAILURES,
    FEATURES,
    FINISHED,
    IBSI,
    LOG,
    PROTOCOL,
    RELIABILITY,
    STRATEGIES,
    SUMMARY,
    WHITELISTS,
)
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import recorded
from experiments.report import write_report
from experiments.results.inference import infer, write_inference
from experiments.results.paper import write_paper
from experiments.results.strategy_table import judged_strategies, strategy_table
from experiments.running.carry import with_refusals
from experiments.running.cohort.between import handing_over
from experiments.running.comparable import comparable, not_compared
from experiments.running.harmonization import harmonize_strategies, write_harmonization
from experiments.running.intermediates import named_subjects
from experiments.running.lock import results_folder
from experiments.running.log import Progress, log_end, log_failures, log_start, logged, run_log
from experiments.running.pictures.pictures import write_pictures
from experiments.running.record import record_of, whitelists_of, write_whitelists
from experiments.running.scans import (
    bound_strategies,
    carry_rois,
    data_content,
    feature_table,
    leave_intermediates,
    process_scans,
)
from experiments.running.shared_images import names_of_images, spread_failures
from experiments.running.store.finished import Store, store_at
from experiments.study.protocol import write_protocols
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from experiments.tracking import tracked_run
from experiments.versions import all_versions, computing_versions
from harmonize.digest import digest_of, sealed, unsealed
from harmonize.errors import ConfigurationError


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

    @property
    def scans(self) -> int:
        """How many scans the study has."""
        return int(self.record["scans"])

    @property
    def errors(self) -> int:
        """Errors that the audit found, as `radharmony check` shows them; the run goes on all the same."""
        return int(self.audit["errors"])


def run_study(
    study: Study,
    out: str | Path,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    tracking_uri: str | None = None,
    track: bool = True,
    progress: Progress | None = None,
    now: Callable[[str], None] | None = None,
    cache: str | Path | None = None,
    retry_failed: bool = False,
    intermediates: Sequence[str] = (),
    time_limit: float | None = DEFAULT_LIMIT,
) -> Run:
    """Run every strategy of a study over every scan and leave tables, whitelists, tracked runs and a report.

    Parameters
    ----------
    study : Study
        What to run.
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
    progress : callable, optional
        Called as `progress(what, done, total)`.
    now : callable, optional
        Called with what workers are doing, as in "n4 x 3, extraction", whenever that changes.
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
        If there is but one condition, two scans fill the same cell of the study, no scan at all gave a feature, or
        another run is writing into the same folder.
    """
    progress = progress or (lambda *_: None)
    _refuse_one_condition(study)
    _refuse_duplicates(study)
    looked_at = named_subjects(intermediates, study.subjects)
    folder = Path(out)
    executor = choose_executor(jobs, scheduler, [folder / LOG, study.scans[0].image])
    with results_folder(folder), run_log(folder / LOG):
        store = store_at(folder / FINISHED if cache is None else Path(cache), retry_failed)
        names = [strategy.name for strategy in study.strategies]
        executor.now, executor.limit = now or executor.now, time_limit
        log_start(study.name, len(study.scans), names, executor.describe(), all_versions())
        with executor:
            run = _run_tracked(study, folder, store, executor, logged(progress), tracking_uri, track, looked_at)
        log_end(run.scans, run.reused, len(run.failures))
    return run


def _run_tracked(
    study: Study,
    folder: Path,
    store: Store,
    executor: Executor,
    progress: Progress,
    tracking_uri: str | None,
    track: bool,
    looked_at: Sequence[str],
) -> Run:
    if not track:
        return _run(study, folder, store, executor, progress, looked_at)
    known = {**record_of(study), "settings_digest": study.settings_digest(), "versions": all_versions()}
    progress("set-up", 0, 1)  # MLflow takes its time
    with tracked_run(folder, known, tracking_uri) as tracked:
        progress("set-up", 1, 1)
        run = _run(study, folder, store, executor, progress, looked_at)
        tracked.finish(lambda done, total: progress("tracking", done, total), run)
    run.untracked = tracked.problem
    return run


def _run(
    study: Study, folder: Path, store: Store, executor: Executor, progress: Progress, looked_at: Sequence[str]
) -> Run:
    started = datetime.now(UTC)
    clock = time.perf_counter()
    run = Run.begin(folder)
    with recorded() as written:
        record, bound = _compute(study, run, store, executor, progress)
    written.add(folder / AUDIT)  # taken over where it stands for the same study
    record |= {
        "versions": all_versions(),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 1),
    }
    own = (path for path in written if path.is_relative_to(folder) and not path.is_relative_to(store.folder))
    run.finish(record, own)
    progress("report", 0, 1)
    write_report(folder, run)
    progress("report", 1, 1)
    leave_intermediates(study, bound, folder, looked_at, executor, progress)
    run.seal()
    return run


def _compute(
    study: Study, run: Run, store: Store, executor: Executor, progress: Progress
) -> tuple[dict[str, Any], Mapping[str, Sequence[Strategy]]]:
    """Write everything but the report; give what run.json says of it, and the fitted strategies."""
    folder = run.folder
    if study.registration is not None:
        study = carry_rois(study, study.registration, folder, store, executor, progress)
    with handing_over(folder) as between:
        bound = bound_strategies(study, folder, store, executor, progress, between)
        results = process_scans(study, bound, store, executor, progress, between)
    failed = spread_failures(
        (failure for result in results for failure in result.failures), names_of_images(study.strategies)
    )
    failures = failure_table(failed)
    run.write(FAILURES, failures)
    extracted = feature_table(study, results, folder)
    run.write(FEATURES, extracted)
    missing = not_compared(study, extracted, failures)
    judged = comparable(study, missing, folder / FAILURES)
    harmonization = harmonize_strategies(study, extracted, lambda done, total: progress("harmonization", done, total))
    features = harmonization.features
    if harmonization.failures:
        failures = failure_table([*failed, *harmonization.failures])
        run.write(FAILURES, failures)
    log_failures([*failed, *harmonization.failures])
    write_harmonization(harmonization, run)
    run.write(FEATURES, features)
    run.write(IBSI, ibsi_table(feature_columns(features)))
    reliability = reliability_table(features, study.reference)
    run.write(RELIABILITY, reliability)
    summary = summarize(reliability)
    run.write(SUMMARY, summary)
    data_digest = digest_of(data_content(study, results))
    whitelists = whitelists_of(judged, reliability, data_digest)
    write_whitelists(folder / WHITELISTS, whitelists)
    names = [strategy.name for strategy in study.strategies]
    passing = judged.thresholds.passing(reliability)
    inference = infer(
        features,
        study.reference,
        judged.thresholds,
        study.factors,
        lambda done, total: progress("statistics", done, total),
        harmonization.learned,
    )
    write_inference(run, inference)
    known = judged_strategies(reliability, judged.thresholds)
    strategies = strategy_table(names, features, summary, whitelists, failures, inference.intervals, known)
    run.write(STRATEGIES, strategies)
    write_paper(folder, record_of(judged), judged.thresholds, features, reliability, passing, inference)
    seen = replace(study, scans=with_refusals(study.scans, failed))
    _write_audit(seen, run, data_digest, executor, progress)
    write_protocols(study.scans, folder / PROTOCOL)
    write_pictures(
        study,
        bound,
        features,
        folder,
        computing_versions(),
        executor,
        lambda done, total: progress("pictures", done, total),
    )
    record = {
        **record_of(judged),
        "not_compared": [asdict(one) for one in missing],
        "settings_digest": study.settings_digest(),
        "data_digest": data_digest,
        "slice_axis": _slice_axis(study, run),
        "inference": inference.record(),
    }
    run.reused = sum(result.reused for result in results)
    run.remembered = sum(result.remembered for result in results)
    return record, bound


def _write_audit(study: Study, run: Run, data_digest: str, executor: Executor, progress: Progress) -> None:
    """Leave what `radharmony check` says, unless it stands there for the same data and settings."""
    key = digest_of([data_digest, study.settings(), computing_versions()])
    with suppress(ValueError, KeyError):  # absent or damaged: written again
        former = AUDIT.read(run.folder)
        if unsealed(former, AUDIT)["of"] == key:
            run.keep(AUDIT, former)
            return
    found = audit(study, lambda done, total: progress("audit", done, total), executor)
    run.write(AUDIT, sealed({**found.to_mapping(), "of": key}))


def _slice_axis(study: Study, run: Run) -> int | None:
    """Give the axis that the slices of all scans are counted along, if the audit tells one that no step can change."""
    axes = run.audit.get("slice_axes", [])
    resampled = any(step.name == "resample" for strategy in study.strategies for step in strategy.steps)
    return int(axes[0]) if len(axes) == 1 and not resampled else None


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
