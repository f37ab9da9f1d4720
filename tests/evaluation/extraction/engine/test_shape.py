"""Shape against PyRadiomics' own classes, and what PyRadiomics gets wrong."""

import math

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter

from evaluation.extraction.engine.shape import shape, shape2d, shapes
from evaluation.extraction.parameters import check_feature_classes
from evaluation.extraction.pyradiomics import class_features, quiet
from harmonize.formats import MaskSource, read_volume

ALL = check_feature_classes({"shape": None, "shape2D": None}, "featureClass")


def in_box(mask):
    return np.ascontiguousarray(mask[tuple(slice(hit.min(), hit.max() + 1) for hit in np.nonzero(mask))])


def by_pyradiomics(mask, spacing, name, axis=0):
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing(tuple(spacing[::-1]))
    setting = {"force2D": True, "force2Ddimension": axis} if name == "shape2D" else {}
    with quiet():
        return class_features(name, ALL[name], sitk.Cast(image, sitk.sitkFloat64), image, setting)


def made(seed):
    random = np.random.default_rng(seed)
    size = random.integers(3, 12, 3)
    mask = gaussian_filter(random.normal(size=size), 0.8) > 0 if seed % 2 else random.random(size) < 0.5
    return in_box(mask), tuple(random.uniform(0.4, 6.0, 3).tolist())


@pytest.mark.parametrize("seed", range(60))
def test_shape_is_that_of_pyradiomics(seed):
    mask, spacing = made(seed)
    assert shape(mask, spacing) == pytest.approx(by_pyradiomics(mask, spacing, "shape"), rel=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("seed", range(20))
def test_shape_2d_is_that_of_pyradiomics(seed, axis):
    mask, spacing = made(seed)
    mask = in_box(mask.take([mask.shape[axis] // 2], axis=axis))
    found = shapes(mask, spacing, {"shape2D": ALL["shape2D"]}, axis)
    expected = by_pyradiomics(mask, spacing, "shape2D", axis)
    assert found == pytest.approx({f"shape2D_{name}": value for name, value in expected.items()}, rel=1e-12)


def test_only_what_is_asked_for_is_given():
    classes = {"shape": ["Sphericity"], "shape2D": ["Perimeter"]}
    assert list(shapes(np.ones((1, 4, 4), bool), (1, 1, 1), classes, 0)) == ["shape_Sphericity", "shape2D_Perimeter"]


@pytest.mark.data
def test_shape_of_real_rois_is_that_of_pyradiomics(data_root):
    folder = data_root / "sarcoma_dicom_rtstruct" / "MR_T1"
    masks = {"tumour": MaskSource(folder / "mask" / "RS.dcm", segment="GTV_Mass_MR_T1")}
    volume, _ = read_volume(folder / "image", masks)
    mask, spacing = in_box(volume.masks["tumour"]), volume.grid.spacing[::-1]
    assert mask.sum() > 1000
    assert shape(mask, spacing) == pytest.approx(by_pyradiomics(mask, spacing, "shape"), rel=1e-10)


def test_a_surface_that_encloses_nothing_has_no_volume():
    """PyRadiomics gives a negative volume for two voxels that touch in an edge, depending on where they lie."""
    mask = np.zeros((6, 3, 2), bool)
    mask[5, 0, 1] = mask[0, 2, 0] = mask[0, 1, 1] = mask[4, 0, 0] = True
    volumes = [by_pyradiomics(one, (1, 1, 1), "shape")["MeshVolume"] for one in turned(mask)]
    assert min(volumes) <= 0
    for volume, one in zip(volumes, turned(mask), strict=True):
        found = shape(one, (1, 1, 1))
        none = {name for name, value in found.items() if math.isnan(value)}
        assert none == ({"MeshVolume", "Sphericity", "SurfaceVolumeRatio"} if volume < 1e-9 else set())
        assert found["VoxelVolume"] == 4


def turned(mask):
    return [np.flip(mask, axes) for axes in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))]


def test_an_oblique_plane_is_flat():
    """Not 1e-8 of a mm thick, which is the square root of rounding."""
    z, y, x = np.indices((5, 5, 5))
    found = shape((z == y) & (x >= 0), (0.7, 1.3, 2.9))
    assert found["LeastAxisLength"] == found["Flatness"] == 0
    assert found["MinorAxisLength"] > 1


def test_a_rectangle_in_2d():
    found = shape2d(np.ones((3, 5), bool), (2.0, 1.0))
    assert found["MeshSurface"] == pytest.approx(30 - 4 * 2 / 8)
    assert found["Perimeter"] == pytest.approx(2 * 2 * 2 + 2 * 4 * 1 + 4 * 0.5 * np.hypot(2, 1))
    assert found["MaximumDiameter"] == pytest.approx(np.hypot(3 * 2, 4))
