"""Reliability statistics: agreement and dispersion over conditions, for every feature at once."""

from evaluation.reliability.bland_altman import limits_of_agreement
from evaluation.reliability.bootstrap import bootstrap
from evaluation.reliability.ccc import CCC_INTERVALS, ccc, overall_ccc
from evaluation.reliability.contrasts import absent_values
from evaluation.reliability.dispersion import QUARTILE_RULES, cv, qcd
from evaluation.reliability.effect_summary import summarize_effects
from evaluation.reliability.effect_tables import effects_table, rank_table
from evaluation.reliability.effects import factorial_effects
from evaluation.reliability.icc import ICC_FORMS, ICC_INTERVALS, icc
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.ranks import friedman, wilcoxon
from evaluation.reliability.spearman import spearman
from evaluation.reliability.statistic import Settings, Statistic
from evaluation.reliability.statistics import REPRODUCIBLE, STATISTICS, usual, usual_thresholds
from evaluation.reliability.status import Status
from evaluation.reliability.summary import beyond, reproducible, summarize, summarize_reproducible
from evaluation.reliability.table import reliability_table
from evaluation.reliability.within_subject import relative_within_subject, within_subject

__all__ = [
    "CCC_INTERVALS",
    "ICC_FORMS",
    "ICC_INTERVALS",
    "QUARTILE_RULES",
    "REPRODUCIBLE",
    "STATISTICS",
    "Settings",
    "Statistic",
    "Status",
    "absent_values",
    "benjamini_hochberg",
    "beyond",
    "bootstrap",
    "ccc",
    "cv",
    "effects_table",
    "factorial_effects",
    "friedman",
    "icc",
    "limits_of_agreement",
    "overall_ccc",
    "qcd",
    "rank_table",
    "relative_within_subject",
    "reliability_table",
    "reproducible",
    "spearman",
    "summarize",
    "summarize_effects",
    "summarize_reproducible",
    "usual",
    "usual_thresholds",
    "wilcoxon",
    "within_subject",
]
