"""ICC and overall CCC of subjects of whom some lack a condition: every value counts that there is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reliability.icc import ICC_FORMS
from evaluation.reliability.jackknife_limits import CCC_FORM, Left, least_spread, limits_of_z
from evaluation.reliability.mean_squares import of_mean
from evaluation.reliability.sample import as_measurements, check_level, to_unit
from evaluation.reliability.squares import ROUNDING
from evaluation.reliability.statistic import Estimates
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import BoolArray, FloatArray
from harmonize.inputs.configuration import refuse_unknown

APART = 1e-10
"""Least determinant of conditions within subjects of which no part is by itself."""


class UnevenComponents(NamedTuple):
    """Variances of subjects, conditions (zero where they are none of the model) and error; NaN where not told.

    `flat` tells where subjects do not differ but by the conditions that they have.
    """

    subjects: FloatArray
    conditions: FloatArray
    error: FloatArray
    flat: BoolArray

    @property
    def icc(self) -> FloatArray:
        """The share of the subjects; NaN where the sum is not positive."""
        total = self.subjects + self.conditions + self.error
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(total > 0, self.subjects / total, np.nan)


def icc_incomplete(values: ArrayLike, form: str = "A,1", level: float | None = 0.95) -> Estimates:
    """Compute the intraclass correlation of subjects of whom some lack a condition.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        NaN or infinite where there is none.
    form : {"A,1", "C,1", "1", "A,k", "C,k", "1,k"}
        As for `icc`; ``k`` is the number of conditions, whoever has them.
    level : float or None
        Confidence level of the limits; None leaves them out.

    Returns
    -------
    Estimates
        Arrays of the leading shape; ``n`` counts subjects with any value. ``too_few`` where subjects, or values beyond
        the first of each, are fewer than the model needs, or a condition has no value;
        ``confounded`` where conditions share no subjects, so that they cannot be told from the subjects;
        ``constant``, ``undefined``, ``negative`` and ``no_subject_variance`` as
        for `icc`.

    Raises
    ------
    ConfigurationError
        For an unknown form, a level outside (0, 1) or fewer than two conditions.

    See Also
    --------
    icc : Of subjects who have all conditions, to which this is equal where nobody lacks one.

    Notes
    -----
    Variances are those of the analysis of variance of unequal numbers: Henderson's method I with subjects and
    conditions random (``A``), his method III with conditions fixed (``C``), and the one-way table (``1``, Donner and
    Searle). The first two are models 2 and 3 without interaction of Gwet, to whose R package they are equal. Values
    must be missing for reasons that have nothing to do with how they would have been.

    Limits are those of the jackknife over subjects, see `jackknife_limits`, with a standard error no less than that of
    normal features of as many complete subjects as there are values for.

    References
    ----------
    Henderson CR. Estimation of variance and covariance components. Biometrics 1953;9:226-252. Gwet KL. Handbook of
    inter-rater reliability. 4th ed. Gaithersburg: Advanced Analytics; 2014, chapters 8 to 10. Donner A. A review of
    inference procedures for the intraclass correlation coefficient in the one-way random effects model. International
    Statistical Review 1986;54:67-82.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, np.nan, 6, 8], [7, 1, 2, np.nan], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> found = icc_incomplete(ratings, "A,1")
    >>> f"{found.estimate:.3f} ({found.lower:.3f} to {found.upper:.3f}), n = {found.n}"
    '0.359 (-0.012 to 0.717), n = 6'
    """
    refuse_unknown([form], ICC_FORMS, "icc_incomplete", "unknown form")
    x, present = _standardized(as_measurements(values))
    k, n = x.shape[-1], present.any(axis=-1).sum(axis=-1)
    each = cell_moments(present.astype(np.float64), x, x**2)
    total = each.sum(axis=-2)
    single = "1" if form.startswith("1") else f"{form[0]},1"
    components = of_moments(total, k, single)
    estimate = components.icc
    constant = total[..., 4] <= ROUNDING
    cells = total[..., 1]
    few = (n < 2) | (cells <= n + (0 if single == "1" else k - 1)) | ~present.any(axis=-2).all(axis=-1)
    status = first_reason(
        {
            Status.TOO_FEW: few,
            Status.CONSTANT: constant,
            Status.CONFOUNDED: np.isnan(components.error),
            Status.NO_SUBJECT_VARIANCE: components.flat,
            Status.UNDEFINED: np.isnan(estimate),
            Status.NEGATIVE: estimate < 0,
        }
    )
    estimate = np.where(few | constant, np.nan, estimate)
    lower = upper = np.full(n.shape, np.nan)
    if level is not None:
        without = of_moments(total[..., None, :] - each, k, single)
        least = _least(total, k, single)
        lower, upper = _limits(estimate, without.icc, present.any(axis=-1), k, check_level(level), least)
        # Where neither subjects nor residual vary, nothing stands behind limits.
        exact = components.flat & (components.error == 0)
        lower, upper = np.where(exact, np.nan, lower), np.where(exact, np.nan, upper)
    if form.endswith("k"):
        estimate, lower, upper = (of_mean(one, k) for one in (estimate, lower, upper))
    return Estimates(estimate, lower, upper, n, status)


def overall_ccc_incomplete(values: ArrayLike, level: float | None = 0.95) -> Estimates:
    """Compute the overall concordance correlation of subjects of whom some lack a condition.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        NaN or infinite where there is none. Each pair of conditions is compared in the subjects who have both.
    level : float or None
        Confidence level of the limits; None leaves them out.

    Returns
    -------
    Estimates
        Arrays of the leading shape; ``n`` counts subjects with two values or more. ``too_few`` where a pair of
        conditions has fewer than 3 subjects; ``constant`` and ``no_subject_variance`` as for `overall_ccc`.

    Raises
    ------
    ConfigurationError
        For a level outside (0, 1) or fewer than two conditions.

    See Also
    --------
    overall_ccc : Of subjects who have all conditions, to which this is equal where nobody lacks one.

    Notes
    -----
    Covariances, variances and differences of means of the pairs have the number of their subjects as divisor, and are
    added up over the pairs: 2 times the covariances over what disagrees. Limits as for `icc_incomplete`.

    References
    ----------
    Barnhart HX, Haber M, Song J. Overall concordance correlation coefficient for evaluating agreement among multiple
    observers. Biometrics 2002;58:1020-1027.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, np.nan, 6, 8], [7, 1, 2, np.nan], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> f"{overall_ccc_incomplete(ratings).estimate:.3f}"
    '0.266'
    """
    x, present = _standardized(as_measurements(values))
    k = x.shape[-1]
    first, second = np.triu_indices(k, 1)
    both = present[..., first] & present[..., second]
    one, other = np.where(both, x[..., first], 0.0), np.where(both, x[..., second], 0.0)
    each = np.stack([both.astype(np.float64), one, other, one**2, other**2, one * other], axis=-1)
    total = each.sum(axis=-3)
    joint, spread, shift = _of_pairs(total)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = 2 * joint / (spread + shift)
    few = (total[..., 0] < 3).any(axis=-1)
    constant = spread + shift <= ROUNDING
    used = both.any(axis=-1)
    n = used.sum(axis=-1)
    status = first_reason({Status.TOO_FEW: few, Status.CONSTANT: constant, Status.NO_SUBJECT_VARIANCE: spread == 0})
    estimate = np.where(few | constant, np.nan, estimate)
    if level is None:
        return Estimates(estimate, np.full(n.shape, np.nan), np.full(n.shape, np.nan), n, status)
    joint, spread, shift = _of_pairs(total[..., None, :, :] - each)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = 2 * joint / (spread + shift)
    least = _least(cell_moments(present.astype(np.float64), x, x**2).sum(axis=-2), k, CCC_FORM)
    lower, upper = _limits(estimate, without, used, k, check_level(level), least)
    return Estimates(estimate, lower, upper, n, status)


def cell_moments(counts: FloatArray, sums: FloatArray, squares: FloatArray) -> FloatArray:
    """Give what each subject adds to the sums that the components come from.

    Parameters
    ----------
    counts, sums, squares : ndarray, shape (..., n_subjects, n_conditions)
        Of the values in each cell: how many, their sum, and the sum of their squares.

    Returns
    -------
    ndarray, shape (..., n_subjects, 6 + k * (k + 4))
    """
    size, sum_ = counts.sum(axis=-1), sums.sum(axis=-1)
    share = counts / np.maximum(size, 1.0)[..., None]
    alone = [size > 0, size, size**2, sum_, squares.sum(axis=-1), sum_**2 / np.maximum(size, 1.0)]
    along = [counts, sums, counts**2, share * sum_[..., None]]
    shared = (share[..., :, None] * counts[..., None, :]).reshape(*size.shape, counts.shape[-1] ** 2)
    return np.concatenate([np.stack(alone, axis=-1).astype(np.float64), *along, shared], axis=-1)


def of_moments(moments: FloatArray, k: int, form: str) -> UnevenComponents:
    """Give the components of a model from sums over subjects, shape (..., 6 + k * (k + 4))."""
    n, cells, squared_sizes, total, squares, of_subjects = np.moveaxis(moments[..., :6], -1, 0)
    counts, sums, squared_counts, carried, shared = np.split(moments[..., 6:], [k, 2 * k, 3 * k, 4 * k], axis=-1)
    shared = shared.reshape(*n.shape, k, k)
    none = np.zeros_like(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total**2 / cells
        spread = cells - squared_sizes / cells
        within, between = _beyond(squares - of_subjects, squares), _beyond(of_subjects - mean, squares)
        if form == "1":
            error = within / (cells - n)
            return UnevenComponents((between - (n - 1) * error) / spread, none, error, between == 0)
        of_conditions = np.where(counts > 0, sums**2 / counts, 0.0).sum(axis=-1)
        crossed = np.where(counts > 0, squared_counts / counts, 0.0).sum(axis=-1)
        # Conditions within subjects: singular but for a constant, unless the cells fall into separate tables. On the
        # scale of the counts a complete table has the identity.
        normal = (
            counts[..., :, None] * np.eye(k)
            - shared
            + counts[..., :, None] * counts[..., None, :] / cells[..., None, None]
        )
        scale = np.sqrt(counts[..., :, None] * counts[..., None, :])
        apart = (counts == 0).any(axis=-1) | ~(np.linalg.det(np.where(scale > 0, normal / scale, 0.0)) > APART)
        normal = np.where(apart[..., None, None], np.eye(k), normal)
        effects = np.linalg.solve(normal, (sums - carried)[..., None])[..., 0]
        residual = _beyond(within - (effects * (sums - carried)).sum(axis=-1), squares)
        adjusted = _beyond(squares - of_conditions - residual, squares)
        flat = ~apart & (adjusted == 0)
        if form == "C,1":
            error = residual / (cells - n - k + 1)
            subjects = (adjusted - (n - 1) * error) / (cells - crossed)
            subjects, none, error = (np.where(apart, np.nan, one) for one in (subjects, none, error))
            return UnevenComponents(subjects, none, error, flat)
        uneven = cells - (counts**2).sum(axis=-1) / cells
        table = np.stack(
            [
                *(spread, uneven, cells - 1),
                *(spread, np.trace(shared, axis1=-2, axis2=-1) - (counts**2).sum(axis=-1) / cells, n - 1),
                *(crossed - squared_sizes / cells, uneven, np.full_like(n, k - 1)),
            ],
            axis=-1,
        ).reshape(*n.shape, 3, 3)
    known = ~apart & np.isfinite(table).all(axis=(-2, -1))
    known &= np.linalg.matrix_rank(np.where(known[..., None, None], table, 0.0)) == 3
    table = np.where(known[..., None, None], table, np.eye(3))
    sides = np.stack([squares - mean, of_subjects - mean, of_conditions - mean], axis=-1)
    found = np.linalg.solve(table, sides[..., None])[..., 0]
    found[flat & (residual == 0), ::2] = 0.0  # which the equations give but for missing cells
    subjects, conditions, error = np.moveaxis(np.where(known[..., None], found, np.nan), -1, 0)
    return UnevenComponents(subjects, conditions, error, flat)


def _beyond(squares: FloatArray, of_all: FloatArray) -> FloatArray:
    """Set sums of squares to zero where they are no more than the rounding of those that they come from."""
    return np.where(squares > 4 * ROUNDING * of_all, squares, 0.0)


def _standardized(raw: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Centre the values that there are and bring them to a largest magnitude of 1; give 0 for the others."""
    present = np.isfinite(raw)
    kept, _ = to_unit(np.where(present, raw, 0.0))
    centre = kept.sum(axis=(-2, -1)) / np.maximum(present.sum(axis=(-2, -1)), 1)
    kept = np.where(present, kept - centre[..., None, None], 0.0)
    spread = np.abs(kept).max(axis=(-2, -1), initial=0.0)
    constant = spread <= ROUNDING
    return np.where(constant[..., None, None], 0.0, kept / np.where(constant, 1.0, spread)[..., None, None]), present


