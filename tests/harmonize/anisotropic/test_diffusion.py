"""Anisotropic diffusion against SimpleITK's filters, and its laws."""

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.anisotropic import diffuse, largest_time_step, recommended_time_step
from harmonize.anisotropic.flow import Diffusion
from harmonize.errors import ScanError

FLOWS = ["gradient", "curvature"]


def simpleitk(image, spacing, flow, edge, iterations, time_step):
    filters = {
        "gradient": sitk.GradientAnisotropicDiffusionImageFilter,
        "curvature": sitk.CurvatureAnisotropicDiffusionImageFilter,
    }
    filtered = filters[flow]()
    filtered.SetTimeStep(time_step)
    filtered.SetConductanceParameter(edge)
    filtered.SetNumberOfIterations(iterations)
    given = sitk.GetImageFromArray(image)
    given.SetSpacing([float(step) for step in spacing[::-1]])
    return sitk.GetArrayFromImage(filtered.Execute(given))


def noisy_squares(shape=(6, 20, 24), seed=0):
    image = np.random.default_rng(seed).normal(100, 5, shape)
    image[..., 5:15, 8:] += 80
    return image


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(
    ("shape", "spacing"),
    [((20, 24), (1.0, 1.0)), ((20, 24), (0.7, 1.3)), ((6, 20, 24), (1.0, 1.0, 1.0)), ((6, 20, 24), (6.5, 0.8, 0.7))],
)
@pytest.mark.parametrize("edge", [0.5, 3.0])
def test_equals_simpleitk(flow, shape, spacing, edge):
    image = noisy_squares(shape)
    step = 0.9 * recommended_time_step(spacing)
    expected = simpleitk(image, spacing, flow, edge, 12, step)
    found = diffuse(image, spacing, flow=flow, edge=edge, iterations=12, time_step=step)
    assert np.abs(expected - image).max() > 1
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


@pytest.mark.data
@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("case", ["brain1", "brain2", "breast1"])
def test_equals_simpleitk_on_scans(data_root, flow, case):
    image = sitk.ReadImage(str(data_root / "pyradiomics_cases" / f"{case}_image.nrrd"), sitk.sitkFloat64)[:, :, 5:12]
    spacing = image.GetSpacing()[::-1]
    array = sitk.GetArrayFromImage(image)
    step = recommended_time_step(spacing)
    expected = simpleitk(array, spacing, flow, 2.0, 4, step)
    np.testing.assert_allclose(diffuse(array, spacing, flow=flow, edge=2.0, iterations=4), expected, rtol=0, atol=1e-6)
    expected = simpleitk(array[3], spacing[1:], flow, 2.0, 4, recommended_time_step(spacing[1:]))
    found = diffuse(array, spacing, flow=flow, edge=2.0, iterations=4, slice_axis=0)
    np.testing.assert_allclose(found[3], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("slice_axis", [0, 1, 2])
def test_slices_are_done_one_by_one_on_their_own_spacing(flow, slice_axis):
    image, spacing = noisy_squares(), (4.0, 1.0, 0.7)
    found = diffuse(image, spacing, flow=flow, slice_axis=slice_axis)
    own = [step for axis, step in enumerate(spacing) if axis != slice_axis]
    for index in range(image.shape[slice_axis]):
        expected = diffuse(image.take(index, slice_axis), own, flow=flow)
        np.testing.assert_array_equal(found.take(index, slice_axis), expected)


def test_without_edges_it_is_the_heat_equation():
    """With an endless conductance parameter each step is the five-point stencil with copied borders."""
    image = noisy_squares((9, 11))
    expected = image.copy()
    for _ in range(4):
        padded = np.pad(expected, 1, mode="edge")
        neighbours = padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2]
        expected = expected + 0.1 * (neighbours - 4 * expected)
    for conductance in ("exponential", "rational"):
        found = diffuse(image, (1.0, 1.0), conductance=conductance, edge=1e9, iterations=4, time_step=0.1)
        np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("conductance", ["exponential", "rational"])
