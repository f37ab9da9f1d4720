"""The images of a strategy, for other tools and for looking."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from experiments.folder.failures import Failure, failure_table
from experiments.folder.files import FAILURES, RUN
from experiments.folder.run_folder import RunFolder
from experiments.running.between import handing_over
from experiments.running.conduct import begun
from experiments.running.extracting.asked import asked_study
from experiments.running.extracting.before import foresee
from experiments.running.extracting.derivatives import ScanFiles, places_of, write_dataset, write_image_of
from experiments.running.extracting.like import Like, MeasuredLike
from experiments.running.log import log_failures
from experiments.running.options import Computing, by_keywords
from experiments.running.runner import refuse_duplicates
from experiments.running.scan_stages import fit, register
from experiments.running.store.finished import Store
from experiments.running.store.known import failure_of
from experiments.running.tasks import each
from experiments.running.work import Work
from experiments.study.commands import with_commands
from experiments.study.manifest import Scan
from experiments.study.segmentations import images_of
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.errors import ConfigurationError, ScanError
from harmonize.inputs.paths import as_path

STEP = "writing"


@dataclass(frozen=True)
class Preprocessed:
    """What was written.

    Parameters
    ----------
    folder : Path
        The BIDS derivative.
    images : tuple of Path
        The image of every scan that could be done.
    failures : DataFrame
        What could not be done.
    """

    folder: Path
    images: tuple[Path, ...]
    failures: pd.DataFrame


@dataclass(frozen=True)
class Preprocessing(Computing, MeasuredLike):
    """Scans whose images are written.

    Parameters
    ----------
    study : Study, str or Path
        As for `run_extraction`.
    out : str or Path
        Folder for the dataset; what stands there of the same scans and steps is not written again.
    strategy : str
        Which; its harmonizer, which changes features, does not matter here.
    """

    study: Study | str | Path
    out: str | Path
    strategy: str


@contextmanager
def at_work(given: Preprocessing) -> Iterator[tuple[Work, list[Failure]]]:
    """Begin what concerns the images of one strategy: scans registered, steps that learn from a cohort fitted.

    Gives the work, and what has failed so far; when it ends the executor has ended.
    """
    known = None if given.like is None else Like.read(given.like, [given.strategy])
    asked, notes = asked_study(given.study, given.data, known, [given.strategy], given.rois, harmonized=False)
    asked = with_commands(replace(asked, pictures=0), allowed=given.allow_commands)
    refuse_duplicates(asked)
    folder = as_path(given.out, "`out`")
    place = RunFolder(folder)
    if place.path(RUN).exists():
        raise ConfigurationError(f"{folder}: holds a run; choose another `out`")
    with begun(asked, place, given) as (store, executor, progress):
        with executor, handing_over(folder) as between:
            work = Work(asked, place, store, executor, progress, (), between)
            failures = list(foresee(work, known, notes).refused)
            register(work)
            fit(work)
            yield work, failures
        log_failures(failures)


@by_keywords(Preprocessing)
def run_preprocessing(given: Preprocessing) -> Preprocessed:
    """Write what a strategy makes of every scan as a BIDS derivative: NIfTI, masks on their grid, sidecars.

    Raises
    ------
    ConfigurationError
        As `run_extraction`.

    Examples
    --------
    >>> run_preprocessing("study.yaml", "derivatives/n4", "n4").images  # doctest: +SKIP
    """
    with at_work(given) as (work, failures):
        asked, folder, strategy = work.asked, work.run.folder, given.strategy
        scans, told = work.study.scans, work.told("images")
        groups, shared = images_of(scans, asked.segmentation, next(iter(work.bound.values()))[0].steps)
        places, people = places_of(scans, asked.rois, folder, shared=shared)
        write_dataset(folder, asked.name, asked.strategies[0], people)
        tasks = [
            (
                [scans[i] for i in group],
                work.bound[scans[group[0]].sequence][0],
                work.store,
                work.between,
                [places[i] for i in group],
            )
            for group in groups
        ]
        told(0, len(tasks))
        for answer in each(
            work.executor, write_image_of, tasks, work.store, lambda done: told(done, len(tasks)), _lost
        ):
            failures += answer
        table = failure_table(failures)
        work.run.write(FAILURES, table)
    images = dict.fromkeys(path for files in places if (path := files.image(strategy)).is_file())
    return Preprocessed(folder, tuple(images), table)


def _lost(
    error: ScanError,
    scans: Sequence[Scan],
    strategy: Strategy,
    _store: Store,
    _between: object,
    _places: Sequence[ScanFiles],
) -> list[Failure]:
    return [failure_of(scan, error, STEP, strategy=strategy.name) for scan in scans]
