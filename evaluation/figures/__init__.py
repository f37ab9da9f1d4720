"""Figures of reliability for papers: matplotlib figures that no window manages, and their files."""

from evaluation.figures.against_levels import against_levels
from evaluation.figures.batch_effects import effect_sizes
from evaluation.figures.before_after import before_after
from evaluation.figures.bland_altman import bland_altman
from evaluation.figures.canvas import to_bytes
from evaluation.figures.concordance import concordance
from evaluation.figures.decision_study import decision_study
from evaluation.figures.distribution import distributions
from evaluation.figures.dose_response import dose_response
from evaluation.figures.forest import forest
from evaluation.figures.heat_map import heat_map
from evaluation.figures.paired import Paired, paired
from evaluation.figures.planning import planning_curve
from evaluation.figures.priors import priors
from evaluation.figures.sources import sources_of_variance
from evaluation.figures.tradeoff import tradeoff_curve

__all__ = [
    "Paired",
    "against_levels",
    "before_after",
    "bland_altman",
    "concordance",
    "decision_study",
    "distributions",
    "dose_response",
    "effect_sizes",
    "forest",
    "heat_map",
    "paired",
    "planning_curve",
    "priors",
    "sources_of_variance",
    "to_bytes",
    "tradeoff_curve",
]
