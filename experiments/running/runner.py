"""The run: every scan through every strategy, then reliability, whitelists, tracking and report."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.running.conduct import Run, conduct
from experiments.running.options import Conduct, by_keywords
from experiments.study.study import Study
from experiments.study.study_file import StudyFile
from harmonize.errors import ConfigurationError
from harmonize.words import some

if TYPE_CHECKING:
    from experiments.running.course import Course

__all__ = ["Run", "run_study"]


@dataclass(frozen=True)
class StudyRun(Conduct):
    """A run that compares conditions.

    Parameters
    ----------
    study : Study, str or Path
        What to run: a study, or its file.
    out : str or Path
        Folder for the results; made if absent. What an earlier run finished there is used again where image,
        masks, settings and versions are the same.
    intermediates : sequence of str
        Subjects whose scans are left as NIfTI after every step, or `all`.
    """

    study: Study | str | Path
    out: str | Path
    _: KW_ONLY
    intermediates: Sequence[str] = ()


@by_keywords(StudyRun)
def run_study(asked: StudyRun) -> Run:
    """Run every strategy of a study over every scan and leave tables, whitelists, tracked runs and a report.

    Returns
    -------
    Run
        Where the results are, and how many failures there were.

    Raises
    ------
    ConfigurationError
        If there is but one condition, two scans fill the same cell of the study, no scan at all gave a feature,
        another run is writing into the same folder, or a folder stands in the place of one of its files.
    """
    study = Study.of(asked.study)
    _refuse_one_condition(study)
    refuse_duplicates(study)
    return conduct(study, asked.out, _course, asked, intermediates=asked.intermediates)


def _course() -> "Course":
    from experiments.running.course import Course  # only here: loading statistics takes long
    from experiments.running.record import record_of
    from experiments.running.stages import STAGES

    return Course(STAGES, record_of)


def _refuse_one_condition(study: Study) -> None:
    if len(study.conditions) < 2:
        raise ConfigurationError(
            f"images.csv: every scan has the condition {study.reference}, so there is nothing to compare it with; "
            "add the scans of another condition, or name the columns that tell them apart as `factors`; features of "
            "these scans by themselves: `radharmony extract`"
        )


def refuse_duplicates(study: Study) -> None:
    for scans in study.duplicates():
        lines = ", ".join(str(scan.line) for scan in scans)
        cell = f"subject {scans[0].subject}, sequence {scans[0].sequence}, condition {scans[0].condition}"
        raise ConfigurationError(
            f"images.csv, lines {lines}: {len(scans)} scans for {cell}; keep one, or tell them apart by a factor: a "
            f"column {some(study.factors or StudyFile.factors)}, or another that `factors` of a study file names"
        )
