"""Least-squares fit of a rigid motion to intensities that are related by a line or by any smooth function."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.registration.rigid import Rigid
from harmonize.registration.rigid_image import Seen, Smooth

Relation = Literal["line", "function"]

KNOTS: dict[Relation, int] = {"line": 2, "function": 9}
"""Quantiles of the fixed intensities between which the function runs straight; a line has two."""
LEAST_INSIDE = 0.6
"""Share of the samples that has to fall into the moving image."""
ITERATIONS, SMALLEST_STEP, ROUGH_STEP = 25, 5e-3, 5e-2
"""Of a fit; the steps in mm at which it ends, and at which it does where it is done once more."""
ROUNDS = 3
"""How often what is left is evened at full resolution: each time takes out more of strong shading."""
OUTLYING = 4.5
"""Times the median of what is left unexplained that a sample may have; three standard deviations of normal noise."""
STIFFNESS = 1e-3
"""Share of its own curvature that is added for each term of the shading, which a few samples may leave open."""
ENOUGH = 2500
"""Samples at least that shading is solved for."""
MOST = 1.5
"""Logarithm of the shading, to either side."""
DAMPING = 1e-3
RIDGE = 1e-10
"""Share of the mean weight of the functions, so that those that no sample belongs to can be solved for: they are 0."""
ROTATIONS = {
    2: np.array([[[0.0, -1.0], [1.0, 0.0]]]),
    3: np.array(
        [
            [[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]],
            [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]],
            [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
        ]
    ),
}
"""What turns a point about each axis, by dimension."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Where the fixed image is compared, and what its intensities there can explain of others.

    Functions of the intensities that are straight between knots are sums of hats, one a knot; at a sample at most two
    are not 0, and they add up to 1.

    Parameters
    ----------
    points : ndarray of float, shape (n, dimension)
        In mm.
    knot : ndarray of int, shape (n,)
        Which knot lies below the intensity.
    part : ndarray of float, shape (n,)
        How far it is on the way to the next, 0 to 1.
    knots : int
        How many there are.
    shading : ndarray of float, shape (n,)
        By how much the other image is brighter there than its relation to the fixed one says.
    """

    points: FloatArray
    knot: IntArray
    part: FloatArray
    knots: int
    shading: FloatArray

    @classmethod
    def of(cls, points: FloatArray, values: FloatArray, relation: Relation) -> "Samples":
        """Take intensities at points, related to others by a line or by any smooth function."""
        knots = np.unique(np.quantile(values, np.linspace(0, 1, KNOTS[relation])))
        place = np.interp(values, knots, np.arange(len(knots)))
        knot = np.minimum(place.astype(np.intp), max(len(knots) - 2, 0))
        return cls(points, knot, place - knot, len(knots), np.ones(len(points)))

    def some(self, chosen: BoolArray | IntArray | slice) -> "Samples":
        """Give a part of them."""
        points, knot, part = self.points[chosen], self.knot[chosen], self.part[chosen]
        return Samples(points, knot, part, self.knots, self.shading[chosen])

    @cached_property
    def _products(self) -> FloatArray:
        """Give the sums of products of the hats."""
        low, high, count = 1 - self.part, self.part, self.knots
        across = np.bincount(self.knot, low * high, count)[: count - 1]
        own = np.bincount(self.knot, low**2, count) + np.bincount(self.knot + 1, high**2, count + 1)[:count]
        ridge = RIDGE * len(self.knot) / count
        products: FloatArray = np.diag(own + ridge) + np.diag(across, 1) + np.diag(across, -1)
        return products

    def explained(self, others: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the sums of other intensities with the hats, shape (knots, arrays), and the weights of the hats."""
        along = np.empty((self.knots, len(others)))
        for column, other in zip(along.T, others, strict=True):
            high = self.part * other
            column[:] = np.bincount(self.knot, other - high, self.knots)
            column[1:] += np.bincount(self.knot, high, self.knots)[:-1]
        weights = np.asarray(np.linalg.solve(self._products, along), dtype=np.float64)
        return along, weights

    def unexplained(self, other: FloatArray) -> FloatArray:
        """Give what is left of other intensities there, by least squares."""
        weights = np.append(self.explained(other[None])[1][:, 0], 0.0)
        left: FloatArray = other - (1 - self.part) * weights[self.knot] - self.part * weights[self.knot + 1]
        return left


