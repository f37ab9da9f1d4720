"""N4 against SimpleITK's, iteration for iteration, and its laws on phantoms."""

import numpy as np
import pytest
import SimpleITK as sitk

import harmonize.n4.sharpening
from harmonize.n4 import n4_log_bias

CASES = ["brain1", "brain2", "breast1"]


def scan(data_root, case):
    image = sitk.Cast(sitk.ReadImage(str(data_root / "pyradiomics_cases" / f"{case}_image.nrrd")), sitk.sitkFloat32)
    return image, sitk.OtsuThreshold(image, 0, 1, 200)


def simpleitk_n4(image, mask, shrink, iterations, **settings):
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations(iterations)
    n4.SetConvergenceThreshold(0)
    for name, value in settings.items():
        getattr(n4, f"Set{name}")(value)
    factors = [shrink] * image.GetDimension()
    n4.Execute(sitk.Shrink(image, factors), sitk.Shrink(mask, factors))
    return sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(image)), n4.GetCurrentConvergenceMeasurement()


def ours(image, mask, shrink, iterations, **settings):
    arrays = sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(mask)
    return n4_log_bias(*arrays, shrink=shrink, iterations=iterations, **{"convergence_threshold": 0, **settings})


def difference(found, expected):
    return float(np.abs(found.log_bias - expected).max())


@pytest.mark.data
@pytest.mark.parametrize("case", CASES)
def test_one_level_equals_simpleitk(data_root, case):
    image, mask = scan(data_root, case)
    expected, _ = simpleitk_n4(image, mask, 2, [8])
    assert np.ptp(expected) > 0.03
    assert difference(ours(image, mask, 2, [8]), expected) < 2e-6


@pytest.mark.data
@pytest.mark.parametrize("case", CASES)
def test_levels_equal_simpleitk_but_for_the_voxel_its_rounding_drops(data_root, case, monkeypatch):
    """Iteration by iteration SimpleITK is what we compute, with or without the brightest voxel in the histogram."""
    image, mask = scan(data_root, case)
    expectation = harmonize.n4.sharpening._expectation
    dropped, plan = [], [[1], [2], [3], [3, 1], [3, 2], [3, 3], [3, 3, 1], [3, 3, 2]]
    for iterations in plan:
        expected, _ = simpleitk_n4(image, mask, 4, iterations)
        differences = []
        for drop in (0, 1):
            todo = iter([*dropped, drop])

            def without(histogram, *rest, todo=todo):
                histogram[-1] -= next(todo)
                return expectation(histogram, *rest)

            monkeypatch.setattr(harmonize.n4.sharpening, "_expectation", without)
            differences.append(difference(ours(image, mask, 4, iterations), expected))
        dropped.append(int(np.argmin(differences)))
        assert min(differences) < 2e-6
    assert sum(dropped) < len(plan) / 2


@pytest.mark.data
def test_four_levels_equal_simpleitk(data_root):
    image, mask = scan(data_root, "brain2")
    expected, measure = simpleitk_n4(image, mask, 4, [20] * 4)
    found = ours(image, mask, 4, [20] * 4)
    assert np.ptp(expected) > 0.4
    assert difference(found, expected) < 1e-4
    assert found.convergence[-1][-1] == pytest.approx(measure, rel=1e-2)


@pytest.mark.data
def test_full_resolution_equals_simpleitk(data_root):
    image, mask = scan(data_root, "breast1")
    expected, _ = simpleitk_n4(image, mask, 1, [2, 2])
    assert difference(ours(image, mask, 1, [2, 2]), expected) < 1e-5


@pytest.mark.data
@pytest.mark.parametrize(
    ("settings", "theirs"),
    [
        ({"fwhm": 0.3}, {"BiasFieldFullWidthAtHalfMaximum": 0.3}),
        ({"wiener_noise": 0.1}, {"WienerFilterNoise": 0.1}),
        ({"bins": 100}, {"NumberOfHistogramBins": 100}),
        ({"control_points": (4, 6, 5)}, {"NumberOfControlPoints": [5, 6, 4]}),
    ],
)
def test_settings_equal_simpleitk(data_root, settings, theirs):
    image, mask = scan(data_root, "brain2")
    expected, _ = simpleitk_n4(image, mask, 4, [2], **theirs)
    default, _ = simpleitk_n4(image, mask, 4, [2])
    assert difference(ours(image, mask, 4, [2], **settings), expected) < 1e-6 < np.abs(default - expected).max()


@pytest.mark.data
def test_one_slice_equals_the_two_dimensional_filter(data_root):
    image, mask = (volume[:, :, 14] for volume in scan(data_root, "brain1"))
    expected, _ = simpleitk_n4(image, mask, 2, [4, 4])
    arrays = (sitk.GetArrayFromImage(volume)[None] for volume in (image, mask))
    found = n4_log_bias(*arrays, shrink=2, iterations=[4, 4], convergence_threshold=0)
    assert difference(found, expected[None]) < 2e-5


