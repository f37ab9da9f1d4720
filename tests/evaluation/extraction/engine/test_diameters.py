import numpy as np
import pytest

from evaluation.extraction.engine.diameters import diameter, diameter_in_planes, midpoints


def of_all_pairs(points):
    return max(np.sqrt(np.square(point - points).sum(axis=1)).max() for point in points)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("n", [2, 64, 65, 300, 3000])
@pytest.mark.parametrize("form", ["cloud", "needle", "sphere", "grid"])
def test_the_diameter_is_that_of_all_pairs(form, n, dimensions):
    random = np.random.default_rng(n)
    points = random.normal(size=(n, dimensions))
    if form == "needle":
        points *= [1e-3, 10, 0.1][:dimensions]
    if form == "sphere":
        points /= np.linalg.norm(points, axis=1)[:, None]
    if form == "grid":
        points = np.rint(2 * points)
    assert diameter(points) == pytest.approx(of_all_pairs(points), rel=1e-14)


def test_in_planes_it_is_the_largest_of_each():
    random = np.random.default_rng(3)
    planes = random.integers(0, 7, 900)
    points = random.normal(size=(900, 2)) * (1 + 0.1 * planes)[:, None]
    expected = max(of_all_pairs(points[planes == plane]) for plane in range(7))
    assert diameter_in_planes(points, planes) == pytest.approx(expected, rel=1e-14)


def test_coinciding_points_are_not_apart():
    assert diameter(np.zeros((100, 3))) == 0
    assert diameter_in_planes(np.zeros((100, 2)), np.zeros(100, int)) == 0


def test_midpoints_lie_on_faces():
    points = midpoints(np.ones((1, 1, 2), bool))
    assert len(points) == 10
    assert sorted(set(map(tuple, points[:2].tolist()))) == [(1, 2, 2), (1, 2, 4)]
    assert ((points % 2).sum(axis=1) == 1).all()