def cost_of(moving: Smooth, motion: Rigid, samples: Samples) -> float:
    """Give the share of the variance of the moving image that the fixed one does not explain.

    One minus the squared correlation for a line, one minus the correlation ratio (Roche et al. 1998) for a function;
    infinite where too few samples fall into the moving image.
    """
    return _Compared.of(moving, motion, samples).cost


def fit_motion(moving: Smooth, start: Rigid, samples: Samples, rounds: int = ROUNDS) -> Rigid | None:
    """Improve a motion until nothing is gained, by damped Gauss-Newton steps with the relation solved for at each.

    Then the smooth shading between the images is divided out, samples that are explained far worse than the others
    (what one image does not show, or shows elsewhere) are left out, and the fit is done once more; so in every round.
    Shading that stays draws a motion to where interpolation between slices blurs away contrast that it makes wrong.

    Parameters
    ----------
    moving : Smooth
        The image that points are taken to.
    start : Rigid
        Where to begin.
    samples : Samples
        Of the fixed image.
    rounds : int
        How often.

    Returns
    -------
    Rigid or None
        The start where nothing better is near; None where too few samples fall into the moving image to tell.

    References
    ----------
    G. H. Golub, V. Pereyra, "Separable nonlinear least squares: the variable projection method and its applications",
    Inverse Problems 19 (2003) R1-R26. A. Roche et al., "The correlation ratio as a new similarity measure for
    multimodal image registration", MICCAI (1998) 1115-1124.
    """
    found = _descend(moving, _Compared.of(moving, start, samples), ROUGH_STEP)
    for left in reversed(range(rounds)):
        if not np.isfinite(found.cost):
            return None
        end = ROUGH_STEP if left else SMALLEST_STEP
        found = _descend(moving, _Compared.of(moving, found.motion, found.evened()), end)
    return found.motion if np.isfinite(found.cost) else None


