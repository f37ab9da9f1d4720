"""The run: every scan through every strategy, then reliability, whitelists, tracking and report."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from evaluation.ibsi import ibsi_table
from evaluation.reliability import reliability_table, summarize
from evaluation.tables import FEATURE_KEYS, check_feature_table, feature_columns
from experiments import outputs
from experiments.audit import audit_cells_only
from experiments.failures import failure_table
from experiments.report import write_report
from experiments.scan_task import ScanResult, process_scan
from experiments.strategy import digest_of
from experiments.strategy_table import strategy_table
from experiments.study import Study
from experiments.tracking import track_run
from experiments.versions import all_versions, computing_versions
from harmonize.errors import ConfigurationError, RadharmonyError
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
    """

    folder: Path
    scans: int
    reused: int
    failures: int
    strategies: pd.DataFrame


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
        If two scans fill the same cell of the study, or no scan at all gave a feature.
    """
    started = datetime.now(UTC)
    clock = time.perf_counter()
    progress = progress or (lambda *_: None)
    _refuse_duplicates(study)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    results = _process_scans(study, folder / outputs.FINISHED, jobs, progress)
    failures = failure_table(failure for result in results for failure in result.failures)
    outputs.write_csv(folder / outputs.FAILURES, failures)
    features = _feature_table(study, results, folder)
    outputs.write_parquet(folder / outputs.FEATURES, features)
    outputs.write_csv(folder / outputs.IBSI, ibsi_table(feature_columns(features)))
    progress("statistics", 0, 1)
    reliability = reliability_table(features, study.reference)
    outputs.write_parquet(folder / outputs.RELIABILITY, reliability)
    summary = summarize(reliability)
    outputs.write_csv(folder / outputs.SUMMARY, summary)
    data_digest = digest_of(_data_content(study, results))
    whitelists = _whitelists(study, reliability, data_digest)
    for name, whitelist in whitelists.items():
        outputs.write_text(folder / outputs.WHITELISTS / f"{name}.json", whitelist.to_json())
    names = [strategy.name for strategy in study.strategies]
    strategies = strategy_table(names, features, summary, whitelists, failures)
    outputs.write_csv(folder / outputs.STRATEGIES, strategies)
    progress("statistics", 1, 1)
    cells = set(features[["subject", "sequence", "condition", "roi"]].itertuples(index=False, name=None))
    outputs.write_json(folder / outputs.AUDIT, audit_cells_only(study, cells).to_mapping())
    record = {
        **_record(study),
        "settings_digest": study.settings_digest(),
        "data_digest": data_digest,
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
    return Run(folder, len(study.scans), sum(result.reused for result in results), len(failures), strategies)


def _refuse_duplicates(study: Study) -> None:
    for scans in study.duplicates():
        lines = ", ".join(str(scan.line) for scan in scans)
        cell = f"subject {scans[0].subject}, sequence {scans[0].sequence}, condition {scans[0].condition}"
        raise ConfigurationError(
            f"images.csv, lines {lines}: {len(scans)} scans for {cell}; keep one, or tell them apart by a factor"
        )


def _process_scans(study: Study, finished: Path, jobs: int, progress: Progress) -> list[ScanResult]:
    finished.mkdir(parents=True, exist_ok=True)
    versions = computing_versions()
    task = joblib.delayed(_numbered)
    tasks = (task(i, scan, study.strategies, finished, versions) for i, scan in enumerate(study.scans))
    results: list[ScanResult | None] = [None] * len(study.scans)
    progress("scans", 0, len(results))
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    try:
        for count, (i, result) in enumerate(parallel(tasks), start=1):
            results[i] = result
            progress("scans", count, len(results))
    except joblib.externals.loky.process_executor.BrokenProcessPool as error:
        raise RadharmonyError(
            f"a worker process died ({error}); what was finished is kept: run the same command again, with --jobs 1 "
            "if memory was short"
        ) from error
    return [result for result in results if result is not None]


def _numbered(i: int, *task: Any) -> tuple[int, ScanResult]:
    return i, process_scan(*task)


def _feature_table(study: Study, results: list[ScanResult], folder: Path) -> pd.DataFrame:
    rows = [row for result in results for row in result.rows]
    if not rows:
        raise ConfigurationError(f"no scan gave a single feature; {folder / outputs.FAILURES} says why for each")
    table = pd.DataFrame(rows)
    features = feature_columns(table)
    others = [column for column in table.columns if column not in features]
    table = table[[*others, *features]].astype(dict.fromkeys(features, "float64"))
    order = {strategy.name: i for i, strategy in enumerate(study.strategies)}
    table = table.sort_values(list(FEATURE_KEYS), key=lambda keys: keys.map(order) if keys.name == "strategy" else keys)
    return check_feature_table(table.reset_index(drop=True))


def _data_content(study: Study, results: list[ScanResult]) -> list[Any]:
    """Give what identifies the data whatever the folder is called: the cell, and the digests of its files."""
    return sorted(
        [*scan.key, result.files.get(str(scan.image), "")]
        + [[roi, result.files.get(str(mask.path), ""), mask.label] for roi, mask in sorted(scan.masks.items())]
        for scan, result in zip(study.scans, results, strict=True)
    )


def _whitelists(study: Study, reliability: pd.DataFrame, data_digest: str) -> dict[str, Whitelist]:
    passing = study.thresholds.passing(reliability)
    return {
        strategy.name: Whitelist.from_passing(
            passing,
            strategy.name,
            rule={"thresholds": study.thresholds.to_mapping(), "definition": study.thresholds.describe()},
            settings=strategy.to_mapping(),
            settings_digest=strategy.digest(),
            data_digest=data_digest,
            versions=all_versions(),
            study=study.name,
            reference=study.reference,
            conditions=study.conditions,
        )
        for strategy in study.strategies
        if (passing["strategy"] == strategy.name).any()
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
