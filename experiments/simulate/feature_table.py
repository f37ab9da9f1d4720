"""A cohort with a diagnosis as a feature table, made without images: what selection should find in it is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from scipy.special import ndtr

from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Bounds, Part, Share, check_arguments, check_limits

CONDITIONS = ("REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR")
DIAGNOSIS = "diagnosis"
"""The column of the diagnosis: 0 healthy, 1 diseased."""
TRUTH_COLUMNS = ("feature", "group", "effect", "reliability", "measured_effect")


@dataclass(frozen=True)
class FeatureGroup:
    """Features of one kind.

    Parameters
    ----------
    name : str
        Part of the features' names: letters and digits.
    number : int
        How many.
    effect : float
        Mean difference between diseased and healthy, in standard deviations of the error-free values within a
        diagnosis (Cohen's d before measurement error). The sign is drawn for each feature.
    reliability : (float, float)
        ICC of the lowest and of the highest feature, above 0, up to 1; the others lie evenly between.
    shift : float
        Standard deviation of the constant that a condition other than the first adds to a feature, in the same unit
        as `effect`.
    """

    name: str
    number: Annotated[int, Bounds(least=0)]
    effect: float
    reliability: tuple[Share, Share]
    shift: float = 0.0

    def __post_init__(self) -> None:
        if not self.name.isalnum():
            raise ConfigurationError(f"group '{self.name}': expected a name of letters and digits")
        check_limits(self, ConfigurationError)


GROUPS = (
    FeatureGroup("RobustInformative", 4, 0.6, (0.90, 0.98)),
    FeatureGroup("ModerateInformative", 4, 0.6, (0.76, 0.84)),
    FeatureGroup("FragileInformative", 4, 0.6, (0.20, 0.40), shift=0.5),
    FeatureGroup("RobustNoise", 20, 0.0, (0.80, 0.98)),
    FeatureGroup("FragileNoise", 120, 0.0, (0.10, 0.74), shift=0.5),
)
"""The default: most of what is above .75 informs, most of what is below is noise."""


@dataclass(frozen=True)
class SimulatedCohort:
    """A simulated feature table and what is true about it.

    Attributes
    ----------
    table : DataFrame
        A feature table: the keys, `diagnosis`, and one column per feature; one row per subject and condition.
    truth : DataFrame
        One row per feature: `feature`, `group`, `effect` and `reliability` (ICC of one measurement, the constant shift
        of a condition apart), `measured_effect` (Cohen's d of the measured values of one condition).
    prevalence : float
        Share of subjects with the diagnosis.

    Notes
    -----
    Given the diagnosis all features are independent and normal, with equal variances in both groups, so the best
    classifier from one condition is linear and every number below has a closed form.
    """

    table: pd.DataFrame
    truth: pd.DataFrame
    prevalence: float

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the feature columns."""
        return tuple(self.truth["feature"])

    def selected(self, threshold: float) -> pd.DataFrame:
        """Give the rows of the truth whose reliability is at least the threshold."""
        return self.truth[self.truth["reliability"] >= threshold]

    def optimal_auc(self, threshold: float) -> float:
        """Give the AUC of the Bayes classifier that knows the distributions: no threshold can raise it.

        ``ndtr(sqrt(sum of d² / 2))`` over the measured effects d of the features kept.
        """
        return float(ndtr(np.sqrt(np.square(self.selected(threshold)["measured_effect"]).sum() / 2)))

    def expected_auc(self, threshold: float, healthy: int, diseased: int) -> float:
        """Give the AUC to expect of the independence rule that learned the two means from so many subjects.

        With D = sum of d² over the p features kept and a = 1/healthy + 1/diseased it is
        ``ndtr(D / sqrt(2 (D + p a)))`` for many features: every feature that says nothing adds noise, so this curve has
        its highest point where reliable features end and useless ones begin. The variances are taken as known; 0.5 if
        no feature is kept.

        References
        ----------
        Fan J, Fan Y. High-dimensional classification using features annealed independence rules. Ann Stat
        2008;36:2605-2637.
        """
        kept = self.selected(threshold)["measured_effect"].to_numpy()
        if not kept.size:
            return 0.5
        signal, noise = float(np.square(kept).sum()), kept.size * (1.0 / healthy + 1.0 / diseased)
        return float(ndtr(signal / np.sqrt(2.0 * (signal + noise))))

    def score_reliability(self, threshold: float) -> float:
        """Give the ICC between conditions of the Bayes classifier's linear score; NaN if no feature kept informs."""
        kept = self.selected(threshold)
        effect, measured = kept["effect"].to_numpy(), kept["measured_effect"].to_numpy()
        if not np.any(effect):
            return float("nan")
        within = np.square(np.divide(effect, measured, out=np.ones_like(effect), where=measured != 0.0))  # 1 + error
        weight = effect / within
        between = np.square(weight).sum() + self.prevalence * (1.0 - self.prevalence) * (weight @ effect) ** 2
        return float(between / (between + np.square(weight) @ (within - 1.0)))


def simulate_cohort(
    subjects: Annotated[int, Bounds(least=4)] = 120,
    *,
    groups: Sequence[FeatureGroup] = GROUPS,
    conditions: Sequence[str] = CONDITIONS,
    prevalence: Part = 0.5,
    seed: int = 0,
) -> SimulatedCohort:
    """Simulate the feature table of a cohort in which some robust and some fragile features tell the diagnosis.

    A subject has one error-free value for each feature: normal with variance 1 around 0, or around the effect in the
    diseased. Each condition adds independent normal error, as much as gives the wanted ICC, and its own constant. The
    result is brought to a positive scale of its own for each feature, as features have.

    Parameters
    ----------
    subjects : int
        Number of subjects, from 4.
    groups : sequence of FeatureGroup
        Which features there are.
    conditions : sequence of str
        Names of the conditions; the first one is not shifted.
    prevalence : float
        Wanted share of diseased; the number of diseased is rounded to a whole one, which leaves both groups at least
        two.
    seed : int
        The same seed gives the same cohort.

    Raises
    ------
    ConfigurationError
        For too few subjects, a prevalence outside 0 to 1, or names of conditions that are missing or stand there twice.

    Examples
    --------
    >>> cohort = simulate_cohort(60, seed=1)
    >>> cohort.table.shape, len(cohort.features)
    ((240, 158), 152)
    >>> [round(cohort.optimal_auc(threshold), 2) for threshold in (0.0, 0.75, 0.9)]
    [0.89, 0.87, 0.79]
    >>> [round(cohort.expected_auc(threshold, 30, 30), 2) for threshold in (0.0, 0.75, 0.9)]
    [0.71, 0.8, 0.74]
    """
    check_arguments(simulate_cohort, subjects=subjects, prevalence=prevalence)
    if not conditions or len(set(conditions)) != len(conditions):
        raise ConfigurationError(f"conditions: {', '.join(conditions) or 'none'}, expected one or more, each once")
    rng = np.random.default_rng(seed)
    diseased = min(max(round(prevalence * subjects), 2), subjects - 2)
    prevalence = diseased / subjects
    diagnosis = rng.permutation(np.arange(subjects) < diseased)
    truth = _truth(groups, rng)
    effect, error = truth["effect"].to_numpy(), _error_variance(truth, prevalence)
    true = rng.standard_normal((subjects, len(truth))) + diagnosis[:, None] * effect
    shape = (len(conditions), subjects, len(truth))
    measured = true + np.sqrt(error) * rng.standard_normal(shape)
    shift_sd = np.repeat([group.shift for group in groups], [group.number for group in groups])
    measured[1:] += shift_sd * rng.standard_normal((len(conditions) - 1, 1, len(truth)))
    values = rng.uniform(50.0, 500.0, len(truth)) * (1.0 + 0.05 * measured)

    digits = len(str(subjects))
    keys = pd.DataFrame(
        {
            "strategy": "simulated",
            "subject": np.tile([f"sub-{number:0{digits}d}" for number in range(1, subjects + 1)], len(conditions)),
            "sequence": "T2",
            "condition": np.repeat(list(conditions), subjects),
            "roi": "liver",
            DIAGNOSIS: np.tile(diagnosis.astype(np.int64), len(conditions)),
        }
    )
    table = pd.concat([keys, pd.DataFrame(values.reshape(-1, len(truth)), columns=list(truth["feature"]))], axis=1)
    truth["measured_effect"] = effect / np.sqrt(1.0 + error)
    return SimulatedCohort(table, truth[list(TRUTH_COLUMNS)], prevalence)


def _truth(groups: Sequence[FeatureGroup], rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for group in groups:
        for number, reliability in enumerate(np.linspace(*group.reliability, group.number), start=1):
            name = f"original_{'glcm' if reliability < 0.75 else 'firstorder'}_{group.name}{number}"
            rows.append((name, group.name, group.effect * rng.choice([-1.0, 1.0]), float(reliability), 0.0))
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))


def _error_variance(truth: pd.DataFrame, prevalence: float) -> FloatArray:
    """Give the variance of the error, in variances of error-free values within a diagnosis."""
    reliability = truth["reliability"].to_numpy()
    between = 1.0 + prevalence * (1.0 - prevalence) * np.square(truth["effect"].to_numpy())
    return np.asarray(between * (1.0 - reliability) / reliability)
