import numpy as np

from evaluation.quality.measured import Measured, cropped


def test_what_is_not_computed_is_nan_with_its_reason():
    assert np.isnan(Measured.none("no edge").value)
    assert Measured.none("no edge").status == "no edge"


def test_cropping_keeps_the_region_and_its_surroundings():
    image = np.arange(5 * 60 * 70.0).reshape(5, 60, 70)
    mask = np.zeros(image.shape, bool)
    mask[1, 30:34, 3] = mask[3, 31, 9] = True
    part, inside = cropped(image, mask)
    assert part.shape == inside.shape == (3, 36, 26)
    np.testing.assert_array_equal(part[inside], image[mask])
    assert cropped(image, np.zeros(image.shape, bool))[0].size == 0
