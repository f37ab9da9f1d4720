"""Maps are those of PyRadiomics' voxel-based extraction, where it has numbers that mean something."""

import logging
import warnings

import numpy as np
import pytest
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.extract import UNDEFINED_IF_CONSTANT, UNDEFINED_IN_ONE_BIN
from evaluation.extraction.pyradiomics import quiet
from evaluation.extraction.voxels import feature_maps
from harmonize.errors import ConfigurationError, ScanError
from harmonize.image.volume import Grid, Volume, to_itk

GRID = Grid((14, 13, 7), spacing=(0.8, 0.9, 2.5), origin=(-20.0, 4.0, 7.5), direction=(0, 1, 0, 1, 0, 0, 0, 0, -1))
LACKED = ("glcm_JointAverage", "glcm_MCC")
"""Features that PyRadiomics leaves out where a direction has no pair."""
CONVENTIONS = UNDEFINED_IN_ONE_BIN | UNDEFINED_IF_CONSTANT


def made_volume():
    random = np.random.default_rng(3)
    image = np.rint(random.normal(400, 60, GRID.shape) + 40 * np.arange(14))
    mask = np.zeros(GRID.shape, bool)
    mask[1:4, 3:8, 2:9] = True
    mask[2, 4, 4] = False
    mask[6, 12, 13] = True  # alone, in the corner of the image
    return Volume(image, GRID, {"organ": mask})


def of_pyradiomics(volume, settings, radius, masked):
    """Give the maps on the grid of each, with NaN outside."""
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of means of nothing
        logging.getLogger("radiomics").setLevel(logging.CRITICAL)
        extractor = RadiomicsFeatureExtractor()
        extractor._applyParams(paramsDict=settings.of_pyradiomics())
        extractor.settings |= {"kernelRadius": radius, "maskedKernel": masked, "initValue": np.nan}
        mask = to_itk(volume.masks["organ"], volume.grid)
        found = extractor.execute(volume.to_itk(), mask, voxelBased=True)
    return {name: image for name, image in found.items() if isinstance(image, sitk.Image)}


def same(volume, settings, radius=1, masked=True):
    """Compare all maps; give how many voxels have a number in one of the two alone, by feature."""
    theirs = of_pyradiomics(volume, settings, radius, masked)
    names = [name for name in settings.feature_names() if "_shape" not in name]
    ours = feature_maps(volume, "organ", settings, names, radius=radius, masked=masked)
    assert {*names} == {*theirs}
    like = to_itk(np.zeros(ours.mask.shape), ours.grid)
    alone = {}
    for name in names:
        moved = sitk.Resample(theirs[name], like, sitk.Transform(), sitk.sitkNearestNeighbor, np.nan)
        reference, own = sitk.GetArrayFromImage(moved)[ours.mask], ours.maps[name][ours.mask]
        assert np.isnan(ours.maps[name][~ours.mask]).all()
        both = np.isfinite(reference) & np.isfinite(own)
        close = np.isclose(own[both], reference[both], rtol=1e-9, atol=1e-8)
        assert close.all(), (name, own[both][~close][:3], reference[both][~close][:3])
        alone[name] = (int((np.isfinite(own) & ~both).sum()), int((np.isfinite(reference) & ~both).sum()))
        assert ours.undefined[name] == int(np.isnan(own).sum())
    return alone, ours


CASES = {
    "defaults": ({"binWidth": 25}, 1, True),
    "wider, beyond the ROI": ({"binWidth": 40}, 2, False),
    "in slices": ({"binWidth": 40, "force2D": True}, 1, True),
    "counted bins, weights, two distances": (
        {"binCount": 8, "weightingNorm": "euclidean", "distances": [1, 2]},
        2,
        True,
    ),
    "few levels": ({"binWidth": 250}, 1, True),
}


@pytest.mark.parametrize(("setting", "radius", "masked"), CASES.values(), ids=CASES)
def test_every_feature_is_that_of_pyradiomics(setting, radius, masked):
    alone, _ = same(made_volume(), ExtractionSettings(setting, bin_limits=None), radius, masked)
    for name, (ours, theirs) in alone.items():
        bare = name.removeprefix("original_")
        assert ours == 0 or bare in LACKED, name
        assert theirs == 0 or bare in CONVENTIONS or masked, name


