"""What a change of condition does to a model: AUC, calibration, and the predictions that flip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evaluation.classification.held_out import HeldOut
from evaluation.classification.intervals import (
    ScoreInterval,
    corrected_interval,
    fold_scores,
    n_folds,
    percentiles,
    resample,
)
from evaluation.classification.metrics import mean_over_rows
from evaluation.classification.perturbed_predictions import predicted_values
from evaluation.classification.predictions import Predictions
from evaluation.classification.score import Interval
from evaluation.classification.scores import CALIBRATION, few_events, score_table, scores_of
from evaluation.classification.status import ScoreStatus
from evaluation.classification.transfer import Transferred, TransferResult
from harmonize.arrays import FloatArray

COLUMNS = ("variant", "score", "tested", "estimate", "lower", "upper", "interval", "n_subjects", "n_rows", "status")
SINGLE = ("auc", "brier", "calibration_slope", "calibration_intercept")
"""Scores of one condition that `score_table` computes of classes; of other outcomes all."""
TESTED = ("within", "across", "native")


def mean_error(held_out: HeldOut, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the mean predicted probability of the second class minus its share: above 0 the risk is overestimated.

    Parameters
    ----------
    held_out : HeldOut
        Predictions for two classes; of the repeats the mean.
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)

    References
    ----------
    Steyerberg EW, Vickers AJ, Cook NR, et al. Assessing the performance of prediction models: a framework for
    traditional and novel measures. Epidemiology 2010;21:128-138 (calibration in the large as a difference of means).

    Examples
    --------
    >>> mean_error(HeldOut.of([0, 0, 1, 1], [0.5, 0.5, 0.9, 0.9])).round(3).item()
    0.2
    """
    error = held_out.probability[:, :, 1].mean(axis=0) - (held_out.truth == 1)
    return mean_over_rows(error, weights)


def flips(transferred: Transferred, weights: ArrayLike | None = None, *, threshold: str = "half") -> FloatArray:
    """Compute the share of predictions that are another class in the other condition, for the same subject and model.

    Parameters
    ----------
    transferred : Transferred
        Predictions in both conditions.
    weights : array_like, shape (..., n_rows), optional
    threshold : {"half", "prevalence"}
        The most probable class (of two: 0.5 or more is the second one), or, of two classes, the share of the second
        one among the training rows of the model.

    Returns
    -------
    ndarray of float64, shape (...)
        Mean over repeats and rows.

    Examples
    --------
    >>> within, across = HeldOut.of([0, 0, 1, 1], [0.2, 0.4, 0.6, 0.9]), HeldOut.of([0, 0, 1, 1], [0.3, 0.6, 0.4, 0.8])
    >>> flips(Transferred(within, across, across)).item()
    0.5
    """
    parts = []
    for held_out in (transferred.within, transferred.across):
        assert isinstance(held_out, HeldOut)  # noqa: S101  of other outcomes it is `moved`
        if threshold == "prevalence":
            parts.append(held_out.probability[:, :, 1] >= training_prevalence(held_out))
        elif len(held_out.classes) == 2:
            parts.append(held_out.probability[:, :, 1] >= 0.5)
        else:
            parts.append(held_out.probability.argmax(axis=-1))
    return mean_over_rows((parts[0] != parts[1]).mean(axis=0), weights)


def moved(transferred: Transferred, weights: ArrayLike | None = None) -> FloatArray:
    """Compute how far predictions of a number, or of the logarithm of a hazard, move for the same subject and model.

    Parameters
    ----------
    transferred : Transferred
        Predictions in both conditions.
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)
        Mean absolute difference over repeats and rows.

    Examples
    --------
    >>> from evaluation.classification import HeldOutNumbers
    >>> within, across = (HeldOutNumbers.of([1.0, 2.0], given) for given in ([1.0, 2.0], [1.5, 1.0]))
    >>> moved(Transferred(within, across, across)).item()
    0.75
    """
    values = [predicted_values(held_out) for held_out in (transferred.within, transferred.across)]
    return mean_over_rows(np.abs(values[0] - values[1]).mean(axis=0), weights)


def change_of(held_out: Predictions) -> str:
    """Name what tells how predictions differ between the conditions: ``flips_at_half`` of classes, else ``moved``."""
    return "flips_at_half" if isinstance(held_out, HeldOut) else "moved"


