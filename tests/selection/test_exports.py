import numpy as np
import pytest
import yaml
from radiomics import featureextractor

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.pyradiomics import quiet
from harmonize.errors import ConfigurationError
from harmonize.image.volume import Grid, Volume, to_itk
from selection.exports import not_computed, parameter_files, to_frame
from selection.whitelist import Whitelist


def whitelist(settings, features, **more):
    return Whitelist(
        "zscore",
        {"T2": {"liver": tuple(features)}},
        {"T2": {"liver": 93}},
        {"definition": "icc > 0.9"},
        settings={"steps": [{"zscore": {}}], "extraction": settings.to_mapping()},
        **more,
    )


@pytest.fixture(scope="module")
def volume():
    image = np.random.default_rng(0).normal(300.0, 100.0, (10, 24, 24))
    mask = np.zeros(image.shape, bool)
    mask[2:8, 6:18, 6:18] = True
    return Volume(image, Grid((24, 24, 10)), {"liver": mask})


def computed_by_pyradiomics(path, volume):
    with quiet():
        extractor = featureextractor.RadiomicsFeatureExtractor(str(path))
        result = extractor.execute(volume.to_itk(), to_itk(volume.masks["liver"].astype(np.uint8), volume.grid))
    return {name: float(value) for name, value in result.items() if not name.startswith("diagnostics_")}


def test_pyradiomics_computes_just_the_features_of_the_original_image(volume, tmp_path):
    settings = ExtractionSettings({"binWidth": 20}, featureClass={"shape": None, "firstorder": None, "glcm": None})
    wanted = ("original_firstorder_Mean", "original_glcm_Id", "original_glcm_Imc1", "original_shape_Sphericity")
    (file,) = parameter_files(whitelist(settings, wanted))
    path = tmp_path / "parameters.yaml"
    path.write_text(file.text, encoding="utf-8")
    found = computed_by_pyradiomics(path, volume)
    assert tuple(sorted(found)) == wanted == tuple(sorted(file.features))
    assert file.others == ()
    everything = extract(volume, settings).features["liver"].values
    assert found == pytest.approx({name: everything[name] for name in wanted}, rel=1e-9)
    # our own extraction reads the same file
    again = ExtractionSettings.from_mapping({"parameter_file": "parameters.yaml"}, "study", tmp_path)
    assert sorted(again.feature_names()) == sorted(wanted)
    assert extract(volume, again).features["liver"].values == pytest.approx(found, rel=1e-9)


def test_filtered_images_get_files_of_their_own(volume, tmp_path):
    settings = ExtractionSettings(
        {"binWidth": 20, "force2D": True},
        {"Original": {}, "LoG": {"sigma": [1, 2.5]}, "Wavelet": {"binWidth": 10}, "Square": {}},
        {"shape": None, "firstorder": None, "glcm": None},
    )
    wanted = {
        "original_firstorder_Mean", "original_shape_Sphericity", "log-sigma-1-mm-3D_glcm_Id", "square_glcm_Id",
        "log-sigma-2-5-mm-3D_firstorder_Mean", "wavelet-LH_glcm_Id", "wavelet-HH_glcm_Id",
    }  # fmt: skip
    files = parameter_files(whitelist(settings, wanted))
    everything = extract(volume, settings).features["liver"].values
    found: dict[str, float] = {}
    for number, file in enumerate(files):
        path = tmp_path / f"{number}.yaml"
        path.write_text(file.text, encoding="utf-8")
        computed = computed_by_pyradiomics(path, volume)
        assert set(computed) == {*file.features, *file.others}
        assert not found.keys() & computed.keys()
        found |= computed
    assert {name: found[name] for name in wanted} == pytest.approx({name: everything[name] for name in wanted})
    # only bands of the wavelet, which PyRadiomics computes all or none, come on top
    assert {name.partition("-")[0] for name in found.keys() - wanted} == {"wavelet"}
    assert "computed besides" in next(file for file in files if file.others).text


def test_the_file_says_where_it_comes_from():
    made = whitelist(ExtractionSettings(), ["original_glcm_Id"], study="two\nlines")
    text = parameter_files(made)[0].text
    assert made.digest in text
    assert "first go through: zscore" in text
    assert yaml.safe_load(text)["featureClass"] == {"glcm": ["Id"]}
    assert all(line.startswith("#") for line in text[: text.index("setting:")].splitlines())


def test_a_slice_axis_that_differs_by_scan_must_be_named(golden):
    made = whitelist(ExtractionSettings({"force2D": True, "force2Ddimension": "auto"}), ["original_glcm_Id"])
    with golden.error(ConfigurationError):
        parameter_files(made)
    assert yaml.safe_load(parameter_files(made, 1)[0].text)["setting"]["force2Ddimension"] == 1


def test_what_cannot_be_written_is_refused(golden):
    settings = ExtractionSettings()
    with golden.error(ConfigurationError):
        parameter_files(whitelist(settings, ["original_glcm_Id", "original_shape_Flatness"]))
    with golden.error(ConfigurationError):
        parameter_files(whitelist(settings, []))
    with golden.error(ConfigurationError):
        parameter_files(Whitelist("raw", {}, {}, {}))


def test_a_whitelist_tells_which_features_its_settings_do_not_compute():
    names = ["original_glcm_Id", "original_shape_Flatness"]
    assert "do not compute 1 of its features" in not_computed(whitelist(ExtractionSettings(), names))
    assert not_computed(whitelist(ExtractionSettings(), names[:1])) == ""
    assert not_computed(Whitelist("raw", {"T2": {"liver": tuple(names)}}, {}, {})) == ""


def test_the_table_has_a_row_for_each_list_a_feature_is_on():
    made = whitelist(
        ExtractionSettings(),
        ["original_glcm_Id"],
        contrasts={"ACC+DLR": {"T2": {"liver": ("original_glcm_Id", "x_glcm_Y")}}},
    )
    table = to_frame(made)
    assert table[["condition", "feature"]].to_numpy().tolist() == [
        ["all", "original_glcm_Id"],
        ["ACC+DLR", "original_glcm_Id"],
        ["ACC+DLR", "x_glcm_Y"],
    ]
    assert (table["rule"] == "icc > 0.9").all()
