import numpy as np
import pytest
import SimpleITK as sitk

from evaluation.ibsi.phantom import ROI, phantom


@pytest.mark.data
def test_phantom_is_the_published_one(data_root):
    folder = data_root / "ibsi_digital_phantom" / "nifti"
    image = sitk.ReadImage(str(folder / "image" / "phantom.nii.gz"))
    mask = sitk.ReadImage(str(folder / "mask" / "mask.nii.gz"))
    volume = phantom()
    np.testing.assert_array_equal(volume.image, sitk.GetArrayFromImage(image))
    np.testing.assert_array_equal(volume.masks[ROI], sitk.GetArrayFromImage(mask) == 1)
    assert volume.grid.differences(type(volume.grid).of(image)) == []


def test_phantom_has_the_voxels_and_levels_that_ibsi_describes():
    volume = phantom()
    inside = volume.image[volume.masks[ROI]]
    assert (volume.image.size, inside.size) == (80, 74)
    assert sorted(set(inside)) == [1.0, 3.0, 4.0, 6.0]
