import logging
import math
import pickle
import warnings

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose
from radiomics.featureextractor import RadiomicsFeatureExtractor
from scipy.ndimage import gaussian_filter

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.extract import UNDEFINED_IF_CONSTANT, UNDEFINED_IN_ONE_BIN
from evaluation.extraction.pyradiomics import quiet
from evaluation.extraction.settings import ENGINES
from harmonize.image.volume import Grid, Volume, to_itk

GRID = Grid((21, 24, 11), spacing=(0.8, 0.9, 2.5), origin=(-20.0, 4.0, 7.5), direction=(0, 1, 0, 1, 0, 0, 0, 0, -1))
SHAPE = ["shape"]
TOLERANCE = {"radharmony": 1e-9, "pyradiomics": 1e-12}
INTENSITY = ["firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]


def made_image() -> np.ndarray:
    noise = np.random.default_rng(7).normal(size=GRID.shape)
    return np.rint(400 + 900 * gaussian_filter(noise, (0.7, 1.0, 1.0)))


def ball(centre: tuple[int, int, int], radius: tuple[float, float, float]) -> np.ndarray:
    axes = np.ogrid[tuple(slice(0, size) for size in GRID.shape)]
    return sum(((axis - c) / r) ** 2 for axis, c, r in zip(axes, centre, radius, strict=True)) <= 1


def made_masks() -> dict[str, np.ndarray]:
    corner = np.zeros(GRID.shape, bool)
    corner[:3, :6, -5:] = True
    flat = np.zeros(GRID.shape, bool)
    flat[6] = ball((6, 12, 10), (1, 8, 6))[6]
    parts = ball((3, 6, 6), (2, 4, 4)) | ball((8, 17, 15), (1.5, 4, 3))
    return {"inside": ball((5, 12, 10), (3, 7, 6)), "at the border": corner, "one slice": flat, "two parts": parts}


def made_volume(*rois: str) -> Volume:
    masks = made_masks()
    return Volume(made_image(), GRID, {name: masks[name] for name in rois or masks})


def own_loop(volume: Volume, roi: str, settings: ExtractionSettings, image: sitk.Image | None = None) -> dict:
    """Run PyRadiomics' own `execute` with the same parameters on the whole image."""
    parameters = settings.of_pyradiomics()
    with quiet():
        extractor = RadiomicsFeatureExtractor()
        extractor._applyParams(paramsDict=parameters)
        found = extractor.execute(volume.to_itk() if image is None else image, to_itk(volume.masks[roi], volume.grid))
    return {name: complex(value).real for name, value in found.items() if not name.startswith("diagnostics")}


CASES = {
    "defaults": {},
    "fixed bin count": {"setting": {"binCount": 32}},
    "2D": {"setting": {"force2D": True, "binWidth": 10}},
    "2D in another plane": {"setting": {"force2D": True, "force2Ddimension": 1}},
    "distances and weights": {"setting": {"distances": [1, 2], "weightingNorm": "euclidean", "gldm_a": 1}},
    "asymmetric, shifted": {"setting": {"symmetricalGLCM": False, "voxelArrayShift": 300}},
    "normalized": {"setting": {"normalize": True, "normalizeScale": 100, "removeOutliers": 1.5, "binWidth": 5}},
    "resampled": {"setting": {"resampledPixelSpacing": [1.5, 1.5, 2.0], "minimumROIDimensions": 1}},
    "resampled in plane, linear": {
        "setting": {"resampledPixelSpacing": [1.1, 1.1, 0], "interpolator": "sitkLinear"},
    },
    "resampled to its own spacing": {"setting": {"resampledPixelSpacing": [0.8, 0.9, 2.5]}},
    "resampled and filtered": {
        "setting": {"resampledPixelSpacing": [1.5, 1.5, 1.5], "padDistance": 9, "normalize": True, "binWidth": 0.2},
        "imageType": {"LoG": {"sigma": [2.0]}, "Wavelet": {}},
    },
    "resegmented by sigma": {"setting": {"resegmentRange": [-1.5, 1.5], "resegmentMode": "sigma"}},
    "resegmented, absolute": {"setting": {"resegmentRange": [250]}},
    "resegmented, relative": {"setting": {"resegmentRange": [0.2, 0.9], "resegmentMode": "relative"}},
    "resegmented shape": {
        "setting": {"resegmentRange": [300, 500], "resegmentShape": True},
        "featureClass": dict.fromkeys(["shape", "firstorder"]),
    },
    "shape": {"featureClass": dict.fromkeys(SHAPE)},
    "shape after resampling": {
        "setting": {"resampledPixelSpacing": [1, 1, 1]},
        "featureClass": dict.fromkeys(SHAPE),
    },
    "LoG and wavelets": {
        "imageType": {"Original": {}, "LoG": {"sigma": [1, 2.5], "binWidth": 10}, "Wavelet": {}},
    },
    "wavelets of two levels, 2D": {
        "setting": {"force2D": True},
        "imageType": {"Wavelet": {"level": 2, "start_level": 1, "wavelet": "haar", "binWidth": 100}},
    },
    "other filters": {
        "imageType": dict.fromkeys(["Square", "SquareRoot", "Logarithm", "Exponential", "Gradient"]),
    },
    "pre-cropped": {"setting": {"preCrop": True, "padDistance": 4}, "imageType": {"LoG": {"sigma": [2.0]}}},
    "few features": {"featureClass": {"glcm": ["Contrast", "Correlation"], "firstorder": ["Mean"]}},
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_values_are_those_of_pyradiomics_own_loop(case: str, engine: str) -> None:
    settings = ExtractionSettings(**CASES[case], bin_limits=None, engine=engine)
    volume = made_volume()
    extraction = extract(volume, settings)
    assert extraction.failures == {}
    for roi in volume.masks:
        found, expected = extraction.features[roi], own_loop(volume, roi, settings)
        assert list(found.values) == settings.feature_names()
        assert set(found.values) == set(expected)
        assert set(found.undefined) == {name for name, value in found.values.items() if math.isnan(value)}
        names = [name for name in expected if name not in found.undefined]
        assert len(names) > 0.9 * len(expected)
        assert_allclose([found.values[n] for n in names], [expected[n] for n in names], rtol=TOLERANCE[engine], atol=0)


def test_shape_in_2d_is_that_of_pyradiomics_own_loop() -> None:
    settings = ExtractionSettings({"force2D": True}, featureClass={"shape2D": None})
    volume = made_volume("one slice")
    # PyRadiomics asks for the size along x where it means z, and so leaves out shape2D unless the ROI is one voxel
    # wide along x; the class itself is right.
    turned = Volume(
        volume.image.transpose(2, 1, 0),
        Grid((11, 24, 21), spacing=(2.5, 0.9, 0.8)),
        {"one slice": volume.masks["one slice"].transpose(2, 1, 0)},
    )
    in_x = ExtractionSettings({"force2D": True, "force2Ddimension": 2}, featureClass={"shape2D": None})
    expected = own_loop(turned, "one slice", in_x)
    assert len(expected) == 9
    found = extract(volume, settings).features["one slice"].values
    assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_integer_images_give_the_same_values() -> None:
    volume, settings = made_volume("inside"), ExtractionSettings()
    whole_numbers = sitk.Cast(volume.to_itk(), sitk.sitkInt16)
    expected = own_loop(volume, "inside", settings, whole_numbers)
    assert extract(volume, settings).features["inside"].values == pytest.approx(expected, rel=1e-9, abs=0)


def test_integer_images_are_cut_to_whole_numbers_when_pyradiomics_resamples_them() -> None:
    settings = ExtractionSettings(
        {"resampledPixelSpacing": [1.5, 1.5, 2.0]}, featureClass={"firstorder": ["Mean", "Minimum"]}
    )
    volume = made_volume("inside")
    whole_numbers = sitk.Cast(volume.to_itk(), sitk.sitkInt16)
    theirs = own_loop(volume, "inside", settings, whole_numbers)
    ours = extract(volume, settings).features["inside"].values
    lost = ours["original_firstorder_Mean"] - theirs["original_firstorder_Mean"]
    assert 0.3 < lost < 0.7  # half an intensity on average is lost there, and kept here
    lowest = ours["original_firstorder_Minimum"]
    assert lowest != theirs["original_firstorder_Minimum"] == math.trunc(lowest)


def test_single_precision_moves_intensities_on_edges_of_bins_to_the_other_side() -> None:
    """As in maps that are stored as scaled whole numbers; PyRadiomics bins them in single precision."""
    tenths = np.random.default_rng(0).integers(0, 30, GRID.shape) * 0.1
    single = tenths.astype(np.float32)
    volume = Volume(single.astype(np.float64), GRID, {"inside": made_masks()["inside"]})
    settings = ExtractionSettings({"binWidth": 0.1}, featureClass={"glszm": None})
    ours = extract(volume, settings).features["inside"].values
    in_double = own_loop(volume, "inside", settings)
    assert ours == pytest.approx(in_double, rel=1e-9, abs=0)
    in_single = own_loop(volume, "inside", settings, sitk.Cast(volume.to_itk(), sitk.sitkFloat32))
    differences = {name: abs(in_single[name] / ours[name] - 1) for name in ours}
    assert 0.01 < max(differences.values()) < 0.5, differences


def test_counts_are_of_the_voxels_used() -> None:
    volume = made_volume("inside")
    intensities = volume.image[volume.masks["inside"]]
    whole = extract(volume, ExtractionSettings({"binWidth": 25})).features["inside"]
    assert whole.voxels == intensities.size
    assert whole.bins == intensities.max() // 25 - intensities.min() // 25 + 1
    part = extract(volume, ExtractionSettings({"resegmentRange": [300, 500]}, bin_limits=None)).features["inside"]
    assert part.voxels == np.count_nonzero((intensities >= 300) & (intensities <= 500))


def test_one_bad_roi_never_stops_the_others() -> None:
    masks = made_masks()
    masks["empty"] = np.zeros(GRID.shape, bool)
    masks["one voxel"] = masks["empty"].copy()
    masks["one voxel"][3, 3, 3] = True
    masks["a line"] = masks["empty"].copy()
    masks["a line"][3, 3, 3:9] = True
    masks["flat"] = masks["empty"].copy()
    masks["flat"][8:, 18:, :5] = True
    masks["hardly any contrast"] = masks["empty"].copy()
    masks["hardly any contrast"][8:, 18:, 15:] = True
    image = made_image()
    image[masks["flat"]] = 300
    image[masks["hardly any contrast"]] = 300 + np.arange(np.count_nonzero(masks["hardly any contrast"])) % 30
    order = ["empty", "inside", "one voxel", "a line", "flat", "one slice", "hardly any contrast", "at the border"]
    volume = Volume(image, GRID, {name: masks[name] for name in order})
    extraction = extract(volume, ExtractionSettings())
    assert list(extraction.features) == ["inside", "one slice", "at the border"]
    assert {name: error.problem for name, error in extraction.failures.items()} == {
        "empty": "the ROI is empty",
        "one voxel": "the ROI has 1 voxel in 1 x 1 x 1 (x, y, z)",
        "a line": "the ROI has 6 voxels in 6 x 1 x 1 (x, y, z): a line, expected 2 dimensions or more",
        "flat": "every voxel of the ROI has the intensity 300",
        "hardly any contrast": "2 gray levels at binWidth 25 for intensities from 300 to 329, expected 8 to 256",
    }
    alone = extract(made_volume("inside"), ExtractionSettings()).features["inside"]
    assert extraction.features["inside"] == alone


def test_a_line_can_be_asked_for() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[3, 3, 3:15] = True
    volume = Volume(made_image(), GRID, {"line": mask})
    settings = ExtractionSettings({"minimumROIDimensions": 1}, bin_limits=None)
    found, expected = extract(volume, settings).features["line"], own_loop(volume, "line", settings)
    assert found.values == pytest.approx(expected, rel=1e-12, abs=0, nan_ok=True)


def test_numbers_that_pyradiomics_makes_up_are_undefined() -> None:
    volume = made_volume("inside")
    settings = ExtractionSettings({"binWidth": 5000}, bin_limits=None)
    found, expected = extract(volume, settings).features["inside"], own_loop(volume, "inside", settings)
    assert found.bins == 1
    assert found.undefined == tuple(n for n in found.values if n.removeprefix("original_") in UNDEFINED_IN_ONE_BIN)
    assert {expected[name] for name in found.undefined} == {0.0, 1.0, 1e6}
    assert all(math.isnan(found.values[name]) for name in found.undefined)


def test_a_filter_that_flattens_the_roi_leaves_its_features_undefined() -> None:
    image = np.add.outer(np.arange(12.0) * 0, np.add.outer(np.zeros(12), np.arange(12.0) * 30))
    mask = np.zeros((12, 12, 12), bool)
    mask[3:9, 3:9, 3:9] = True
    volume = Volume(image, Grid((12, 12, 12)), {"ramp": mask})
    settings = ExtractionSettings(imageType={"Gradient": None}, bin_limits=None)
    found = extract(volume, settings).features["ramp"]
    flat = UNDEFINED_IN_ONE_BIN | UNDEFINED_IF_CONSTANT
    assert {name.removeprefix("gradient_") for name in found.undefined} == flat


def test_an_image_too_small_for_a_filter_is_a_failure_and_not_a_missing_column() -> None:
    image = made_image()[:3]
    mask = made_masks()["at the border"][:3]
    volume = Volume(image, Grid((21, 24, 3)), {"roi": mask})
    settings = ExtractionSettings(imageType={"Original": None, "LoG": {"sigma": [2.0]}})
    extraction = extract(volume, settings)
    assert extraction.features == {}
    assert "log-sigma-2-0-mm-3D" in extraction.failures["roi"].problem
    assert "21 x 24 x 3 voxels" in extraction.failures["roi"].problem


@pytest.mark.parametrize(
    ("engine", "problem"),
    [
        ("radharmony", "exponential: 1 of 521 voxels of the ROI are NaN or infinite"),
        ("pyradiomics", "PyRadiomics failed in exponential_firstorder: ValueError"),
    ],
)
def test_a_filter_without_finite_values_is_a_failure(engine: str, problem: str) -> None:
    mask = made_masks()["inside"]
    image = np.zeros(GRID.shape)
    image[mask] = np.linspace(0, 1e-310, np.count_nonzero(mask))  # the exponent overflows
    settings = ExtractionSettings({"binCount": 16}, imageType={"Exponential": None}, engine=engine)
    extraction = extract(Volume(image, GRID, {"roi": mask}), settings)
    assert extraction.features == {}
    assert extraction.failures["roi"].problem.startswith(problem)


def test_shape_2d_wants_one_slice() -> None:
    settings = ExtractionSettings({"force2D": True}, featureClass={"shape2D": None})
    extraction = extract(made_volume("one slice", "inside"), settings)
    assert list(extraction.features) == ["one slice"]
    assert extraction.failures["inside"].problem == "the ROI has 7 slices along z, expected one for shape2D"


def test_shape_of_a_constant_roi_is_measured() -> None:
    mask = made_masks()["inside"]
    volume = Volume(np.zeros(GRID.shape), GRID, {"roi": mask})
    found = extract(volume, ExtractionSettings(featureClass={"shape": None})).features["roi"]
    volume_mm3 = np.count_nonzero(mask) * 0.8 * 0.9 * 2.5
    assert found.values["original_shape_VoxelVolume"] == pytest.approx(volume_mm3)
    assert found.bins == 0


def test_no_roi_no_features() -> None:
    extraction = extract(Volume(made_image(), GRID), ExtractionSettings())
    assert (extraction.features, extraction.failures) == ({}, {})


def test_the_volume_is_left_as_it_was() -> None:
    volume = made_volume()
    before = volume.image.copy()
    extract(volume, ExtractionSettings({"normalize": True, "binWidth": 0.1}))
    np.testing.assert_array_equal(volume.image, before)


def test_logging_and_warnings_of_others_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger("radiomics")
    before, filters = (logger.level, list(logger.handlers)), list(warnings.filters)
    extract(made_volume(), ExtractionSettings({"resampledPixelSpacing": [2, 2, 2]}))
    assert not [record for record in caplog.records if record.name.startswith("radiomics")]
    assert (logger.level, list(logger.handlers)) == before
    assert list(warnings.filters) == filters


def test_an_extraction_comes_back_from_a_worker() -> None:
    masks = {**made_masks(), "empty": np.zeros(GRID.shape, bool)}
    extraction = extract(Volume(made_image(), GRID, masks), ExtractionSettings({"binWidth": 20}))
    copy = pickle.loads(pickle.dumps(extraction))
    assert copy.features == extraction.features
    assert str(copy.failures["empty"]) == str(extraction.failures["empty"])


def test_texture_in_2d_follows_the_slices_however_the_file_is_stored() -> None:
    volume = made_volume("inside")
    axial = Volume(volume.image, Grid(volume.grid.size, (0.8, 0.9, 5.0)), volume.masks)
    size, spacing = axial.grid.size, axial.grid.spacing
    turned = Volume(  # slices along x
        np.ascontiguousarray(np.moveaxis(volume.image, 0, 2)),
        Grid((size[2], size[0], size[1]), (spacing[2], spacing[0], spacing[1])),
        {name: np.ascontiguousarray(np.moveaxis(mask, 0, 2)) for name, mask in volume.masks.items()},
    )
    inferred = ExtractionSettings({"force2D": True, "force2Ddimension": "auto"})
    plain = extract(axial, ExtractionSettings({"force2D": True})).features["inside"].values
    assert extract(axial, inferred).features["inside"].values == plain
    assert extract(turned, inferred).features["inside"].values == pytest.approx(plain, rel=1e-9)
    in_z = extract(turned, ExtractionSettings({"force2D": True})).features["inside"].values
    assert in_z["original_glcm_Contrast"] != pytest.approx(plain["original_glcm_Contrast"], rel=1e-3)


def test_a_slice_axis_that_nothing_tells_fails_every_roi_and_none_in_3d() -> None:
    image = np.random.default_rng(0).normal(300, 100, (12, 12, 12))
    cube = Volume(image, Grid((12, 12, 12)), {"a": image > 0, "b": image > 250})
    inferred = {"force2D": True, "force2Ddimension": "auto"}
    extraction = extract(cube, ExtractionSettings(inferred))
    assert list(extraction.failures) == ["a", "b"]
    assert "do not tell which axis the slices are counted along" in str(extraction.failures["a"])
    assert not extract(cube, ExtractionSettings({**inferred, "force2D": False})).failures