def test_filtered_and_resampled_images_have_maps_on_their_grid():
    settings = ExtractionSettings(
        {"binWidth": 25, "resampledPixelSpacing": [1.5, 1.5, 2.5]},
        imageType={"Original": {}, "LoG": {"sigma": [2.0]}},
        featureClass={"firstorder": ["Mean", "Entropy"], "glcm": ["Contrast"]},
    )
    _, found = same(made_volume(), settings)
    assert found.grid.spacing == pytest.approx((1.5, 1.5, 2.5))
    assert {name.split("_")[0] for name in found.maps} == {"original", "log-sigma-2-0-mm-3D"}


@pytest.mark.data
@pytest.mark.parametrize(("case", "setting"), [("brain1", {"binWidth": 25}), ("breast1", {"binWidth": 5})])
def test_real_rois_have_the_maps_of_pyradiomics(data_root, case, setting):
    folder = data_root / "pyradiomics_cases"
    image = sitk.ReadImage(str(folder / f"{case}_image.nrrd"), sitk.sitkFloat64)
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / f"{case}_label.nrrd"))) == 1
    z, y, x = np.argwhere(mask)[mask.sum() // 2]
    part = np.zeros_like(mask)
    part[z : z + 2, y - 4 : y + 4, x - 3 : x + 4] = True
    volume = Volume(sitk.GetArrayFromImage(image), Grid.of(image), {"organ": mask & part})
    alone, found = same(volume, ExtractionSettings(setting))
    assert found.mask.sum() > 60
    assert [name for name, (ours, _) in alone.items() if ours and name.removeprefix("original_") not in LACKED] == []


def test_a_kernel_that_holds_the_whole_roi_has_the_features_of_the_roi():
    volume = made_volume()
    mask = volume.masks["organ"].copy()
    mask[6] = False
    volume = Volume(volume.image, GRID, {"organ": mask})
    settings = ExtractionSettings({"binWidth": 25})
    names = [name for name in settings.feature_names() if "_shape" not in name]
    found = feature_maps(volume, "organ", settings, names, radius=7)
    whole = extract(volume, settings).features["organ"].values
    for name in names:
        np.testing.assert_allclose(found.maps[name][mask], whole[name], rtol=1e-9, atol=1e-12, err_msg=name)


def test_a_flat_kernel_has_no_texture_and_is_counted():
    image = np.full(GRID.shape, 5.0)
    image[..., 7:] = np.arange(7 * 13 * 7).reshape(7, 13, 7) % 90
    mask = np.zeros(GRID.shape, bool)
    mask[2:4, 2:10, 2:12] = True
    names = ["original_glcm_Correlation", "original_firstorder_Skewness", "original_glcm_Contrast"]
    found = feature_maps(Volume(image, GRID, {"organ": mask}), "organ", ExtractionSettings({"binWidth": 5}), names)
    flat = int(mask[..., 2:6].sum())
    assert found.undefined == dict(zip(names, (flat, flat, 0), strict=True))
    assert found.maps["original_glcm_Contrast"][2, 4, 3] == 0.0


def test_what_has_no_map_is_refused(golden):
    volume, settings = made_volume(), ExtractionSettings(featureClass={"shape": None, "glcm": None})
    for names, more in (
        (["original_shape_Sphericity"], {}),
        (["original_glcm_Contrats"], {}),
        ([], {}),
        (["original_glcm_Contrast"], {"radius": 0}),
    ):
        with golden.error(ConfigurationError):
            feature_maps(volume, "organ", settings, names, **more)
    with golden.error(ConfigurationError):
        feature_maps(volume, "liver", settings, ["original_glcm_Contrast"])
    with golden.error(ConfigurationError):
        feature_maps(volume, "organ", ExtractionSettings(engine="pyradiomics"), ["original_glcm_Contrast"])
    empty = Volume(volume.image, GRID, {"organ": np.zeros(GRID.shape, bool)})
    with golden.error(ScanError):
        feature_maps(empty, "organ", settings, ["original_glcm_Contrast"])
    with golden.error(ScanError):
        narrow = ExtractionSettings({"binWidth": 1e-3}, bin_limits=None)
        feature_maps(volume, "organ", narrow, ["original_glcm_Contrast"])
