"""The scans of a run: registered, taken through their strategies, and gathered as one feature table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.tables import FEATURE_KEYS, check_feature_table, feature_columns
from experiments.executors import Executor
from experiments.folder.files import FAILURES, FITTED, INTERMEDIATES, REGISTRATION, REGISTRATIONS
from experiments.folder.writing import write_csv, write_text
from experiments.running.carry import register_scans
from experiments.running.cohort.barrier import bind, fit_cohorts, fits_of
from experiments.running.cohort.between import Between
from experiments.running.intermediates import folder_names, write_intermediates
from experiments.running.log import Progress
from experiments.running.scan_task import ScanResult, process_scan, remember_crash, take_over
from experiments.running.shared_images import image_strategies, names_of_images, spread_rows
from experiments.running.store.finished import Store
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from experiments.versions import computing_versions
from harmonize.errors import ConfigurationError, ScanError
from harmonize.registration import Registration


def carry_rois(
    study: Study, settings: Registration, folder: Path, store: Store, executor: Executor, progress: Progress
) -> Study:
    """Register the scans that have no ROIs of their own; give the study with the ROIs that could be carried."""
    carried = register_scans(
        study.scans,
        settings,
        folder / REGISTRATIONS,
        store,
        computing_versions(),
        executor,
        lambda done, total: progress("registration", done, total),
    )
    write_csv(folder / REGISTRATION, carried.table)
    return replace(study, scans=carried.scans)


def bound_strategies(
    study: Study, folder: Path, store: Store, executor: Executor, progress: Progress, between: Between | None
) -> dict[str, list[Strategy]]:
    """Fit what learns from a cohort; give for each sequence the strategies that images go through."""
    versions = computing_versions()
    strategies = fit_cohorts(
        image_strategies(study.strategies), study.scans, store, versions, executor, progress, between
    )
    for strategy in strategies:
        for name, fits in fits_of(strategy).items():
            write_text(folder / FITTED / f"{strategy.name}_{name}.json", fits.to_json())
    return {sequence: [bind(strategy, sequence) for strategy in strategies] for sequence in study.sequences}


def process_scans(
    study: Study,
    bound: Mapping[str, Sequence[Strategy]],
    store: Store,
    executor: Executor,
    progress: Progress,
    between: Between | None,
) -> list[ScanResult]:
    """Take every scan through its strategies, unless that is finished; give the results in the order of the study."""
    versions = computing_versions()
    tasks = [(scan, bound[scan.sequence], store, versions) for scan in study.scans]
    results = [take_over(*task) for task in tasks]  # what is finished needs no worker process
    waiting = [i for i, result in enumerate(results) if result is None]
    known, total = len(tasks) - len(waiting), len(tasks)
    progress("scans", known, total)
    computed = executor.map(
        process_scan,
        [(*tasks[i], between) for i in waiting],
        lambda done: progress("scans", known + done, total),
        _lost,
    )
    for i, result in zip(waiting, computed, strict=True):
        results[i] = result
    return [result for result in results if result is not None]


def _lost(
    error: ScanError,
    scan: Scan,
    strategies: Sequence[Strategy],
    store: Store,
    versions: Mapping[str, str],
    _between: Between | None,
) -> ScanResult:
    """Give the result of a scan that no worker survived."""
    return remember_crash(scan, strategies, store, versions, error.problem, error.advice)


def feature_table(study: Study, results: list[ScanResult], folder: Path) -> pd.DataFrame:
    """Gather the rows of all scans, sorted; raises `ConfigurationError` if no scan gave a feature."""
    rows = [row for result in results for row in result.rows]
    if not rows:
        raise ConfigurationError(f"no scan gave a single feature; {folder / FAILURES} says why for each")
    table = pd.DataFrame(rows)
    features = feature_columns(table)
    others = [column for column in table.columns if column not in features]
    table = table[[*others, *features]].astype(dict.fromkeys(features, "float64"))
    names = [strategy.name for strategy in study.strategies]
    table = spread_rows(table, names_of_images(study.strategies), names)
    order = {name: i for i, name in enumerate(names)}
    table = table.sort_values(list(FEATURE_KEYS), key=lambda keys: keys.map(order) if keys.name == "strategy" else keys)
    return check_feature_table(table.reset_index(drop=True))


def data_content(study: Study, results: list[ScanResult]) -> list[Any]:
    """Give what identifies the data whatever the folder is called: the cell, and the digests of its files."""
    return sorted(
        [*scan.key, result.files.get(str(scan.image), "")]
        + [[roi, result.files.get(str(mask.path), ""), mask.chosen] for roi, mask in sorted(scan.masks.items())]
        for scan, result in zip(study.scans, results, strict=True)
    )


def leave_intermediates(
    study: Study,
    bound: Mapping[str, Sequence[Strategy]],
    folder: Path,
    subjects: Sequence[str],
    executor: Executor,
    progress: Progress,
) -> None:
    """Write the scans of some subjects as they are after every step."""
    place = folder / INTERMEDIATES
    tasks = [
        (scan, bound[scan.sequence], place, name)
        for scan, name in zip(study.scans, folder_names(study.scans), strict=True)
        if scan.subject in subjects
    ]
    if tasks:
        progress("intermediates", 0, len(tasks))
        executor.map(write_intermediates, tasks, lambda done: progress("intermediates", done, len(tasks)), lambda *_: 0)
