"""What every step owes its users, whatever it does."""

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.steps import AnisotropicDiffusion, Clip, N4BiasField, Resample, Step, ZScore
from harmonize.volume import Grid, Volume

STEPS: dict[str, Step] = {
    "n4": N4BiasField(iterations=5, levels=2),
    "gradient": AnisotropicDiffusion("gradient"),
    "curvature": AnisotropicDiffusion("curvature"),
    "gradient3d": AnisotropicDiffusion("gradient", dimension=3),
    "zscore": ZScore(),
    "zscore_liver": ZScore("liver", outliers=3.0),
    "clip": Clip(),
    "resample": Resample((2.0, 2.0)),
}
SAME_GRID = [name for name in STEPS if name != "resample"]
FOLLOW_GAIN = [name for name in STEPS if not name.startswith("zscore")]
FOLLOW_SHIFT = ["gradient", "curvature", "gradient3d", "clip", "resample"]
BLIND_TO_BOTH = ["zscore", "zscore_liver"]


@pytest.mark.parametrize("name", STEPS)
def test_the_same_scan_gives_the_same_bits_and_is_not_touched(phantom, name):
    volume = phantom.volume
    before = volume.image.copy()
    first, second = STEPS[name](volume), STEPS[name](volume)
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(volume.image, before)
    assert np.isfinite(first.image).all()
    assert first.image.dtype == np.float64
    assert not np.array_equal(first.image, before)
    assert list(first.masks) == list(volume.masks)


@pytest.mark.parametrize("name", SAME_GRID)
def test_grid_and_masks_stay(phantom, name):
    volume = phantom.volume
    result = STEPS[name](volume)
    assert result.grid == volume.grid
    for roi, mask in volume.masks.items():
        np.testing.assert_array_equal(result.masks[roi], mask)


@pytest.mark.parametrize("gain", [0.01, 300.0])
@pytest.mark.parametrize("name", FOLLOW_GAIN)
def test_a_gain_comes_out_as_it_went_in(phantom, name, gain):
    plain = STEPS[name](phantom.volume).image
    scaled = STEPS[name](phantom.volume.with_image(phantom.volume.image * gain)).image
    tolerance = {"n4": 1e-3, "curvature": 1e-6}.get(name, 1e-9)  # single precision; 1e-10 added to squared gradients
    np.testing.assert_allclose(scaled / gain, plain, atol=tolerance * np.ptp(plain))


@pytest.mark.parametrize("name", FOLLOW_SHIFT)
def test_a_shift_comes_out_as_it_went_in(phantom, name):
    plain = STEPS[name](phantom.volume).image
    shifted = STEPS[name](phantom.volume.with_image(phantom.volume.image - 70.0)).image
    np.testing.assert_allclose(shifted + 70.0, plain, atol=1e-9 * np.ptp(plain))


@pytest.mark.parametrize("name", BLIND_TO_BOTH)
def test_normalization_does_not_see_gain_and_shift(phantom, name):
    plain = STEPS[name](phantom.volume).image
    other = STEPS[name](phantom.volume.with_image(phantom.volume.image * 300.0 - 70.0)).image
    np.testing.assert_allclose(other, plain, atol=1e-9 * np.ptp(plain))


@pytest.mark.parametrize("name", STEPS)
def test_one_slice_is_enough(flat_phantom, name):
    result = STEPS[name](flat_phantom.volume)
    assert result.image.shape[0] == 1
    assert np.isfinite(result.image).all()


@pytest.mark.parametrize("name", STEPS)
def test_a_constant_image_has_a_defined_end(name):
    """It is refused by what needs contrast, and left alone by the others."""
    volume = Volume(np.full((3, 24, 24), 0.1), Grid((24, 24, 3)), {"liver": np.ones((3, 24, 24), bool)})
    if name in ("n4", "zscore", "zscore_liver", "clip"):
        with pytest.raises(ScanError, match="constant"):
            STEPS[name](volume)
    else:
        np.testing.assert_allclose(STEPS[name](volume).image, 0.1)


@pytest.mark.parametrize("step", [N4BiasField(region="liver"), ZScore("liver"), Clip(region="liver")])
def test_an_empty_or_unknown_region_is_refused(phantom, step):
    volume = phantom.volume
    empty = Volume(volume.image, volume.grid, {"liver": np.zeros(volume.image.shape, bool)})
    with pytest.raises(ScanError, match="region 'liver' is empty"):
        step(empty)
    with pytest.raises(ScanError, match="region 'liver' is not in this scan, known are: image, foreground"):
        step(Volume(volume.image, volume.grid))


@pytest.mark.parametrize("name", STEPS)
def test_intensities_of_any_size_stay_finite(phantom, name):
    for gain in (1e-30, 1e30):
        assert np.isfinite(STEPS[name](phantom.volume.with_image(phantom.volume.image * gain)).image).all()
