import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import GridError, ScanError
from harmonize.n4.sampling import ForegroundSamples, every_nth


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 7])
def test_samples_are_those_of_simpleitk(factor):
    for size in range(1, 40):
        line = np.arange(size, dtype=np.float64).reshape(1, size)
        expected = sitk.GetArrayFromImage(sitk.Shrink(sitk.GetImageFromArray(line), [factor, 1]))
        np.testing.assert_array_equal(line[:, every_nth(size, factor)], expected)


def test_foreground_is_mask_and_weight_and_positive():
    image = np.arange(-2.0, 6.0).reshape(2, 2, 2)
    mask = np.ones((2, 2, 2), bool)
    mask[0, 1, 1] = False
    weights = np.full((2, 2, 2), 0.5)
    weights[1, 1, 1] = 0
    samples = ForegroundSamples.of(image, mask, weights, (1, 1, 1))
    np.testing.assert_array_equal(samples.foreground, [4, 5, 6])
    np.testing.assert_allclose(np.exp(samples.log_intensity), [2, 3, 4])
    assert samples.weights.sum() == 1.5


def test_refusals():
    image = np.arange(1.0, 9.0).reshape(2, 2, 2)
    with pytest.raises(GridError, match=r"the mask of N4 has shape \(2, 2, 3\)"):
        ForegroundSamples.of(image, np.ones((2, 2, 3)), None, (1, 1, 1))
    with pytest.raises(GridError, match="the weights"):
        ForegroundSamples.of(image, None, np.ones((2, 2, 3)), (1, 1, 1))
    with pytest.raises(ScanError, match=r"0 of 8 .* none is left"):
        ForegroundSamples.of(image, np.zeros((2, 2, 2)), None, (1, 1, 1))
    with pytest.raises(ScanError, match=r"0 of 8 .* none is left"):
        ForegroundSamples.of(-image, None, None, (1, 1, 1))
    with pytest.raises(ScanError, match=r"8 of 8 .* all have the intensity 3"):
        ForegroundSamples.of(np.full((2, 2, 2), 3.0), None, None, (1, 1, 1))
    with pytest.raises(ScanError, match="negative"):
        ForegroundSamples.of(image, None, -image, (1, 1, 1))
    with pytest.raises(ScanError, match="NaN"):
        ForegroundSamples.of(image * np.nan, None, None, (1, 1, 1))
