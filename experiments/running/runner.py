"""The run: every scan through every strategy, then reliability, whitelists, tracking and report."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.ibsi import ibsi_table
from evaluation.reliability import reliability_table, summarize
from evaluation.tables import FEATURE_KEYS, check_feature_table, feature_columns
from experiments import outputs
from experiments.audit import audit
from experiments.failures import failure_table
from experiments.report import write_report
from experiments.results.inference import infer, write_inference
from experiments.results.paper import write_paper
from experiments.results.strategy_table import strategy_table
from experiments.running.carry import register_scans
from experiments.running.cohort import bind, fit_cohorts, fits_of
from experiments.running.harmonization import harmonize_strategies, write_harmonization
from experiments.running.parallel import side_by_side
from experiments.running.scan_task import ScanResult, process_scan
from experiments.running.shared_images import image_strategies, names_of_images, spread_failures, spread_rows
from experiments.study.protocol import write_protocols
from experiments.study.study import Study
from experiments.tracking import track_run
from experiments.versions import all_versions, computing_versions
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from harmonize.registration import Registration
from selection.whitelist import Whitelist

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Run:
    """What a run left.

    Parameters
    ----------
    folder : Path
        Where the files are.
    scans, reused, failures : int
        Scans in the study, results taken over from an earlier run (per scan and strategy), rows of failures.csv.
    strategies : DataFrame
        One row a strategy, as in strategies.csv.
    errors : int
        Errors that the audit found in the study, as `radharmony check` shows them; the run goes on all the same.
    """

    folder: Path
    scans: int
    reused: int
    failures: int
    strategies: pd.DataFrame
    errors: int = 0


def run_study(
    study: Study,
    out: str | Path,
    *,
    jobs: int = 1,
    tracking_uri: str | None = None,
    track: bool = True,
    progress: Progress | None = None,
) -> Run:
    """Run every strategy of a study over every scan and leave tables, whitelists, tracked runs and a report.

    Parameters
    ----------
    study : Study
        What to run.
    out : str or Path
        Folder for the results; made if absent. What an earlier run finished there is used again where image,
        masks, settings and versions are the same.
    jobs : int
        Processes side by side; -1 for one a core.
    tracking_uri : str, optional
        Where MLflow keeps its records; by default a SQLite file in `out`.
    track : bool
        Whether to record in MLflow at all.
    progress : callable, optional
        Called as `progress(what, done, total)`.

    Returns
    -------
    Run
        Where the results are, and how many failures there were.

    Raises
    ------
    ConfigurationError
        If there is but one condition, two scans fill the same cell of the study, or no scan at all gave a feature.
    """
    started = datetime.now(UTC)
    clock = time.perf_counter()
    progress = progress or (lambda *_: None)
    _refuse_one_condition(study)
    _refuse_duplicates(study)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    if study.registration is not None:
        study = _carry_rois(study, study.registration, folder, jobs, progress)
    results = _process_scans(study, folder, jobs, progress)
    failed = spread_failures(
        (failure for result in results for failure in result.failures), names_of_images(study.strategies)
    )
    failures = failure_table(failed)
    outputs.write_csv(folder / outputs.FAILURES, failures)
    harmonization = harmonize_strategies(
        study, _feature_table(study, results, folder), lambda done, total: progress("harmonization", done, total)
    )
    features = harmonization.features
    if harmonization.failures:
        failures = failure_table([*failed, *harmonization.failures])
        outputs.write_csv(folder / outputs.FAILURES, failures)
    write_harmonization(harmonization, folder)
    outputs.write_parquet(folder / outputs.FEATURES, features)
    outputs.write_csv(folder / outputs.IBSI, ibsi_table(feature_columns(features)))
    reliability = reliability_table(features, study.reference)
    outputs.write_parquet(folder / outputs.RELIABILITY, reliability)
    summary = summarize(reliability)
    outputs.write_csv(folder / outputs.SUMMARY, summary)
    data_digest = digest_of(_data_content(study, results))
    whitelists = _whitelists(study, reliability, data_digest)
    for name, whitelist in whitelists.items():
        outputs.write_text(folder / outputs.WHITELISTS / f"{name}.json", whitelist.to_json())
    names = [strategy.name for strategy in study.strategies]
    passing = study.thresholds.passing(reliability)
    inference = infer(
        features,
        study.reference,
        study.thresholds,
        passing,
        study.factors,
        lambda done, total: progress("statistics", done, total),
    )
    write_inference(folder, inference)
    strategies = strategy_table(names, features, summary, whitelists, failures, inference.intervals)
    outputs.write_csv(folder / outputs.STRATEGIES, strategies)
    write_paper(folder, _record(study), study.thresholds, features, reliability, passing, inference)
    errors = _write_audit(study, folder, data_digest, jobs, progress)
    write_protocols(study.scans, folder / outputs.PROTOCOL)
    record = {
        **_record(study),
        "settings_digest": study.settings_digest(),
        "data_digest": data_digest,
        "inference": inference.record(),
        "versions": all_versions(),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 1),
    }
    outputs.write_json(folder / outputs.RUN, record)
    progress("report", 0, 1)
    write_report(folder)
    progress("report", 1, 1)
    if track:
        track_run(folder, tracking_uri, lambda done, total: progress("tracking", done, total))
    return Run(folder, len(study.scans), sum(result.reused for result in results), len(failures), strategies, errors)


def _carry_rois(study: Study, settings: Registration, folder: Path, jobs: int, progress: Progress) -> Study:
    carried = register_scans(
        study.scans,
        settings,
        folder / outputs.REGISTRATIONS,
        folder / outputs.FINISHED,
        computing_versions(),
        jobs,
        lambda done, total: progress("registration", done, total),
    )
    outputs.write_csv(folder / outputs.REGISTRATION, carried.table)
    return replace(study, scans=carried.scans)


def _write_audit(study: Study, folder: Path, data_digest: str, jobs: int, progress: Progress) -> int:
    """Leave what `radharmony check` says, unless it stands there for the same data and settings; count its errors."""
    key = digest_of([data_digest, study.settings(), computing_versions()])
    path = folder / outputs.AUDIT
    try:
        former = json.loads(path.read_text(encoding="utf-8"))
        if former["digest"] == key:
            return int(former["errors"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # absent or damaged: written again
    found = audit(study, lambda done, total: progress("audit", done, total), jobs=jobs)
    outputs.write_json(path, {**found.to_mapping(), "digest": key})
    return found.count("error")


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


def _process_scans(study: Study, folder: Path, jobs: int, progress: Progress) -> list[ScanResult]:
    finished, versions = folder / outputs.FINISHED, computing_versions()
    finished.mkdir(parents=True, exist_ok=True)
    strategies = fit_cohorts(image_strategies(study.strategies), study.scans, finished, versions, jobs, progress)
    for strategy in strategies:
        for name, fits in fits_of(strategy).items():
            outputs.write_text(folder / outputs.FITTED / f"{strategy.name}_{name}.json", fits.to_json())
    bound = {sequence: [bind(strategy, sequence) for strategy in strategies] for sequence in study.sequences}
    tasks = [(scan, bound[scan.sequence], finished, versions) for scan in study.scans]
    progress("scans", 0, len(tasks))
    return side_by_side(process_scan, tasks, jobs, lambda done: progress("scans", done, len(tasks)))


def _feature_table(study: Study, results: list[ScanResult], folder: Path) -> pd.DataFrame:
    rows = [row for result in results for row in result.rows]
    if not rows:
        raise ConfigurationError(f"no scan gave a single feature; {folder / outputs.FAILURES} says why for each")
    table = pd.DataFrame(rows)
    features = feature_columns(table)
    others = [column for column in table.columns if column not in features]
    table = table[[*others, *features]].astype(dict.fromkeys(features, "float64"))
    names = [strategy.name for strategy in study.strategies]
    table = spread_rows(table, names_of_images(study.strategies), names)
    order = {name: i for i, name in enumerate(names)}
    table = table.sort_values(list(FEATURE_KEYS), key=lambda keys: keys.map(order) if keys.name == "strategy" else keys)
    return check_feature_table(table.reset_index(drop=True))


def _data_content(study: Study, results: list[ScanResult]) -> list[Any]:
    """Give what identifies the data whatever the folder is called: the cell, and the digests of its files."""
    return sorted(
        [*scan.key, result.files.get(str(scan.image), "")]
        + [[roi, result.files.get(str(mask.path), ""), mask.chosen] for roi, mask in sorted(scan.masks.items())]
        for scan, result in zip(study.scans, results, strict=True)
    )


def _whitelists(study: Study, reliability: pd.DataFrame, data_digest: str) -> dict[str, Whitelist]:
    computed = set(reliability["strategy"])
    return {
        strategy.name: study.thresholds.whitelist(
            reliability,
            strategy.name,
            settings=strategy.to_mapping(),
            settings_digest=strategy.digest(),
            data_digest=data_digest,
            versions=all_versions(),
            study=study.name,
            reference=study.reference,
            conditions=study.conditions,
        )
        for strategy in study.strategies
        if strategy.name in computed
    }


def _record(study: Study) -> dict[str, Any]:
    return {
        "name": study.name,
        "description": study.description,
        "reference": study.reference,
        "factors": list(study.factors),
        "subjects": list(study.subjects),
        "sequences": list(study.sequences),
        "conditions": list(study.conditions),
        "rois": list(study.rois),
        "scans": len(study.scans),
        "strategies": [
            {
                "name": strategy.name,
                "description": strategy.description,
                **strategy.to_mapping(),
                "digest": strategy.digest(),
            }
            for strategy in study.strategies
        ],
        "rule": study.thresholds.to_mapping(),
    }
