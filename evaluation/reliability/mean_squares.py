"""The two-way table of subjects by conditions, and the intraclass correlations that it gives."""

from dataclasses import dataclass

import numpy as np

from evaluation.reliability.sample import Sample
from harmonize.arrays import FloatArray


@dataclass(frozen=True)
class MeanSquares:
    """The two-way table of subjects by conditions without replicates; arrays of the leading shape.

    Parameters
    ----------
    subjects, conditions, error : ndarray
        Mean squares between subjects, between conditions and of the residual, in squared units of
        ``Sample.scale``.
    within : ndarray
        Mean square within subjects, which pools conditions and residual.
    """

    subjects: FloatArray
    conditions: FloatArray
    error: FloatArray
    within: FloatArray

    @classmethod
    def of(cls, sample: Sample) -> "MeanSquares":
        """Compute the table; sums of squares that are no more than rounding are exactly zero."""
        x, k = sample.values, sample.n_conditions
        n = np.maximum(sample.n, 1)
        of_subject = x.mean(axis=-1)
        of_condition = x.sum(axis=-2) / n[..., None]
        overall = of_condition.mean(axis=-1)
        residual = x - of_subject[..., None] - (of_condition - overall[..., None])[..., None, :]
        residual = np.where(sample.used[..., None], residual, 0.0)
        deviation = np.where(sample.used, of_subject - overall[..., None], 0.0)
        between = sample.drop_rounding(k * np.einsum("...i,...i->...", deviation, deviation), n * k)
        shift = of_condition - overall[..., None]
        conditions = sample.drop_rounding(n * np.einsum("...j,...j->...", shift, shift), n * k)
        error = sample.drop_rounding(np.einsum("...ij,...ij->...", residual, residual), n * k)
        degrees = np.maximum(n - 1, 1)
        return cls(
            subjects=between / degrees,
            conditions=conditions / (k - 1),
            error=error / (degrees * (k - 1)),
            within=(conditions + error) / (n * (k - 1)),
        )


def coefficient(
    table: MeanSquares, error: FloatArray, n: FloatArray, k: int, form: str
) -> tuple[FloatArray, FloatArray]:
    """Give the coefficient of a form and its denominator; `error` is `within` for the one-way forms."""
    averages = k if form.endswith("k") else 1
    denominator = table.subjects + (k / averages - 1) * error
    if form.startswith("A"):
        denominator = denominator + (k / averages) * (table.conditions - error) / n
    return (table.subjects - error) / denominator, denominator


def of_mean(single: FloatArray, k: int) -> FloatArray:
    """Step from the reliability of one condition to that of the mean of `k` (Spearman-Brown)."""
    variance = 1 + (k - 1) * single
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 0, k * single / variance, -np.inf)
