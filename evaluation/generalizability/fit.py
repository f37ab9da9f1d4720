"""A design fitted to features with the same missing cells: components, limits, ratios."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluation.generalizability.coefficients import Ratio
from evaluation.generalizability.facets import FacetDesign
from evaluation.generalizability.missing_cells import StrataSums, worth
from evaluation.generalizability.pivots import draw_components
from evaluation.generalizability.reml import Reml
from evaluation.reliability.sample import StatusArray, to_unit
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import BoolArray, FloatArray

LEAST_DEGREES = 0.5
"""Of a stratum; fewer make its draws too large for numbers."""


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
        kept, exponent = to_unit(np.where(present, values, 0.0).reshape(len(values), 1, -1))
        observed = kept[:, 0, present.ravel()]
        centre, spread = observed.mean(axis=1), observed.std(axis=1, ddof=1)
        standard = np.zeros_like(values)
        standard[:, present] = (observed - centre[:, None]) / spread[:, None]
        sums = StrataSums.of(standard, present, design.strata)
        degrees = design.degrees(present.shape)
        weights = design.weights(present.shape)
        estimable, mixed = Reml(sums, weights, degrees).estimable()
        reml = Reml(sums, weights[:, estimable], degrees)
        found, likelihood, converged = reml.maximize()
        components = np.zeros((len(values), len(design.sources)))
        components[:, estimable] = found
        with np.errstate(over="ignore"):
            unit = np.square(np.ldexp(spread, exponent))
        standard[:, ~present] = likelihood.expected @ sums.basis.T
        mean_squares, left = reml.mean_squares(likelihood)
        stretch = np.sqrt(degrees / np.maximum(left, LEAST_DEGREES))
        degrees = np.maximum(np.minimum(degrees, worth(standard, design.strata)), LEAST_DEGREES)
        return cls(components, unit, mixed, converged, mean_squares, degrees, stretch, weights[:, estimable], estimable)

    @property
    def exact(self) -> BoolArray:
        """Tell which features have a residual of zero, which tells nothing of how large it may be: no limits."""
        return np.asarray(~self.mixed[-1] & (self.components[:, -1] == 0))

    @cached_property
    def draws(self) -> FloatArray:
        """Give values that the components may have, shape (n_features, DRAWS, n_sources)."""
        drawn = draw_components(self.mean_squares, self.degrees, self.weights, self.stretch)
        found = np.zeros((*drawn.shape[:2], len(self.kept)))
        found[..., self.kept] = drawn
        return found

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
        limits = np.quantile(self.draws, _tails(level), axis=1)
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

    def ratio(self, ratio: Ratio, level: float) -> tuple[FloatArray, FloatArray, StatusArray]:
        """Give a coefficient of each feature, its limits (2, n_features), and status."""
        estimate = self.estimate(ratio)
        with np.errstate(invalid="ignore"):
            limits = np.quantile(np.nan_to_num(ratio.of(self.draws)), _tails(level), axis=1)
        mixed = np.full(len(estimate), bool((self.mixed & ratio.needs()).any()))
        none = self.components @ ratio.subjects == 0
        others = {Status.UNDEFINED: np.isnan(estimate), Status.NO_SUBJECT_VARIANCE: none}
        status = self._status(mixed, {**others, Status.NO_ERROR_VARIANCE: self.exact})
        return estimate, np.where(np.isnan(estimate) | self.exact, np.nan, limits), status

    def over_levels(self, single: Ratio, endless: Ratio, counts: Sequence[int], level: float) -> FloatArray:
        """Give a coefficient of means over so many levels of one facet, shape (n_features, n_counts, 3).

        Parameters
        ----------
        single, endless : Ratio
            That of one level, and of means over levels without end: error between both falls as 1 / levels.
        counts : sequence of int
        level : float
            Confidence level.

        Returns
        -------
        ndarray
            Estimate, lower and upper limit along the last axis.
        """
        lost = np.isnan(self.estimate(single))
        found = np.full((len(lost), len(counts), 3), np.nan)
        averaged = single.error - endless.error
        for position, count in enumerate(counts):
            found[:, position, 0] = Ratio(single.subjects, endless.error + averaged / count).of(self.components)
        # Draws by the thousand: of error over subjects, whose quantiles are those of the ratio, in half the bytes.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            subjects = self.draws @ single.subjects
            shrinking, staying = (
                np.nan_to_num((self.draws @ error / subjects).astype(np.float32), nan=np.inf)
                for error in (averaged, endless.error)
            )
            for position, count in enumerate(counts):
                error = _quantiles(shrinking / np.float32(count) + staying, _tails(level)[::-1])
                found[:, position, 1:] = np.nan_to_num(1 / (1 + error))
        found[lost], found[self.exact, :, 1:] = np.nan, np.nan
        return found

    def estimate(self, ratio: Ratio) -> FloatArray:
        """Give a coefficient of each feature, NaN where it cannot be told."""
        lost = ~self.converged | bool((self.mixed & ratio.needs()).any())
        return np.where(lost, np.nan, ratio.of(self.components))

    def _status(self, mixed: BoolArray, others: dict[Status, BoolArray]) -> StatusArray:
        lost = ~self.converged.reshape(-1, *(1,) * (mixed.ndim - 1)) & np.ones_like(mixed)
        return first_reason({Status.CONFOUNDED: mixed, Status.NOT_CONVERGED: lost, **others})


def _quantiles(draws: np.ndarray, at: Sequence[float]) -> FloatArray:
    """Give quantiles along the last axis, which they take: sorted, which for a thousand numbers is faster."""
    places = np.asarray(at) * (draws.shape[-1] - 1)
    below = places.astype(int)
    found = np.sort(draws, axis=-1)
    low, high = found[..., below], found[..., np.minimum(below + 1, draws.shape[-1] - 1)]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(low == high, low, low + (places - below) * (high - low)))


def _tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2
