"""The table of scores: each with its limits, or the reason why there is none."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import get_args

import numpy as np
import pandas as pd

from evaluation.classification.calibration import LEAST_SUBJECTS, calibration_intercept, calibration_slope
from evaluation.classification.held_out import HeldOut
from evaluation.classification.intervals import ScoreInterval, bootstrap_intervals, fold_interval, n_folds
from evaluation.classification.metrics import auc, balanced_accuracy, brier, log_loss
from evaluation.classification.numbers import NUMBER_SCORES, HeldOutNumbers
from evaluation.classification.predictions import Predictions
from evaluation.classification.score import Interval, Score
from evaluation.classification.status import ScoreStatus
from evaluation.classification.survival import FEWEST, SURVIVAL_SCORES, HeldOutSurvival
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

COLUMNS = ("score", "estimate", "lower", "upper", "interval", "n_subjects", "n_rows", "status")


def _here(held_out: HeldOut) -> list[int]:
    """Count the subjects of each class."""
    return [len(np.unique(held_out.subjects[held_out.truth == position])) for position in range(len(held_out.classes))]


def _classes_there(held_out: HeldOut) -> ScoreStatus:
    here = _here(held_out)
    return ScoreStatus.ONE_CLASS if min(here) == 0 or len(here) < 2 else ScoreStatus.OK


def _for_a_line(held_out: HeldOut, *, slope: bool) -> ScoreStatus:
    """Say what stands in the way of a line of calibration before it is computed."""
    if len(held_out.classes) != 2:
        return ScoreStatus.NOT_BINARY
    if min(_here(held_out)) < LEAST_SUBJECTS:
        return ScoreStatus.TOO_FEW
    probability = held_out.probability[:, :, 1]
    if not ((probability > 0) & (probability < 1)).all():
        return ScoreStatus.EXTREME
    return ScoreStatus.CONSTANT if slope and _constant(held_out) else ScoreStatus.OK


def _constant(held_out: HeldOut) -> bool:
    """Say whether all models of a repeat predict the same for all rows, as if they knew only the classes' shares."""
    return any(
        all(np.ptp(values[models == model]) == 0 for model in np.unique(models))
        for values, models in zip(held_out.probability[:, :, 1], held_out.fold, strict=True)
    )


SCORES: Mapping[str, Score] = MappingProxyType(
    {
        "auc": Score(auc, "AUC", 1, 0, 1, _classes_there, ScoreStatus.ONE_CLASS),
        "balanced_accuracy": Score(
            balanced_accuracy, "balanced accuracy", 1, 0, 1, _classes_there, ScoreStatus.ONE_CLASS
        ),
        "brier": Score(brier, "Brier score", 0, 0, missing=ScoreStatus.ONE_CLASS),
        "log_loss": Score(log_loss, "log loss", 0, 0, missing=ScoreStatus.EXTREME),
        "calibration_slope": Score(
            calibration_slope,
            "calibration slope",
            1,
            reason=partial(_for_a_line, slope=True),
            missing=ScoreStatus.SEPARATED,
            pooled=True,
        ),
        "calibration_intercept": Score(
            calibration_intercept,
            "calibration in the large",
            0,
            reason=partial(_for_a_line, slope=False),
            missing=ScoreStatus.SEPARATED,
            pooled=True,
        ),
    }
)
"""Every score of predicted classes by its name."""

CALIBRATION = ("calibration_slope", "calibration_intercept")

_SCORES_OF: Mapping[type[Predictions], Mapping[str, Score]] = {
    HeldOut: SCORES,
    HeldOutNumbers: NUMBER_SCORES,
    HeldOutSurvival: SURVIVAL_SCORES,
}


def scores_of(held_out: Predictions) -> Mapping[str, Score]:
    """Give every score that there is of such predictions, by its name.

    Examples
    --------
    >>> list(scores_of(HeldOutNumbers.of([1.0, 2.0], [1.0, 1.5])))
    ['r2', 'rmse', 'mae', 'calibration_slope', 'calibration_intercept']
    """
    return _SCORES_OF[type(held_out)]


def score_table(
    held_out: Predictions,
    scores: Sequence[str] | None = None,
    *,
    interval: Interval = "bootstrap",
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compute scores with limits.

    Parameters
    ----------
    held_out : HeldOut, HeldOutNumbers or HeldOutSurvival
        Predictions, of a cross-validation or of another cohort.
    scores : sequence of str, optional
        Names out of `SCORES`, or `scores_of` such predictions; all by default.
    interval : {"bootstrap", "nadeau_bengio"}
        Resampled subjects (see `bootstrap_intervals`): for another cohort, and in any case for calibration, which has
        no value in a single fold; of a cross-validation wider, see `ScoreInterval.of_shared_training`. Or the variance
        over the folds (see `fold_interval`): for cross-validation, where resampled subjects leave out that the models
        depend on them too; limits end where the score does.
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
    known = scores_of(held_out)
    scores = tuple(known) if scores is None else scores
    refuse_unknown(scores, known, "scores")
    check_interval(interval)
    reasons = {name: known[name].reason(held_out) for name in scores}
    kinds: dict[str, Interval] = {name: "bootstrap" if known[name].pooled else interval for name in scores}
    resampled = [name for name in scores if reasons[name] is ScoreStatus.OK and kinds[name] == "bootstrap"]
    metrics = [known[name].compute for name in resampled]
    found = bootstrap_intervals(held_out, metrics, level=level, n_resamples=n_resamples, seed=seed) if metrics else []
    by_name = dict(zip(resampled, found, strict=True))
    rows = []
    for name in scores:
        if name in by_name:
            one = by_name[name]
            if known[name].pooled:
                one = one.of_shared_training(n_folds(held_out))
        elif reasons[name] is ScoreStatus.OK:
            one = known[name].within(fold_interval(held_out, known[name].compute, level=level))
        else:
            one = ScoreInterval(np.nan, np.nan, np.nan)
        status = reasons[name]
        if status is ScoreStatus.OK and not np.isfinite(one.estimate):
            status = known[name].missing
        elif status is ScoreStatus.OK and few_events(held_out):
            one, status = ScoreInterval(one.estimate, np.nan, np.nan), ScoreStatus.FEW_EVENTS
        elif status is ScoreStatus.OK and not np.isfinite(one.lower):
            status = ScoreStatus.NO_INTERVAL
        sizes = (held_out.n_subjects, held_out.n_rows)
        rows.append((name, one.estimate, one.lower, one.upper, kinds[name], *sizes, str(status)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def few_events(held_out: Predictions) -> bool:
    """Say whether fewer subjects have the event than limits can be trusted of."""
    return isinstance(held_out, HeldOutSurvival) and held_out.n_with_event < FEWEST


def check_interval(interval: str) -> None:
    """Raise a `ConfigurationError` for an unknown kind of interval."""
    if interval not in get_args(Interval):
        raise ConfigurationError(f"interval: expected one of {', '.join(get_args(Interval))}, found '{interval}'")
