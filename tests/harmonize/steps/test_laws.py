"""What every step owes its users, whatever it does."""

from dataclasses import replace

import numpy as np
import pytest

from harmonize import steps
from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.steps.histogram_matching import FittedHistogramMatching
from harmonize.steps.nyul import DECILES, FittedNyul

MATCHING = steps.HistogramMatching()
CORRECTING: dict[str, steps.Step] = {
    "n4": steps.N4BiasField(iterations=5, levels=2),
    "gradient": steps.AnisotropicDiffusion("gradient"),
    "curvature": steps.AnisotropicDiffusion("curvature"),
    "gradient3d": steps.AnisotropicDiffusion("gradient", dimension=3),
    "median": steps.Median(),
    "median3d": steps.Median(dimension=3),
    "bilateral": steps.Bilateral(),
    "bilateral3d": steps.Bilateral(dimension=3),
    "nonlocal_means": steps.NonlocalMeans(),
    "nonlocal_means3d": steps.NonlocalMeans(search=1, dimension=3),
    "total_variation": steps.TotalVariation(),
    "total_variation3d": steps.TotalVariation(dimension=3),
    "clip": steps.Clip(),
    "resample": steps.Resample((2.0, 2.0)),
}
STANDARDIZING: dict[str, steps.Step] = {
    "zscore": steps.ZScore(),
    "zscore_liver": steps.ZScore("liver", outliers=3.0),
    "robust_zscore": steps.RobustZScore(),
    "robust_zscore_liver": steps.RobustZScore("liver"),
    "scaling": steps.Scaling(),
    "min_max": steps.Scaling((0.0, 100.0), (0.0, 1.0), "image"),
    "tissue": steps.ReferenceTissue({"liver": 100.0}),
    "two_tissues": steps.ReferenceTissue({"liver": 100.0, "spleen": 50.0}),
    "fcm": steps.FuzzyTissueMean(),
    "mode": steps.TissueMode(),
    "mode_liver": steps.TissueMode("last", region="liver"),
    "nyul": FittedNyul("foreground", DECILES, tuple(float(i**2) for i in range(11))),
    "nyul_liver": FittedNyul("liver", (0.0, 50.0, 100.0), (0.0, 40.0, 100.0)),
    "matching": FittedHistogramMatching(
        "foreground", MATCHING.percentiles, tuple(float(i**2) for i in range(MATCHING.points))
    ),
}
STEPS = CORRECTING | STANDARDIZING
SAME_GRID = [name for name in STEPS if name != "resample"]
DENOISERS = [
    "gradient",
    "curvature",
    "gradient3d",
    *(name for name in CORRECTING if name.startswith(("me", "bi", "no", "to"))),
]
FOLLOW_SHIFT = [*DENOISERS, "clip", "resample"]
BLIND_TO_SHIFT = [name for name in STANDARDIZING if name not in ("tissue", "fcm")]
TOLERANCES = {
    "n4": 1e-3,  # single precision
    "curvature": 1e-6,  # 1e-10 is added to squared gradients
    **dict.fromkeys(["bilateral", "bilateral3d"], 1e-4),  # Gaussian of intensities from a table
    **dict.fromkeys(["nonlocal_means", "nonlocal_means3d"], 1e-5),  # single precision
}
"""Of the range of the image, where a gain or a shift rounds by more than 1e-9."""


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
@pytest.mark.parametrize("name", CORRECTING)
def test_a_gain_comes_out_as_it_went_in(phantom, name, gain):
    plain = STEPS[name](phantom.volume).image
    scaled = STEPS[name](phantom.volume.with_image(phantom.volume.image * gain)).image
    tolerance = TOLERANCES.get(name, 1e-9)
    np.testing.assert_allclose(scaled / gain, plain, atol=tolerance * np.ptp(plain))


@pytest.mark.parametrize("name", FOLLOW_SHIFT)
def test_a_shift_comes_out_as_it_went_in(phantom, name):
    plain = STEPS[name](phantom.volume).image
    shifted = STEPS[name](phantom.volume.with_image(phantom.volume.image - 70.0)).image
    np.testing.assert_allclose(shifted + 70.0, plain, atol=TOLERANCES.get(name, 1e-9) * np.ptp(plain))


@pytest.mark.parametrize("gain", [0.01, 300.0])
@pytest.mark.parametrize("name", STANDARDIZING)
def test_a_gain_is_undone(phantom, name, gain):
    plain = STEPS[name](phantom.volume).image
    other = STEPS[name](phantom.volume.with_image(phantom.volume.image * gain)).image
    np.testing.assert_allclose(other, plain, atol=1e-8 * np.ptp(plain))


@pytest.mark.parametrize("name", BLIND_TO_SHIFT)
def test_a_shift_is_undone(phantom, name):
    plain = STEPS[name](phantom.volume).image
    other = STEPS[name](phantom.volume.with_image(phantom.volume.image * 300 - 70)).image
    np.testing.assert_allclose(other, plain, atol=1e-9 * np.ptp(plain))


