import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from harmonize.image.volume import Grid, to_itk
from harmonize.registration.rigid import Rigid, still
from harmonize.registration.rigid_fit import Samples, Smooth, cost_of, fit_motion

GRID = Grid((40, 36, 12), (1.0, 1.2, 3.0), (5.0, -7.0, 2.0), (0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0))


@pytest.fixture(scope="module")
def image() -> sitk.Image:
    noise = np.random.default_rng(0).normal(0, 1, GRID.shape)
    return to_itk(100 + 200 * ndimage.gaussian_filter(noise, (1.5, 4, 4)) * 10, GRID)


def samples_of(image: sitk.Image, relation: str) -> Samples:
    smooth = Smooth(image, 0.0)
    indices = np.argwhere(np.ones(smooth.values.shape, bool))[::3, ::-1]
    return Samples.of(smooth.points(indices.astype(float)), smooth.values[tuple(indices[:, ::-1].T)], relation)


def test_places_and_intensities_are_those_of_itk(image):
    smooth = Smooth(image, 0.0)
    index = np.array([[3.0, 7.0, 2.0]])
    point = smooth.points(index)
    np.testing.assert_allclose(point[0], image.TransformIndexToPhysicalPoint((3, 7, 2)))
    inside, values = smooth.at(np.vstack([point, point + 1000]))
    assert inside.tolist() == [True, False]
    assert values == pytest.approx(smooth.values[2, 7, 3])


def test_the_slope_is_the_change_per_mm(image):
    smooth = Smooth(image, 3.0)
    point = smooth.points(np.array([[15.0, 14.0, 5.0]]))
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 0.5
        change = smooth.at(point + step)[1] - smooth.at(point - step)[1]
        assert smooth.slope_at(point)[axis, 0] == pytest.approx(
            change[0], abs=0.15 * np.abs(smooth.slope_at(point)).max()
        )


@pytest.mark.parametrize(
    ("relation", "contrast", "most"),
    [("line", lambda v: 7 - 3 * v, 1e-9), ("function", lambda v: (v - 100) ** 2, 0.05)],
)
def test_the_cost_is_what_the_relation_does_not_explain(image, relation, contrast, most):
    other = sitk.GetImageFromArray(contrast(sitk.GetArrayFromImage(image)))
    other.CopyInformation(image)
    smooth = Smooth(image, 0.0)
    exact = Smooth(other, 0.0)
    exact.values = contrast(smooth.values)
    assert cost_of(exact, still(3), samples_of(image, relation)) < most
    if relation == "function":
        assert cost_of(exact, still(3), samples_of(image, "line")) > 0.3


def test_too_few_samples_in_the_other_image_cost_everything(image):
    away = Rigid(still(3).matrix, (30.0, 0.0, 0.0))
    assert cost_of(Smooth(image, 0.0), away, samples_of(image, "line")) == np.inf


@pytest.mark.parametrize("relation", ["line", "function"])
def test_a_small_motion_is_found_although_a_part_shows_something_else(image, relation):
    """Such as gas in the bowel; least squares over all samples were drawn away by it."""
    middle = image.TransformContinuousIndexToPhysicalPoint((20.0, 18.0, 6.0))
    motion = sitk.Euler3DTransform(middle, 0.02, -0.01, 0.03, (1.4, -1.1, 0.9))
    moved = sitk.GetArrayFromImage(sitk.Resample(image, image, motion.GetInverse(), sitk.sitkBSpline, 100.0))
    moved[:, :8, :7] = 300.0
    other = sitk.GetImageFromArray(moved)
    other.CopyInformation(image)
    found = fit_motion(Smooth(other, 0.0), still(3), samples_of(image, relation))
    places = np.array([middle, image.TransformIndexToPhysicalPoint((12, 12, 4))])
    np.testing.assert_allclose(found(places), Rigid.of(motion)(places), atol=0.3)