def _of_pairs(moments: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Add up covariances, variances, and squared differences of means of pairs: (..., n_pairs, 6) to (...)."""
    n, one, other, one_squared, other_squared, product = np.moveaxis(moments, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        joint = product / n - one * other / n**2
        spread = (one_squared + other_squared) / n - (one**2 + other**2) / n**2
        shift = ((one - other) / n) ** 2
    spread = np.where(spread > ROUNDING * (one_squared + other_squared), spread, 0.0)
    return joint.sum(axis=-1), spread.sum(axis=-1), shift.sum(axis=-1)


def _least(moments: FloatArray, k: int, form: str) -> FloatArray:
    """Give the least standard error of z: that of normal features in a complete table of as many values."""
    subjects, conditions, error, _ = of_moments(moments, k, "A,1")
    n = np.maximum(moments[..., 1] / k, 2.0)
    between, within = (n - 1) * (k * subjects + error), (n - 1) * (k - 1) * error
    squares = np.stack([between, within, (k - 1) * (n * conditions + error)])
    return np.nan_to_num(least_spread(np.maximum(squares, 0.0), n, k, form))


def _limits(
    estimate: FloatArray, without: FloatArray, used: ArrayLike, k: int, level: float, least: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give limits on the scale of z = log(u) / 2; the whole range where z is not finite with all or without some."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z, fewer = (np.log((1 + (k - 1) * one) / (1 - one)) / 2 for one in (estimate, without))
    unknown = ~np.isfinite(z) | ~np.isfinite(np.where(used, fewer, 0.0)).all(axis=-1)
    lower, upper = limits_of_z(Left(z, fewer, np.asarray(used), unknown), k, level, np.where(unknown, np.nan, least))
    floor = np.where(estimate >= -1 / (k - 1), -1 / (k - 1), -np.inf)
    exact = estimate == 1
    lower, upper = np.where(np.isnan(lower), floor, lower), np.where(np.isnan(upper), 1.0, upper)
    known = ~np.isnan(estimate)
    lower, upper = np.where(exact, 1.0, lower), np.where(exact, 1.0, upper)
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)
