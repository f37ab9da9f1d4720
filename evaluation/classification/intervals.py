"""Limits of scores: by resampling subjects, or over the folds with a correction for their overlap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from evaluation.classification.metrics import Metric
from evaluation.classification.predictions import Predictions
from evaluation.reliability.sample import check_level
from harmonize.arrays import FloatArray
from harmonize.inputs.limits import Resamples, check_arguments

VALID = 0.95
"""Limits need a value in this share of the resamples: those without are not random ones."""

CHUNK = 4_000_000
"""Weights of resamples held at a time."""


@dataclass(frozen=True)
class ScoreInterval:
    """A score and its limits.

    Parameters
    ----------
    estimate, lower, upper : float
        NaN where there is none.
    """

    estimate: float
    lower: float
    upper: float

    def of_shared_training(self, folds: int) -> "ScoreInterval":
        """Widen limits of resampled subjects, which leave out that the models of all folds share training rows.

        By the root of Nadeau and Bengio's correction of a variance over K folds, from 1/K to 1/K + 1/(K - 1); a single
        model that is tested in another cohort has none.

        Examples
        --------
        >>> ScoreInterval(1.0, 0.5, 2.0).of_shared_training(5)
        ScoreInterval(estimate=1.0, lower=0.25, upper=2.5)
        """
        if folds < 2:
            return self
        wider = float(np.sqrt(1 + folds / (folds - 1)))
        lower, upper = (self.estimate + wider * (limit - self.estimate) for limit in (self.lower, self.upper))
        return ScoreInterval(self.estimate, lower, upper)


def bootstrap_intervals(
    held_out: Predictions,
    metrics: Sequence[Metric],
    *,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> list[ScoreInterval]:
    """Resample subjects, with all their rows and the predictions of all repeats, and give percentiles of each score.

    The models are not fitted again: the limits tell how far the score depends on who was tested, given models that
    learned from so many subjects.

    Parameters
    ----------
    held_out : Predictions
        Predictions.
    metrics : sequence of callable
        Such as `auc`; the same resamples serve all.
    level : float
        Confidence level.
    n_resamples, seed : int
        How many resamples, and what makes them repeatable.

    Returns
    -------
    list of ScoreInterval
        By metric; limits are NaN where fewer than 95 % of the resamples have a value (some lack a class), or all have
        the same, as those of an AUC of exactly 1.

    Raises
    ------
    ConfigurationError
        For a level outside (0, 1) or fewer than 100 resamples.

    References
    ----------
    Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall 1993, chapter 13.
    Field CA, Welsh AH. Bootstrapping clustered data. Journal of the Royal Statistical Society B 2007;69:369-390.

    Examples
    --------
    >>> from evaluation.classification import HeldOut, auc
    >>> rng = np.random.default_rng(0)
    >>> truth = np.repeat([0, 1], 40)
    >>> held_out = HeldOut.of(truth, 1 / (1 + np.exp(-(truth - 0.5 + rng.normal(size=80)))))
    >>> found = bootstrap_intervals(held_out, [auc])[0]
    >>> f"{found.estimate:.2f} ({found.lower:.2f} to {found.upper:.2f})"
    '0.83 (0.73 to 0.91)'
    """
    resampled = resample(lambda w: np.stack([metric(held_out, w) for metric in metrics]), held_out, n_resamples, seed)
    estimates = [float(metric(held_out)) for metric in metrics]
    return [percentiles(estimate, draws, level) for estimate, draws in zip(estimates, resampled, strict=True)]


def resample(
    evaluate: Callable[[FloatArray], FloatArray], held_out: Predictions, n_resamples: Resamples, seed: int
) -> FloatArray:
    """Evaluate scores of resampled subjects.

    Parameters
    ----------
    evaluate : callable
        Maps weights of shape (n, n_rows) to scores of shape (n_scores, n).
    held_out : Predictions
        Says whose the rows are.
    n_resamples, seed : int
        As for `bootstrap_intervals`.

    Returns
    -------
    ndarray, shape (n_scores, n_resamples)
    """
    check_arguments(resample, n_resamples=n_resamples)
    people, rows = held_out.n_subjects, held_out.fold.size
    rng, parts, left = np.random.default_rng(seed), [], n_resamples
    while left:
        size = min(left, max(1, CHUNK // rows))
        counts = rng.multinomial(people, np.full(people, 1 / people), size=size)
        parts.append(evaluate(counts[:, held_out.subjects].astype(np.float64)))
        left -= size
    return np.concatenate(parts, axis=1)


def percentiles(estimate: float, draws: FloatArray, level: float) -> ScoreInterval:
    """Give the percentile limits of draws; NaN where too few have a value or all are the same."""
    tail = (1 - check_level(level)) / 2
    finite = draws[np.isfinite(draws)]
    if not np.isfinite(estimate) or len(finite) < VALID * len(draws) or np.ptp(finite) == 0:
        return ScoreInterval(estimate, np.nan, np.nan)
    lower, upper = np.quantile(finite, [tail, 1 - tail])
    return ScoreInterval(estimate, float(lower), float(upper))


def fold_interval(held_out: Predictions, metric: Metric, *, level: float = 0.95) -> ScoreInterval:
    """Give Nadeau and Bengio's limits from the scores of the folds, corrected for training rows that folds share.

    Parameters
    ----------
    held_out : Predictions
        Predictions of a cross-validation, whose folds hold whole subjects.
    metric : callable
        Such as `auc`.
    level : float
        Confidence level.

    Returns
    -------
    ScoreInterval
        Score -+ t sqrt((1/J + n_test/n_train) s2), with the variance s2 of the scores of J folds and Student's t of
        J - 1 degrees of freedom; folds where the score has no value are left out. Limits may lie beyond what the score
        can reach; `score_table` cuts them there. NaN with fewer than two folds, or if all have the same score.

    References
    ----------
    Nadeau C, Bengio Y. Inference for the generalization error. Machine Learning 2003;52:239-281.
    Bouckaert RR, Frank E. Evaluating the replicability of significance tests for comparing learning algorithms.
    PAKDD 2004;3-12 (repeated cross-validation).

    Examples
    --------
    >>> from dataclasses import replace
    >>> from evaluation.classification import HeldOut, brier
    >>> held_out = replace(HeldOut.of([0, 1, 0, 1], [0.1, 0.8, 0.5, 0.6]), fold=np.array([[0, 0, 1, 1]]))
    >>> found = fold_interval(held_out, brier)
    >>> f"{found.estimate:.3f} ({found.lower:.3f} to {found.upper:.3f})"
    '0.115 (-1.866 to 2.096)'
    """
    return corrected_interval(float(metric(held_out)), fold_scores(held_out, metric), n_folds(held_out), level)


def corrected_interval(estimate: float, scores: FloatArray, folds: int, level: float) -> ScoreInterval:
    """Put Nadeau and Bengio's limits around an estimate; see `fold_interval`.

    Parameters
    ----------
    estimate : float
    scores : ndarray
        Of all folds of all repeats.
    folds : int
        Folds a repeat.
    level : float
    """
    quantile = 0.5 + check_level(level) / 2
    scores = scores[np.isfinite(scores)]
    if not np.isfinite(estimate) or len(scores) < 2 or np.ptp(scores) == 0:
        return ScoreInterval(estimate, np.nan, np.nan)
    error = np.sqrt((1 / len(scores) + 1 / max(folds - 1, 1)) * scores.var(ddof=1))
    half = float(stdtrit(len(scores) - 1, quantile) * error)
    return ScoreInterval(estimate, estimate - half, estimate + half)


def fold_scores(held_out: Predictions, metric: Metric) -> FloatArray:
    """Compute a score in every fold of every repeat, by repeat; NaN where it has none."""
    scores = []
    for repeat, models in enumerate(held_out.fold):
        scores += [float(metric(held_out.of_rows(repeat, models == model))) for model in np.unique(models)]
    return np.array(scores)


def n_folds(held_out: Predictions) -> int:
    """Count the models of a repeat."""
    return len(np.unique(held_out.fold[0]))
