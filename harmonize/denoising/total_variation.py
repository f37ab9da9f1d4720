"""Denoising by total variation: the piecewise smooth image nearest to a noisy one."""

from collections.abc import Sequence

import numpy as np

from harmonize.arrays import FloatArray

MOST_ITERATIONS = 5000
CHECK_EVERY = 10


def total_variation(image: FloatArray, weight: float, spacing: Sequence[float], tolerance: float) -> FloatArray:
    r"""Minimize :math:`\frac12\sum (u - f)^2 + w \sum |\nabla u|` for an image :math:`f` (Rudin, Osher, Fatemi).

    Gradients are forward differences in units of the smallest voxel edge, so that a difference across thick slices
    counts less; none leads out of the image. The dual problem is solved by projected gradients (Chambolle) with the
    acceleration of Beck and Teboulle, until the duality gap proves that the result is near the minimum.

    Parameters
    ----------
    image : ndarray of float64, two or three axes
        The noisy image f.
    weight : float
        w, above 0: an extended step between two plains shrinks by w times the length of the edge over the area of
        each plain.
    spacing : sequence of float
        Voxel edges along the axes of the array.
    tolerance : float
        Root mean square distance to the exact minimum that may be left, in units of the image.

    Returns
    -------
    ndarray of float64
        With the same mean.

    Raises
    ------
    RuntimeError
        If the tolerance is not reached within 5000 iterations.

    References
    ----------
    L. I. Rudin, S. Osher, E. Fatemi, "Nonlinear total variation based noise removal algorithms", Physica D 60 (1992)
    259-268. A. Chambolle, "An algorithm for total variation minimization and applications", J. Math. Imaging Vis. 20
    (2004) 89-97. A. Beck, M. Teboulle, "Fast gradient-based algorithms for constrained total variation image denoising
    and deblurring problems", IEEE Trans. Image Process. 18 (2009) 2419-2434.

    Examples
    --------
    A step between two plains of four columns each: both come nearer by 2 / 4.

    >>> step = np.repeat([[0.0] * 4 + [10.0] * 4], 5, axis=0)
    >>> total_variation(step, 2.0, (1.0, 1.0), 1e-3)[0].round(2)
    array([0.5, 0.5, 0.5, 0.5, 9.5, 9.5, 9.5, 9.5])
    """
    factors = min(spacing) / np.asarray(spacing, dtype=np.float64)
    step = 1 / (4 * float((factors**2).sum()) * weight)
    dual = np.zeros((image.ndim, *image.shape))
    ahead, momentum = dual, 1.0
    for iteration in range(MOST_ITERATIONS):
        estimate = image + weight * _divergence(ahead, factors)
        moved = ahead + step * _gradient(estimate, factors)
        moved /= np.maximum(np.sqrt((moved**2).sum(axis=0)), 1.0)
        if iteration % CHECK_EVERY == CHECK_EVERY - 1:
            result = image + weight * _divergence(moved, factors)
            if _distance_bound(result, moved, weight, factors) <= tolerance:
                return result
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + (momentum - 1) / following * (moved - dual)
        dual, momentum = moved, following
    raise RuntimeError(
        f"total variation has not come within {tolerance:g} of its minimum in {MOST_ITERATIONS} iterations; lower the "
        "weight or raise the tolerance"
    )


def _distance_bound(result: FloatArray, dual: FloatArray, weight: float, factors: FloatArray) -> float:
    """Give what the root mean square distance to the minimum is at most: half its square is below the duality gap."""
    gradient = _gradient(result, factors)
    gap = weight * float((np.sqrt((gradient**2).sum(axis=0)) - (dual * gradient).sum(axis=0)).sum())
    return float(np.sqrt(2 * max(gap, 0.0) / result.size))


def _gradient(image: FloatArray, factors: FloatArray) -> FloatArray:
    gradient = np.zeros((image.ndim, *image.shape))
    for axis, factor in enumerate(factors):
        np.moveaxis(gradient[axis], axis, 0)[:-1] = factor * np.diff(np.moveaxis(image, axis, 0), axis=0)
    return gradient


def _divergence(field: FloatArray, factors: FloatArray) -> FloatArray:
    """Minus the adjoint of the gradient; the last component along an axis is 0 there and stays out."""
    result = np.zeros(field.shape[1:])
    for axis, factor in enumerate(factors):
        part = factor * np.moveaxis(field[axis], axis, 0)
        target = np.moveaxis(result, axis, 0)
        target[:-1] += part[:-1]
        target[1:] -= part[:-1]
    return result
