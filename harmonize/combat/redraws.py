"""Harmonized values of a design of subjects and scans, learned anew for many draws of it at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.empirical_bayes import Priors, parametric_rows, posterior_location
from harmonize.combat.location_scale import Options

Moments = tuple[FloatArray, FloatArray, FloatArray]
"""Count, mean and sum of squares about the mean, the batches on the first axis."""

_DIFFERENT = 1e-12
"""Difference of two values, as a part of the largest, from which they are not equal but for rounding."""
_VISIBLE = 1e-4
"""Spread of the middle half of a scan, as a part of the spread of all, that is far from being rounding."""
_MEASURE = 1e100
"""Values from whose square a float64 is still far."""

_NEAR = 40_000
"""Values whose subjects are left out at once: few enough to stay near the processor."""
_NOTHING = 1e-13
"""Sum of squares about the mean, as a share of that about the mean of all rows, which is no more than rounding."""


def can_redraw(model: BatchHarmonizer) -> bool:
    """Tell whether `held_out_draws` knows a method: z-scoring, and parametric ComBat, without covariates.

    Examples
    --------
    >>> from harmonize.combat import BatchZScore, ComBat
    >>> can_redraw(ComBat("scan")), can_redraw(ComBat("scan", continuous="age")), can_redraw(BatchZScore("scan"))
    (True, False, True)
    """
    return model.role_columns == [model.batch] and model.location_scale_options() is not None


def plain(cube: FloatArray) -> bool:
    """Tell whether nothing in values, (n_subjects, n_scans, n_features), asks for a closer look.

    None is missing or beyond all measure, no two of a scan and feature are equal up to rounding, and the middle half of
    the subjects of each scan differs enough beside all values that no scan is taken for constant.
    """
    if not np.isfinite(cube).all() or cube.shape[-1] < 2:
        return False
    n, ordered = len(cube), np.sort(cube, axis=0)
    largest = np.maximum(np.abs(ordered[0]), np.abs(ordered[-1])).max(axis=0)
    different = np.diff(ordered, axis=0).min(axis=(0, 1), initial=np.inf) > _DIFFERENT * largest
    middle = (ordered[n - 1 - n // 4] - ordered[n // 4]).min(axis=0)
    spread = np.ptp(ordered, axis=(0, 1))
    within = (largest > 1 / _MEASURE) & (largest < _MEASURE)
    return bool((different & within & (middle > _VISIBLE * spread)).all())


def held_out_draws(model: BatchHarmonizer, values: ArrayLike, codes: ArrayLike, reference: int | None) -> FloatArray:
    """Harmonize each subject of each draw by a model of all other subjects of that draw.

    Parameters
    ----------
    model : BatchHarmonizer
        One that `can_redraw` knows; it is not changed.
    values : array_like, shape (n_draws, n_subjects, n_scans, n_features)
        NaN where a subject has no value, or is not part of the draw.
    codes : array_like of int, shape (n_scans,)
        Batch of each scan, from 0.
    reference : int or None
        The batch that stays as it is.

    Returns
    -------
    ndarray, shape of `values`
        What `leave_one_group_out` gives for each draw; NaN also where a batch has too few values without the subject.

    Notes
    -----
    The subject is taken out of the count, sum and sum of squares of its batch, and empirical Bayes runs on all draws,
    subjects and batches at once.

    Examples
    --------
    >>> from harmonize.combat import BatchZScore
    >>> values = np.array([[[1.0, 3.0], [2.0, 5.0], [3.0, 4.0], [4.0, 8.0]]])[..., None]
    >>> held_out_draws(BatchZScore("scan", reference="A"), values, [0, 1], reference=0)[0, :, 1, 0].round(1)
    array([1.7, 2.7, 1.5, 6. ])
    """
    raw = np.asarray(values, dtype=np.float64)
    step = max(1, _NEAR // max(raw[0].size, 1)) if len(raw) else 1
    parts = [
        _redrawn(model, raw[start : start + step], codes, reference, _without_each)
        for start in range(0, len(raw), step)
    ]
    return np.concatenate(parts) if parts else raw.copy()


def in_sample_draws(model: BatchHarmonizer, values: ArrayLike, codes: ArrayLike, reference: int | None) -> FloatArray:
    """Harmonize all subjects of each draw by a model of them all; see `held_out_draws`.

    Examples
    --------
    >>> from harmonize.combat import BatchZScore
    >>> values = np.array([[[1.0, 3.0], [2.0, 5.0], [3.0, 4.0], [4.0, 8.0]]])[..., None]
    >>> in_sample_draws(BatchZScore("scan", reference="A"), values, [0, 1], reference=0)[0, :, 1, 0].round(1)
    array([1.3, 2.5, 1.9, 4.3])
    """
    return _redrawn(model, values, codes, reference, _of_all)


def draws_by_others(
    model: BatchHarmonizer, values: ArrayLike, codes: ArrayLike, reference: int | None, learned_from: ArrayLike
) -> FloatArray:
    """Harmonize all subjects of each draw by a model of some of them; see `held_out_draws`.

    Parameters
    ----------
    learned_from : array_like of bool, shape (n_draws, n_subjects)
        Of whom.

    Examples
    --------
    >>> from harmonize.combat import BatchZScore
    >>> values = np.array([[[1.0, 3.0], [2.0, 5.0], [3.0, 4.0], [4.0, 8.0]]])[..., None]
    >>> model = BatchZScore("scan", reference="A")
    >>> draws_by_others(model, values, [0, 1], 0, [[True, True, True, False]])[0, :, 1, 0].round(1)
    array([1., 3., 2., 6.])
    """
    weights = np.asarray(learned_from, dtype=np.float64)[..., None]

    def of_some(scaled: FloatArray, known: BoolArray, batch_of: IntArray) -> Moments:
        return _moments(scaled, known, batch_of, lambda of_each: (weights * of_each).sum(axis=1, keepdims=True))

    return _redrawn(model, values, codes, reference, of_some)


def _redrawn(
    model: BatchHarmonizer, values: ArrayLike, codes: ArrayLike, reference: int | None, moments: Callable[..., Moments]
) -> FloatArray:
    """Take the batch effects out of each draw, by the moments of the batches that a subject's model sees."""
    raw = np.asarray(values, dtype=np.float64)
    batch_of = np.asarray(codes, dtype=np.intp)
    options = model.location_scale_options() or Options()
    known: BoolArray = np.isfinite(raw)
    first = np.where(known[0], raw[0], np.nan).reshape(-1, raw.shape[-1])
    with np.errstate(invalid="ignore"):
        n_first = np.maximum(np.isfinite(first).sum(axis=0), 1)
        centre = np.nansum(first, axis=0) / n_first
        unit = np.sqrt(np.nansum((first - centre) ** 2, axis=0) / n_first)
    unit = np.where(unit > 0, unit, 1.0)
    scaled = np.where(known, (raw - centre) / unit, 0.0)
    count, mean, squares = moments(scaled, known, batch_of)
    constant = squares <= _NOTHING * count * (1 + mean**2)
    squares = np.where(constant, 0.0, squares)
    untouched = (constant & (count > 1)).any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        if reference is not None:
            grand = mean[reference]
            variance = squares[reference] / (count[reference] - model.reference_ddof)
        else:
            total = count.sum(axis=0)
            grand, variance = (count * mean).sum(axis=0) / total, squares.sum(axis=0) / total
        gamma = (mean - grand) / np.sqrt(variance)
        standardized = squares / variance
        delta = np.ones_like(standardized) if options.mean_only else standardized / (count - 1)
    lacking = (count < (1 if options.mean_only else 2)).any(axis=0)
    idle = untouched | lacking | ~(variance > 0)
    out = scaled.copy()
    for batch in range(len(mean)):
        if batch == reference:
            continue
        location, scale = _shrunk(gamma[batch], delta[batch], standardized[batch], count[batch], idle, options)
        factor = 1 / np.sqrt(scale)
        shift = grand - factor * (grand + np.sqrt(np.where(idle, 1.0, variance)) * location)
        factor, shift = np.where(idle, 1.0, factor), np.where(idle, 0.0, shift)
        for scan in np.flatnonzero(batch_of == batch):
            out[:, :, scan] = out[:, :, scan] * factor + shift
    out = np.where(known & ~np.asarray(lacking & ~untouched)[:, :, None], out * unit + centre, np.nan)
    if reference is not None:
        out[:, :, batch_of == reference] = np.where(np.isnan(out), np.nan, raw)[:, :, batch_of == reference]
    return out


