"""Harmonized values of a design of subjects and scans, learned anew for many draws of it at once."""

from collections.abc import Callable
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.drawn_moments import DrawnMoments, ScaledDraws
from harmonize.combat.empirical_bayes import Priors, parametric_rows, posterior_location
from harmonize.combat.location_scale import Options

AddUp = Callable[[FloatArray, slice], FloatArray]
"""Adds up what each subject of some draws gives, (n_subjects, n_draws, n_features), for each of the models that see it:
all, those of others, some."""


_DIFFERENT = 1e-12
"""Difference of two values, as a part of the largest, from which they are not equal but for rounding."""
_VISIBLE = 1e-4
"""Spread of the middle half of a scan, as a part of the spread of all, that is far from being rounding."""
_MEASURE = 1e100
"""Values from whose square a float64 is still far."""

_NEAR = 160_000
"""Values whose subjects are left out at once: few enough to stay near the processor."""


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
    return np.asarray(_redrawn(model, values, codes, reference, _without_each)[0])


def both_draws(model: BatchHarmonizer, values: ArrayLike, codes: ArrayLike, reference: int | None) -> FloatArray:
    """Harmonize all subjects of each draw by a model of them all, and each by that of all others.

    See `held_out_draws`.

    Returns
    -------
    ndarray, shape (3, n_draws, n_subjects, n_scans, n_features)
        Raw, in-sample and held-out values.

    Examples
    --------
    >>> from harmonize.combat import BatchZScore
    >>> values = np.array([[[1.0, 3.0], [2.0, 5.0], [3.0, 4.0], [4.0, 8.0]]])[..., None]
    >>> both_draws(BatchZScore("scan", reference="A"), values, [0, 1], reference=0)[1, 0, :, 1, 0].round(1)
    array([1.3, 2.5, 1.9, 4.3])
    """
    found = _redrawn(model, values, codes, reference, _of_all_after_without_each, n_kinds=3)
    found[0] = values
    return found


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
    weights = np.asarray(learned_from, dtype=np.float64).T[..., None]

    def of_some(of_each: FloatArray, draws: slice) -> FloatArray:
        return np.asarray((weights[:, draws] * of_each).sum(axis=0, keepdims=True))

    return np.asarray(_redrawn(model, values, codes, reference, of_some)[0])


def _redrawn(
    model: BatchHarmonizer, values: ArrayLike, codes: ArrayLike, reference: int | None, add_up: AddUp, n_kinds: int = 1
) -> FloatArray:
    """Take the batch effects out of each draw, some draws at a time.

    Of the kinds of values that there is room for, the last are by the model of each subject, and those before them by
    what further models there are, each of all subjects. Draws and features stand side by side in memory, so that all of
    a scan and subject is gone through in a row.
    """
    raw = np.asarray(values, dtype=np.float64).transpose(2, 1, 0, 3)
    batch_of = np.asarray(codes, dtype=np.intp)
    n_scans, n_subjects, n_draws, n_features = raw.shape
    found = np.empty((n_scans, n_subjects, n_kinds, n_draws, n_features))
    step = max(1, _NEAR // max(n_scans * n_subjects * n_features, 1))
    for start in range(0, n_draws, step):
        draws = slice(start, start + step)
        _adjust(model, raw[:, :, draws], draws, batch_of, reference, add_up, found[:, :, ::-1, draws])
    return np.asarray(found.transpose(2, 3, 1, 0, 4))


def _without_each(of_each: FloatArray, _: slice) -> FloatArray:
    """Leave out each subject."""
    return np.asarray(of_each.sum(axis=0, keepdims=True) - of_each)


def _of_all_after_without_each(of_each: FloatArray, _: slice) -> FloatArray:
    """Leave out each subject, then none."""
    out = np.empty((len(of_each) + 1, *of_each.shape[1:]))
    np.sum(of_each, axis=0, out=out[-1])
    np.subtract(out[-1], of_each, out=out[:-1])
    return out


def _adjust(
    model: BatchHarmonizer,
    raw: FloatArray,
    draws: slice,
    batch_of: IntArray,
    reference: int | None,
    add_up: AddUp,
    out: FloatArray,
) -> None:
    """Take the batch effects out, by the moments of the batches that each model sees."""
    options = model.location_scale_options() or Options()
    scaled = ScaledDraws.of(raw, batch_of)
    batches = [DrawnMoments.of(*(add_up(part, draws) for part in own)) for own in scaled.of_each]
    untouched = reduce(np.logical_or, [one.constant & (one.count > 1) for one in batches])
    least = 1 if options.mean_only else 2
    lacking = np.asarray(reduce(np.logical_or, [one.count < least for one in batches]))
    with np.errstate(divide="ignore", invalid="ignore"):
        if reference is not None:
            by = batches[reference]
            grand, variance = by.mean, by.squares / (by.count - model.reference_ddof)
        else:
            total = reduce(np.add, [one.count for one in batches])
            grand = reduce(np.add, [one.count * one.mean for one in batches]) / total
            variance = reduce(np.add, [one.squares for one in batches]) / total
    idle: BoolArray | None = untouched | lacking | ~(variance > 0)
    if idle is not None and not idle.any():
        idle = None
    deviation = np.sqrt(variance if idle is None else np.where(idle, 1.0, variance))
    n_subjects, gone = raw.shape[1], np.asarray(lacking & ~untouched)
    kinds = [slice(0, n_subjects), *(slice(one, one + 1) for one in range(n_subjects, len(grand)))]
    for batch, one in enumerate(batches):
        scans = np.flatnonzero(batch_of == batch)
        if batch == reference:
            out[scans, :, : len(kinds)] = raw[scans, :, None]
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            gamma = one.mean - grand
            gamma /= deviation
            squares = one.squares / variance
            delta = np.ones_like(squares) if options.mean_only else squares / (one.count - 1)
        location, scale = _shrunk(gamma, delta, squares, one.count, idle, options)
        factor = 1 / np.sqrt(scale)
        location *= deviation
        location += grand
        location *= factor
        shift = grand - location
        if idle is not None:
            factor, shift = np.where(idle, 1.0, factor), np.where(idle, 0.0, shift)
        factor *= scaled.unit
        shift *= scaled.unit
        shift += scaled.centre
        for scan in scans:
            for kind, models in enumerate(kinds):
                np.multiply(scaled.values[scan], factor[models], out=out[scan, :, kind])
                out[scan, :, kind] += shift[models]
    for kind, models in enumerate(kinds):
        absent = gone[models] if scaled.known is None else gone[models] | ~scaled.known
        if absent.any():
            np.copyto(out[:, :, kind], np.nan, where=absent)


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
