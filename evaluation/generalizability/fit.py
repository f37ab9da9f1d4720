"""A design fitted to features with the same missing cells: components, limits, ratios."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluation.generalizability.coefficients import Ratio
from evaluation.generalizability.facets import FacetDesign
from evaluation.generalizability.missing_cells import StrataSums, worth
from evaluation.generalizability.pivots import draw_components
from evaluation.generalizability.reml import Likelihood, Reml
from evaluation.reliability.sample import StatusArray, to_unit
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import BoolArray, FloatArray, IntArray

LEAST_DEGREES = 0.5
"""Of a stratum; fewer make its draws too large for numbers."""


@dataclass(frozen=True)
class FacetPoint:
    """Components of variance as of `FacetFit`, and nothing else: what coefficients without limits are made of.

    Parameters
    ----------
    components, mixed, converged
        See `FacetFit`.
    """

    components: FloatArray
    mixed: BoolArray
    converged: BoolArray

    @classmethod
    def of(cls, values: FloatArray, design: FacetDesign) -> "FacetPoint":
        """Estimate them, see `FacetFit.of`."""
        present = np.isfinite(values[0])
        sums = StrataSums.of(_standard(values, present)[0], present, design.strata)
        return fitted(sums, design.weights(present.shape), design.degrees(present.shape))[0]

    def ratios(self, ratios: Sequence[Ratio]) -> FloatArray:
        """Give coefficients of each feature, shape (n_features, n_ratios), NaN where they cannot be told."""
        found = np.stack([ratio.of(self.components) for ratio in ratios], axis=1)
        found[~self.converged] = np.nan
        found[:, [bool((self.mixed & ratio.needs()).any()) for ratio in ratios]] = np.nan
        return found


@dataclass(frozen=True)
class FacetFit:
    """Components of variance of features, in units in which each feature has a variance of 1.

    Parameters
    ----------
    components : ndarray, shape (n_features, n_sources)
        0 for sources that are not estimable by themselves.
    unit : ndarray, shape (n_features,)
        Variance of each feature.
    mixed : ndarray of bool, shape (n_sources,)
        Sources that the cells do not tell apart from others.
    converged : ndarray of bool, shape (n_features,)
    mean_squares, degrees, stretch : ndarray, shape (n_features, n_strata)
        What the draws come from, see `draw_components`.
    weights : ndarray, shape (n_strata, n_kept)
    kept : ndarray of bool, shape (n_sources,)
        Sources that were fitted.
    """

    components: FloatArray
    unit: FloatArray
    mixed: BoolArray
    converged: BoolArray
    mean_squares: FloatArray
    degrees: FloatArray
    stretch: FloatArray
    weights: FloatArray
    kept: BoolArray

    @classmethod
    def of(cls, values: FloatArray, design: FacetDesign) -> "FacetFit":
        """Fit a design to features.

        Parameters
        ----------
        values : ndarray, shape (n_features, n_subjects, ...)
            NaN at the same cells of all features; none constant.
        design : FacetDesign
        """
        present = np.isfinite(values[0])
        standard, spread, exponent = _standard(values, present)
        sums = StrataSums.of(standard, present, design.strata)
        degrees = design.degrees(present.shape)
        weights = design.weights(present.shape)
        point, reml, likelihood, estimable = fitted(sums, weights, degrees)
        with np.errstate(over="ignore"):
            unit = np.square(np.ldexp(spread, exponent))
        standard[:, ~present] = likelihood.expected @ sums.basis.T
        mean_squares, left = reml.mean_squares(likelihood)
        stretch = np.sqrt(degrees / np.maximum(left, LEAST_DEGREES))
        degrees = np.maximum(np.minimum(degrees, worth(standard, design.strata)), LEAST_DEGREES)
        kept = weights[:, estimable]
        components, mixed, converged = point.components, point.mixed, point.converged
        return cls(components, unit, mixed, converged, mean_squares, degrees, stretch, kept, estimable)

    @property
    def exact(self) -> BoolArray:
        """Tell which features have a residual of zero, which tells nothing of how large it may be: no limits."""
        return np.asarray(~self.mixed[-1] & (self.components[:, -1] == 0))

    @cached_property
    def draws(self) -> FloatArray:
        """Give values that the components fitted may have, shape (n_kept, n_features, DRAWS)."""
        return draw_components(self.mean_squares, self.degrees, self.weights, self.stretch)

    def drawn(self, weights: FloatArray) -> FloatArray:
        """Give draws of sums of components, weights of shape (n_sums, n_sources), as (n_sums, n_features, DRAWS)."""
        draws = self.draws
        return np.asarray((weights[:, self.kept] @ draws.reshape(len(draws), -1)).reshape(-1, *draws.shape[1:]))

    @property
    def share(self) -> FloatArray:
        """Components over their sum, which holds those that are not told apart, too; NaN for these."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = self.components / self.components.sum(axis=1, keepdims=True)
        return np.where(self.mixed | ~self.converged[:, None], np.nan, share)

    def sources(self, level: float) -> tuple[FloatArray, FloatArray, StatusArray]:
        """Give components in squared units of the features, their limits (2, ...), and status."""
        unit = self.unit[:, None]
        absent = np.broadcast_to(self.mixed, self.components.shape) | ~self.converged[:, None]
        limits = np.full((2, *self.components.shape), np.nan)
        limits[..., self.kept] = _quantiles(self.draws.copy(), _tails(level)).T
        limits = _around(self.components, limits)
        beyond, exact = ~((unit >= np.finfo(np.float64).tiny) & (unit < np.inf)), self.exact[:, None]
        status = self._status(
            np.broadcast_to(self.mixed, absent.shape),
            {
                Status.NOT_REPRESENTABLE: np.broadcast_to(beyond, absent.shape),
                Status.NO_ERROR_VARIANCE: np.broadcast_to(exact, absent.shape),
                Status.BOUNDARY: self.components == 0,
            },
        )
        unit, absent = np.where(beyond, 1.0, unit), absent | beyond
        return np.where(absent, np.nan, self.components * unit), np.where(absent | exact, np.nan, limits * unit), status

    def ratios(self, ratios: Sequence[Ratio], level: float) -> tuple[FloatArray, FloatArray, StatusArray]:
        """Give coefficients of each feature, shape (n_features, n_ratios), their limits (2, ...), and status."""
        estimate = self.estimates(ratios)
        subjects = self.drawn(np.stack([ratio.subjects for ratio in ratios]))
        total = self.drawn(np.stack([ratio.error for ratio in ratios]))
        total += subjects
        with np.errstate(invalid="ignore"):
            limits = _around(estimate, _quantiles(np.fmax(subjects / total, 0.0), _tails(level)).T)
        mixed = np.broadcast_to([bool((self.mixed & ratio.needs()).any()) for ratio in ratios], estimate.shape)
        none = self.components @ np.stack([ratio.subjects for ratio in ratios], axis=1) == 0
        exact = np.broadcast_to(self.exact[:, None], estimate.shape)
        others = {Status.UNDEFINED: np.isnan(estimate), Status.NO_SUBJECT_VARIANCE: none}
        status = self._status(mixed, {**others, Status.NO_ERROR_VARIANCE: exact})
        return estimate, np.where(np.isnan(estimate) | exact, np.nan, limits), status

    def over_levels(
        self, single: Sequence[Ratio], endless: Sequence[Ratio], counts: Sequence[int], level: float
    ) -> FloatArray:
        """Give coefficients of means over so many levels of a facet, shape (n_features, n_counts, n_ratios, 3).

        Parameters
        ----------
        single, endless : sequence of Ratio
            Those of one level, and of means over levels without end: error between both falls as 1 / levels.
        counts : sequence of int
        level : float
            Confidence level.

        Returns
        -------
        ndarray
            Estimate, lower and upper limit along the last axis.
        """
        lost = np.isnan(self.estimates(single))
        found = np.full((len(lost), len(counts), len(single), 3), np.nan)
        staying = np.stack([ratio.error for ratio in endless])
        shrinking = np.stack([ratio.error for ratio in single]) - staying
        for position, count in enumerate(counts):
            errors = staying + shrinking / count
            means = [Ratio(ratio.subjects, error) for ratio, error in zip(single, errors, strict=True)]
            found[:, position, :, 0] = self.estimates(means)
        # Draws by the thousand: of error over subjects, whose quantiles are those of the ratio, in half the bytes.
        subjects = self.drawn(np.stack([ratio.subjects for ratio in single]))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            falling, fixed = (
                np.fmin((self.drawn(error) / subjects).astype(np.float32), np.float32(np.inf))
                for error in (shrinking, staying)
            )
            for position, count in enumerate(counts):
                error = _quantiles(falling / np.float32(count) + fixed, _tails(level)[::-1])
                limits = _around(found[:, position, :, 0], np.moveaxis(1 / (1 + error), (2, 0), (0, 2)))
                found[:, position, :, 1:] = np.moveaxis(limits, 0, -1)
        found[np.broadcast_to(lost[:, None], found.shape[:3])] = np.nan
        found[self.exact, ..., 1:] = np.nan
        return found

    def estimates(self, ratios: Sequence[Ratio]) -> FloatArray:
        """Give coefficients of each feature, see `FacetPoint.ratios`."""
        return FacetPoint(self.components, self.mixed, self.converged).ratios(ratios)

    def _status(self, mixed: BoolArray, others: dict[Status, BoolArray]) -> StatusArray:
        lost = ~self.converged.reshape(-1, *(1,) * (mixed.ndim - 1)) & np.ones_like(mixed)
        return first_reason({Status.CONFOUNDED: mixed, Status.NOT_CONVERGED: lost, **others})


