import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.n4.sampling import ForegroundSamples, every_nth


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 7])
def test_samples_are_those_of_simpleitk(factor):
    for size in range(1, 40):
        line = np.arange(size, dtype=np.float64).reshape(1, size)
        expected = sitk.GetArrayFromImage(sitk.Shrink(sitk.GetImageFromArray(line), [factor, 1]))
        np.testing.assert_array_equal(line[:, every_nth(size, factor)], expected)


def test_foreground_is_mask_and_positive():
    image = np.arange(-2.0, 6.0).reshape(2, 2, 2)
    mask = np.ones((2, 2, 2), bool)
    mask[0, 1, 1] = False
    samples = ForegroundSamples.of(image, mask, (1, 1, 1))
    np.testing.assert_array_equal(samples.foreground, [4, 5, 6, 7])
    np.testing.assert_allclose(np.exp(samples.log_intensity), [2, 3, 4, 5])
    assert samples.weights.sum() == 4
