import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.anisotropic import largest_time_step, recommended_time_step
from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.image.volume import Grid, Volume
from harmonize.steps import AnisotropicDiffusion

FILTERS = {"gradient": sitk.GradientAnisotropicDiffusion, "curvature": sitk.CurvatureAnisotropicDiffusion}
SPACINGS = [(1.0, 1.0), (0.3, 0.3), (0.3, 1.5), (3.0, 3.0), (1.0, 1.0, 1.0), (0.5, 0.5, 4.0)]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_the_recommended_step_is_that_of_the_curvature_filter(spacing):
    image = sitk.Image([4] * len(spacing), sitk.sitkFloat64)
    image.SetSpacing(spacing)
    expected = sitk.CurvatureAnisotropicDiffusionImageFilter().EstimateOptimalTimeStep(image)
    assert recommended_time_step(spacing) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("flow", FILTERS)
def test_steps_up_to_the_limit_are_stable_and_larger_ones_grow(flow, spacing):
    """With a conductance near 1 everywhere: the worst case, and that of a flat region."""
    shape = (48, 48) if len(spacing) == 2 else (6, 16, 16)
    noise = np.random.default_rng(0).normal(100, 10, shape)
    image = sitk.GetImageFromArray(noise)
    image.SetSpacing(spacing)
    limit = largest_time_step(flow, spacing)

    def deviation(step: float) -> float:
        smooth = FILTERS[flow](image, timeStep=step, conductanceParameter=1e3, numberOfIterations=100)
        return float(sitk.GetArrayViewFromImage(smooth).std())

    assert deviation(limit) < noise.std()
    assert deviation(limit * (1.1 if flow == "gradient" else 2.5)) > 100 * noise.std()


@pytest.mark.parametrize("flow", FILTERS)
@pytest.mark.parametrize("dimension", [2, 3])
def test_a_step_beyond_the_limit_is_refused_with_it(flow, dimension, golden):
    spacing = (0.4, 0.4, 5.0)
    volume = Volume(np.random.default_rng(0).normal(size=(3, 8, 8)), Grid((8, 8, 3), spacing))
    limit = largest_time_step(flow, spacing[:dimension])
    AnisotropicDiffusion(flow, time_step=limit, dimension=dimension)(volume)
    with golden.error(ScanError):
        AnisotropicDiffusion(flow, time_step=limit * 1.01, dimension=dimension)(volume)


@pytest.mark.data
@pytest.mark.parametrize("flow", FILTERS)
@pytest.mark.parametrize("dimension", [2, 3])
def test_it_is_the_filter_of_simpleitk_on_a_real_scan(data_root, flow, dimension):
    image, grid = read_image(data_root / "pyradiomics_cases" / "brain1_image.nrrd")
    part = np.ascontiguousarray(image[10:14, 60:160, 80:180])
    volume = Volume(part, Grid((100, 100, 4), grid.spacing))
    result = AnisotropicDiffusion(flow, "exponential", 3, 0.04, 2.0, dimension)(volume).image
    planes = [volume.to_itk()[:, :, z] for z in range(4)] if dimension == 2 else [volume.to_itk()]
    oracle = [FILTERS[flow](plane, 0.04, 2.0, numberOfIterations=3) for plane in planes]
    expected = np.stack([sitk.GetArrayFromImage(plane) for plane in oracle]).reshape(part.shape)
    np.testing.assert_allclose(result, expected, atol=1e-7 * np.ptp(part))


@pytest.mark.parametrize("flow", FILTERS)
def test_small_values_are_smoothed_as_large_ones(phantom, flow):
    """ITK adds 1e-10 to squared gradients: a map in mm²/s would be left nearly as it is."""
    step = AnisotropicDiffusion(flow)
    tiny = step(phantom.volume.with_image(phantom.volume.image * 1e-5)).image
    plain = step(phantom.volume).image
    np.testing.assert_allclose(tiny * 1e5, plain, atol=1e-6 * np.ptp(plain))


@pytest.mark.parametrize(("flow", "tolerance"), [("gradient", 1e-10), ("curvature", 0.02)])
def test_noise_goes_while_mean_and_edge_stay(phantom, flow, tolerance):
    volume, liver = phantom.volume, phantom.volume.masks["liver"]
    smooth = AnisotropicDiffusion(flow, iterations=10, conductance_parameter=1.0)(volume).image
    assert smooth.mean() == pytest.approx(volume.image.mean(), rel=tolerance)

    def noise(image: np.ndarray) -> float:
        """Standard deviation of differences along y in the middle of the liver, where the truth is smooth."""
        return float(np.diff(image[:, 40:56, 50:64], axis=1).std())

    def edge(image: np.ndarray) -> float:
        """Step across the left border of the liver in the middle row."""
        left = int(np.flatnonzero(liver[1, 48])[0])
        return float(image[1, 44:52, left + 1].mean() - image[1, 44:52, left - 3].mean())

    assert noise(smooth) < 0.5 * noise(volume.image)
    assert edge(smooth) > 0.85 * edge(volume.image)


def test_slices_do_not_mix_in_two_dimensions(phantom):
    volume = phantom.volume
    changed = volume.image.copy()
    changed[0] += np.random.default_rng(1).normal(0, 50, changed[0].shape)
    step = AnisotropicDiffusion()
    np.testing.assert_array_equal(step(volume.with_image(changed)).image[1:], step(volume).image[1:])
    three = AnisotropicDiffusion(dimension=3)
    assert not np.array_equal(three(volume.with_image(changed)).image[1], three(volume).image[1])


def test_nothing_is_printed_about_large_steps(capfd):
    volume = Volume(np.random.default_rng(0).normal(size=(1, 8, 8)), Grid((8, 8, 1)))
    AnisotropicDiffusion(time_step=0.2)(volume)
    assert capfd.readouterr() == ("", "")