def fitted(
    sums: StrataSums, weights: FloatArray, degrees: FloatArray
) -> tuple[FacetPoint, Reml, Likelihood, BoolArray]:
    """Maximize the likelihood of the sources that the cells tell apart; give which these are, too."""
    estimable, mixed = Reml(sums, weights, degrees).estimable()
    reml = Reml(sums, weights[:, estimable], degrees)
    found, likelihood, converged = reml.maximize()
    components = np.zeros((len(found), weights.shape[1]))
    components[:, estimable] = found
    return FacetPoint(components, mixed, converged), reml, likelihood, estimable


def _standard(values: FloatArray, present: BoolArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Give values of mean 0 and variance 1, 0 where a cell is missing; their SD is `spread` times 2 to `exponent`."""
    kept, exponent = to_unit(np.where(present, values, 0.0).reshape(len(values), 1, -1))
    observed = kept[:, 0, present.ravel()]
    centre, spread = observed.mean(axis=1), observed.std(axis=1, ddof=1)
    standard = np.zeros_like(values)
    standard[:, present] = (observed - centre[:, None]) / spread[:, None]
    return standard, spread, exponent


def _quantiles(draws: np.ndarray, at: Sequence[float]) -> FloatArray:
    """Give quantiles along the last axis, which they take; `draws` are sorted, which beats looking for a few."""
    places = np.asarray(at) * (draws.shape[-1] - 1)
    below = places.astype(int)
    draws.sort(axis=-1)
    low, high = draws[..., below], draws[..., np.minimum(below + 1, draws.shape[-1] - 1)]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(low == high, low, low + (places - below) * (high - low)))


def _around(estimate: FloatArray, limits: FloatArray) -> FloatArray:
    """Widen limits (2, ...) to hold the estimate.

    That of a component is of the largest likelihood, in which none is below zero; the limits are of mean squares.
    """
    return np.stack([np.minimum(limits[0], estimate), np.maximum(limits[1], estimate)])


def _tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2
