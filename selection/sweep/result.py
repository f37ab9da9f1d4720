"""The trade-off as a table: one row a threshold, and one for the threshold that is tuned in the inner loop."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.classification.comparison import compare_scores
from evaluation.classification.held_out import HeldOut
from evaluation.classification.perturbed_predictions import predicted_values
from evaluation.classification.predictions import Predictions
from evaluation.classification.scores import score_table, scores_of
from evaluation.classification.status import ScoreStatus
from evaluation.reliability.status import Status
from harmonize.arrays import BoolArray, IntArray
from selection.stability import Stability, selection_stability
from selection.sweep.pareto import pareto_front
from selection.sweep.prediction_reliability import prediction_reliability
from selection.sweep.repeats import Repeats
from selection.sweep.sweep import Sweep

FEWEST_SELECTIONS = 10
"""Fewer selections give no limits of their stability."""

MANY_THRESHOLDS, NEARLY_ALL = 4, 0.8
"""Of so many thresholds this share on the Pareto front is worth a remark."""

TUNED = "tuned"
"""The name of the row whose threshold is tuned in the inner loop."""

NO_FEATURES = "no_features"
"""In some fold no feature was left to learn from: no score."""
NOT_REPEATED = "not_repeated"
"""The table has no repeats, so that predictions cannot be compared."""

COLUMNS = (
    *("name", "threshold", "auc", "auc_lower", "auc_upper", "auc_status"),
    *("auc_difference", "auc_difference_lower", "auc_difference_upper"),
    *("prediction_icc", "prediction_icc_lower", "prediction_icc_upper", "prediction_icc_status", "prediction_icc_n"),
    *("stability", "stability_lower", "stability_upper", "stability_status"),
    *("n_features", "n_features_least", "n_features_most", "n_pruned", "n_robust"),
    *("n_models", "n_without_features", "chosen", "pareto"),
)
"""Columns of the table; of a number ``r2`` stands for ``auc``, of survival ``c_index``."""

CRITERIA = ("auc", "prediction_icc", "stability", "n_features")
"""What the Pareto front is of: the first three are better the more, the last the less."""


@dataclass(frozen=True)
class Swept:
    """What all folds gave; the last place of the first axis is the tuned threshold.

    Parameters
    ----------
    held_out : tuple of Predictions, length n_thresholds + 1
    used : ndarray of bool, shape (n_thresholds + 1, n_folds, n_features)
    n_robust, n_pruned : ndarray of int, shape (n_thresholds + 1, n_folds)
    chosen : ndarray of int, shape (n_folds,)
    """

    held_out: tuple[Predictions, ...]
    used: BoolArray
    n_robust: IntArray
    n_pruned: IntArray
    chosen: IntArray


def tradeoff_table(swept: Swept, sweep: Sweep, repeats: Repeats | None) -> pd.DataFrame:
    """Score every threshold.

    Limits of AUC are those of Nadeau and Bengio over the folds, which all thresholds share, so that differences are
    paired; limits of the reliability of predictions come from resampled subjects. The front is that of the thresholds;
    the tuned row stands for the whole procedure, and is not on it.

    Parameters
    ----------
    swept : Swept
    sweep : Sweep
    repeats : Repeats or None
        For the reliability of predictions.

    Returns
    -------
    DataFrame
        With `COLUMNS`.
    """
    names = [*(f"{value:g}" for value in sweep.thresholds), TUNED]
    without = np.asarray(~swept.used.any(axis=2))
    lacking = np.asarray(without.any(axis=1))
    table = pd.DataFrame({"name": names, "threshold": [*sweep.thresholds, np.nan]})
    table = pd.concat([table, _first(swept, sweep, lacking)], axis=1)
    table = pd.concat([table, _predictions(swept, sweep, repeats, lacking)], axis=1)
    table = pd.concat([table, _stability(swept, sweep, lacking)], axis=1)
    size = swept.used.sum(axis=2)
    table["n_features"], table["n_features_least"], table["n_features_most"] = (
        size.mean(axis=1),
        size.min(axis=1),
        size.max(axis=1),
    )
    table["n_pruned"], table["n_robust"] = swept.n_pruned.mean(axis=1), swept.n_robust.mean(axis=1)
    table["n_models"], table["n_without_features"] = swept.used.shape[1], without.sum(axis=1)
    table["chosen"] = [*((swept.chosen == place).mean() for place in range(len(sweep.thresholds))), np.nan]
    criteria = table[list(CRITERIA)].to_numpy(dtype=np.float64) * [1, 1, 1, -1]
    criteria[lacking] = np.nan
    table["pareto"] = [*pareto_front(criteria[:-1]), False]
    score = next(iter(scores_of(swept.held_out[0])))
    return table[list(COLUMNS)].rename(columns=lambda name: score + name[3:] if name.startswith("auc") else name)


def stability_limits(found: Stability) -> tuple[float, float, str]:
    """Give the limits of a stability, and its status: NaN and ``no_interval`` where they would pretend to be certain.

    The variance of Nogueira's index is that of many selections. Of few it may come out as nothing at all.

    Examples
    --------
    >>> from selection import selection_stability
    >>> stability_limits(selection_stability([[1, 1, 0], [1, 0, 1], [0, 1, 1]]))
    (nan, nan, 'no_interval')
    """
    if found.status == Status.OK and (found.n_selections < FEWEST_SELECTIONS or found.upper - found.lower < 1e-9):
        return np.nan, np.nan, str(ScoreStatus.NO_INTERVAL)
    return found.lower, found.upper, found.status


def remarks(table: pd.DataFrame) -> list[str]:
    """Say where the front does not help to choose: features that are always as many, and a front of nearly all.

    Examples
    --------
    >>> table = pd.DataFrame({"threshold": [0.5, 0.6, 0.7, 0.8, np.nan], "pareto": [True, True, True, True, False]})
    >>> remarks(table.assign(n_features_least=3, n_features_most=10))
    ['4 of 4 thresholds are on the Pareto front, which hardly narrows the choice; look at limits and the tuned row']
    >>> len(remarks(table.assign(n_features_least=10, n_features_most=10)))
    2
    """
    found = []
    swept = table[table["threshold"].notna()]
    least, most = swept["n_features_least"].min(), swept["n_features_most"].max()
    if len(swept) > 1 and least == most:
        found.append(
            f"every model has {int(most)} features, whatever the threshold: their number tells no thresholds apart; a "
            "selector that chooses how many, such as fdr or none, would show what a threshold costs"
        )
    front = int(swept["pareto"].sum())
    if len(swept) >= MANY_THRESHOLDS and front >= NEARLY_ALL * len(swept):
        found.append(
            f"{front} of {len(swept)} thresholds are on the Pareto front, which hardly narrows the choice; look at "
            "limits and the tuned row"
        )
    return found


def _first(swept: Swept, sweep: Sweep, lacking: BoolArray) -> pd.DataFrame:
    """Give the first score, such as the AUC, of each row and its difference from the first row that has one."""
    rows, score = swept.held_out, next(iter(scores_of(swept.held_out[0])))
    able = np.flatnonzero(~lacking)
    found = []
    for place, held_out in enumerate(rows):
        if lacking[place]:
            found.append((np.nan, np.nan, np.nan, NO_FEATURES, np.nan, np.nan, np.nan))
            continue
        own = score_table(held_out, [score], interval="nadeau_bengio", level=sweep.level).iloc[0]
        apart = (0.0, 0.0, 0.0)
        if place != able[0]:
            compared = compare_scores(held_out, rows[able[0]], [score], level=sweep.level).iloc[0]
            apart = (compared["difference"], compared["lower"], compared["upper"])
        found.append((own["estimate"], own["lower"], own["upper"], own["status"], *apart))
    return pd.DataFrame(found, columns=list(COLUMNS[2:9]))


def _predictions(swept: Swept, sweep: Sweep, repeats: Repeats | None, lacking: BoolArray) -> pd.DataFrame:
    columns = list(COLUMNS[9:14])
    if repeats is None:
        return pd.DataFrame([(np.nan, np.nan, np.nan, NOT_REPEATED, 0)] * len(lacking), columns=columns)
    # Of classes the probabilities of all, of others the one number that is predicted.
    values = np.stack(
        [one.probability if isinstance(one, HeldOut) else predicted_values(one)[..., None] for one in swept.held_out]
    )
    found = prediction_reliability(values, repeats, level=sweep.level, n_resamples=sweep.n_resamples, seed=sweep.seed)
    cells = (np.where(lacking, np.nan, of) for of in (found.estimate, found.lower, found.upper))
    status = np.where(lacking, NO_FEATURES, found.status)
    return pd.DataFrame(dict(zip(columns, (*cells, status, found.n), strict=True)))


def _stability(swept: Swept, sweep: Sweep, lacking: BoolArray) -> pd.DataFrame:
    found = []
    for used, none in zip(swept.used, lacking, strict=True):
        if none:
            found.append((np.nan, np.nan, np.nan, NO_FEATURES))
            continue
        result = selection_stability(used, sweep.level)
        found.append((result.nogueira, *stability_limits(result)))
    return pd.DataFrame(found, columns=list(COLUMNS[14:18]))
