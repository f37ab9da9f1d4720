"""The scans of a run: registered, taken through their strategies, and gathered as one feature table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.tables import check_feature_table
from experiments.executors import Executor
from experiments.folder.files import FAILURES, INTERMEDIATES, OVERLAYS, REGISTRATION, REGISTRATIONS
from experiments.folder.run_folder import RunFolder
from experiments.progress import Progress
from experiments.results.learned import fitted_file
from experiments.running.between import Between, carried_sources
from experiments.running.carry import register_scans
from experiments.running.cohort.barrier import bind, fit_cohorts, fits_of
from experiments.running.intermediates import folder_names
from experiments.running.pairs import write_overlays
from experiments.running.rows import table_of
from experiments.running.scan_task import ScanResult, Wanted, process_scan, remember_crash, take_over
from experiments.running.shared_images import image_strategies, names_of_images
from experiments.running.store.finished import Store
from experiments.running.tasks import each
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.errors import ConfigurationError, ScanError
from harmonize.registration import Registration


def carry_rois(
    study: Study,
    settings: Registration,
    run: RunFolder,
    store: Store,
    executor: Executor,
    progress: Progress,
    between: Between | None,
) -> Study:
    """Register the scans that have no ROIs of their own; give the study with the ROIs that could be carried."""
    if not study.pictures:
        write_overlays((), (), run.path(OVERLAYS))  # those of an earlier run
    carried = register_scans(
        study.scans,
        settings,
        run.path(REGISTRATIONS),
        store,
        executor,
        lambda done, total: progress("registration", done, total),
        between,
        run.path(OVERLAYS) if study.pictures else None,
    )
    run.write(REGISTRATION, carried.table)
    return replace(study, scans=carried.scans)


def bound_strategies(
    study: Study, run: RunFolder, store: Store, executor: Executor, progress: Progress, between: Between | None
) -> dict[str, list[Strategy]]:
    """Fit what learns from a cohort; give for each sequence the strategies that images go through."""
    strategies = fit_cohorts(image_strategies(study.strategies), study.scans, store, executor, progress, between)
    for strategy in strategies:
        for name, fits in fits_of(strategy).items():
            run.write(fitted_file(strategy.name, name), fits.to_json())
    return {sequence: [bind(strategy, sequence) for strategy in strategies] for sequence in study.sequences}


def process_scans(
    study: Study,
    bound: Mapping[str, Sequence[Strategy]],
    store: Store,
    executor: Executor,
    progress: Progress,
    between: Between | None,
    *,
    audited: bool = False,
    intermediates: tuple[RunFolder, Sequence[str]] | None = None,
) -> list[ScanResult]:
    """Take every scan through its strategies once, and let all who want to see it there.

    Parameters
    ----------
    study : Study
        With its ROIs carried.
    bound : mapping of str to sequence of Strategy
        For each sequence, fitted and bound to it.
    store : Store
        What earlier runs finished; new results are added.
    executor : Executor
        Where to compute.
    progress : callable
        Called as `progress("scans", done, total)`.
    between : Between or None
        What earlier passes have handed over, and what later ones go on from.
    audited : bool
        Whether the audit wants its look.
    intermediates : (RunFolder, sequence of str), optional
        The run and the subjects whose scans are left after every step.

    Returns
    -------
    list of ScanResult
        In the order of the study.
    """
    wanted = _wanted(study, audited=audited, intermediates=intermediates)
    tasks = [(scan, bound[scan.sequence], store) for scan in study.scans]
    results = [take_over(*task) for task in tasks]  # what is finished needs no worker process
    waiting = [i for i, result in enumerate(results) if result is None or wanted[i].audited or wanted[i].intermediates]
    # Scans of a subject share masks, and the slice of the reference is that of the other conditions in pictures.
    waiting.sort(key=lambda i: (study.scans[i].key[:2], study.scans[i].condition != study.reference))
    known, total = len(tasks) - len(waiting), len(tasks)
    progress("scans", known, total)
    computed = each(
        executor,
        process_scan,
        [(*tasks[i], between, wanted[i]) for i in waiting],
        store,
        lambda done: progress("scans", known + done, total),
        _lost,
    )
    for i, result in zip(waiting, computed, strict=True):
        results[i] = result
    return [result for result in results if result is not None]


def _wanted(study: Study, *, audited: bool, intermediates: tuple[RunFolder, Sequence[str]] | None) -> list[Wanted]:
    """Say what is wanted of every scan besides its features."""
    origins = {source.reference for scan in study.scans for source in carried_sources(scan).values()}
    run, subjects = intermediates or (None, ())
    place = Path() if run is None else run.path(INTERMEDIATES).absolute()
    return [
        Wanted(
            audited=study.strategies if audited else (),
            slices=study.pictures > 0,
            reference=scan.condition == study.reference,
            intermediates=(place, name) if scan.subject in subjects else None,
            keep=scan.image in origins,
        )
        for scan, name in zip(study.scans, folder_names(study.scans), strict=True)
    ]


def _lost(
    error: ScanError, scan: Scan, strategies: Sequence[Strategy], store: Store, _between: object, wanted: Wanted
) -> ScanResult:
    """Give the result of a scan that no worker survived."""
    return remember_crash(scan, strategies, store, error, wanted)


def feature_table(study: Study, results: list[ScanResult], run: RunFolder) -> pd.DataFrame:
    """Gather the rows of all scans, sorted; raises `ConfigurationError` if no scan gave a feature."""
    scans = [(scan, result.rows) for scan, result in zip(study.scans, results, strict=True)]
    if not any(rows.cells for _, rows in scans):
        raise ConfigurationError(f"no scan gave a single feature; {run.path(FAILURES)} says why for each")
    names = [strategy.name for strategy in study.strategies]
    return check_feature_table(table_of(scans, names_of_images(study.strategies), names))


def data_content(study: Study, results: list[ScanResult]) -> list[Any]:
    """Give what identifies the data whatever the folder is called: the cell, and the digests of its files."""
    return sorted(
        [*scan.key, result.files.get(str(scan.image), "")]
        + [[roi, result.files.get(str(mask.path), ""), mask.chosen] for roi, mask in sorted(scan.masks.items())]
        for scan, result in zip(study.scans, results, strict=True)
    )