@pytest.mark.parametrize("flow", FLOWS)
def test_noise_goes_and_the_edge_stays(flow, conductance):
    image = noisy_squares((48, 48))
    found = diffuse(image, (1.0, 1.0), flow=flow, conductance=conductance, edge=1.0, iterations=20)
    outside = found[20:, :]
    assert outside.std() < 0.6 * image[20:, :].std()
    assert found[6:14, 10:].mean() - outside.mean() > 75


@pytest.mark.parametrize("flow", FLOWS)
def test_gain_and_shift_carry_over(flow):
    image, spacing = noisy_squares(), (3.0, 1.0, 1.0)
    found = diffuse(image, spacing, flow=flow)
    np.testing.assert_allclose(diffuse(7 * image, spacing, flow=flow), 7 * found, rtol=1e-9)
    np.testing.assert_allclose(diffuse(image + 1000, spacing, flow=flow), found + 1000, rtol=1e-9)


@pytest.mark.parametrize("flow", FLOWS)
def test_no_new_extremes_and_the_same_result_however_the_axes_lie(flow):
    image, spacing = noisy_squares(), (3.0, 1.0, 0.8)
    found = diffuse(image, spacing, flow=flow, iterations=30)
    assert image.min() <= found.min() < found.max() <= image.max()
    turned = diffuse(image.transpose(2, 0, 1), (0.8, 3.0, 1.0), flow=flow, iterations=30)
    np.testing.assert_allclose(turned.transpose(1, 2, 0), found, rtol=1e-8)
    np.testing.assert_allclose(diffuse(image[:, ::-1], spacing, flow=flow, iterations=30)[:, ::-1], found, rtol=1e-8)


def test_gradient_flow_on_equal_voxels_keeps_the_mean():
    image = noisy_squares()
    assert diffuse(image, (1.0, 1.0, 1.0), iterations=30).mean() == pytest.approx(image.mean(), rel=1e-12)


@pytest.mark.parametrize("flow", FLOWS)
def test_one_slice_is_the_two_dimensional_result(flow):
    image = noisy_squares((1, 20, 24))
    found = diffuse(image, (5.0, 1.0, 1.0), flow=flow, time_step=0.05)
    np.testing.assert_allclose(found[0], diffuse(image[0], (1.0, 1.0), flow=flow, time_step=0.05), rtol=1e-12)


@pytest.mark.parametrize("flow", FLOWS)
def test_flat_images_and_slices_stay(flow):
    image = noisy_squares()
    image[2] = 7
    found = diffuse(image, (1.0, 1.0, 1.0), flow=flow, slice_axis=0)
    assert np.all(found[2] == 7)
    assert np.abs(found[1] - image[1]).max() > 1
    assert np.all(diffuse(np.zeros((3, 4)), (1.0, 1.0), flow=flow) == 0)


def test_same_input_same_output_and_nothing_changed_in_place():
    image = noisy_squares()
    image.flags.writeable = False
    one, other = (diffuse(image, (1.0, 1.0, 1.0), flow="curvature") for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert one.flags.writeable
    integers = image.astype(np.int16)
    np.testing.assert_array_equal(
        diffuse(integers, (1.0, 1.0, 1.0)), diffuse(integers.astype(np.float64), (1.0, 1.0, 1.0))
    )


def test_an_unstable_time_step_is_refused_with_the_longest_stable_one(golden):
    image, spacing = noisy_squares(), (6.5, 0.8, 0.8)
    with golden.error(ScanError):
        diffuse(image, spacing, time_step=0.2)
    with golden.error(ScanError):
        diffuse(image, spacing, flow="curvature", time_step=0.06)
    diffuse(image, spacing, time_step=0.2, slice_axis=0)


def test_the_gradient_flow_is_stable_at_its_longest_time_step_and_not_above():
    checkerboard = 100.0 + np.indices((8, 9)).sum(axis=0) % 2
    spacing = (0.7, 1.3)
    longest = largest_time_step("gradient", spacing)
    found = diffuse(checkerboard, spacing, edge=1e6, iterations=50, time_step=longest)
    assert np.ptp(found) <= 1 + 1e-9
    plain = Diffusion(checkerboard.shape, spacing, "gradient", "exponential")
    plain.image = checkerboard
    for _ in range(50):
        plain.mean_squared_gradient()
        plain.step(1.3 * longest, 1e12)
    assert np.ptp(plain.image) > 2
