"""Statistics of resampled subjects, all draws at once: every subject counts as often as it was drawn."""

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reliability.contrasts import Group
from evaluation.reliability.dispersion import DispersionResult, cv, qcd
from evaluation.reliability.mean_squares import MeanSquares, coefficient
from evaluation.reliability.sample import ROUNDING, Sample
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import about
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError

AGREEMENT = ("icc", "ccc")
"""What `weighted_agreement` computes, of two conditions."""

DISPERSION: Mapping[str, Callable[[FloatArray, Settings], DispersionResult]] = {
    "cv": lambda values, _: cv(values),
    "qcd": lambda values, settings: qcd(values, settings.quartiles),
    "cv_paper": lambda values, _: cv(values, "absolute"),
    "qcd_paper": lambda values, settings: qcd(values, settings.quartiles, "absolute"),
}
"""What `weighted_dispersion` takes, over all conditions."""

WEIGHTED = (*AGREEMENT, *DISPERSION)
"""The statistics that are computed for all draws at once."""

COMPARED = tuple(name for name in WEIGHTED if not about(name).twin_of)
"""Those whose gains are computed, and which may have a threshold there."""


def leave_one_out(n_subjects: int) -> FloatArray:
    """Weights that leave out each subject once: (n_subjects, n_subjects)."""
    return 1.0 - np.eye(n_subjects)


def drawn(n_subjects: int, n_resamples: int, seed: int) -> FloatArray:
    """Weights of bootstrap resamples, the draws of `bootstrap`: (n_resamples, n_subjects)."""
    draws = np.random.default_rng(seed).integers(n_subjects, size=(n_resamples, n_subjects))
    return np.stack([np.bincount(draw, minlength=n_subjects) for draw in draws]).astype(np.float64)


def weighted_estimates(
    group: Group, names: Collection[str], weights: FloatArray, settings: Settings
) -> dict[str, FloatArray]:
    """Compute those `WEIGHTED` statistics of the features of a group that are named, for many draws of subjects.

    Returns
    -------
    dict of str to ndarray
        For each of the names (n_draws, n_contrasts, n_features) or, over all conditions, (n_draws, n_features); NaN
        where there is no estimate. Without any contrast there is neither ICC nor CCC.
    """
    found: dict[str, FloatArray] = {}
    if settings.reference is not None and not set(AGREEMENT).isdisjoint(names):
        conditions, pairs = group.against(settings.reference)
        if conditions:
            found |= weighted_agreement(pairs, weights, settings.icc_form)
    values = group.over_conditions()
    for name in set(DISPERSION).intersection(names):
        found[name] = weighted_dispersion(DISPERSION[name](values, settings), weights)
    return {name: found[name] for name in names if name in found}


def weighted_agreement(pairs: ArrayLike, weights: FloatArray, icc_form: str = "A,1") -> dict[str, FloatArray]:
    """Compute ICC and CCC of two conditions for many draws of subjects.

    Parameters
    ----------
    pairs : array_like, shape (..., n_subjects, 2)
        A subject with a missing value under either condition counts for no draw of that leading index.
    weights : ndarray, shape (n_draws, n_subjects)
        How often each draw has each subject.
    icc_form : str
        Form of the ICC, see `icc`.

    Returns
    -------
    dict of str to ndarray, shape (n_draws, ...)
        ``icc`` and ``ccc``, as these functions give them for the subjects of a draw written one below the other;
        NaN where they give no estimate.

    Raises
    ------
    ConfigurationError
        When there are not two conditions.

    Notes
    -----
    Sums and differences of the two conditions are enough: their weighted sums of squares are the mean squares of
    the two-way table, and both coefficients are functions of that table.

    Examples
    --------
    >>> from evaluation.reliability.icc import icc
    >>> values = np.array([[9.0, 8.0], [6.0, 5.0], [8.0, 7.5], [7.0, 6.0], [10.0, 9.0], [6.0, 7.0]])
    >>> without_the_last = weighted_agreement(values, np.array([[1.0, 1, 1, 1, 1, 0]]))["icc"][0]
    >>> round(float(without_the_last), 4), round(float(icc(values[:-1]).estimate), 4)
    (0.8547, 0.8547)
    """
    sample = Sample.of(pairs)
    if sample.n_conditions != 2:
        raise ConfigurationError(f"weighted agreement: found {sample.n_conditions} conditions, expected 2")
    first, second = sample.values[..., 0], sample.values[..., 1]
    total, difference = first + second, second - first
    # Deviations from the mean of all subjects keep their digits where the shift is large.
    shift = difference.sum(axis=-1, keepdims=True) / np.maximum(sample.n, 1)[..., None]
    deviation = np.where(sample.used, difference - shift, 0.0)
    moments = np.stack([sample.used.astype(np.float64), total, total**2, deviation, deviation**2])
    # (5, ..., n_draws): the number of subjects, then two weighted sums of each.
    n, *sums = moments @ weights.T
    at_least_one = np.maximum(n, 1)
    negligible = 2 * at_least_one * sample.negligible[..., None] ** 2

    def squares(of_first: FloatArray, of_second: FloatArray) -> FloatArray:
        """Give half the sum of squares around the draw's mean; what cancels down to rounding is zero."""
        around = of_second - of_first**2 / at_least_one
        around[around <= np.maximum(ROUNDING * of_second, 2 * negligible)] = 0.0
        return np.asarray(around / 2, dtype=np.float64)

    subjects, error = squares(sums[0], sums[1]), squares(sums[2], sums[3])
    conditions = at_least_one * (shift + sums[2] / at_least_one) ** 2 / 2
    conditions[conditions <= negligible] = 0.0
    degrees = np.maximum(n - 1, 1)
    table = MeanSquares(subjects / degrees, conditions, error / degrees, (conditions + error) / at_least_one)
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = table.within if icc_form.startswith("1") else table.error
        icc, denominator = coefficient(table, residual, np.maximum(n, 2), 2, icc_form)
        ccc = (subjects - error) / (subjects + error + 2 * conditions)
    constant = subjects + error + conditions == 0
    icc[(n < 2) | constant | ~(denominator > 0)] = np.nan
    ccc[(n < 3) | constant] = np.nan
    return {"icc": np.ascontiguousarray(np.moveaxis(icc, -1, 0)), "ccc": np.ascontiguousarray(np.moveaxis(ccc, -1, 0))}


def weighted_dispersion(result: DispersionResult, weights: FloatArray) -> FloatArray:
    """Compute CV or QCD for many draws of subjects.

    Parameters
    ----------
    result : DispersionResult
        Of all subjects, with its ratio per subject. Where it refuses an estimate, no draw has one.
    weights : ndarray, shape (n_draws, n_subjects)
        How often each draw has each subject.

    Returns
    -------
    ndarray, shape (n_draws, ...)
        NaN where no estimate is given or a draw has no subject with a value.

    Examples
    --------
    >>> from evaluation.reliability.dispersion import cv
    >>> result = cv([[10, 12], [20, 21], [30, 33]])
    >>> weighted_dispersion(result, leave_one_out(3)).round(4).tolist()
    [0.0509, 0.098, 0.0815]
    >>> round(float(cv([[20, 21], [30, 33]]).estimate), 4)
    0.0509
    """
    used = ~np.isnan(result.per_subject)
    ratios = np.where(used, np.abs(result.per_subject), 0.0)
    total, n = (np.tensordot(weights, part, axes=(1, -1)) for part in (ratios, used.astype(np.float64)))
    mean = np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0)
    return np.where(np.isnan(result.estimate), np.nan, mean)