def training_prevalence(held_out: HeldOut) -> FloatArray:
    """Give, for each repeat and row, the share of the second class among the rows that its model learned from.

    Those are the rows of the other folds.

    Examples
    --------
    >>> from dataclasses import replace
    >>> held_out = replace(HeldOut.of([0, 1, 1, 1], [0.5] * 4), fold=np.array([[0, 0, 1, 1]]))
    >>> training_prevalence(held_out).tolist()
    [[1.0, 1.0, 0.5, 0.5]]
    """
    positive = (held_out.truth == 1).astype(np.float64)
    result = np.zeros(held_out.fold.shape)
    for repeat, fold in enumerate(held_out.fold):
        for model in np.unique(fold):
            result[repeat, fold == model] = positive[fold != model].mean()
    return result


def transfer_table(
    result: TransferResult, *, level: float = 0.95, n_resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Score each variant within the training condition, across, and natively, and what changes.

    Parameters
    ----------
    result : TransferResult
        From `transfer`.
    level : float
        Confidence level. Limits are those of a cross-validation, over the same folds for both sides of a difference
        (see `fold_interval`); calibration, which has no value in a single fold, and shares that flip have percentiles
        over resampled subjects, the same ones for all.
    n_resamples, seed : int
        For these.

    Returns
    -------
    DataFrame
        Columns `variant`, `score`, `tested`, `estimate`, `lower`, `upper`, `interval` (as of `score_table`),
        `n_subjects`, `n_rows`, `status` (see `ScoreStatus`). `tested` is ``within``, ``across``, ``native``,
        ``across - within``, ``across - native`` (AUC), or ``both`` for the shares that flip. `score` is ``auc``,
        ``brier``, ``calibration_slope``, ``calibration_intercept``, ``mean_error`` (mean predicted minus observed),
        ``flips_at_half`` and ``flips_at_prevalence``; of a number or of survival all of `scores_of`, and ``moved``. An
        estimate is missing only under a status that is not ``ok``.
    """
    rows: list[tuple[object, ...]] = []
    for name, one in result.variants.items():
        parts: dict[str, Predictions] = {tested: getattr(one, tested) for tested in TESTED}
        known_scores = scores_of(one.within)
        single = SINGLE if isinstance(one.within, HeldOut) else tuple(known_scores)
        tables = {
            tested: score_table(
                held_out, single, interval="nadeau_bengio", level=level, n_resamples=n_resamples, seed=seed
            )
            for tested, held_out in parts.items()
        }
        for tested, table in tables.items():
            known = table.assign(variant=name, tested=tested)[list(COLUMNS)]
            rows += list(known.itertuples(index=False, name=None))
        missing = {tested: set(table["score"][table["estimate"].isna()]) for tested, table in tables.items()}
        reasons = {tested: dict(zip(table["score"], table["status"], strict=True)) for tested, table in tables.items()}
        jobs = []
        for first, second, scores in (("across", "within", single), ("across", "native", single[:1])):
            for score in scores:
                lacking = [reasons[tested][score] for tested in (first, second) if score in missing[tested]]
                status, both = lacking[0] if lacking else ScoreStatus.OK, (parts[first], parts[second])
                jobs.append(_Job(score, f"{first} - {second}", known_scores[score].compute, both, status))
        jobs += _changes(one)
        rows += _scored(name, one, jobs, level, n_resamples, seed)
    order = {
        "score": [*single, "mean_error", "flips_at_half", "flips_at_prevalence", "moved"],
        "tested": [*TESTED, "across - within", "across - native", "both"],
    }
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    ranks = pd.DataFrame({key: table[key].map({v: i for i, v in enumerate(values)}) for key, values in order.items()})
    ranks["variant"] = table["variant"].map({name: i for i, name in enumerate(result.variants)})
    return table.loc[ranks.sort_values(["variant", "score", "tested"]).index].reset_index(drop=True)


def gain_table(result: TransferResult, *, level: float = 0.95, n_resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Compare every variant with the first one, in the other condition, on the same subjects and folds.

    Parameters
    ----------
    result : TransferResult
        From `transfer`.
    level, n_resamples, seed
        As for `transfer_table`.

    Returns
    -------
    DataFrame
        Columns as of `transfer_table`; `tested` is ``across - <first variant>``, `score` one of ``auc``,
        ``r2`` or ``c_index`` (above 0 the variant is better) and ``flips_at_half`` or ``moved`` (below 0 it is
        steadier).
    """
    names = list(result.variants)
    first = result.variants[names[0]]
    rows = []
    for name in names[1:]:
        one, tested = result.variants[name], f"across - {names[0]}"
        score, known = next(iter(scores_of(one.across).items()))
        change = change_of(one.across)
        jobs = [
            _Job(score, tested, known.compute, (one.across, first.across), ScoreStatus.OK),
            _Job(change, tested, flips if change == "flips_at_half" else moved, (one, first), ScoreStatus.OK),
        ]
        rows += _scored(name, one, jobs, level, n_resamples, seed)
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True)
class _Job:
    """A score, or the difference of two, to compute, unless its status already says why not."""

    score: str
    tested: str
    compute: Callable[..., FloatArray]
    parts: tuple[Predictions, ...] | tuple[Transferred, ...]
    status: str

    def measure(self, weights: FloatArray | None = None) -> FloatArray:
        return self._first_minus_second([self.compute(part, weights) for part in self.parts])

    @property
    def interval(self) -> Interval:
        """Calibration has no value in a single fold, and a share of few rows no variance that could be trusted."""
        drawn = self.score in (*CALIBRATION, "moved") or self.score.startswith("flips")
        return "bootstrap" if drawn else "nadeau_bengio"

    def over_folds(self, level: float) -> ScoreInterval:
        parts = [part for part in self.parts if isinstance(part, Predictions)]
        scores = self._first_minus_second([fold_scores(part, self.compute) for part in parts])
        return corrected_interval(float(self.measure()), scores, n_folds(parts[0]), level)

    @staticmethod
    def _first_minus_second(values: Sequence[FloatArray]) -> FloatArray:
        return values[0] - values[1] if len(values) == 2 else values[0]


