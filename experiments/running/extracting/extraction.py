"""The door: features of any scans, one condition or several, as they are or as those of another study."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from experiments.running.conduct import Run, conduct
from experiments.running.extracting.asked import asked_study
from experiments.running.extracting.like import Like, MeasuredLike
from experiments.running.options import Conduct, by_keywords
from experiments.running.runner import refuse_duplicates
from experiments.study.study import Study
from harmonize.digest import digest_of

if TYPE_CHECKING:
    from experiments.running.course import Course

EXTRACTION = "extraction"
"""The kind of run that run.json names."""


@dataclass(frozen=True)
class Extracted(Conduct, MeasuredLike):
    """A run that takes features and compares nothing.

    Parameters
    ----------
    study : Study, str or Path
        What to measure: a study, its file, or a table of images alone (.csv) with a column for the masks of each ROI.
        The file needs neither `reference` nor, with `like`, `strategies`.
    out : str or Path
        Folder for the results; made if absent. It is resumed, and shares finished results, as that of `run_study`.
    strategies : sequence of str
        Which strategies; by default all.
    """

    study: Study | str | Path
    out: str | Path
    _: KW_ONLY
    strategies: Sequence[str] = ()


@by_keywords(Extracted)
def run_extraction(asked: Extracted) -> Run:
    """Take features of any scans: one condition or several, no reference needed, nothing compared.

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
    known = None if asked.like is None else Like.read(asked.like, asked.strategies)
    study, notes = study_to_measure(asked.study, asked.data, known, asked.strategies, asked.rois)
    refuse_duplicates(study)

    def course() -> "Course":
        from experiments.running.extracting.course import ExtractionCourse  # only here: loading pandas takes long

        return ExtractionCourse(known, notes).course()

    return conduct(study, asked.out, course, asked, EXTRACTION)


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
