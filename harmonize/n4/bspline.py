"""Uniform B-splines on a regular grid: the scattered-data approximation of N4, one axis at a time.

On a regular grid the weight of every control point at a voxel is a product of one number per axis, and so are the
sums that the approximation of Lee, Wolberg and Shin needs. All of it is then products with small matrices of shape
(voxels along an axis, control points along that axis).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from harmonize.arrays import FloatArray

END_MARGIN = 1e-3
"""How far before the end of the domain the last voxel is placed, in voxels (the domain is half open)."""
UNREACHED = 0.1 * float(np.finfo(np.float32).eps)
"""Sum of squared weights up to which a control point counts as reached by no voxel; as in ITK."""


def kernel(position: FloatArray, order: int) -> FloatArray:
    """Evaluate the centred cardinal B-spline.

    Parameters
    ----------
    position : ndarray
        Distances from the centre of the spline, in knot intervals.
    order : int
        Degree of the polynomial pieces: 1 is linear, 3 cubic.

    Returns
    -------
    ndarray
        The values, of the shape of `position`; 0 from a distance of (order + 1) / 2 on.

    References
    ----------
    de Boor C. A Practical Guide to Splines. Springer, 1978.

    Examples
    --------
    >>> import numpy as np
    >>> kernel(np.array([-1.0, 0.0, 1.0, 2.0]), 3) * 6
    array([1., 4., 1., 0.])
    """
    if order == 0:
        return np.asarray((position >= -0.5) & (position < 0.5), dtype=np.float64)
    half = (order + 1) / 2
    left = (half + position) * kernel(position + 0.5, order - 1)
    right = (half - position) * kernel(position - 0.5, order - 1)
    return np.asarray((left + right) / order)


def basis(voxels: int, control_points: int, order: int) -> FloatArray:
    """Give the weight of every control point at every voxel along one axis.

    The first voxel lies at the start of the domain and the last at its end, less `END_MARGIN` voxels.

    Parameters
    ----------
    voxels : int
        Voxels along the axis.
    control_points : int
        Control points along the axis, more than `order`; the domain has control_points - order knot intervals. A
        single one stands for a constant along the axis, whatever the order.
    order : int
        Degree of the spline.

    Returns
    -------
    ndarray, shape (voxels, control_points)
        Each row sums to 1 and has at most order + 1 entries that are not 0.

    Examples
    --------
    >>> basis(5, 4, 3)[0] * 6
    array([1., 4., 1., 0.])
    >>> basis(2, 1, 3)
    array([[1.],
           [1.]])
    """
    if control_points == 1:
        return np.ones((voxels, 1))
    spans = control_points - order
    position = np.arange(voxels) * (spans / (voxels - 1))
    position[-1] = spans - spans / (voxels - 1) * END_MARGIN
    span = np.floor(position)
    weights = np.zeros((voxels, control_points))
    for point in range(order + 1):
        value = kernel(position - span - point + (order - 1) / 2, order)
        weights[np.arange(voxels), span.astype(np.intp) + point] = value
    return weights


def refinement(control_points: int, order: int) -> FloatArray:
    """Give the matrix that takes control points to those of the same spline on half the knot interval.

    Parameters
    ----------
    control_points : int
        Control points along the axis; a single one stands for a constant and stays single.
    order : int
        Degree of the spline.

    Returns
    -------
    ndarray, shape (2 * control_points - order, control_points), or (1, 1)
        The two-scale relation: binomial coefficients over a power of two.

    References
    ----------
    Lane JM, Riesenfeld RF. A theoretical development for the computer generation and display of piecewise polynomial
    surfaces. IEEE Trans Pattern Anal Mach Intell 1980;2:35-46.

    Examples
    --------
    >>> refinement(4, 3) * 8
    array([[4., 4., 0., 0.],
           [1., 6., 1., 0.],
           [0., 4., 4., 0.],
           [0., 1., 6., 1.],
           [0., 0., 4., 4.]])
    """
    if control_points == 1:
        return np.ones((1, 1))
    finer = 2 * control_points - order
    matrix = np.zeros((finer, control_points))
    for row in range(finer):
        for column in range(control_points):
            term = row - 2 * column + order
            if 0 <= term <= order + 1:
                matrix[row, column] = comb(order + 1, term) / 2**order
    return matrix


def along_axes(array: FloatArray, matrices: Sequence[FloatArray]) -> FloatArray:
    """Multiply a 3D array along each axis by the matrix of that axis.

    Parameters
    ----------
    array : ndarray, shape (n0, n1, n2)
        For example a lattice of control points, or the voxels of an image.
    matrices : three ndarrays, of shapes (m0, n0), (m1, n1), (m2, n2)
        For example three bases, or their transposes.

    Returns
    -------
    ndarray, shape (m0, m1, m2)
        The axis whose matrix shrinks the array most is done first.
    """
    for axis in sorted(range(3), key=lambda a: matrices[a].shape[0] / matrices[a].shape[1]):
        if axis == 2:
            array = (array.reshape(-1, array.shape[2]) @ matrices[2].T).reshape(*array.shape[:2], -1)
        elif axis == 1:
            array = matrices[1] @ array
        else:
            array = (matrices[0] @ array.reshape(array.shape[0], -1)).reshape(-1, *array.shape[1:])
    return array


@dataclass(frozen=True)
class SplineFit:
    """The B-spline approximation of values at the voxels of a regular grid, for one lattice of control points.

    Make it with `SplineFit.of`; what depends only on the grid and the weights is then computed once for all values.

    Parameters
    ----------
    bases : three ndarrays, each of shape (voxels, control points)
        Weight of the control points at the voxels along z, y, x.
    cubes : three ndarrays, each of shape (control points, voxels)
        Cubed weights over the sum of squared weights: the numerator of a control point.
    inverse_reach : ndarray, the shape of the lattice
        One over the denominator of a control point, the sum of its squared weights; 0 where no voxel reaches it.

    References
    ----------
    Lee S, Wolberg G, Shin SY. Scattered data interpolation with multilevel B-splines. IEEE Trans Vis Comput Graph
    1997;3:228-244.

    Tustison NJ, Gee JC. Generalized n-D C^k B-spline scattered data approximation with confidence values. MIAR 2006,
    LNCS 4091:76-83.

    Examples
    --------
    >>> import numpy as np
    >>> fit = SplineFit.of([basis(n, 4, 3) for n in (3, 5, 6)], np.ones((3, 5, 6)))
    >>> lattice = fit.lattice(np.full((3, 5, 6), 2.0))
    >>> lattice.shape, fit.field(lattice).shape
    ((4, 4, 4), (3, 5, 6))
    """

    bases: tuple[FloatArray, ...]
    cubes: tuple[FloatArray, ...]
    inverse_reach: FloatArray

    @classmethod
    def of(cls, bases: Sequence[FloatArray], weights: FloatArray) -> "SplineFit":
        """Prepare the approximation.

        Parameters
        ----------
        bases : three ndarrays, each of shape (voxels, control points)
            The bases of the axes z, y, x.
        weights : ndarray, shape (z, y, x)
            Confidence in every voxel, 0 or more; 0 leaves it out.
        """
        cubes = tuple((b**3 / np.sum(b**2, axis=1, keepdims=True)).T.copy() for b in bases)
        reach = along_axes(weights, [(b**2).T for b in bases])
        reached = reach > UNREACHED
        return cls(tuple(bases), cubes, reached / np.where(reached, reach, 1.0))

    def lattice(self, weighted: FloatArray) -> FloatArray:
        """Give the control points that approximate values.

        Parameters
        ----------
        weighted : ndarray, shape (z, y, x)
            The values times their weights.
        """
        return along_axes(weighted, self.cubes) * self.inverse_reach

    def field(self, lattice: FloatArray) -> FloatArray:
        """Evaluate the spline with these control points at every voxel, shape (z, y, x)."""
        return along_axes(lattice, self.bases)