def _changes(one: Transferred) -> list[_Job]:
    """Give how predictions differ between the conditions."""
    within = one.within
    if not isinstance(within, HeldOut):
        return [_Job("moved", "both", moved, (one,), ScoreStatus.OK)]
    binary = ScoreStatus.OK if len(within.classes) == 2 else ScoreStatus.NOT_BINARY
    return [
        *(_Job("mean_error", tested, mean_error, (getattr(one, tested),), binary) for tested in TESTED),
        _Job("mean_error", "across - within", mean_error, (one.across, within), binary),
        _Job("flips_at_half", "both", flips, (one,), ScoreStatus.OK),
        _Job("flips_at_prevalence", "both", partial(flips, threshold="prevalence"), (one,), binary),
    ]


def _scored(
    name: str, one: Transferred, jobs: Sequence[_Job], level: float, n_resamples: int, seed: int
) -> list[tuple[object, ...]]:
    """Compute scores with limits, those by resampling all on the same resamples."""
    drawn = [job for job in jobs if job.status == ScoreStatus.OK and job.interval == "bootstrap"]
    draws = iter(resample(lambda w: np.stack([job.measure(w) for job in drawn]), one.within, n_resamples, seed))
    rows: list[tuple[object, ...]] = []
    for job in jobs:
        found, status = ScoreInterval(np.nan, np.nan, np.nan), job.status
        if status == ScoreStatus.OK:
            by_resampling = job.interval == "bootstrap"
            found = percentiles(float(job.measure()), next(draws), level) if by_resampling else job.over_folds(level)
            if job.score in CALIBRATION and len(job.parts) == 1:
                found = found.of_shared_training(n_folds(one.within))
            status = ScoreStatus.OK if np.isfinite(found.lower) else ScoreStatus.NO_INTERVAL
            if status == ScoreStatus.OK and few_events(one.within):
                found, status = ScoreInterval(found.estimate, np.nan, np.nan), ScoreStatus.FEW_EVENTS
        sizes = (job.interval, one.within.n_subjects, one.within.n_rows)
        rows.append((name, job.score, job.tested, found.estimate, found.lower, found.upper, *sizes, str(status)))
    return rows
