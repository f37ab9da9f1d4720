import numpy as np
import pytest

from evaluation.extraction.engine.mesh import surface_and_volume


@pytest.mark.parametrize("number", range(1, 256))
def test_every_pattern_of_a_cube_is_that_of_pyradiomics(number):
    """Its compiled function alone: where polygons are not flat, the area tells how they were cut."""
    radiomics = pytest.importorskip("radiomics")
    mask = np.array([number >> corner & 1 for corner in range(8)], bool).reshape(2, 2, 2)
    for spacing in np.array([[1.0, 1.0, 1.0], [1.0, 2.3, 0.7], [3.1, 1.0, 0.4], [0.5, 0.9, 4.0]]):
        area, volume, _ = radiomics.cShape.calculate_coefficients(np.pad(mask, 1), spacing)
        assert surface_and_volume(mask, spacing) == pytest.approx((area, volume), rel=1e-13, abs=1e-13)


def test_a_box_loses_its_edges():
    """The surface lies on the faces; every edge of the box is cut by a prism and every corner by a tetrahedron."""
    a, b, c = 4, 5, 7
    area, volume = surface_and_volume(np.ones((a, b, c), bool), np.ones(3))
    edges = 4 * ((a - 1) + (b - 1) + (c - 1))
    assert volume == pytest.approx(a * b * c - edges / 8 - 8 * (1 / 8 - 1 / 48))
    faces = 2 * ((a - 1) * (b - 1) + (b - 1) * (c - 1) + (c - 1) * (a - 1))
    assert area == pytest.approx(faces + edges * np.sqrt(0.5) + 8 * np.sqrt(3) / 8)


def test_a_ball_is_as_large_as_it_should_be():
    axes = np.ogrid[-20:21, -20:21, -20:21]
    _, volume = surface_and_volume(sum(axis**2 for axis in axes) <= 20**2, np.ones(3))
    assert volume == pytest.approx(4 / 3 * np.pi * 20**3, rel=5e-3)
