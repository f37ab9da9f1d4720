"""Harmonized values of a design of subjects and scans, learned anew for many draws of it at once."""

from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.empirical_bayes import Priors, parametric_rows, posterior_location
from harmonize.combat.location_scale import Options

Moments = tuple[FloatArray, FloatArray, FloatArray]
"""Count, mean and sum of squares about the mean, the batches on the first axis."""


AddUp = Callable[[FloatArray, slice], FloatArray]
"""Adds up what each subject of some draws gives, for the models that see it: all, those of others, some."""


_DIFFERENT = 1e-12
"""Difference of two values, as a part of the largest, from which they are not equal but for rounding."""
_VISIBLE = 1e-4
"""Spread of the middle half of a scan, as a part of the spread of all, that is far from being rounding."""
_MEASURE = 1e100
"""Values from whose square a float64 is still far."""

_NEAR = 160_000
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
    return _redrawn(model, values, codes, reference, _without_each)[0]


def both_draws(
    model: BatchHarmonizer, values: ArrayLike, codes: ArrayLike, reference: int | None
) -> tuple[FloatArray, FloatArray]:
    """Harmonize all subjects of each draw by a model of them all, and each by that of all others.

    See `held_out_draws`.

    Examples
    --------
    >>> from harmonize.combat import BatchZScore
    >>> values = np.array([[[1.0, 3.0], [2.0, 5.0], [3.0, 4.0], [4.0, 8.0]]])[..., None]
    >>> both_draws(BatchZScore("scan", reference="A"), values, [0, 1], reference=0)[0][0, :, 1, 0].round(1)
    array([1.3, 2.5, 1.9, 4.3])
    """
    held_out, in_sample = _redrawn(model, values, codes, reference, _of_all_after_without_each)
    return in_sample, held_out


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

    def of_some(of_each: FloatArray, draws: slice) -> FloatArray:
        return np.asarray((weights[draws] * of_each).sum(axis=1, keepdims=True))

    return _redrawn(model, values, codes, reference, of_some)[0]