@dataclass(frozen=True, eq=False)
class _Compared:
    """The samples that fall into the moving image under a motion, and what is seen there."""

    motion: Rigid
    all: Samples
    samples: Samples
    values: FloatArray
    mean: float
    look: Seen
    cost: float

    @classmethod
    def of(cls, moving: Smooth, motion: Rigid, samples: Samples) -> "_Compared":
        look = moving.at(samples.points, motion)
        inside, count = look.inside, np.count_nonzero(look.inside)
        there = samples if count == len(inside) else samples.some(inside)
        values = (look.values if there is samples else look.values[inside]) / there.shading
        mean = float(values.mean()) if len(values) else 0.0
        values -= mean
        total, cost = float(np.sum(values**2)), np.inf
        if count >= LEAST_INSIDE * len(inside) and total > 0:
            along, weights = there.explained(values[None])
            cost = 1 - float(np.sum(along * weights)) / total
        return cls(motion, samples, there, values, mean, look, cost)

    def evened(self) -> Samples:
        """Give the samples seen here that are not explained far worse than the others, with the shading.

        That is the exponential of a quadratic in the coordinates. It is solved for together with a step of the motion,
        which is not taken, so that what a wrong motion leaves does not pass for shading.
        """
        samples, values = self.samples, self.values + self.mean
        some = slice(None, None, max(1, len(values) // ENOUGH))
        few, seen = samples.some(some), values[some]
        left = few.unexplained(seen)
        near = _likely(left)
        few, expected = few.some(near), (seen - left)[near]
        places = (samples.points - samples.points.mean(axis=0)).T
        places /= np.abs(places).max()
        first, second = np.triu_indices(len(places))
        terms = np.vstack([places, places[first] * places[second]])
        middle = self.motion(samples.points.mean(axis=0)[None])[0]
        by_motion = self._by_motion(middle, np.arange(len(values))[some][near])
        both = np.vstack([by_motion, terms[:, some][:, near] * expected, seen[near]])
        along, weights = few.explained(both)
        products = _sums(both, both) - along.T @ weights
        scaled = products[:-1, :-1] + STIFFNESS * np.diag(np.diag(products[:-1, :-1]))
        factors = np.linalg.lstsq(scaled, products[:-1, -1], rcond=None)[0][len(by_motion) :]
        shading = np.exp(np.clip(factors @ terms, -MOST, MOST))
        even = replace(samples, shading=samples.shading * shading)
        return even.some(_likely(even.unexplained(values / shading)))

    def _by_motion(self, middle: FloatArray, chosen: IntArray | slice = slice(None)) -> FloatArray:
        """Give by how much the values of samples change with translations and with rotations about a point."""
        seen = chosen if self.samples is self.all else np.flatnonzero(self.look.inside)[chosen]
        slopes = self.look.slopes[:, seen] / self.samples.shading[chosen]
        x, *rest = (self.motion(self.samples.points[chosen]) - middle).T
        if len(rest) == 1:
            return np.vstack([slopes, x * slopes[1] - rest[0] * slopes[0]])
        (y, z), (along_x, along_y, along_z) = rest, slopes
        turns = (y * along_z - z * along_y, z * along_x - x * along_z, x * along_y - y * along_x)
        return np.vstack([slopes, *turns])

    def equations(self, middle: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give curvature and gradient of the cost by translations and by rotations about a point."""
        both = np.vstack([self._by_motion(middle), self.values])
        both -= both.mean(axis=1, keepdims=True)
        along, weights = self.samples.explained(both)
        products = _sums(both, both)
        left = products - along.T @ weights
        return left[:-1, :-1], left[:-1, -1] - self.cost * products[:-1, -1]


def _descend(moving: Smooth, start: _Compared, end: float) -> _Compared:
    best, damping, points = start, DAMPING, start.all.points
    corners = points[:: max(1, len(points) // 50)]
    for _ in range(ITERATIONS):
        if not np.isfinite(best.cost):
            break
        middle = best.motion(points.mean(axis=0)[None])[0]
        curvature, gradient = best.equations(middle)
        tried = None
        while tried is None:
            scaled = curvature + damping * np.diag(np.diag(curvature))
            step = -np.asarray(np.linalg.lstsq(scaled, gradient, rcond=None)[0], dtype=np.float64)
            motion = _stepped(best.motion, step, middle)
            if np.abs(motion(corners) - best.motion(corners)).max() < end:
                return best
            tried = _Compared.of(moving, motion, start.all)
            if not tried.cost < best.cost:
                tried, damping = None, max(5 * damping, DAMPING)
        best, damping = tried, damping / 5
    return best


def _likely(left: FloatArray) -> BoolArray:
    """Tell which samples are not left unexplained far more than the others."""
    size = np.abs(left)
    return np.asarray(size <= OUTLYING * np.median(size))


def _sums(a: FloatArray, b: FloatArray) -> FloatArray:
    """Sum products over the samples, always in the same order: matrix products on several threads are not."""
    sums: FloatArray = np.einsum("in,jn->ij", a, b)
    return sums


def _turned(angles: FloatArray) -> FloatArray:
    """Give the rotation about the axis of a vector by its length (Rodrigues' formula); in a plane it is one number."""
    across = np.tensordot(angles, ROTATIONS[2 if len(angles) == 1 else 3], axes=1)
    angle = float(np.linalg.norm(angles))
    first, second = np.sinc(angle / np.pi), np.sinc(angle / 2 / np.pi) ** 2 / 2
    turn: FloatArray = np.eye(len(across)) + first * across + second * across @ across
    return turn


def _stepped(motion: Rigid, step: FloatArray, middle: FloatArray) -> Rigid:
    """Let a small motion about a point follow another."""
    dimension = len(middle)
    turn = _turned(step[dimension:])
    offset = turn @ (np.array(motion.offset) - middle) + middle + step[:dimension]
    return Rigid.from_arrays(turn @ np.array(motion.matrix), offset, motion.slice)
