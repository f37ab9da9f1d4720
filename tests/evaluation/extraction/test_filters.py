"""Filters against PyRadiomics' own."""

import numpy as np
import pytest
import radiomics
import SimpleITK as sitk
from radiomics import imageoperations

from evaluation.extraction.derived_names import image_names
from evaluation.extraction.filters import derived_scenes
from evaluation.extraction.parameters import REFUSED_IMAGES
from evaluation.extraction.pyradiomics import quiet
from evaluation.extraction.scenes import Scene
from harmonize.errors import ScanError

SETTINGS = {
    "Original": [{}],
    "LoG": [{"sigma": (0.5, 1, 2.0)}, {"sigma": (1, 40.0)}],
    "Wavelet": [
        {},
        {"level": 2, "start_level": 1, "wavelet": "haar"},
        {"force2D": True, "force2Ddimension": 0, "level": 2},
        {"force2D": True, "force2Ddimension": 2, "wavelet": "db3"},
    ],
    "Gradient": [{}, {"gradientUseSpacing": False}],
    **{name: [{}] for name in ("Square", "SquareRoot", "Logarithm", "Exponential")},
}
CASES = [(kind, setting) for kind, settings in SETTINGS.items() for setting in settings]


def made(seed=0, size=(9, 12, 11)):
    image = sitk.GetImageFromArray(np.random.default_rng(seed).normal(20, 300, size))
    image.SetSpacing((0.8, 1.1, 3.0))
    image.SetOrigin((-5.0, 4.0, 7.5))
    return image


@pytest.mark.parametrize(("image_type", "setting"), CASES)
def test_images_are_those_of_pyradiomics_to_the_last_digit(image_type, setting):
    image = made()
    with quiet():
        expected = list(getattr(imageoperations, f"get{image_type}Image")(image, None, **setting))
    found = list(derived_scenes(Scene.of(image), image_type, setting))
    assert [name for _, name in found] == [name for _, name, _ in expected]
    for (scene, _), (other, _, _) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(scene.array, sitk.GetArrayViewFromImage(other))
        assert scene.image.GetOrigin() == image.GetOrigin()
        assert scene.spacing == scene.image.GetSpacing() == image.GetSpacing()
        np.testing.assert_array_equal(sitk.GetArrayViewFromImage(scene.image), scene.array)


def test_every_image_type_is_decided():
    assert {*SETTINGS, *REFUSED_IMAGES} == set(radiomics.getImageTypes())


@pytest.mark.parametrize("flat", [{}, {"force2D": True, "force2Ddimension": 1}])
def test_names_of_images_are_those_of_the_images(flat):
    image_types = {kind: settings[0] | flat for kind, settings in SETTINGS.items()}
    image_types["Wavelet"] = image_types["Wavelet"] | {"level": 3}
    found = [name for kind, own in image_types.items() for _, name in derived_scenes(Scene.of(made()), kind, own)]
    assert image_names(image_types) == found
    assert len(found) == len(set(found))


def test_an_image_too_small_for_log_gives_none():
    assert list(derived_scenes(Scene.of(made(size=(3, 9, 9))), "LoG", {"sigma": (1,)})) == []


def test_a_filter_that_fails_is_told(golden):
    with golden.error(ScanError, varies=r"(?<=failed: ).*(?=; remove)"):
        list(derived_scenes(Scene.of(made()), "Wavelet", {"wavelet": "nonsense"}))
