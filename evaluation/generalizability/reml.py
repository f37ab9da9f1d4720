"""Components of variance by restricted maximum likelihood, for many features with the same missing cells at once."""

from dataclasses import dataclass, fields, replace

import numpy as np

from evaluation.generalizability.missing_cells import StrataSums
from harmonize.arrays import BoolArray, FloatArray, IntArray

LEAST_CURVATURE = 1e-4
"""Of Newton's step, beside that which is expected."""
MOST_STEPS = 100
MOST_HALVINGS = 40
ROUNDING = 1e-13
"""What the criterion may rise by, for each degree of freedom: near its minimum it is flat to the last digits."""
TOLERANCE = 1e-10
"""The largest slope at the end, in units of its standard deviation."""
ENOUGH = 1e-6
"""What a last step might still gain in -2 log likelihood where rounding hides its gain."""
UNSURE = 1e-6
"""Slopes are known to this part of what they are made of, where the residual is near its bound."""
SMALLEST = 1e-8
"""The residual variance stays above this part of the variance of the values."""


@dataclass(frozen=True)
class Likelihood:
    """The restricted likelihood of values in units of their standard deviation, where it was asked for.

    Parameters
    ----------
    variances : ndarray, shape (n_features, n_strata)
        Variance by stratum, which the components make.
    inverse : ndarray, shape (n_features, n_missing, n_missing)
        Covariance of the missing cells, given the others.
    expected : ndarray, shape (n_features, n_missing)
        The missing cells as they are expected, given the others.
    squares : ndarray, shape (n_features, n_strata)
        Sums of squares with these.
    criterion : ndarray, shape (n_features,)
        -2 log likelihood, up to what does not depend on the components.
    """

    variances: FloatArray
    inverse: FloatArray
    expected: FloatArray
    squares: FloatArray
    criterion: FloatArray

    def take(self, rows: BoolArray | IntArray) -> "Likelihood":
        """Give that of some features."""
        return Likelihood(*(getattr(self, field.name)[rows] for field in fields(self)))

    def put(self, rows: BoolArray | IntArray, others: "Likelihood") -> None:
        """Fill in that of some features."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(others, field.name)


@dataclass(frozen=True)
class Reml:
    """The likelihood of a design.

    Parameters
    ----------
    sums : StrataSums
    weights : ndarray, shape (n_strata, n_sources)
        See `FacetDesign.weights`; the residual last.
    degrees : ndarray, shape (n_strata,)

    Notes
    -----
    In the complete crossed design the covariance of the values is sum_s v_s Q_s over the strata s with projections
    Q_s, where v = weights @ components, so that the likelihood is that of independent sums of squares. For missing
    cells m, with W = sum_s Q_s / v_s, the quadratic form of the observed cells is that of all with the missing ones at
    their expectation, -W_mm^-1 W_m. y, and the determinant that of all times det W_mm. Strata of fixed effects have
    infinite variance, which makes the likelihood the restricted one. So its cost depends on the number of missing
    cells, not of all.

    References
    ----------
    Searle SR, Casella G, McCulloch CE. Variance Components. Wiley 1992, chapters 4 and 6.
    """

    sums: StrataSums
    weights: FloatArray
    degrees: FloatArray

    def at(self, components: FloatArray) -> Likelihood:
        """Compute it at components, shape (n_features, n_sources)."""
        sums = self.sums
        variances = components @ self.weights.T
        precision = 1 / variances
        information = np.tensordot(precision, sums.overlap, axes=1)
        inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
        expected = -(inverse @ (precision[:, None] @ sums.projected)[:, 0, :, None])[..., 0]
        seen = 2 * sums.projected + np.einsum("sij,fj->fsi", sums.overlap, expected, optimize=True)
        squares = sums.squares + (seen @ expected[:, :, None])[..., 0]
        criterion = (self.degrees * np.log(variances) + squares * precision).sum(axis=1)
        return Likelihood(variances, inverse, expected, squares, criterion + np.linalg.slogdet(information)[1])

    def slope(self, at: Likelihood) -> FloatArray:
        """Give the slope of the criterion by source, shape (n_features, n_sources)."""
        precision = 1 / at.variances
        slope: FloatArray = (self.degrees * precision - self.complete_squares(at) * precision**2) @ self.weights
        return slope

    def complete_squares(self, at: Likelihood) -> FloatArray:
        """Give the expectation of the sums of squares with no cell missing, shape (n_features, n_strata)."""
        return np.asarray(at.squares + np.einsum("fij,sji->fs", at.inverse, self.sums.overlap, optimize=True))

    def information(self, at: Likelihood) -> tuple[FloatArray, FloatArray]:
        """Give Fisher's information of the criterion by source, and by stratum."""
        precision = 1 / at.variances
        part = at.inverse[:, None] @ self.sums.overlap
        n_features, n_strata = precision.shape
        turned = np.swapaxes(part, 2, 3).reshape(n_features, n_strata, -1)
        by_stratum = part.reshape(n_features, n_strata, -1) @ np.swapaxes(turned, 1, 2)
        by_stratum = by_stratum * (precision**2)[:, :, None] * (precision**2)[:, None, :]
        diagonal = np.arange(n_strata)
        trace = np.trace(part, axis1=2, axis2=3)
        by_stratum[:, diagonal, diagonal] += self.degrees * precision**2 - 2 * trace * precision**3
        return self.weights.T @ by_stratum @ self.weights, by_stratum

    def average(self, at: Likelihood) -> FloatArray:
        """Give the average of the observed and Fisher's information by source, which takes products of vectors only."""
        precision = 1 / at.variances
        by_stratum = self.weights.T @ ((at.squares * precision**3)[:, :, None] * self.weights)
        seen = self.sums.projected + np.einsum("sij,fj->fsi", self.sums.overlap, at.expected, optimize=True)
        seen = self.weights.T @ (seen * (precision**2)[:, :, None])
        found: FloatArray = by_stratum - seen @ at.inverse @ np.swapaxes(seen, 1, 2)
        return found

    def mean_squares(self, at: Likelihood) -> tuple[FloatArray, FloatArray]:
        """Give the mean square of each stratum, as if no cell were missing, and the degrees of freedom it is worth."""
        _, information = self.information(at)
        variance = 2 * np.diagonal(np.linalg.pinv(information, hermitian=True), axis1=1, axis2=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            worth = np.where(variance > 0, 2 * at.variances**2 / variance, 0.0)
        return self.complete_squares(at) / self.degrees, np.minimum(worth, self.degrees)

    def estimable(self) -> tuple[BoolArray, BoolArray]:
        """Say which sources the cells tell apart.

        Returns
        -------
        kept : ndarray of bool, shape (n_sources,)
            Sources that make a basis of what can be told apart, the residual among them.
        mixed : ndarray of bool, shape (n_sources,)
            Sources that are a sum with others, so that no estimate is theirs alone.
        """
        n_sources = self.weights.shape[1]
        information, _ = self.first.information(self.first.at(np.ones((1, n_sources))))
        matrix = information[0]
        kept, mixed = np.zeros(n_sources, dtype=np.bool_), np.zeros(n_sources, dtype=np.bool_)
        for source in (n_sources - 1, *range(n_sources - 1)):
            among = np.flatnonzero(kept)
            of_others = np.linalg.lstsq(matrix[np.ix_(among, among)], matrix[among, source], rcond=None)[0]
            left = matrix[source, source] - matrix[source, among] @ of_others
            if left > 1e-8 * max(matrix[source, source], 1e-8):
                kept[source] = True
            else:
                mixed[source] = True
                mixed[among[np.abs(of_others) > 1e-6]] = True
        return kept, mixed

    def maximize(self) -> tuple[FloatArray, Likelihood, BoolArray]:
        """Find the components, none below zero.

        Returns
        -------
        components : ndarray, shape (n_features, n_sources)
            Exactly 0 where the likelihood is largest at that boundary.
        likelihood : Likelihood
            There.
        found : ndarray of bool, shape (n_features,)
            Whether the search came to its end.

        Notes
        -----
        There may be several maxima, so that the search starts from equal components and from the analysis of variance.
        """
        n_features, n_sources = len(self.sums.squares), self.weights.shape[1]
        even: FloatArray = np.full((n_features, n_sources), 1 / n_sources)
        twice = self.take(np.tile(np.arange(n_features), 2))
        found, here, converged = twice.climb(np.concatenate([even, self.moments(even)]))
        criterion = np.where(converged, here.criterion, np.inf).reshape(2, -1)
        best = np.arange(n_features)
        best[criterion[1] < criterion[0] - ROUNDING * self.degrees.sum()] += n_features
        return found[best], here.take(best), converged[best]

    def climb(self, components: FloatArray) -> tuple[FloatArray, Likelihood, BoolArray]:
        """Search a maximum from components, see `maximize`.

        Notes
        -----
        Newton's steps (or those of the average information) of the sources that are not held at zero, projected, halved
        until the criterion falls.
        """
        lowest: FloatArray = np.zeros(components.shape[1])
        lowest[-1] = SMALLEST
        found: FloatArray = np.maximum(components, lowest)
        rows: IntArray = np.arange(len(found))
        part, components = self, found
        here, gain = part.at(components), np.full(len(found), np.inf)
        for _ in range(MOST_STEPS):
            slope = part.slope(here)
            unsure = UNSURE * (part.degrees / here.variances) @ part.weights
            held = (components <= lowest) & (slope > -unsure)
            expected, _ = part.information(here)
            size = _sizes(expected)
            open_ = np.any(~held & (np.abs(slope) > TOLERANCE * size), axis=1)
            found[rows] = components
            if not open_.any():
                rows, gain = rows[:0], gain[:0]
                break
            rows, slope, held = rows[open_], slope[open_], held[open_]
            part, here = self.take(rows), here.take(open_)
            step = _step(part.average(here), expected[open_], slope, held)
            gain = -np.where(held, 0.0, slope * step).sum(axis=1)
            components, here = part.search(components[open_], here, step, slope, lowest)
        converged = np.ones(len(found), dtype=np.bool_)
        converged[rows] = gain <= ENOUGH
        found = np.where(found <= 10 * SMALLEST, 0.0, found)
        return found, self.at(np.maximum(found, lowest)), converged

    def moments(self, components: FloatArray) -> FloatArray:
        """Solve for the components that mean squares are expected from, missing cells as these components have them."""
        squares = self.complete_squares(self.at(components))
        size = np.sqrt(self.degrees)[:, None]
        found: FloatArray = squares / self.degrees @ (np.linalg.pinv(size * self.weights) * size.T).T
        return found

    def search(
        self, components: FloatArray, here: Likelihood, step: FloatArray, slope: FloatArray, lowest: FloatArray
    ) -> tuple[FloatArray, Likelihood]:
        """Go along a step, halved until the criterion falls."""
        there = np.maximum(components + step, lowest)
        reached = self.at(there)
        for halvings in range(1, MOST_HALVINGS):
            allowed = here.criterion + 1e-4 * ((there - components) * slope).sum(axis=1)
            worse = np.flatnonzero(reached.criterion > allowed + ROUNDING * self.degrees.sum())
            if not len(worse):
                break
            there[worse] = np.maximum(components[worse] + step[worse] / 2**halvings, lowest)
            reached.put(worse, self.take(worse).at(there[worse]))
        return there, reached

    @property
    def first(self) -> "Reml":
        """Give that of the first feature."""
        return self.take(np.arange(1))

    def take(self, rows: IntArray) -> "Reml":
        """Give that of some features."""
        return replace(self, sums=self.sums.take(rows))


def _sizes(information: FloatArray) -> FloatArray:
    """Give the standard deviations of slopes; 1 where rounding leaves none."""
    diagonal = np.einsum("fii->fi", information)
    return np.asarray(np.sqrt(np.where(diagonal > 0, diagonal, 1.0)))


def _step(average: FloatArray, expected: FloatArray, slope: FloatArray, held: BoolArray) -> FloatArray:
    """Give Newton's step of the sources that are free where the curvature allows it, else that of the average."""
    diagonal = np.arange(slope.shape[1])

    def free(matrix: FloatArray) -> FloatArray:
        cut = np.where(held[:, :, None] | held[:, None, :], 0.0, matrix)
        cut[:, diagonal, diagonal] = np.where(held, 1.0, cut[:, diagonal, diagonal])
        return cut

    observed, average, expected = free(2 * average - expected), free(average), free(expected)
    scale = _sizes(expected)
    unit = scale[:, :, None] * scale[:, None, :]
    convex = np.linalg.eigvalsh(observed / unit)[:, 0] > LEAST_CURVATURE
    steady = np.zeros_like(convex)
    steady[~convex] = np.linalg.eigvalsh((average / unit)[~convex])[:, 0] > LEAST_CURVATURE
    matrix = np.where(convex[:, None, None], observed, np.where(steady[:, None, None], average, expected))
    # Cells that hardly tell sources apart make it singular but for rounding.
    matrix[:, diagonal, diagonal] += ROUNDING * scale**2
    step: FloatArray = -np.linalg.solve(matrix, np.where(held, 0.0, slope)[..., None])[..., 0]
    return step