def _without_each(scaled: FloatArray, known: BoolArray, batch_of: IntArray) -> Moments:
    """Give the moments of each batch without each subject: (n_batches, n_draws, n_subjects, n_features)."""
    return _moments(scaled, known, batch_of, lambda of_each: of_each.sum(axis=1, keepdims=True) - of_each)


def _of_all(scaled: FloatArray, known: BoolArray, batch_of: IntArray) -> Moments:
    """Give the moments of each batch: (n_batches, n_draws, 1, n_features)."""
    return _moments(scaled, known, batch_of, lambda of_each: of_each.sum(axis=1, keepdims=True))


def _moments(
    scaled: FloatArray, known: BoolArray, batch_of: IntArray, add_up: Callable[[FloatArray], FloatArray]
) -> Moments:
    counts, means, sums = [], [], []
    for batch in range(int(batch_of.max()) + 1):
        scans = batch_of == batch
        part, there = scaled[:, :, scans], known[:, :, scans]
        own = (there.sum(axis=2, dtype=np.float64), part.sum(axis=2), (part**2).sum(axis=2))
        n, total, squares = map(add_up, own)
        mean = np.divide(total, n, out=np.zeros_like(total), where=n > 0)
        counts.append(n)
        means.append(mean)
        sums.append(np.maximum(squares - n * mean**2, 0.0))
    return np.stack(counts), np.stack(means), np.stack(sums)