def _redrawn(
    model: BatchHarmonizer, values: ArrayLike, codes: ArrayLike, reference: int | None, add_up: AddUp
) -> list[FloatArray]:
    """Take the batch effects out of each draw, some draws at a time.

    Gives the values by the model of each subject, and those by what further models there are, each of all subjects.
    """
    raw = np.asarray(values, dtype=np.float64)
    batch_of = np.asarray(codes, dtype=np.intp)
    parts = []
    step = max(1, _NEAR // max(raw[0].size, 1)) if len(raw) else 1
    for start in range(0, len(raw), step):
        draws = slice(start, start + step)
        scaled = _Scaled.of(raw[draws], batch_of)
        found = _adjusted(model, scaled, scaled.moments(add_up, draws), batch_of, reference)
        for out in found:
            for scan in np.flatnonzero(batch_of == reference):
                np.copyto(out[:, :, scan], raw[draws, :, scan], where=~np.isnan(out[:, :, scan]))
        parts.append(found)
    return [np.concatenate(part) for part in zip(*parts, strict=True)] if parts else [raw.copy(), raw.copy()]


class _Scaled(NamedTuple):
    """Draws on the scale of the first, and what subjects add to the moments of each batch.

    Parameters
    ----------
    values : ndarray, shape (n_draws, n_subjects, n_scans, n_features)
        0 where there is none.
    known : ndarray of bool
        Which there are; (1, n_subjects, n_scans, 1) where all of them.
    centre, unit : ndarray, shape (n_features,)
        What the values were are ``values * unit + centre``.
    of_each : list
        By batch the count, sum and sum of squares of each subject, (n_draws, n_subjects, n_features).
    """

    values: FloatArray
    known: BoolArray
    centre: FloatArray
    unit: FloatArray
    of_each: list[Moments]

    @classmethod
    def of(cls, raw: FloatArray, batch_of: IntArray) -> Self:
        known: BoolArray = np.isfinite(raw)
        every = bool(known.all())
        first = (raw[0] if every else np.where(known[0], raw[0], np.nan)).reshape(-1, raw.shape[-1])
        with np.errstate(invalid="ignore"):
            n_first = np.maximum(np.isfinite(first).sum(axis=0), 1)
            centre = np.nansum(first, axis=0) / n_first
            unit = np.sqrt(np.nansum((first - centre) ** 2, axis=0) / n_first)
        unit = np.where(unit > 0, unit, 1.0)
        scaled = (raw - centre) / unit
        if every:
            known = np.ones((1, *raw.shape[1:3], 1), dtype=bool)
        else:
            scaled[~known] = 0.0
        of_each = []
        for batch in range(int(batch_of.max()) + 1):
            scans = np.flatnonzero(batch_of == batch)
            part = scaled[:, :, scans]
            count = known[:, :, scans].sum(axis=2, dtype=np.float64)
            of_each.append((count, part.sum(axis=2), np.square(part, out=part).sum(axis=2)))
        return cls(scaled, known, centre, unit, of_each)

    def moments(self, add_up: AddUp, draws: slice) -> Moments:
        """Give the moments of each batch, by the way in which subjects add up."""
        counts, means, sums = [], [], []
        for own in self.of_each:
            n, total, squares = (add_up(part, draws) for part in own)
            mean = np.divide(total, n, out=np.zeros_like(total), where=n > 0)
            counts.append(n)
            means.append(mean)
            sums.append(np.maximum(squares - n * mean**2, 0.0))
        return np.stack(counts), np.stack(means), np.stack(sums)


def _without_each(of_each: FloatArray, _: slice) -> FloatArray:
    """Leave out each subject: (n_draws, n_subjects, n_features)."""
    return np.asarray(of_each.sum(axis=1, keepdims=True) - of_each)


def _of_all_after_without_each(of_each: FloatArray, _: slice) -> FloatArray:
    """Leave out each subject, then none: (n_draws, n_subjects + 1, n_features)."""
    of_all = of_each.sum(axis=1, keepdims=True)
    return np.concatenate([of_all - of_each, of_all], axis=1)


def _adjusted(
    model: BatchHarmonizer, scaled: _Scaled, moments: Moments, batch_of: IntArray, reference: int | None
) -> list[FloatArray]:
    """Take the batch effects out, by the moments of the batches that each model sees."""
    options = model.location_scale_options() or Options()
    count, mean, squares = moments
    constant = squares <= _NOTHING * count * (1 + mean**2)
    squares[constant] = 0.0
    untouched = (constant & (count > 1)).any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        if reference is not None:
            grand = mean[reference]
            variance = squares[reference] / (count[reference] - model.reference_ddof)
        else:
            total = count.sum(axis=0)
            grand, variance = (count * mean).sum(axis=0) / total, squares.sum(axis=0) / total
    lacking = (count < (1 if options.mean_only else 2)).any(axis=0)
    idle = untouched | lacking | ~(variance > 0)
    whole = not idle.any()
    deviation = np.sqrt(variance if whole else np.where(idle, 1.0, variance))
    n_models, n_subjects = mean.shape[2], scaled.values.shape[1]
    models = [slice(0, n_subjects)] + [slice(one, one + 1) for one in range(n_subjects, n_models)]
    found = [scaled.values.copy() for _ in models]
    for batch in range(len(mean)):
        if batch == reference:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            gamma, standardized = (mean[batch] - grand) / deviation, squares[batch] / variance
            delta = np.ones_like(standardized) if options.mean_only else standardized / (count[batch] - 1)
        location, scale = _shrunk(gamma, delta, standardized, count[batch], None if whole else idle, options)
        factor = 1 / np.sqrt(scale)
        shift = grand - factor * (grand + deviation * location)
        if not whole:
            factor, shift = np.where(idle, 1.0, factor), np.where(idle, 0.0, shift)
        for out, own in zip(found, models, strict=True):
            for scan in np.flatnonzero(batch_of == batch):
                part = out[:, :, scan]
                part *= factor[:, own]
                part += shift[:, own]
    gone = np.asarray(lacking & ~untouched)
    for out, own in zip(found, models, strict=True):
        out *= scaled.unit
        out += scaled.centre
        absent = ~(scaled.known & ~gone[:, own][:, :, None])
        if absent.any():
            out[np.broadcast_to(absent, out.shape)] = np.nan
    return found


def _shrunk(
    gamma: FloatArray,
    delta: FloatArray,
    squares: FloatArray,
    count: FloatArray,
    idle: BoolArray | None,
    options: Options,
) -> tuple[FloatArray, FloatArray]:
    """Apply empirical Bayes to one batch of all draws and subjects; what is idle is no part of the priors."""
    if not options.empirical_bayes:
        return (gamma, delta) if idle is None else (np.where(idle, 0.0, gamma), np.where(idle, 1.0, delta))
    n_features = gamma.shape[-1]
    gamma_hat, delta_hat, squared = (part.reshape(-1, n_features) for part in (gamma, delta, squares))
    counts = np.broadcast_to(count, gamma.shape).reshape(-1, n_features)
    out = None if idle is None else np.broadcast_to(idle, gamma.shape).reshape(-1, n_features)
    n = n_features if out is None else (~out).sum(axis=1)

    def moments(part: FloatArray) -> tuple[FloatArray, FloatArray]:
        if out is None:
            return part.mean(axis=1), part.var(axis=1, ddof=1)
        mean = np.where(out, 0.0, part).sum(axis=1) / np.maximum(n, 1)
        return mean, (np.where(out, 0.0, part - mean[:, None]) ** 2).sum(axis=1) / np.maximum(n - 1, 1)

    delta_bar, delta_variance = moments(delta_hat)
    # Where nothing is left to be shrunk, a scale of 1 keeps what is idle in its place.
    priors = Priors(*moments(gamma_hat), np.where(np.greater(n, 0), delta_bar, 1.0), delta_variance)
    if out is not None:  # an idle feature takes the place of one at the prior mean, which stays there
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
