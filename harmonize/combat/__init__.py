"""Feature-domain harmonization: ComBat, its relatives, and simple rivals."""

from harmonize.combat.added_batch import add_batch
from harmonize.combat.assumptions import check_assumptions
from harmonize.combat.combat import ComBat
from harmonize.combat.covbat import CovBat
from harmonize.combat.design import SmallBatchWarning
from harmonize.combat.grouped import GroupedHarmonizer
from harmonize.combat.held_out import leave_one_group_out
from harmonize.combat.learning_curve import learning_curve
from harmonize.combat.methods import METHODS, make_harmonizer
from harmonize.combat.mixture import BiologyWarning, MixtureComBat
from harmonize.combat.negative import NegativeWarning, negative_note
from harmonize.combat.nested import NestedComBat
from harmonize.combat.neurocombat import NeuroComBat
from harmonize.combat.notes import collect_notes, named_notes
from harmonize.combat.paired import LongitudinalComBat, ScalingWarning
from harmonize.combat.posterior import harmonized_draws
from harmonize.combat.protocol import ProtocolComBat, ProtocolRangeWarning
from harmonize.combat.rivals import BatchZScore, QuantileAlignment, ReferenceRegression

__all__ = [
    "METHODS",
    "BatchZScore",
    "BiologyWarning",
    "ComBat",
    "CovBat",
    "GroupedHarmonizer",
    "LongitudinalComBat",
    "MixtureComBat",
    "NegativeWarning",
    "NestedComBat",
    "NeuroComBat",
    "ProtocolComBat",
    "ProtocolRangeWarning",
    "QuantileAlignment",
    "ReferenceRegression",
    "ScalingWarning",
    "SmallBatchWarning",
    "add_batch",
    "check_assumptions",
    "collect_notes",
    "harmonized_draws",
    "learning_curve",
    "leave_one_group_out",
    "make_harmonizer",
    "named_notes",
    "negative_note",
]
