"""The table of scores: each with its limits, or the reason why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
import pandas as pd

from evaluation.classification.calibration import LEAST_SUBJECTS, calibration_intercept, calibration_slope
from evaluation.classification.held_out import HeldOut
from evaluation.classification.intervals import ScoreInterval, bootstrap_intervals, fold_interval
from evaluation.classification.metrics import Metric, auc, balanced_accuracy, brier, log_loss
from evaluation.classification.status import ScoreStatus
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

Interval = Literal["bootstrap", "nadeau_bengio"]

COLUMNS = ("score", "estimate", "lower", "upper", "interval", "n_subjects", "n_rows", "status")


@dataclass(frozen=True)
class Score:
    """A score and how to read it.

    Parameters
    ----------
    compute : callable
        See `evaluation.classification.metrics`.
    title : str
        For people.
    best : float
        Its value for perfect predictions.
    least, most : float
        Between which it lies, whatever is predicted.
    """

    compute: Metric
    title: str
    best: float
    least: float = -np.inf
    most: float = np.inf

    def within(self, found: ScoreInterval) -> ScoreInterval:
        """Cut limits at what the score can reach; they cover as often, as no true score lies in what is cut off."""
        lower, upper = (float(np.clip(limit, self.least, self.most)) for limit in (found.lower, found.upper))
        return ScoreInterval(found.estimate, lower, upper)


SCORES: Mapping[str, Score] = MappingProxyType(
    {
        "auc": Score(auc, "AUC", 1, 0, 1),
        "balanced_accuracy": Score(balanced_accuracy, "balanced accuracy", 1, 0, 1),
        "brier": Score(brier, "Brier score", 0, 0),
        "log_loss": Score(log_loss, "log loss", 0, 0),
        "calibration_slope": Score(calibration_slope, "calibration slope", 1),
        "calibration_intercept": Score(calibration_intercept, "calibration in the large", 0),
    }
)
"""Every score by its name."""

CALIBRATION = ("calibration_slope", "calibration_intercept")


def score_table(
    held_out: HeldOut,
    scores: Sequence[str] = tuple(SCORES),
    *,
    interval: Interval = "bootstrap",
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compute scores with limits.

    Parameters
    ----------
    held_out : HeldOut
        Predictions, of a cross-validation or of another cohort.
    scores : sequence of str
        Names out of `SCORES`.
    interval : {"bootstrap", "nadeau_bengio"}
        Resampled subjects (see `bootstrap_intervals`): for another cohort, and in any case for calibration, which has
        no value in a single fold. Or the variance over the folds (see `fold_interval`): for cross-validation, where
        resampled subjects leave out that the models depend on them too; limits end where the score does.
    level : float
        Confidence level.
    n_resamples, seed : int
        For the bootstrap.

    Returns
    -------
    DataFrame
        Columns `score`, `estimate`, `lower`, `upper`, `interval`, `n_subjects`, `n_rows`, `status` (see `ScoreStatus`).
        An estimate is missing only under a status that is not ``ok``.

    Raises
    ------
    ConfigurationError
        For an unknown score or interval.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = np.repeat([0, 1], 40)
    >>> held_out = HeldOut.of(truth, 1 / (1 + np.exp(-(truth - 0.5 + rng.normal(size=80)))))
    >>> score_table(held_out, ["auc", "brier"]).round(2)
       score  estimate  lower  upper   interval  n_subjects  n_rows status
    0    auc      0.83   0.73   0.91  bootstrap          80      80     ok
    1  brier      0.17   0.13   0.20  bootstrap          80      80     ok
    """
    refuse_unknown(scores, SCORES, "scores")
    check_interval(interval)
    reasons = {name: _reason(held_out, name) for name in scores}
    kinds: dict[str, Interval] = {name: "bootstrap" if name in CALIBRATION else interval for name in scores}
    resampled = [name for name in scores if reasons[name] is ScoreStatus.OK and kinds[name] == "bootstrap"]
    metrics = [SCORES[name].compute for name in resampled]
    found = bootstrap_intervals(held_out, metrics, level=level, n_resamples=n_resamples, seed=seed) if metrics else []
    by_name = dict(zip(resampled, found, strict=True))
    rows = []
    for name in scores:
        if name in by_name:
            one = by_name[name]
        elif reasons[name] is ScoreStatus.OK:
            one = SCORES[name].within(fold_interval(held_out, SCORES[name].compute, level=level))
        else:
            one = ScoreInterval(np.nan, np.nan, np.nan)
        status = reasons[name]
        if status is ScoreStatus.OK and not np.isfinite(one.estimate):
            status = _missing(name)
        elif status is ScoreStatus.OK and not np.isfinite(one.lower):
            status = ScoreStatus.NO_INTERVAL
        sizes = (held_out.n_subjects, len(held_out.truth))
        rows.append((name, one.estimate, one.lower, one.upper, kinds[name], *sizes, str(status)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def check_interval(interval: str) -> None:
    """Raise a `ConfigurationError` for an unknown kind of interval."""
    if interval not in get_args(Interval):
        raise ConfigurationError(f"interval: expected one of {', '.join(get_args(Interval))}, found '{interval}'")


def _reason(held_out: HeldOut, name: str) -> ScoreStatus:
    """Say what stands in the way of a score before it is computed."""
    n_classes = len(held_out.classes)
    here = [len(np.unique(held_out.subjects[held_out.truth == position])) for position in range(n_classes)]
    if name in ("auc", "balanced_accuracy") and (min(here) == 0 or n_classes < 2):
        return ScoreStatus.ONE_CLASS
    if name not in CALIBRATION:
        return ScoreStatus.OK
    if n_classes != 2:
        return ScoreStatus.NOT_BINARY
    if min(here) < LEAST_SUBJECTS:
        return ScoreStatus.TOO_FEW
    probability = held_out.probability[:, :, 1]
    if not ((probability > 0) & (probability < 1)).all():
        return ScoreStatus.EXTREME
    if name == "calibration_slope" and _constant(held_out):
        return ScoreStatus.CONSTANT
    return ScoreStatus.OK


def _constant(held_out: HeldOut) -> bool:
    """Say whether all models of a repeat predict the same for all rows, as if they knew only the classes' shares."""
    return any(
        all(np.ptp(values[models == model]) == 0 for model in np.unique(models))
        for values, models in zip(held_out.probability[:, :, 1], held_out.fold, strict=True)
    )


def _missing(name: str) -> ScoreStatus:
    """Say why a score that could have been computed has no value."""
    if name == "log_loss":
        return ScoreStatus.EXTREME
    return ScoreStatus.SEPARATED if name in CALIBRATION else ScoreStatus.ONE_CLASS
