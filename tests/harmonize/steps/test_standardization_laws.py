"""What every step that standardizes intensities owes its users, whatever it does."""

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.steps import (
    FuzzyTissueMean,
    HistogramMatching,
    Nyul,
    ReferenceTissue,
    RobustZScore,
    Scaling,
    Step,
    TissueMode,
)
from harmonize.steps.histogram_matching import FittedHistogramMatching
from harmonize.steps.nyul import DECILES, FittedNyul
from harmonize.volume import Grid, Volume

MATCHING = HistogramMatching()
STEPS: dict[str, Step] = {
    "robust_zscore": RobustZScore(),
    "robust_zscore_liver": RobustZScore("liver"),
    "scaling": Scaling(),
    "min_max": Scaling((0.0, 100.0), (0.0, 1.0), "image"),
    "tissue": ReferenceTissue({"liver": 100.0}),
    "two_tissues": ReferenceTissue({"liver": 100.0, "spleen": 50.0}),
    "fcm": FuzzyTissueMean(),
    "mode": TissueMode(),
    "mode_liver": TissueMode("last", region="liver"),
    "nyul": FittedNyul("foreground", DECILES, tuple(float(i**2) for i in range(11))),
    "nyul_liver": FittedNyul("liver", (0.0, 50.0, 100.0), (0.0, 40.0, 100.0)),
    "matching": FittedHistogramMatching(
        "foreground", MATCHING.percentiles, tuple(float(i**2) for i in range(MATCHING.points))
    ),
}
BLIND_TO_GAIN = ["tissue", "fcm"]
BLIND_TO_BOTH = [name for name in STEPS if name not in BLIND_TO_GAIN]


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
    assert first.grid == volume.grid
    for roi, mask in volume.masks.items():
        np.testing.assert_array_equal(first.masks[roi], mask)


@pytest.mark.parametrize("name", STEPS)
def test_brighter_voxels_stay_brighter(phantom, name):
    before, after = phantom.volume.image.ravel(), STEPS[name](phantom.volume).image.ravel()
    assert (np.diff(after[np.argsort(before)]) >= 0).all()


@pytest.mark.parametrize("gain", [0.01, 300.0])
@pytest.mark.parametrize("name", STEPS)
def test_a_gain_is_undone(phantom, name, gain):
    plain = STEPS[name](phantom.volume).image
    other = STEPS[name](phantom.volume.with_image(phantom.volume.image * gain)).image
    np.testing.assert_allclose(other, plain, atol=1e-8 * np.ptp(plain))


@pytest.mark.parametrize("name", BLIND_TO_BOTH)
def test_a_shift_is_undone(phantom, name):
    plain = STEPS[name](phantom.volume).image
    other = STEPS[name](phantom.volume.with_image(phantom.volume.image * 300 - 70)).image
    np.testing.assert_allclose(other, plain, atol=1e-8 * np.ptp(plain))


@pytest.mark.parametrize("name", STEPS)
def test_one_slice_is_enough(flat_phantom, name):
    assert np.isfinite(STEPS[name](flat_phantom.volume).image).all()


@pytest.mark.parametrize("name", STEPS)
def test_a_constant_image_is_refused_or_keeps_its_contrast(name):
    masks = dict.fromkeys(("liver", "spleen"), np.ones((3, 24, 24), bool))
    volume = Volume(np.full((3, 24, 24), 0.1), Grid((24, 24, 3)), masks)
    if name == "tissue":
        np.testing.assert_allclose(STEPS[name](volume).image, 100)
    else:
        with pytest.raises(ScanError, match=r"constant|expected above that of"):
            STEPS[name](volume)


@pytest.mark.parametrize("name", [name for name in STEPS if name.endswith(("liver", "tissue", "tissues"))])
def test_an_empty_or_unknown_region_is_refused(phantom, name):
    volume = phantom.volume
    empty = Volume(volume.image, volume.grid, {"liver": np.zeros(volume.image.shape, bool)})
    with pytest.raises(ScanError, match="region 'liver' is empty"):
        STEPS[name](empty)
    with pytest.raises(ScanError, match="region 'liver' is not in this scan, known are: image, foreground"):
        STEPS[name](Volume(volume.image, volume.grid))


@pytest.mark.parametrize("name", STEPS)
def test_intensities_of_any_size_stay_finite(phantom, name):
    for gain in (1e-30, 1e30):
        assert np.isfinite(STEPS[name](phantom.volume.with_image(phantom.volume.image * gain)).image).all()


@pytest.mark.parametrize("plan", [Nyul(), Nyul("liver"), MATCHING], ids=["nyul", "nyul_liver", "matching"])
def test_a_fit_hangs_on_the_scans_alone(phantom, flat_phantom, plan):
    observed = [plan.observe(phantom.volume), plan.observe(flat_phantom.volume)]
    assert plan.fit(observed) == plan.fit([list(numbers) for numbers in observed])
    assert plan.fit(observed) != plan.fit(observed[:1])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RobustZScore(""), "region is empty"),
        (lambda: RobustZScore(scale=0.0), "scale is 0"),
        (lambda: Scaling((5.0, 5.0)), "percentiles are 5 and 5"),
        (lambda: Scaling(output=(2.0, 1.0)), "output is 2 to 1"),
        (lambda: Scaling(region=""), "region is empty"),
        (lambda: FuzzyTissueMean(classes=1), "classes is 1"),
        (lambda: FuzzyTissueMean(4), r"tissue is 4, expected 1 \(the darkest\) to 3"),
        (lambda: FuzzyTissueMean(target=0.0), "target is 0"),
        (lambda: FuzzyTissueMean(region=""), "region is empty"),
        (lambda: TissueMode("second"), "peak is 'second'"),
        (lambda: TissueMode(width=0.6), "width is 0.6"),
        (lambda: TissueMode(scale=-1.0), "scale is -1"),
        (lambda: TissueMode(region=""), "region is empty"),
        (lambda: FittedNyul("", (0.0, 100.0), (0.0, 1.0)), "region is empty"),
        (lambda: FittedHistogramMatching("image", (0.0, 100.0), (1.0, 0.0)), "intensities falls from 1 to 0"),
    ],
)
def test_wrong_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