def phantom(shape=(23, 48, 48), seed=0):
    """Give intensities without bias, a smooth log bias, and the foreground."""
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    radius = z**2 + y**2 + x**2
    tissue = np.where(radius < 0.3, 200.0, np.where(radius < 0.6, 120.0, 60.0))
    tissue[np.sin(7 * x) * np.sin(6 * y) * np.sin(5 * z) > 0.15] = 150.0
    tissue += np.random.default_rng(seed).normal(0, 2, shape)
    return tissue, 0.35 * z + 0.25 * x * y - 0.2 * y**2, radius < 0.95


def error(result, bias, mask):
    return float(np.std((result.log_bias - bias)[mask]) / np.std(bias[mask]))


@pytest.mark.parametrize("settings", [{"shrink": 1}, {"shrink": 2, "extent": "image"}])
def test_a_known_bias_is_recovered(settings):
    tissue, bias, mask = phantom()
    result = n4_log_bias(tissue * np.exp(bias), mask, iterations=(50, 50, 50), **settings)
    assert error(result, bias, mask) < 0.1
    inner = mask & (np.abs(tissue - 200) < 20)
    uneven = np.log((tissue * np.exp(bias))[inner])
    assert np.std(uneven - result.log_bias[inner]) < 0.2 * np.std(uneven)


def test_samples_at_their_own_place_give_a_better_field_than_the_stretched_lattice():
    tissue, bias, mask = phantom()
    image = tissue * np.exp(bias)
    stretched, placed = (
        error(n4_log_bias(image, mask, shrink=4, iterations=(50, 50, 50), extent=extent), bias, mask)
        for extent in ("samples", "image")
    )
    assert placed < 0.5 * stretched


def test_without_shrinking_the_extent_does_not_matter():
    tissue, bias, mask = phantom((6, 12, 12))
    one, other = (
        n4_log_bias(tissue * np.exp(bias), mask, shrink=1, iterations=(3, 3), extent=extent)
        for extent in ("samples", "image")
    )
    np.testing.assert_array_equal(one.log_bias, other.log_bias)


@pytest.mark.parametrize("gain", [1e-3, 7.0, 1e4])
def test_gain_leaves_the_field_as_it_is(gain):
    tissue, bias, mask = phantom((10, 24, 24))
    image = np.maximum(tissue * np.exp(bias), 0)
    one, other = (n4_log_bias(i, mask, shrink=2, iterations=(5, 5)) for i in (image, gain * image))
    np.testing.assert_allclose(one.log_bias, other.log_bias, atol=1e-9)


def test_same_input_same_output_and_nothing_changed_in_place():
    tissue, bias, mask = phantom((10, 24, 24))
    image = tissue * np.exp(bias)
    before = image.copy()
    one, other = (n4_log_bias(image, mask, shrink=2, iterations=(5, 5)) for _ in range(2))
    np.testing.assert_array_equal(one.log_bias, other.log_bias)
    np.testing.assert_array_equal(image, before)
    assert one.convergence == other.convergence


def test_zero_and_negative_voxels_have_no_say():
    tissue, bias, mask = phantom((10, 24, 24))
    image = tissue * np.exp(bias)
    holes = np.random.default_rng(1).uniform(size=image.shape) < 0.1
    pierced = np.where(holes, -5.0, image)
    found = n4_log_bias(pierced, mask, shrink=1, iterations=(4,))
    np.testing.assert_array_equal(found.log_bias, n4_log_bias(image, mask & ~holes, shrink=1, iterations=(4,)).log_bias)
    assert np.all(np.isfinite(found.log_bias))


def test_a_level_ends_at_the_threshold():
    tissue, bias, mask = phantom((10, 24, 24))
    result = n4_log_bias(tissue * np.exp(bias), mask, shrink=2, iterations=(50, 50), convergence_threshold=0.002)
    assert result.iterations == tuple(len(level) for level in result.convergence)
    for level in result.convergence:
        assert len(level) < 50
        assert level[-1] <= 0.002
        assert all(measure > 0.002 for measure in level[:-1])
    assert max(result.iterations) > 1
    assert n4_log_bias(tissue, mask, iterations=(3, 2), convergence_threshold=0).iterations == (3, 2)


@pytest.mark.parametrize("shape", [(1, 24, 24), (3, 24, 24), (2, 5, 4), (1, 1, 30)])
def test_thin_images_get_a_finite_field(shape):
    rng = np.random.default_rng(0)
    result = n4_log_bias(rng.uniform(50, 60, shape), shrink=(4, 2, 2), iterations=(3, 3))
    assert result.log_bias.shape == shape
    assert np.all(np.isfinite(result.log_bias))
    if shape[0] < 8:
        np.testing.assert_allclose(result.log_bias - result.log_bias[:1], 0, atol=1e-14)


def test_two_intensities_only_are_corrected_without_nan():
    image = np.full((6, 12, 12), 100.0)
    image[:, :, 6:] = 101.0
    result = n4_log_bias(image, shrink=1, iterations=(50, 50, 50), convergence_threshold=0)
    assert np.all(np.isfinite(result.log_bias))
