import pickle
from pathlib import Path

import pytest
import yaml

from evaluation.extraction import ExtractionSettings
from evaluation.tables import feature_class
from harmonize.errors import ConfigurationError
from harmonize.image.volume import Grid

HERE = Path()
RICH = {
    "setting": {"binWidth": 5, "normalize": True, "normalizeScale": 100, "force2D": True},
    "imageType": {"Original": {}, "LoG": {"sigma": [1.0, 3.0], "binWidth": 2}},
    "featureClass": {"glcm": None, "firstorder": ["Mean", "Entropy"], "shape": []},
    "bin_limits": [4, 300],
}


def read(mapping: object, folder: Path = HERE) -> ExtractionSettings:
    return ExtractionSettings.from_mapping(mapping, "study.yaml: extraction", folder)


def test_nothing_said_is_93_features_of_the_original_image() -> None:
    assert read(None) == read({}) == ExtractionSettings()
    names = ExtractionSettings().feature_names()
    assert len(names) == len(set(names)) == 93
    assert all(name.startswith("original_") and feature_class(name) for name in names)


def test_names_of_features() -> None:
    settings = read(RICH)
    names = settings.feature_names()
    assert len(names) == 14 + 3 * (24 + 2)
    assert names[0] == "original_shape_Elongation"
    assert names[-1] == "log-sigma-3-0-mm-3D_firstorder_Entropy"


@pytest.mark.parametrize(
    "mapping", [{}, RICH, {"bin_limits": None}, {"setting": {"resegmentRange": [1], "binCount": 9}}]
)
def test_a_round_trip_changes_nothing(mapping: dict) -> None:
    settings = read(mapping)
    through_yaml = yaml.safe_load(yaml.safe_dump(settings.to_mapping()))
    assert read(through_yaml) == settings
    assert read(through_yaml).digest() == settings.digest()
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_the_digest_names_what_changes_values_and_nothing_else() -> None:
    plain = ExtractionSettings()
    same = read({"setting": {"binWidth": 25.0, "force2D": False}, "imageType": {"Original": None}})
    assert same.digest() == plain.digest()
    assert len(plain.digest()) == 64
    others = [
        {"setting": {"binWidth": 24}},
        {"setting": {"binCount": 32}},
        {"imageType": {"Original": {}, "Square": {}}},
        {"imageType": {"Original": {"binWidth": 24}}},
        {"featureClass": {"glcm": None}},
        {"bin_limits": None},
    ]
    digests = {plain.digest(), *(read(mapping).digest() for mapping in others)}
    assert len(digests) == 1 + len(others)


def test_settings_cannot_be_changed() -> None:
    given = {"binWidth": 5}
    settings = ExtractionSettings(given)
    given["binWidth"] = 6
    assert settings.setting["binWidth"] == 5
    with pytest.raises(TypeError):
        settings.setting["binWidth"] = 6


def test_a_strategy_overrides_one_setting_at_a_time() -> None:
    merged = read(RICH).merged({"setting": {"binWidth": 3}}, "strategy", HERE)
    assert merged == read(RICH | {"setting": RICH["setting"] | {"binWidth": 3}})
    assert read(RICH).merged({"imageType": {"Original": None}}, "strategy", HERE).imageType == {"Original": {}}
    assert read(RICH).merged({"bin_limits": None}, "strategy", HERE).bin_limits is None
    assert read(RICH).merged(None, "strategy", HERE) == read(RICH)
    assert read({}).merged({"engine": "pyradiomics"}, "strategy", HERE).engine == "pyradiomics"
    assert (
        read({"engine": "pyradiomics"}).merged({"setting": {"binWidth": 3}}, "strategy", HERE).engine == "pyradiomics"
    )


def test_a_new_bin_width_replaces_a_bin_count_and_the_other_way_round() -> None:
    counted = read({"setting": {"binCount": 32}})
    assert counted.merged({"setting": {"binWidth": 3}}, "strategy", HERE).setting == {"binWidth": 3}
    wide = read({"setting": {"binWidth": 3}})
    assert wide.merged({"setting": {"binCount": 32}}, "strategy", HERE).setting == {"binCount": 32}


def test_settings_of_an_image_type_come_last() -> None:
    settings = read(RICH)
    assert settings.for_image("LoG")["binWidth"] == 2
    assert settings.for_image("Original")["binWidth"] == 5
    assert settings.for_image("Original")["gldm_a"] == 0


PARAMETER_FILE = """
imageType:
  Original: {}
  LoG:
    sigma: [2.0, 3.0]
featureClass:
  shape:
  glcm: ['Contrast']
setting:
  binWidth: 10
  label: 1
  additionalInfo: false
  interpolator: 'sitkBSpline'
"""


