"""What a run has to do, before it is begun: shared steps, what is finished, and how long the rest takes.

Times are those that earlier tasks took, per voxel. They say nothing about statistics and report.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import SimpleITK as sitk

from experiments.running.carry import is_registered, known_motions, with_motions
from experiments.running.cohort.barrier import bind, known_fits
from experiments.running.plan import build_tree
from experiments.running.shared_images import image_strategies, names_of_images
from experiments.running.store.finished import Store
from experiments.running.store.known import look_up
from experiments.running.survey.planner import Planner
from experiments.running.survey.rates import Rates
from experiments.running.survey.tasks import Survey
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from experiments.versions import computing_versions
from harmonize.steps import CohortStep


def survey(study: Study, store: Store | None = None) -> Survey:
    """Look at what a run of a study would do.

    Parameters
    ----------
    study : Study
        What is to be run.
    store : Store, optional
        What earlier runs finished; without it nothing is.

    Returns
    -------
    Survey
        Nothing is computed or written. With a store every file of the study is read once, for its digest.
    """
    strategies, versions, scans = image_strategies(study.strategies), computing_versions(), study.scans
    carried = [scan for scan in scans if not is_registered(scan)]
    fitted = strategies
    if store is not None:
        settings = study.registration
        if settings is not None:
            scans = tuple(with_motions(scan, known_motions(scan, settings, store, versions)) for scan in scans)
        fitted = known_fits(strategies, scans, store, versions)
    done, failed = {}, 0
    for i, scan in enumerate(scans):
        done[i], failures = _done(scan, fitted, store, versions)
        failed += failures
    rates = Rates.of(store)
    sizes = _sizes(scans, rates) if rates else [0] * len(scans)
    planner = Planner(scans, done, rates, sizes, fitted, names_of_images(study.strategies))
    tree = build_tree(strategies)
    return Survey(
        study=study.name,
        scans=len(scans),
        rois=sum(len(scan.masks) for scan in scans),
        registrations=len(carried),
        registrations_todo=sum(not is_registered(scan) for scan in scans),
        finished=sum(map(len, done.values())) - failed,
        failed=failed,
        steps=tree.steps(),
        steps_apart=sum(len(strategy.steps) for strategy in study.strategies),
        extractions=len(strategies),
        extractions_apart=len(study.strategies),
        measured=bool(rates),
        tasks=planner.tasks(tree, ()),
    )


def _done(
    scan: Scan, strategies: Sequence[Strategy], store: Store | None, versions: Mapping[str, str]
) -> tuple[set[str], int]:
    """Give the strategies that need nothing more of a scan, and how many of them because they are known to fail."""
    if store is None or not is_registered(scan):
        return set(), 0
    ready = [
        bind(strategy, scan.sequence)
        for strategy in strategies
        if not any(isinstance(step, CohortStep) for step in strategy.steps)
    ]
    try:
        known = look_up(scan, ready, store, versions)
    except OSError:
        return set(), 0
    return {*known.finished, *known.failed}, len(known.failed)


def _sizes(scans: Sequence[Scan], rates: Rates) -> list[int]:
    """Give the voxels of every image from its header; of one that does not tell, the usual number."""
    found = [_size(scan.image) for scan in scans]
    known = [size for size in found if size]
    usual = round(median(known)) if known else rates.usual_size
    return [size or usual for size in found]


def _size(path: Path) -> int:
    if not path.is_file():
        return 0
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return 0
    size = 1
    for length in reader.GetSize():
        size *= length
    return int(size)
