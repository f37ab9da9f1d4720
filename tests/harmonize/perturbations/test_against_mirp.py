"""The same perturbations by MIRP 2.7 on the same image and mask, where it is installed (the extra `mirp`)."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest
import scipy

from harmonize.formats import write_image
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import (
    GrowthByDistance,
    OtherGrid,
    Resampling,
    Rotation,
    Translation,
    VolumeChange,
    perturb,
)

pytestmark = pytest.mark.skipif(find_spec("mirp") is None, reason="needs the extra mirp")
BY_MIRP = """
import json, logging, sys
import mirp, numpy
logging.disable(logging.INFO)
for folder, options in json.load(sys.stdin):
    [(images, masks)] = mirp.extract_images(
        image=folder + "/image.nii.gz", mask=folder + "/mask.nii.gz", image_modality="mr",
        write_images=False, export_images=True, image_export_format="dict", **options)
    image, mask = images[0], masks[0]["mask"]
    spacing = [float(one) for one in image["image_spacing"]]
    numpy.savez(folder + "/found.npz", image=image["image"], mask=mask, spacing=spacing)
"""
SMOOTHING = 0.98
"""MIRP's default against aliasing, also where voxels keep their size."""


Spacing = tuple[float, float, float]
ByMirp = Callable[..., tuple[np.ndarray, np.ndarray, list[float]]]


def scan(spacing: Spacing) -> Volume:
    z, y, x = np.mgrid[:26, :52, :46]
    image = 100 + 40 * np.sin(x / 4) * np.cos(y / 5) + 3 * z + np.random.default_rng(5).normal(size=z.shape)
    mask = (x - 22) ** 2 + 0.8 * (y - 27) ** 2 + 5 * (z - 13) ** 2 < 70
    return Volume(image, Grid((46, 52, 26), spacing), {"roi": mask})


CASES: dict[str, tuple[list[OtherGrid], dict[str, object]]] = {
    "rotation": ([Rotation(13.0)], {"perturbation_rotation_angles": 13.0}),
    "back": ([Rotation(-7.0)], {"perturbation_rotation_angles": -7.0}),
    "translation": ([Translation(0.25, 0.25, 0.25)], {"perturbation_translation_fraction": 0.25}),
    "both": (
        [Translation(0.4, 0.4, 0.4), Rotation(9.0)],
        {"perturbation_rotation_angles": 9.0, "perturbation_translation_fraction": 0.4},
    ),
    "other voxels": (
        [Resampling(1.25), Translation(0.25, 0.25, 0.25), Rotation(9.0)],
        {
            "new_spacing": [2.0, 1.0, 1.25],
            "perturbation_rotation_angles": 9.0,
            "perturbation_translation_fraction": 0.25,
        },
    ),
}


VOXELS, CUBES = (1.0, 0.8, 2.0), (1.0, 1.0, 1.0)
CHANGES, DISTANCES = (-0.3, -0.15, 0.15, 0.3, 1.0), (1.0, 1.5, 3.0)


@pytest.fixture(scope="module")
def by_mirp(tmp_path_factory) -> ByMirp:
    """Give a function that gives image, mask and spacing (z, y, x): all were made by one process, which loads slowly.

    It is another process than this one because it brings an ITK that bears no other.
    """
    asked: dict[tuple[object, ...], tuple[Spacing, dict[str, object]]] = {
        (case, smoothing): (VOXELS, {**options, "anti_aliasing": smoothing < 1, "smoothing_beta": smoothing})
        for case, (_, options) in CASES.items()
        for smoothing in (1.0, SMOOTHING)
    }
    for change in CHANGES:
        options = {"perturbation_roi_adapt_type": "fraction", "perturbation_roi_adapt_size": change}
        asked["change", change] = CUBES, options
    for distance in DISTANCES:
        asked["distance", distance] = CUBES, {"perturbation_roi_adapt_size": distance}
    folders = {}
    for what, (spacing, _) in asked.items():
        folders[what], volume = tmp_path_factory.mktemp("mirp"), scan(spacing)
        write_image(volume.image, volume.grid, folders[what] / "image.nii.gz")
        write_image(volume.masks["roi"].astype(np.uint8), volume.grid, folders[what] / "mask.nii.gz")
    told = json.dumps([(str(folders[what]), options) for what, (_, options) in asked.items()])
    subprocess.run([sys.executable, "-c", BY_MIRP], input=told, text=True, check=True, capture_output=True)

    def found(*what: object) -> tuple[np.ndarray, np.ndarray, list[float]]:
        with np.load(folders[what] / "found.npz") as file:
            return file["image"], file["mask"], file["spacing"].tolist()

    return found


@pytest.mark.parametrize("smoothing", [1.0, SMOOTHING])
@pytest.mark.parametrize("case", CASES)
def test_image_and_mask_are_those_of_mirp(case: str, smoothing: float, by_mirp: ByMirp) -> None:
    volume, (chain, _) = scan(VOXELS), CASES[case]
    image, mask, spacing = by_mirp(case, smoothing)
    chain = [type(one)(**{**vars(one), "smoothing": smoothing}) for one in chain]
    found = perturb(chain, volume)
    np.testing.assert_allclose(found.grid.spacing[::-1], spacing)
    assert found.image.shape == image.shape
    np.testing.assert_array_equal(found.masks["roi"], mask)
    np.testing.assert_allclose(found.image[mask], image[mask], atol=1e-4)  # of about 40, with single precision


def layers(mask: np.ndarray) -> list[np.ndarray]:
    """Give the ROI after 0, 1, 2 and 3 steps from voxel to voxel."""
    return [mask, *(scipy.ndimage.binary_dilation(mask, iterations=steps) for steps in (1, 2, 3))]


@pytest.mark.parametrize("change", CHANGES)
def test_volumes_are_those_of_mirp_and_whole_layers_too(change: float, by_mirp: ByMirp) -> None:
    volume = scan(CUBES)
    _, mask, _ = by_mirp("change", change)
    for by in ("distance", "voxels"):
        found = VolumeChange(change, by)(volume, np.random.default_rng(0)).masks["roi"]
        assert found.sum() == mask.sum()
    steps = layers(volume.masks["roi"]) if change > 0 else [~one for one in layers(~volume.masks["roi"])]
    large = sorted(steps, key=np.sum)
    inner = [one for one in large if one.sum() <= found.sum()][-1]
    outer = next(one for one in large if one.sum() >= found.sum())
    for one in (found, mask):  # the rest is by chance, here as there
        assert not (inner & ~one).any()
        assert not (one & ~outer).any()


@pytest.mark.parametrize("distance", DISTANCES)
def test_growth_by_a_distance_is_that_of_mirp(distance: float, by_mirp: ByMirp) -> None:
    volume = scan(CUBES)
    _, mask, _ = by_mirp("distance", distance)
    found = GrowthByDistance(distance)(volume, np.random.default_rng(0)).masks["roi"]
    np.testing.assert_array_equal(found, mask)
