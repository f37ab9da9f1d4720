import pytest

from harmonize.errors import ScanError
from harmonize.image.volume import Grid
from harmonize.perturbations import Blurring, RandomContour, Sharpening
from harmonize.perturbations.in_planes import InPlanes


@pytest.mark.parametrize("kind", [Blurring, Sharpening, RandomContour])
def test_perturbations_in_planes_are_asked_alike(kind):
    assert issubclass(kind, InPlanes)
    for wrong in ({"dimension": 4}, {"slice_axis": "t"}, {"dimension": 3, "slice_axis": "x"}):
        with pytest.raises(ValueError, match=r"dimension|slice_axis"):
            kind(**wrong)


def test_the_axis():
    assert InPlanes().across(Grid((3, 8, 8), (5.0, 1.0, 1.0))) == 2
    assert InPlanes(slice_axis="y").across(Grid((8, 8, 8))) == 1
    with pytest.raises(ScanError):
        InPlanes().across(Grid((8, 8, 8)))
