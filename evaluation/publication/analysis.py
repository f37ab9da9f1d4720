"""What was computed, as far as a reader of the paper must know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluation.reliability import DEFAULT_THRESHOLDS, REPRODUCIBLE
from evaluation.reliability.dispersion import QuartileRule
from evaluation.reliability.summary import Compared


@dataclass(frozen=True)
class Analysis:
    """The settings of a reliability analysis.

    Parameters
    ----------
    reference : str
        The condition that the others are compared with.
    conditions : tuple of str
        All conditions.
    subjects, features : int
        How many.
    used : (int, int) or None
        Fewest and most subjects that a statistic could use, where that is not all of them everywhere.
    strategies, sequences, rois : tuple of str
        The levels that were analysed one by one.
    icc_form : str
        McGraw and Wong's name of the form.
    level : float
        Confidence level of the limits.
    quartiles : str
        Quartile rule of the QCD.
    thresholds : mapping of str to float
        By statistic: what counts as good.
    rule : mapping of str to float
        The statistics, with thresholds, that a feature must pass under every condition to be reproducible.
    on : {"estimate", "limit"}
        What is compared with the thresholds.
    """

    reference: str
    conditions: tuple[str, ...]
    subjects: int
    features: int
    used: tuple[int, int] | None = None
    strategies: tuple[str, ...] = ("all",)
    sequences: tuple[str, ...] = ("all",)
    rois: tuple[str, ...] = ("all",)
    icc_form: str = "A,1"
    level: float = 0.95
    quartiles: QuartileRule = "linear"
    thresholds: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_THRESHOLDS))
    rule: Mapping[str, float] = field(default_factory=lambda: dict(REPRODUCIBLE))
    on: Compared = "estimate"
