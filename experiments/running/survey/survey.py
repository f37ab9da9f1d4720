"""What a run has to do, before it is begun: shared steps, what is finished, and how long the rest takes.

Times are those that earlier tasks took, per voxel. They say nothing about statistics and report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from experiments.running.between import carried_sources
from experiments.running.carry import is_registered, known_motions, with_motions
from experiments.running.cohort.barrier import bind, known_fits
from experiments.running.shared_images import image_strategies, names_of_images
from experiments.running.store.finished import REGISTRATION, Store
from experiments.running.store.known import Known, look_up
from experiments.running.survey.planner import Planner, of_chains
from experiments.running.survey.rates import Rates
from experiments.running.survey.tasks import Survey
from experiments.study.manifest import Scan
from experiments.study.perturbations import Draw, perturbed
from experiments.study.plan import tree_of
from experiments.study.segmentations import cohort_scans
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.digest import digest_of
from harmonize.formats.opened import peek
from harmonize.registration import Registration
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
        Nothing is computed or written. With a store the files of every scan are read, for their digests.
    """
    strategies, scans = image_strategies(study.strategies), study.scans
    carried = [scan for scan in scans if not is_registered(scan)]
    fitted = strategies
    left = [{one.name for one in perturbed(strategies, scan, study.perturbations)} for scan in scans]
    finished = failed = 0
    if store is not None:
        scans, fitted = prepared(study, store)
        for i, scan in enumerate(scans):
            known = known_of(scan, perturbed(fitted, scan, study.perturbations), store)
            if known is not None:
                left[i] -= {*known.finished, *known.failed}
                finished += len(known.finished)
                failed += len(known.failed)
    rates = Rates.of(store)
    sizes = _sizes(scans, rates) if rates else [0] * len(scans)
    tree = tree_of(strategy.steps for strategy in strategies)
    chains = _chains(study)
    planned = (*strategies, *of_chains(strategies, scans[0], chains))
    whole = tree_of(strategy.steps for strategy in planned)
    cohort, names = cohort_scans(scans, study.segmentation), names_of_images(study.strategies)
    planner = Planner(whole, planned, scans, cohort, dict(enumerate(left)), rates, sizes, fitted, names, chains)
    draws = [sum(scan.condition in draw.conditions for draw in study.perturbations) for scan in scans]
    return Survey(
        study=study.name,
        scans=len(study.images),
        segmentations=len(scans),
        rois=sum(len(scan.masks) for scan in scans),
        registrations=len(carried),
        registrations_todo=sum(not is_registered(scan) for scan in scans),
        registrations_seconds=_registering(scans, study.registration, rates),
        finished=finished,
        failed=failed,
        steps=len(tree) - 1,
        steps_apart=sum(len(strategy.steps) for strategy in study.strategies),
        extractions=len(strategies),
        extractions_apart=len(study.strategies),
        measured=bool(rates),
        tasks=planner.tasks(()),
        perturbed=sum(draws),
        perturbed_rois=sum(number * len(scan.masks) for number, scan in zip(draws, scans, strict=True)),
    )


def _chains(study: Study) -> Mapping[str, Sequence[Draw]]:
    found: dict[str, list[Draw]] = {}
    for draw in study.perturbations:
        found.setdefault(draw.chain, []).append(draw)
    return found


def _registering(scans: Sequence[Scan], settings: Registration | None, rates: Rates) -> float | None:
    """Estimate the registrations that are to be done; nothing if there are some and none has been done.

    The search looks at so many samples of any image: of a larger one it takes hardly longer.
    """
    seconds = 0.0
    for scan in scans:
        if settings is not None and not is_registered(scan):
            one = rates.step((digest_of(asdict(settings)),), REGISTRATION, rates.usual_size)
            if one is None:
                return None
            seconds += one * (len(carried_sources(scan)) if settings.each == "roi" else 1)
    return seconds


def prepared(study: Study, store: Store) -> tuple[tuple[Scan, ...], tuple[Strategy, ...]]:
    """Give scans and strategies of a study with the registrations and fits that earlier runs left."""
    scans, settings = study.scans, study.registration
    if settings is not None:
        scans = tuple(with_motions(scan, known_motions(scan, settings, store)) for scan in scans)
    return scans, known_fits(image_strategies(study.strategies), cohort_scans(scans, study.segmentation), store)


def known_of(scan: Scan, strategies: Sequence[Strategy], store: Store) -> Known | None:
    """Give what earlier runs left of a scan; nothing if it is not registered yet, or a file cannot be read."""
    if not is_registered(scan):
        return None
    ready = [
        bind(strategy, scan.sequence)
        for strategy in strategies
        if not any(isinstance(step, CohortStep) for step in strategy.steps)
    ]
    try:
        return look_up(scan, ready, store)
    except OSError:
        return None


def _sizes(scans: Sequence[Scan], rates: Rates) -> list[int]:
    """Give the voxels of every image from its header; of one that does not tell, the usual number."""
    found = [_size(scan.image) for scan in scans]
    known = [size for size in found if size]
    usual = round(median(known)) if known else rates.usual_size
    return [size or usual for size in found]


def _size(path: Path) -> int:
    opened = peek(path)
    return 0 if opened is None else opened.voxels
