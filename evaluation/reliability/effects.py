"""What acquisition and reconstruction each do to a feature: a mixed model of the 2 x 2."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.mean_squares import MeanSquares
from evaluation.reliability.sample import Sample, StatusArray, as_numbers
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError

TERMS = ("intercept", "acquisition", "reconstruction", "interaction")
"""Terms of the model with treatment contrasts: the baseline condition, and what changes from there."""

COMPONENTS = ("subject", "acquisition", "reconstruction", "interaction", "residual")
"""Sources of variance of one measurement of a random subject under a random one of the four conditions."""

DEVIATIONS = np.array([[-1, -1, 1, 1], [-1, 1, -1, 1], [1, -1, -1, 1]]) / 4
"""Deviation of a level of acquisition, reconstruction and interaction from the mean of both, by the four cells."""


@dataclass(frozen=True)
class EffectsResult:
    """The mixed model value ~ acquisition * reconstruction + (1 | subject), with tests that do not rest on it.

    Arrays have the leading shape of the values, with one more axis where stated. All but `share` is in units of
    the feature, variances in their square.

    Parameters
    ----------
    coefficients, errors, t, p : ndarray, shape (..., 4)
        Estimates of `TERMS`, with standard errors and paired t tests from what each subject's values give of the term.
        The baseline is the first level of both factors; ``interaction`` is what both changes together do beyond their
        sum.
    combined, combined_error, combined_p : ndarray
        The change from the baseline to the second level of both factors: acquisition + reconstruction +
        interaction. Nearer to zero than the acquisition's effect, the reconstruction offsets the acquisition.
    df : ndarray
        Degrees of freedom of the tests, one less than the subjects.
    subject_variance, residual_variance : ndarray
        Variance components of the model, fitted by REML. At the boundary, where subjects differ less than the residual
        explains, the first is 0 and the second pools both.
    components : ndarray, shape (..., 5)
        Unbiased estimates of the variance by `COMPONENTS`, negative ones set to 0.
    share : ndarray, shape (..., 5)
        Components over their sum.
    n : ndarray of int
        Subjects used.
    status : ndarray of str
        See `Status`; ``no_subject_variance`` marks the boundary.
    """

    coefficients: FloatArray
    errors: FloatArray
    t: FloatArray
    p: FloatArray
    combined: FloatArray
    combined_error: FloatArray
    combined_p: FloatArray
    df: FloatArray
    subject_variance: FloatArray
    residual_variance: FloatArray
    components: FloatArray
    share: FloatArray
    n: IntArray
    status: StatusArray


def factorial_effects(values: ArrayLike) -> EffectsResult:
    """Fit the 2 x 2 mixed model with a random intercept per subject to every feature at once.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, 2, 2)
        By acquisition (second last axis) and reconstruction (last axis), the baseline level of each first. A
        subject with a missing (NaN or infinite) value in any of the four cells drops out of that leading index;
        `statsmodels.formula.api.mixedlm` uses what such subjects have.

    Returns
    -------
    EffectsResult
        ``too_few`` below 2 subjects, ``constant`` where nothing varies: all NaN.

    Raises
    ------
    ConfigurationError
        When the last two axes are not 2 x 2.

    Notes
    -----
    Complete subjects make the design balanced, where REML has a closed form: the coefficients are differences of
    cell means; with the mean squares of subjects, MS_S on n - 1, and of subject x condition, MS_E on 3 (n - 1)
    degrees of freedom, the residual variance is MS_E and the subject variance (MS_S - MS_E) / 4; where that is
    negative REML lies on the boundary, with the pooled mean square.

    The model takes the four residuals of a subject as independent. Two reconstructions of one acquisition share its
    noise, so that its residual variance is too small for the acquisition's effect and too large for the
    reconstruction's. The tests therefore are those of each term by itself: the mean over subjects of its contrast of
    their four values, over the standard deviation of that contrast, which is exact for any covariance.

    Components of the fixed factors are their variance over the two levels, unbiased: (SS - MS_E) / (4 n).

    References
    ----------
    Searle SR, Casella G, McCulloch CE. Variance Components. Wiley 1992, chapter 4.

    Boik RJ. A priori tests in repeated measures designs: effects of nonsphericity. Psychometrika 1981;46:241-255.

    Examples
    --------
    Acceleration adds 1, the other reconstruction takes 0.8 of it back, and does nothing without acceleration:

    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal(10, 1, (17, 1, 1)) + rng.normal(0, 0.1, (17, 2, 2)) + [[0.0, 0.0], [1.0, 0.2]]
    >>> result = factorial_effects(values)
    >>> dict(zip(TERMS, result.coefficients.round(1).tolist()))
    {'intercept': 9.7, 'acquisition': 1.0, 'reconstruction': 0.0, 'interaction': -0.8}
    >>> f"both together: {result.combined:.1f}"
    'both together: 0.2'
    """
    raw = as_numbers(values)
    if raw.ndim < 3 or raw.shape[-2:] != (2, 2):
        raise ConfigurationError(
            f"effects: expected an array (..., subjects, 2 acquisitions, 2 reconstructions), found shape {raw.shape}"
        )
    sample = Sample.of(raw.reshape(*raw.shape[:-2], 4))
    table = MeanSquares.of(sample)
    n = np.maximum(sample.n, 2).astype(np.float64)
    cells = sample.values.sum(axis=-2) / n[..., None]

    boundary = table.subjects <= table.error
    residual = np.where(boundary, (table.subjects + 3 * table.error) / 4, table.error)
    subject = np.where(boundary, 0.0, (table.subjects - table.error) / 4)

    # Rows: what each term is of the cells (baseline, reconstruction, acquisition, both).
    contrasts = np.array([[1, 0, 0, 0], [-1, 0, 1, 0], [-1, 1, 0, 0], [1, -1, -1, 1], [-1, 0, 0, 1]], dtype=np.float64)
    estimates = cells @ contrasts.T
    estimates = np.where(np.abs(estimates) <= sample.negligible[..., None], 0.0, estimates)
    own = np.where(sample.used[..., None], sample.values @ contrasts.T - estimates[..., None, :], 0.0)
    squares = (own**2).sum(axis=-2)
    squares = np.where(squares <= 4 * (n * sample.negligible**2)[..., None], 0.0, squares)
    errors = np.sqrt(squares / (n * (n - 1))[..., None])

    scale = np.where(sample.n < 2, np.nan, sample.scale)
    scale = np.where(sample.constant, np.nan, scale)
    estimates = estimates * scale[..., None]
    estimates[..., 0] += sample.centre
    errors = errors * scale[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        # No effect without any error is no evidence of an effect.
        t = np.where((estimates == 0) & (errors == 0), 0.0, estimates / errors)
        p = 2 * scipy.special.stdtr(n[..., None] - 1, -np.abs(t))
        components = _components(cells, table, n) * (scale**2)[..., None]
        share = components / components.sum(axis=-1, keepdims=True)
    return EffectsResult(
        coefficients=estimates[..., :4],
        errors=errors[..., :4],
        t=t[..., :4],
        p=p[..., :4],
        combined=estimates[..., 4],
        combined_error=errors[..., 4],
        combined_p=p[..., 4],
        df=np.where(np.isnan(scale), np.nan, n - 1),
        subject_variance=subject * scale**2,
        residual_variance=residual * scale**2,
        components=components,
        share=share,
        n=sample.n,
        status=first_reason(
            {Status.TOO_FEW: sample.n < 2, Status.CONSTANT: sample.constant, Status.NO_SUBJECT_VARIANCE: boundary}
        ),
    )


def _components(cells: FloatArray, table: MeanSquares, n: FloatArray) -> FloatArray:
    """Estimate the variance by source, in squared units of `Sample.scale`."""
    # The square of the deviation of each level is the variance over the levels.
    squares = (cells @ DEVIATIONS.T) ** 2
    fixed = squares - (table.error / (4 * n))[..., None]
    subject = (table.subjects - table.error)[..., None] / 4
    sources: FloatArray = np.concatenate([subject, fixed, table.error[..., None]], axis=-1)
    return np.where(sources > 0, sources, 0.0)
