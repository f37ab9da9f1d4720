"""The grid of a file: what cannot be is refused with its name, what hardly can be is told."""

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.remarks import remarks

ENDINGS = (".nii.gz", ".nrrd", ".mha")
SHEARED = (1.0, 0.2, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def write(path, spacing=(1.5, 1.5, 4.0), direction=None):
    image = sitk.GetImageFromArray(np.ones((2, 3, 4), np.int16))
    image.SetSpacing(spacing)
    if direction is not None:
        image.SetDirection(direction)
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("edge", [0.0015, 0.04, 25.0, 900.0])
def test_voxels_of_a_hardly_possible_size_are_told(tmp_path, ending, edge):
    path = write(tmp_path / f"scan{ending}", (1.5, edge, 4.0))
    with remarks() as told:
        _, grid = read_image(path)
    assert grid.spacing == pytest.approx((1.5, edge, 4.0))
    assert [entry.kind for entry in told] == ["odd_voxel_size"]
    assert f"scan{ending}: voxels of 1.5 x {edge:g} x 4 mm" in told[0].problem


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("edge", [1e-5, 1500.0])
def test_voxels_of_an_impossible_size_are_refused(tmp_path, ending, edge, golden):
    path = write(tmp_path / f"scan{ending}", (edge, edge, edge))
    with golden.error(ScanError):
        read_image(path)


@pytest.mark.parametrize("ending", [".nrrd", ".mha"])
def test_shear_is_refused(tmp_path, ending, golden):
    # It was read, and every distance and volume was that of a right-angled grid.
    path = write(tmp_path / f"scan{ending}", direction=SHEARED)
    with golden.error(ScanError):
        read_image(path)


def test_usual_voxels_are_not_told(tmp_path):
    read_image(write(tmp_path / "scan.nrrd"))  # a remark would be a warning, and that an error
