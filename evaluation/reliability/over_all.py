"""Entries of the statistics of agreement of all conditions at once, none of which is the reference."""

from evaluation.reliability.ccc import overall_ccc
from evaluation.reliability.icc import icc
from evaluation.reliability.incomplete import icc_incomplete, overall_ccc_incomplete
from evaluation.reliability.sample import Sample
from evaluation.reliability.statistic import Estimates, Settings, Statistic, taken
from harmonize.arrays import FloatArray

_BARNHART = (
    "Barnhart HX, Haber M, Song J. Overall concordance correlation coefficient for evaluating agreement among multiple "
    "observers. Biometrics 2002;58:1020-1027."
)


def of_icc(values: FloatArray | Sample, settings: Settings) -> Estimates:
    """Compute the ICC that the settings ask for."""
    return icc(values, settings.icc_form, settings.level if settings.limits else None, settings.icc_interval)


OVER_ALL: dict[str, Statistic] = {
    "icc_all": Statistic(
        "ICC of all conditions",
        of_icc,
        "all",
        takes_sample=True,
        words=lambda settings: f"ICC({settings.icc_form}) over all conditions at once",
    ),
    "icc_incomplete": Statistic(
        "ICC of all values",
        lambda values, settings: icc_incomplete(values, settings.icc_form, settings.level if settings.limits else None),
        "all",
        words=lambda settings: f"ICC({settings.icc_form}) over all conditions at once, of subjects who lack some, too",
        remark="counts subjects who lack a condition",
        citation="Gwet KL. Handbook of inter-rater reliability. 4th ed. Gaithersburg: Advanced Analytics; 2014.",
    ),
    "overall_ccc": Statistic(
        "Overall CCC",
        lambda values, _: taken(overall_ccc(values)),
        "all",
        limits=False,
        threshold=0.90,
        words="the overall concordance correlation coefficient",
        citation=_BARNHART,
    ),
    "overall_ccc_incomplete": Statistic(
        "Overall CCC of all values",
        lambda values, settings: overall_ccc_incomplete(values, settings.level if settings.limits else None),
        "all",
        words="the overall concordance correlation coefficient, each pair of conditions in the subjects who have both",
        remark="counts subjects who lack a condition",
        citation=_BARNHART,
    ),
}
"""By their names; part of `STATISTICS`."""
