"""The scans of a run: registered, taken through their strategies, and gathered as one feature table."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from evaluation.tables import check_feature_table
from experiments.folder.files import FAILURES, INTERMEDIATES
from experiments.folder.run_folder import RunFolder
from experiments.running.between import carried_sources
from experiments.running.intermediates import folder_names
from experiments.running.rows import drawn, table_of
from experiments.running.scan_task import ScanResult, Wanted, process_image, remember_crash, take_over
from experiments.running.shared_images import names_of_images
from experiments.running.store.finished import Store
from experiments.running.tasks import each
from experiments.running.work import Work
from experiments.study.manifest import Scan
from experiments.study.perturbations import perturbed
from experiments.study.segmentations import by_image
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.errors import ConfigurationError, ScanError


def process_scans(work: Work, *, audited: bool) -> list[ScanResult]:
    """Take every image through its strategies once, and let all who want to see it there.

    Parameters
    ----------
    work : Work
        With ROIs carried, and strategies fitted and bound to each sequence.
    audited : bool
        Whether the audit wants its look.

    Returns
    -------
    list of ScanResult
        In the order of the study.
    """
    study, store = work.study, work.store
    wanted = _wanted(work, audited=audited)
    tasks = [(scan, perturbed(work.bound[scan.sequence], scan, study.perturbations), store) for scan in study.scans]
    results = [take_over(*task) for task in tasks]  # what is finished needs no worker process
    waiting = [i for i, result in enumerate(results) if result is None or wanted[i].audited or wanted[i].intermediates]
    # Scans of a subject share masks, and the slice of the reference is that of the other conditions in pictures.
    waiting.sort(key=lambda i: (study.scans[i].key[:2], study.scans[i].condition != study.reference, _rank(study, i)))
    groups = by_image(study.scans, waiting)
    total, told = len(by_image(study.scans, range(len(tasks)))), work.told("scans")
    known = total - len(groups)
    told(known, total)
    computed = each(
        work.executor,
        process_image,
        [
            ([study.scans[i] for i in group], tasks[group[0]][1], store, work.between, [wanted[i] for i in group])
            for group in groups
        ],
        store,
        lambda done: told(known + done, total),
        _lost,
    )
    for group, found in zip(groups, computed, strict=True):
        for i, result in zip(group, found, strict=True):
            results[i] = result
    return [result for result in results if result is not None]


def _rank(study: Study, place: int) -> int:
    """Place the segmentation that is compared before the others: steps of a cohort have learned from its ROIs."""
    return int(study.scans[place].segmentation != study.segmentation)


def _wanted(work: Work, *, audited: bool) -> list[Wanted]:
    """Say what is wanted of every scan besides its features."""
    study, place = work.study, work.run.path(INTERMEDIATES).absolute()
    origins = {source.reference for scan in study.scans for source in carried_sources(scan).values()}
    again = () if study.compared else study.subjects[: study.pictures]  # whose ROIs are pictured as they were opened
    return [
        Wanted(
            audited=study.strategies if audited else (),
            slices=study.compared and study.pictures > 0 and scan.segmentation == study.segmentation,
            reference=scan.condition == study.reference,
            intermediates=(place, name) if scan.subject in work.intermediates else None,
            keep=scan.image in origins or scan.subject in again,
        )
        for scan, name in zip(study.scans, folder_names(study.scans), strict=True)
    ]


def _lost(
    error: ScanError,
    scans: Sequence[Scan],
    strategies: Sequence[Strategy],
    store: Store,
    _between: object,
    wanted: Sequence[Wanted],
) -> list[ScanResult]:
    """Give the results of an image that no worker survived."""
    return [remember_crash(scan, strategies, store, error, one) for scan, one in zip(scans, wanted, strict=True)]


def feature_table(study: Study, results: list[ScanResult], run: RunFolder) -> pd.DataFrame:
    """Gather the rows of all scans, sorted; raises `ConfigurationError` if no scan gave a feature."""
    scans = [(scan, result.rows) for scan, result in zip(study.scans, results, strict=True)]
    if not any(rows.cells for _, rows in scans):
        raise ConfigurationError(f"no scan gave a single feature; {run.path(FAILURES)} says why for each")
    names = [strategy.name for strategy in study.strategies]
    return check_feature_table(table_of(scans, names_of_images(study.strategies), names), mixed=True)


def data_content(study: Study, results: list[ScanResult]) -> list[Any]:
    """Give what identifies the data whatever the folder is called: the cell, and the digests of its files."""
    return sorted(
        [*scan.key, *drawn(scan), result.files.get(str(scan.image), "")]
        + [[roi, result.files.get(str(mask.path), ""), mask.chosen] for roi, mask in sorted(scan.masks.items())]
        + [[column, result.files.get(str(path), "")] for column, path in sorted(scan.elsewhere.items())]
        for scan, result in zip(study.scans, results, strict=True)
    )
