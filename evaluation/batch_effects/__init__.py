"""What harmonization does to a feature table: to agreement, to biology, and to the traces of the batch."""

from evaluation.batch_effects.agreement import (
    KINDS,
    agreement_table,
    summarize_agreement,
)
from evaluation.batch_effects.batch_diagnosis import BatchEffects, harmonization_diagnostics
from evaluation.batch_effects.batch_trace import BatchTrace, batch_trace
from evaluation.batch_effects.chance import chance_agreement, compare_with_chance
from evaluation.batch_effects.effect_sizes import batch_effects, design_notes, principal_components
from evaluation.batch_effects.measures import MEASURES, measure_of
from evaluation.batch_effects.scorecard import Scorecard, Scoring, harmonization_scorecard
from evaluation.batch_effects.signal import organ_silhouette, organ_variance_share, subject_order
from evaluation.batch_effects.values import HarmonizedValues, Problem, harmonize_values

__all__ = [
    "KINDS",
    "MEASURES",
    "BatchEffects",
    "BatchTrace",
    "HarmonizedValues",
    "Problem",
    "Scorecard",
    "Scoring",
    "agreement_table",
    "batch_effects",
    "batch_trace",
    "chance_agreement",
    "compare_with_chance",
    "design_notes",
    "harmonization_diagnostics",
    "harmonization_scorecard",
    "harmonize_values",
    "measure_of",
    "organ_silhouette",
    "organ_variance_share",
    "principal_components",
    "subject_order",
    "summarize_agreement",
]
