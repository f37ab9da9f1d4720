"""Least-squares fit of a rigid motion to intensities that are related by a line or by any smooth function."""

from functools import cached_property
from typing import Literal

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from scipy.linalg import expm

from harmonize.arrays import BoolArray, FloatArray
from harmonize.registration.rigid import Rigid

Relation = Literal["line", "function"]

KNOTS = 9
"""Quantiles of the fixed intensities between which the function runs straight."""
LEAST_INSIDE = 0.6
"""Share of the samples that has to fall into the moving image."""
LEAST_BLUR = 0.7
"""Voxels that images are smoothed by at least, so that interpolation between voxels blurs little more."""
ITERATIONS, SMALLEST_STEP = 25, 1e-3
"""Of a fit; the step in mm."""
ROUNDS = 1
OUTLYING = 4.5
"""Times the median of what is left unexplained that a sample may have; three standard deviations of normal noise."""
DAMPING, LARGEST_DAMPING = 1e-3, 1e4
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


class Smooth:
    """A smoothed image and its gradient, to be sampled anywhere.

    Parameters
    ----------
    image : SimpleITK.Image
        Two or three dimensions.
    width : float
        Standard deviation of the smoothing in mm; at least 0.7 voxels along each axis.
    """

    def __init__(self, image: sitk.Image, width: float) -> None:
        dimension = image.GetDimension()
        spacing = np.array(image.GetSpacing())
        self.to_mm = np.array(image.GetDirection()).reshape(dimension, dimension) * spacing
        self.to_index = np.linalg.inv(self.to_mm)
        self.origin = np.array(image.GetOrigin())
        self.last = np.array(image.GetSize()) - 1
        blur = np.maximum(width / spacing, LEAST_BLUR)[::-1]
        self.values: FloatArray = ndimage.gaussian_filter(sitk.GetArrayFromImage(image), blur, mode="nearest")

    @cached_property
    def gradient(self) -> list[FloatArray]:
        """Give the change from voxel to voxel along each axis, x first."""
        return [np.asarray(np.gradient(self.values, axis=axis)) for axis in reversed(range(self.values.ndim))]

    def points(self, indices: FloatArray) -> FloatArray:
        """Give the places of voxels, counted x first, in mm."""
        points: FloatArray = indices @ self.to_mm.T + self.origin
        return points

    def at(self, points: FloatArray) -> tuple[BoolArray, FloatArray]:
        """Say which points lie in the image, and give its intensities there."""
        inside, indices = self._indices(points)
        return inside, ndimage.map_coordinates(self.values, indices, order=1, mode="nearest")

    def slope_at(self, points: FloatArray) -> FloatArray:
        """Give the gradient at the points that lie in the image, per mm, shape (dimension, n)."""
        _, indices = self._indices(points)
        along = [ndimage.map_coordinates(item, indices, order=1, mode="nearest") for item in self.gradient]
        slope: FloatArray = self.to_index.T @ np.stack(along)
        return slope

    def _indices(self, points: FloatArray) -> tuple[BoolArray, FloatArray]:
        indices = (points - self.origin) @ self.to_index.T
        inside = np.all((indices >= -1e-6) & (indices <= self.last + 1e-6), axis=1)
        return inside, indices[inside].T[::-1]


class Samples:
    """Where the fixed image is compared, and what its intensities there can explain of others.

    Parameters
    ----------
    points : ndarray of float, shape (n, dimension)
        In mm.
    basis : ndarray of float, shape (functions, n)
        Of the intensities: those themselves and one, or functions that are straight between quantiles.
    """

    def __init__(self, points: FloatArray, basis: FloatArray) -> None:
        self.points, self.basis = points, basis

    @classmethod
    def of(cls, points: FloatArray, values: FloatArray, relation: Relation) -> "Samples":
        """Take intensities at points, related to others by a line or by any smooth function."""
        knots = np.unique(np.quantile(values, np.linspace(0, 1, KNOTS)))
        if relation == "line" or len(knots) < 3:
            return cls(points, np.stack([np.ones_like(values), values - values.mean()]))
        return cls(points, np.stack([np.interp(values, knots, one) for one in np.eye(len(knots))]))

    def some(self, chosen: BoolArray | slice) -> "Samples":
        """Give a part of them."""
        return Samples(self.points[chosen], self.basis[:, chosen])

    def unexplained(self, others: FloatArray) -> FloatArray:
        """Give what is left of other intensities there, shape (arrays, n), by least squares."""
        weights = np.linalg.pinv(_sums(self.basis, self.basis), hermitian=True) @ _sums(self.basis, others)
        left: FloatArray = others - weights.T @ self.basis
        return left