@pytest.mark.parametrize("name", STANDARDIZING)
def test_brighter_voxels_stay_brighter(phantom, name):
    before, after = phantom.volume.image.ravel(), STEPS[name](phantom.volume).image.ravel()
    assert (np.diff(after[np.argsort(before)]) >= 0).all()


@pytest.mark.parametrize("name", DENOISERS)
def test_slices_of_another_axis_are_denoised_in_their_own_plane(phantom, name):
    volume = phantom.volume
    size, spacing = volume.grid.size, volume.grid.spacing
    turned = Grid((size[2], size[0], size[1]), (spacing[2], spacing[0], spacing[1]))
    result = STEPS[name](Volume(np.moveaxis(volume.image, 0, 2), turned)).image
    np.testing.assert_allclose(np.moveaxis(result, 2, 0), STEPS[name](volume).image, rtol=1e-5)


@pytest.mark.parametrize("name", [name for name in DENOISERS if not name.endswith("3d")])
def test_slices_do_not_mix_in_two_dimensions(phantom, name):
    volume = phantom.volume
    changed = volume.image.copy()
    changed[0] = changed[0, ::-1]
    step = STEPS[name] if name in ("gradient", "curvature", "median") else replace(STEPS[name], noise=3.0)
    result = step(volume.with_image(changed)).image
    np.testing.assert_allclose(result[1:], step(volume).image[1:], rtol=1e-6)


@pytest.mark.parametrize("name", [name for name in DENOISERS if not name.endswith("3d")])
def test_a_slice_axis_that_nothing_tells_is_refused(name, golden):
    cube = Volume(np.random.default_rng(0).normal(100, 5, (12, 12, 12)), Grid((12, 12, 12)))
    with golden.error(ScanError):
        STEPS[name](cube)
    named = replace(STEPS[name], slice_axis="y")(cube).image
    assert not np.array_equal(named, replace(STEPS[name], slice_axis="z")(cube).image)


@pytest.mark.parametrize("name", DENOISERS)
def test_denoisers_bring_the_scan_nearer_to_the_truth(phantom, name):
    clean = phantom.truth * np.exp(phantom.log_bias)
    inner = np.s_[:, 40:56, 50:64]  # in the liver, where the truth is smooth
    before = np.std((phantom.volume.image - clean)[inner])
    assert np.std((STEPS[name](phantom.volume).image - clean)[inner]) < 0.6 * before


@pytest.mark.parametrize("name", STEPS)
def test_one_slice_is_enough(flat_phantom, name):
    result = STEPS[name](flat_phantom.volume)
    assert result.image.shape[0] == 1
    assert np.isfinite(result.image).all()


@pytest.mark.parametrize("name", STEPS)
def test_a_constant_image_has_a_defined_end(name, golden):
    """It is refused by what needs contrast, brought to its target by one tissue, and left alone by the others."""
    masks = dict.fromkeys(("liver", "spleen"), np.ones((3, 24, 24), bool))
    volume = Volume(np.full((3, 24, 24), 0.1), Grid((24, 24, 3)), masks)
    if name == "tissue":
        np.testing.assert_allclose(STEPS[name](volume).image, 100)
    elif name in ("n4", "clip") or name in STANDARDIZING:
        with golden.error(ScanError):
            STEPS[name](volume)
    else:
        np.testing.assert_allclose(STEPS[name](volume).image, 0.1)


@pytest.mark.parametrize(
    "step",
    [
        steps.N4BiasField(region="liver"),
        steps.ZScore("liver"),
        steps.Clip(region="liver"),
        *(step for name, step in STANDARDIZING.items() if name.endswith(("liver", "tissue", "tissues"))),
    ],
)
def test_an_empty_or_unknown_region_is_refused(phantom, step, golden):
    volume = phantom.volume
    empty = Volume(volume.image, volume.grid, {"liver": np.zeros(volume.image.shape, bool)})
    with golden.error(ScanError):
        step(empty)
    with golden.error(ScanError):
        step(Volume(volume.image, volume.grid))


@pytest.mark.parametrize("name", STEPS)
def test_intensities_of_any_size_stay_finite(phantom, name):
    for gain in (1e-30, 1e30):
        assert np.isfinite(STEPS[name](phantom.volume.with_image(phantom.volume.image * gain)).image).all()


@pytest.mark.parametrize("plan", [steps.Nyul(), steps.Nyul("liver"), MATCHING], ids=["nyul", "nyul_liver", "matching"])
def test_a_fit_hangs_on_the_scans_alone(phantom, flat_phantom, plan):
    observed = [plan.observe(phantom.volume), plan.observe(flat_phantom.volume)]
    assert plan.fit(observed) == plan.fit([list(numbers) for numbers in observed])
    assert plan.fit(observed) != plan.fit(observed[:1])
