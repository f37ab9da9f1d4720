"""Reliability statistics: agreement and dispersion over conditions, for every feature at once.

Here those of arrays; what works on tables (`table`, `summary`, `effect_tables` ...) is imported from its module.
"""

from evaluation.reliability.bland_altman import limits_of_agreement
from evaluation.reliability.bootstrap import bootstrap
from evaluation.reliability.ccc import CCC_INTERVALS, ccc, overall_ccc
from evaluation.reliability.dispersion import QUARTILE_RULES, cv, qcd
from evaluation.reliability.effects import factorial_effects
from evaluation.reliability.icc import ICC_FORMS, ICC_INTERVALS, icc
from evaluation.reliability.incomplete import icc_incomplete, overall_ccc_incomplete
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.ranks import friedman, wilcoxon
from evaluation.reliability.repeatability import RC_INTERVALS, log_repeatability, repeatability
from evaluation.reliability.spearman import spearman
from evaluation.reliability.statistic import Settings, Statistic
from evaluation.reliability.statistics import REPRODUCIBLE, STATISTICS, usual, usual_thresholds
from evaluation.reliability.status import Status
from evaluation.reliability.within_subject import relative_within_subject, within_subject

__all__ = [
    "CCC_INTERVALS",
    "ICC_FORMS",
    "ICC_INTERVALS",
    "QUARTILE_RULES",
    "RC_INTERVALS",
    "REPRODUCIBLE",
    "STATISTICS",
    "Settings",
    "Statistic",
    "Status",
    "benjamini_hochberg",
    "bootstrap",
    "ccc",
    "cv",
    "factorial_effects",
    "friedman",
    "icc",
    "icc_incomplete",
    "limits_of_agreement",
    "log_repeatability",
    "overall_ccc",
    "overall_ccc_incomplete",
    "qcd",
    "relative_within_subject",
    "repeatability",
    "spearman",
    "usual",
    "usual_thresholds",
    "wilcoxon",
    "within_subject",
]
