import pytest

from experiments.study.geometry import geometry_of, plane_of
from harmonize.image.volume import Grid

CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0)
SAGITTAL = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("size", "spacing", "direction", "plane"),
    [
        ((256, 256, 24), (0.8, 0.8, 5.0), CORONAL, "coronal, counted along z"),
        ((256, 256, 24), (0.8, 0.8, 5.0), SAGITTAL, "sagittal, counted along z"),
        ((256, 24, 256), (0.8, 5.0, 0.8), (1, 0, 0, 0, 1, 0, 0, 0, 1), "coronal, counted along y"),
        ((24, 256, 256), (5.0, 0.8, 0.8), (1, 0, 0, 0, 1, 0, 0, 0, 1), "sagittal, counted along x"),
    ],
)
def test_planes_are_those_of_the_patient(size, spacing, direction, plane):
    assert plane_of(Grid(size, spacing, direction=tuple(map(float, direction)))) == plane


def test_each_sequence_has_its_own_range():
    found = geometry_of([("T2", Grid((9, 9, 3), (1.0, 1.0, 4.0))), ("T1", Grid((9, 9, 3), (2.0, 2.0, 4.0)))])
    assert found["T1"]["spacing"][0] == [2.0, 2.0]
    assert list(found) == ["T1", "T2"]