def cost_of(moving: Smooth, motion: Rigid, samples: Samples) -> float:
    """Give the share of the variance of the moving image that the fixed one does not explain.

    One minus the squared correlation for a line, one minus the correlation ratio (Roche et al. 1998) for a function;
    infinite where too few samples fall into the moving image.
    """
    inside, values = moving.at(motion(samples.points))
    if inside.mean() < LEAST_INSIDE:
        return np.inf
    left = samples.some(inside).unexplained(values[None])
    total = float(values.var()) * len(values)
    return float(_sums(left, left)[0, 0]) / total if total > 0 else np.inf


def fit_motion(moving: Smooth, start: Rigid, samples: Samples) -> Rigid:
    """Improve a motion until nothing is gained, by damped Gauss-Newton steps with the relation solved for at each.

    Then samples that are explained far worse than the others (what one image does not show, or shows elsewhere) are
    left out, and the fit is done once more.

    Parameters
    ----------
    moving : Smooth
        The image that points are taken to.
    start : Rigid
        Where to begin.
    samples : Samples
        Of the fixed image.

    Returns
    -------
    Rigid
        The start where nothing better is near.

    References
    ----------
    G. H. Golub, V. Pereyra, "Separable nonlinear least squares: the variable projection method and its applications",
    Inverse Problems 19 (2003) R1-R26. A. Roche et al., "The correlation ratio as a new similarity measure for
    multimodal image registration", MICCAI (1998) 1115-1124.
    """
    motion = _descend(moving, start, samples)
    for _ in range(ROUNDS):
        inside, values = moving.at(motion(samples.points))
        if inside.mean() < LEAST_INSIDE:
            break
        there = samples.some(inside)
        left = np.abs(there.unexplained(values[None])[0])
        motion = _descend(moving, motion, there.some(left <= OUTLYING * np.median(left)))
    return motion


def _descend(moving: Smooth, start: Rigid, samples: Samples) -> Rigid:
    motion, cost, damping = start, cost_of(moving, start, samples), DAMPING
    corners = samples.points[:: max(1, len(samples.points) // 50)]
    for _ in range(ITERATIONS):
        if not np.isfinite(cost):
            break
        moved = motion(samples.points)
        inside, values = moving.at(moved)
        middle = moved.mean(axis=0)
        slope = moving.slope_at(moved)
        arms = (moved[inside] - middle).T
        turned = [np.sum(slope * (axis @ arms), axis=0) for axis in ROTATIONS[len(middle)]]
        both = np.vstack([slope, *turned, values])
        left = samples.some(inside).unexplained(both)
        centred = both - both.mean(axis=1, keepdims=True)
        products = _sums(left, left)
        downhill = products[:-1, -1] - cost * _sums(centred, centred[-1:])[:-1, 0]
        curvature = products[:-1, :-1]
        better = None
        while better is None and damping < LARGEST_DAMPING:
            scaled = curvature + damping * np.diag(np.diag(curvature))
            step = -np.asarray(np.linalg.lstsq(scaled, downhill, rcond=None)[0], dtype=np.float64)
            tried = _stepped(motion, step, middle)
            reached = cost_of(moving, tried, samples)
            better = tried if reached < cost else None
            damping = damping / 5 if better else max(5 * damping, DAMPING)
        if better is None:
            break
        moved_by = np.abs(better(corners) - motion(corners)).max()
        motion, cost = better, reached
        if moved_by < SMALLEST_STEP:
            break
    return motion


def _sums(a: FloatArray, b: FloatArray) -> FloatArray:
    """Sum products over the samples, always in the same order: matrix products on several threads are not."""
    sums: FloatArray = np.einsum("in,jn->ij", a, b)
    return sums


def _stepped(motion: Rigid, step: FloatArray, middle: FloatArray) -> Rigid:
    """Let a small motion about a point follow another."""
    dimension = len(middle)
    turn = expm(np.tensordot(step[dimension:], ROTATIONS[dimension], axes=1))
    offset = turn @ (np.array(motion.offset) - middle) + middle + step[:dimension]
    return Rigid.from_arrays(turn @ np.array(motion.matrix), offset, motion.slice)
