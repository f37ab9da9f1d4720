import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.image.volume import Grid, Volume
from harmonize.steps import TissueMode
from harmonize.steps.mode import find_mode

INTENSITY_NORMALIZATION = {"last": (99.15191, 99.13124, 0.99089), "first": (29.53561, 29.48012, 0.99342)}
"""Mode, mean and standard deviation of the stripe by WhiteStripeNormalizer of the package intensity-normalization
3.0.1 (modality T1: last peak, PD: first) on this image, mask of ones. It looks for the mode on 80 points, which lie
1.2 apart here."""
STEP = 1.2


def three_tissues():
    rng = np.random.RandomState(0)  # the legacy generator's stream is frozen
    tissue = rng.choice(3, size=(4, 24, 24), p=(0.3, 0.3, 0.4))
    noise = rng.standard_normal((4, 24, 24))
    return np.array([30.0, 60.0, 100.0])[tissue] + noise * np.array([4.0, 5.0, 6.0])[tissue]


@pytest.mark.parametrize("peak", ["last", "first"])
def test_mode_and_stripe_are_those_of_intensity_normalization_within_its_grid(peak):
    image = three_tissues()
    mode, mean, deviation = INTENSITY_NORMALIZATION[peak]
    assert find_mode(image.ravel(), peak) == pytest.approx(mode, abs=STEP)
    found = TissueMode(peak, region="image").stripe(Volume(image, Grid((24, 24, 4))))
    assert found == pytest.approx((mean, deviation), abs=STEP / 2)
    assert found[1] == pytest.approx(deviation, rel=0.02)


def test_the_peaks_of_a_mixture_are_found_where_they_are():
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(m, 8, n) for m, n in ((100, 30000), (200, 60000), (300, 20000))])
    modes = {peak: find_mode(values, peak) for peak in ("first", "largest", "last")}
    assert modes == pytest.approx({"first": 100, "largest": 200, "last": 300}, abs=3)


@pytest.mark.parametrize("levels", [12, 40, 1000])
def test_gray_levels_are_no_peaks(levels):
    rng = np.random.default_rng(2)
    values = np.round(np.clip(rng.normal(0.5, 0.12, 50000), 0, 1) * levels) / levels
    modes = [find_mode(values, peak) for peak in ("first", "largest", "last")]
    assert modes == pytest.approx([0.5] * 3, abs=0.05)


def test_a_few_very_bright_voxels_do_not_blunt_it():
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(100, 5, 50000), [1e6] * 20])
    assert find_mode(values, "last") == pytest.approx(100, abs=2)


def test_the_stripe_has_mean_zero_and_the_scale(phantom):
    step = TissueMode(scale=10.0, region="liver")
    image = step(phantom.volume).image
    mean, deviation = step.stripe(phantom.volume)
    np.testing.assert_allclose(image, (phantom.volume.image - mean) / deviation * 10, rtol=1e-9, atol=1e-9)
    assert step.stripe(phantom.volume.with_image(image)) == pytest.approx((0, 10), abs=1e-6)


def test_a_stripe_of_one_intensity_is_refused(golden):
    image = np.repeat([0.0, 1.0, 2.0], [100, 1000, 100]).reshape(1, 1, 1200)
    with golden.error(ScanError):
        TissueMode(region="image")(Volume(image, Grid((1200, 1, 1))))


@pytest.mark.data
@pytest.mark.parametrize("case", ["brain1", "brain2", "breast1"])
def test_real_images_have_their_peaks_in_order(data_root, case):
    volume = Volume(*read_image(data_root / "pyradiomics_cases" / f"{case}_image.nrrd"))
    values = volume.image[volume.image > volume.image.mean()]
    first, largest, last = (find_mode(values, peak) for peak in ("first", "largest", "last"))
    assert values.min() <= first <= largest <= last <= values.max()
    assert np.isfinite(TissueMode()(volume).image).all()