def test_a_parameter_file_of_pyradiomics_is_read_and_overridden(tmp_path: Path) -> None:
    (tmp_path / "mr.yaml").write_text(PARAMETER_FILE, encoding="utf-8")
    settings = read({"parameter_file": "mr.yaml"}, tmp_path)
    assert settings.setting == {"binWidth": 10, "interpolator": "sitkBSpline"}
    assert settings.feature_names()[-1] == "log-sigma-3-0-mm-3D_glcm_Contrast"
    overridden = read(
        {"parameter_file": "mr.yaml", "setting": {"binCount": 16}, "imageType": {"Original": {}}}, tmp_path
    )
    assert overridden.setting == {"binCount": 16, "interpolator": "sitkBSpline"}
    assert len(overridden.feature_names()) == 15
    strategy = read(RICH).merged({"parameter_file": "mr.yaml"}, "strategy", tmp_path)
    assert strategy.to_mapping() == settings.to_mapping() | {"bin_limits": [4, 300]}


@pytest.mark.parametrize(("text", "message"), [
    ("setting: {binwidth: 5}", "setting: unknown key 'binwidth'; did you mean 'binWidth'?"),
    ("settings: {binWidth: 5}", "unknown key 'settings'; did you mean 'setting'?"),
    ("setting: [", "is not valid YAML"),
    ("- 1", "expected a mapping"),
    ("voxelSetting: {kernelRadius: 2}", "has a section voxelSetting"),
    ("setting: !!python/object/apply:os.getcwd []", "is not valid YAML"),
])  # fmt: skip
def test_a_wrong_parameter_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mr.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        read({"parameter_file": "mr.yaml"}, tmp_path)
    assert str(raised.value).startswith("study.yaml: extraction: parameter_file: ")
    assert message in str(raised.value)


def test_a_missing_parameter_file_is_named(tmp_path: Path, golden) -> None:
    with golden.error(ConfigurationError):
        read({"parameter_file": "nowhere.yaml"}, tmp_path)


@pytest.mark.parametrize(("mapping", "message"), [
    ({"settings": {}}, "unknown key 'settings'; did you mean 'setting'?"),
    ({"setting": {"binwidth": 5}}, "setting: unknown key 'binwidth'; did you mean 'binWidth'?"),
    ({"setting": {"binWidth": 5, "binCount": 8}}, "setting: both binWidth 5 and binCount 8; keep one"),
    ({"setting": {"binCount": 8}, "imageType": {"Square": {"binWidth": 5}}}, "imageType: Square: both binWidth 5 and"),
    ({"imageType": {"LoG": {}}}, "imageType: LoG: 'sigma' is missing"),
    ({"setting": {"resampledPixelSpacing": [1, 1, 1], "interpolator": None}}, "setting: resampledPixelSpacing without"),
    ({"featureClass": {"glcm": [["Mean"]]}}, "featureClass: glcm: unknown feature '['Mean']'"),  # a TypeError once
    ({"featureClass": {"shape2D": None}}, "featureClass: shape2D needs the setting 'force2D: true'"),
    ({"setting": {"resegmentRange": [1]}, "featureClass": {"shape": None}}, "setting: with resegmentRange or resegm"),
    ({"setting": {"binCount": 4}}, "setting: binCount 4 lies outside bin_limits [8, 256]"),
    ({"bin_limits": [9]}, "bin_limits: expected the fewest and the most bins, such as [8, 256], found [9]"),
    ({"bin_limits": [9, 8]}, "bin_limits: expected"),
    ({"bin_limits": 9}, "bin_limits: expected"),
    ({"engine": "pyradiomic"}, "engine: there is no engine 'pyradiomic'; did you mean 'pyradiomics'?"),
    ({"engine": None}, "engine: there is no engine 'None'"),
    ({"parameter_file": 9}, "parameter_file: expected the path"),
    ("glcm", "expected a mapping of names to values, found 'glcm'"),
])  # fmt: skip
def test_wrong_settings_are_refused_with_their_place(mapping: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(mapping)
    assert str(raised.value).startswith(f"study.yaml: extraction: {message}")


def test_an_inferred_slice_axis_stays_so_in_files_and_is_told_for_a_scan() -> None:
    settings = read({"setting": {"force2D": True, "force2Ddimension": "auto"}, "imageType": {"Square": {}}})
    assert read(settings.to_mapping()) == settings
    assert settings.digest() != read({"setting": {"force2D": True}, "imageType": {"Square": {}}}).digest()
    coronal = Grid((256, 24, 256), (1.0, 5.0, 1.0))
    assert settings.on(coronal).for_image("Square")["force2Ddimension"] == 1
    own = read({"setting": {"force2D": True}, "imageType": {"Original": {"force2Ddimension": "auto"}, "Square": {}}})
    told = own.on(coronal)
    assert [told.for_image(name)["force2Ddimension"] for name in ("Original", "Square")] == [1, 0]
    assert told.on(coronal) is told