def _shrunk(
    gamma: FloatArray, delta: FloatArray, squares: FloatArray, count: FloatArray, idle: BoolArray, options: Options
) -> tuple[FloatArray, FloatArray]:
    """Apply empirical Bayes to one batch of all draws and subjects; what is idle is no part of the priors."""
    if not options.empirical_bayes:
        return np.where(idle, 0.0, gamma), np.where(idle, 1.0, delta)
    n_features = gamma.shape[-1]
    gamma_hat, delta_hat, squared, counts = (part.reshape(-1, n_features) for part in (gamma, delta, squares, count))
    out = idle.reshape(-1, n_features)
    n = (~out).sum(axis=1)

    def moments(part: FloatArray) -> tuple[FloatArray, FloatArray]:
        if not out.any():
            return part.mean(axis=1), part.var(axis=1, ddof=1)
        mean = np.where(out, 0.0, part).sum(axis=1) / np.maximum(n, 1)
        return mean, (np.where(out, 0.0, part - mean[:, None]) ** 2).sum(axis=1) / np.maximum(n - 1, 1)

    delta_bar, delta_variance = moments(delta_hat)
    # Where nothing is left to be shrunk, a scale of 1 keeps what is idle in its place.
    priors = Priors(*moments(gamma_hat), np.where(n > 0, delta_bar, 1.0), delta_variance)
    # An idle feature takes the place of one at the prior mean, which stays there.
    gamma_hat, delta_hat = (
        np.where(out, centre[:, None], part)
        for part, centre in ((gamma_hat, priors.gamma_bar), (delta_hat, priors.delta_bar))
    )
    squared, counts = np.where(out, 0.0, squared), np.where(out, 0.0, counts)
    if options.mean_only:
        location = posterior_location(gamma_hat, 1.0, 1.0, priors.gamma_bar[:, None], priors.tau2[:, None])
        scale = np.ones_like(location)
    else:
        location, scale = parametric_rows(gamma_hat, delta_hat, squared, counts, priors, options.tolerance)
    return location.reshape(gamma.shape), scale.reshape(gamma.shape)
