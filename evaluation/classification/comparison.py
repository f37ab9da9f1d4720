"""Whether one pipeline predicts better than another, on the same held-out rows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.classification.intervals import (
    ScoreInterval,
    corrected_interval,
    fold_scores,
    n_folds,
    percentiles,
    resample,
)
from evaluation.classification.predictions import Predictions
from evaluation.classification.score import Interval
from evaluation.classification.scores import check_interval, few_events, scores_of
from evaluation.classification.status import ScoreStatus
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown


def compare_scores(
    first: Predictions,
    second: Predictions,
    scores: Sequence[str] | None = None,
    *,
    interval: Interval = "nadeau_bengio",
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Give the differences of scores, with limits over the same folds or the same resampled subjects.

    Parameters
    ----------
    first, second : HeldOut, HeldOutNumbers or HeldOutSurvival
        Predictions of the same rows by two pipelines, such as a model and a baseline.
    scores : sequence of str, optional
        Names out of `scores_of` such predictions; by default all that have a value in a single fold.
    interval : {"nadeau_bengio", "bootstrap"}
        For two cross-validations with the same folds (which the same `seed` gives), or for another cohort.
    level, n_resamples, seed
        As for `score_table`.

    Returns
    -------
    DataFrame
        Columns `score`, `difference` (first minus second), `lower`, `upper`, `status`.

    Raises
    ------
    ConfigurationError
        For an unknown score or interval, or predictions of other rows, subjects, classes or, with the corrected
        limits, folds.

    References
    ----------
    Nadeau C, Bengio Y. Inference for the generalization error. Machine Learning 2003;52:239-281.
    Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall 1993, chapter 13.

    Examples
    --------
    >>> from evaluation.classification import HeldOut
    >>> rng = np.random.default_rng(0)
    >>> truth = np.repeat([0, 1], 40)
    >>> good = HeldOut.of(truth, 1 / (1 + np.exp(-(truth - 0.5 + 0.5 * rng.normal(size=80)))))
    >>> poor = HeldOut.of(truth, rng.uniform(size=80))
    >>> compare_scores(good, poor, ["auc"], interval="bootstrap").round(2)
      score  difference  lower  upper status
    0   auc        0.54   0.39   0.67     ok
    """
    known = scores_of(first)
    scores = [name for name, one in known.items() if not one.pooled] if scores is None else scores
    refuse_unknown(scores, known, "scores")
    if not first.same_rows(second):
        raise ConfigurationError("compare_scores: expected predictions of the same rows, subjects and classes")
    check_interval(interval)
    if interval == "nadeau_bengio" and not np.array_equal(first.fold, second.fold):
        raise ConfigurationError("compare_scores: expected the same folds; give both the same seed, folds and repeats")
    metrics = [known[name].compute for name in scores]
    estimates = [float(metric(first)) - float(metric(second)) for metric in metrics]
    if interval == "bootstrap":
        draws = resample(lambda w: np.stack([m(first, w) - m(second, w) for m in metrics]), first, n_resamples, seed)
        limits = [percentiles(estimate, drawn, level) for estimate, drawn in zip(estimates, draws, strict=True)]
    else:
        parts = [fold_scores(first, metric) - fold_scores(second, metric) for metric in metrics]
        folds = n_folds(first)
        limits = [corrected_interval(one, part, folds, level) for one, part in zip(estimates, parts, strict=True)]
    rows = []
    for name, estimate, found in zip(scores, estimates, limits, strict=True):
        status = ScoreStatus.OK
        if not np.isfinite(estimate):
            status = ScoreStatus.UNDEFINED
        elif few_events(first):
            found, status = ScoreInterval(estimate, np.nan, np.nan), ScoreStatus.FEW_EVENTS
        elif not np.isfinite(found.lower):
            status = ScoreStatus.NO_INTERVAL
        rows.append((name, found.estimate, found.lower, found.upper, str(status)))
    return pd.DataFrame(rows, columns=["score", "difference", "lower", "upper", "status"])
