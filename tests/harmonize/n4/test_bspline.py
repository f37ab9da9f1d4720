import numpy as np
import pytest
from scipy.interpolate import BSpline

from harmonize.n4.bspline import SplineFit, along_axes, basis, kernel, refinement

ORDERS = [1, 2, 3, 4]


@pytest.mark.parametrize("order", ORDERS)
def test_kernel_is_the_cardinal_b_spline(order):
    half = (order + 1) / 2
    position = np.linspace(-half + 0.013, half - 0.013, 101)
    expected = BSpline.basis_element(np.arange(order + 2) - half)(position)
    np.testing.assert_allclose(kernel(position, order), expected, atol=1e-14)
    assert np.all(kernel(np.array([-half - 0.1, half + 0.1]), order) == 0)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("voxels", "spans"), [(2, 1), (7, 1), (64, 4), (5, 8)])
def test_basis_is_a_partition_of_unity_without_negative_weights(order, voxels, spans):
    weights = basis(voxels, order + spans, order)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-14)
    assert weights.min() >= 0
    assert np.all(np.count_nonzero(weights, axis=1) <= order + 1)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("spans", [1, 2, 5])
def test_refinement_leaves_the_spline_as_it_is(order, spans):
    points = np.random.default_rng(0).normal(size=order + spans)
    finer = refinement(points.size, order) @ points
    assert finer.size == order + 2 * spans
    np.testing.assert_allclose(basis(41, finer.size, order) @ finer, basis(41, points.size, order) @ points, atol=1e-13)


def test_constants_stay_constant_along_an_axis_with_one_control_point():
    assert np.all(basis(4, 1, 3) == 1)
    assert np.all(refinement(1, 3) == 1)


def test_along_axes_is_the_product_along_each_axis():
    rng = np.random.default_rng(1)
    array = rng.normal(size=(3, 4, 5))
    matrices = [rng.normal(size=shape) for shape in ((6, 3), (2, 4), (7, 5))]
    expected = np.einsum("abc,ia,jb,kc->ijk", array, *matrices)
    np.testing.assert_allclose(along_axes(array, matrices), expected, atol=1e-12)


def test_lattice_is_the_scattered_data_approximation_point_by_point():
    """Compare with the sums of Lee, Wolberg and Shin written out, one voxel after the other."""
    rng = np.random.default_rng(2)
    shape, points = (4, 5, 6), (4, 5, 6)
    bases = [basis(n, m, 3) for n, m in zip(shape, points, strict=True)]
    values, weights = rng.normal(size=shape), rng.uniform(0, 2, size=shape) * (rng.uniform(size=shape) > 0.3)
    above, below = np.zeros(points), np.zeros(points)
    for z, y, x in np.ndindex(shape):
        w = np.einsum("i,j,k->ijk", bases[0][z], bases[1][y], bases[2][x])
        above += weights[z, y, x] * values[z, y, x] * w**3 / np.sum(w**2)
        below += weights[z, y, x] * w**2
    found = SplineFit.of(bases, weights).lattice(values * weights)
    np.testing.assert_allclose(found, above / below, atol=1e-12)


def test_control_points_that_no_voxel_reaches_are_zero():
    bases = [basis(9, 7, 3) for _ in range(3)]
    weights = np.zeros((9, 9, 9))
    weights[:2, :2, :2] = 1
    lattice = SplineFit.of(bases, weights).lattice(5 * weights)
    assert np.all(lattice[-1] == 0)
    assert np.all(lattice[:2, :2, :2] > 0)
