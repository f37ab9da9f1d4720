"""What was computed, as far as a reader of the paper must know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from evaluation.reliability.criteria import Compared
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import REPRODUCIBLE, usual, usual_thresholds
from evaluation.tables import UNPERTURBED


@dataclass(frozen=True)
class InferenceSettings:
    """What was tested beyond the reliability of each feature.

    Parameters
    ----------
    baseline : str or None
        The strategy that the others were compared with; None where nothing was compared.
    resamples : int
        Bootstrap resamples of the ranks of strategies.
    factors : (str, str) or None
        The two factors of two levels whose effects were estimated; None where there are no such factors.
    ranked : bool
        Whether conditions were tested by ranks.
    learned : dict of str to bool
        Strategies whose values were learned from the other subjects, and whether they were learned anew for limits and
        tests.
    whole : bool
        Whether the share of features that pass the rule has an interval.
    """

    baseline: str | None
    resamples: int
    factors: tuple[str, str] | None
    ranked: bool = True
    learned: Mapping[str, bool] = field(default_factory=dict)
    whole: bool = True


@dataclass(frozen=True)
class HarmonizationMethod:
    """How the features of a strategy were harmonized.

    Parameters
    ----------
    method : str
        One of `harmonize.combat.METHODS`.
    words : str
        The method with its batches, reference and options, as a sentence without its full stop.
    """

    method: str
    words: str


def subjects_used(reliability: pd.DataFrame, subjects: int) -> tuple[int, int] | None:
    """Give fewest and most subjects that a statistic could use; None where that is all of them everywhere."""
    used = reliability.loc[reliability["estimate"].notna(), "n"]
    return (int(used.min()), int(used.max())) if len(used) and used.min() < subjects else None


@dataclass(frozen=True)
class Analysis:
    """The settings of a reliability analysis.

    Parameters
    ----------
    reference : str or None
        The condition that the others are compared with; None where all are compared with one another.
    conditions : tuple of str
        All conditions.
    subjects, features : int
        How many.
    used : (int, int) or None
        See `subjects_used`.
    strategies, sequences, rois : tuple of str
        The levels that were analysed one by one.
    how : Settings
        How statistics were computed; its reference is the one above.
    thresholds : mapping of str to float
        By statistic: what counts as good.
    rule : mapping of str to float
        The statistics, with thresholds, that a feature must pass under every condition to be reproducible.
    on : {"estimate", "limit"}
        What is compared with the thresholds.
    statistics : tuple of str
        What was computed.
    rule_words : str
        The rule in words, where it asks for more than the thresholds of `rule` under every condition.
    inference : InferenceSettings or None
        Intervals of shares, comparison of strategies, effects and rank tests, if there were any.
    harmonized : mapping of str to HarmonizationMethod
        By strategy whose features were harmonized.
    carried : (int, int) or None
        To how many scans regions were carried from the reference condition, and of how many; None where none were.
    scanners : tuple of str
        The scanners with their numbers of subjects, where subjects of one condition were on different ones.
    segmentations : tuple of str
        Who drew the regions, where several did; conditions were compared by the first.
    facets : tuple of str
        What measurements vary over, each in words, where components of variance were estimated.
    perturbed : mapping of str to str
        By its name what each chain of perturbations is, where scans were perturbed. With the reference `unperturbed`,
        scans were measured once, and their perturbations are the other conditions.
    """

    reference: str | None
    conditions: tuple[str, ...]
    subjects: int
    features: int
    used: tuple[int, int] | None = None
    strategies: tuple[str, ...] = ("all",)
    sequences: tuple[str, ...] = ("all",)
    rois: tuple[str, ...] = ("all",)
    how: Settings = Settings()
    thresholds: Mapping[str, float] = field(default_factory=usual_thresholds)
    rule: Mapping[str, float] = field(default_factory=lambda: dict(REPRODUCIBLE))
    on: Compared = "estimate"
    statistics: tuple[str, ...] = field(default_factory=usual)
    rule_words: str = ""
    inference: InferenceSettings | None = None
    harmonized: Mapping[str, HarmonizationMethod] = field(default_factory=dict)
    carried: tuple[int, int] | None = None
    scanners: tuple[str, ...] = ()
    segmentations: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    perturbed: Mapping[str, str] = field(default_factory=dict)

    @property
    def once(self) -> bool:
        """Whether subjects were measured under one condition, and what is compared are perturbations of their scans."""
        return bool(self.perturbed) and self.reference == UNPERTURBED

    @property
    def settings(self) -> Settings:
        """How the statistics were computed."""
        return self.how._replace(reference=self.reference)
