"""The door: features of any scans, one condition or several, as they are or as those of another study."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from experiments.executors.limit import DEFAULT as DEFAULT_LIMIT
from experiments.folder.run_folder import RunFolder
from experiments.progress import Progress
from experiments.running.conduct import Conduct, Run, conduct
from experiments.running.extracting.asked import asked_study
from experiments.running.extracting.like import Like
from experiments.running.runner import refuse_duplicates
from experiments.study.study import Study
from harmonize.digest import digest_of
from selection.whitelist import Whitelist

if TYPE_CHECKING:
    from experiments.running.course import Course

EXTRACTION = "extraction"
"""The kind of run that run.json names."""


def run_extraction(
    study: Study | str | Path,
    out: str | Path,
    *,
    like: RunFolder | Whitelist | str | Path | None = None,
    strategies: Sequence[str] = (),
    rois: Mapping[str, str] = MappingProxyType({}),
    data: str | Path | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    tracking_uri: str | None = None,
    track: bool = True,
    progress: Progress | bool | None = None,
    now: Callable[[str], None] | None = None,
    cache: str | Path | None = None,
    retry_failed: bool = False,
    time_limit: float | None = DEFAULT_LIMIT,
) -> Run:
    """Take features of any scans: one condition or several, no reference needed, nothing compared.

    Parameters
    ----------
    study : Study, str or Path
        What to measure: a study, its file, or a table of images alone (.csv) with a column for the masks of each ROI.
        The file needs neither `reference` nor, with `like`, `strategies`.
    out : str or Path
        Folder for the results; made if absent. It is resumed, and shares finished results, as that of `run_study`.
    like : RunFolder, Whitelist, str or Path, optional
        The run, or the whitelist, whose settings are taken: with what steps that learn from a cohort and the harmonizer
        have learned there. By default the settings of the study itself, and steps learn from its own scans.
    strategies : sequence of str
        Which strategies; by default all.
    rois : mapping of str to str
        By the name of an ROI in the study the name that it has in `like` and in the results.
    data : str or Path, optional
        The folder that names of files start from; by default that of the table.
    jobs, scheduler, tracking_uri, track, progress, now, cache, retry_failed, time_limit
        As for `run_study`.

    Returns
    -------
    Run
        Its `features`, `failures`, and with `like` remarks.csv and outside.csv: in what the scans are unlike.

    Raises
    ------
    ConfigurationError
        If the settings of the study contradict `like`, `like` does not hold what is needed, no scan can be measured so,
        two scans fill the same cell, no scan gave a feature, or the folder holds or is used by another run.

    Warns
    -----
    UnlikeWarning
        Before anything is computed, in what scans are unlike those of `like`.

    Examples
    --------
    >>> run = run_extraction("patients/study.yaml", "features", like="whitelist.json")  # doctest: +SKIP
    >>> run.features  # doctest: +SKIP
    """
    known = None if like is None else Like.read(like, strategies)
    asked, notes = study_to_measure(study, data, known, strategies, rois)
    refuse_duplicates(asked)

    def course() -> "Course":
        from experiments.running.extracting.course import ExtractionCourse  # only here: loading pandas takes long

        return ExtractionCourse(known, notes).course()

    how = Conduct(jobs, scheduler, tracking_uri, track, progress, now, cache, retry_failed, (), time_limit)
    return conduct(asked, out, course, how, EXTRACTION)


def study_to_measure(
    study: Study | str | Path,
    data: str | Path | None,
    like: Like | None,
    strategies: Sequence[str] = (),
    rois: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Study, tuple[str, ...]]:
    """Give the study whose scans are measured and not compared, and what of it is passed over; see `asked_study`."""
    asked, notes = asked_study(study, data, like, strategies, rois)
    return replace(asked, like=digest_of([EXTRACTION, "" if like is None else like.digest])), notes
