from pathlib import Path

import pytest
import radiomics
import yaml
from radiomics import featureextractor

from evaluation.extraction import parameters
from evaluation.extraction.parameters import check_feature_classes, check_image_types, check_setting
from harmonize.errors import ConfigurationError


def schema_settings() -> dict:
    file = Path(radiomics.getParameterValidationFiles()[0])
    return yaml.safe_load(file.read_text(encoding="utf-8"))["mapping"]["setting"]["mapping"]


def test_every_setting_of_pyradiomics_is_decided() -> None:
    lbp = {name for name in schema_settings() if name.startswith("lbp")}
    decided = {*parameters.DEFAULTS.keys() - parameters.OWN.keys(), "sigma", *parameters.WITHOUT_EFFECT, *lbp}
    assert decided == set(schema_settings())


def test_defaults_are_those_of_pyradiomics() -> None:
    theirs = featureextractor.RadiomicsFeatureExtractor._getDefaultSettings()
    ours = {key: list(value) if isinstance(value, tuple) else value for key, value in parameters.DEFAULTS.items()}
    assert {key: ours[key] for key in theirs if key not in parameters.WITHOUT_EFFECT} == {
        key: value for key, value in theirs.items() if key not in parameters.WITHOUT_EFFECT
    }


def test_default_classes_are_all_but_shape() -> None:
    assert {*parameters.CLASSES, "shape", "shape2D"} == set(radiomics.getFeatureClasses())
    features = check_feature_classes(dict.fromkeys(parameters.CLASSES), "featureClass")
    assert sum(map(len, features.values())) == 93


@pytest.mark.parametrize(("values", "message"), [
    ({"binWith": 5}, "setting: unknown key 'binWith'; did you mean 'binWidth'?"),
    ({"binWidth": 0}, "setting: binWidth: expected more than 0, found 0"),
    ({"binWidth": "wide"}, "setting: binWidth: expected a number, found 'wide'"),
    ({"binWidth": float("nan")}, "setting: binWidth: expected a number, found nan"),
    ({"binWidth": True}, "setting: binWidth: expected a number, found True"),
    ({"binWidth": None}, "setting: binWidth: expected a value, found none; remove the key for the default"),
    ({"binCount": 32.0}, "setting: binCount: expected a whole number, found 32.0"),
    ({"force2D": 1}, "setting: force2D: expected true or false, found 1"),
    ({"force2Ddimension": 3}, "setting: force2Ddimension: expected at most 2, found 3"),
    ({"minimumROIDimensions": 0}, "setting: minimumROIDimensions: expected at least 1, found 0"),
    ({"distances": 1}, "setting: distances: expected a list, found 1"),
    ({"distances": []}, "setting: distances: expected at least 1 values, found 0: []"),
    ({"resampledPixelSpacing": [1, 1]}, "setting: resampledPixelSpacing: expected 3 values, found 2: [1, 1]"),
    ({"resegmentRange": [1, 2, 3]}, "setting: resegmentRange: expected 1 to 2 values, found 3: [1, 2, 3]"),
    ({"resegmentMode": "sigmas"}, "setting: resegmentMode: unknown value 'sigmas'; did you mean 'sigma'?"),
    ({"interpolator": "BSpline"}, "setting: interpolator: unknown value 'BSpline'; did you mean 'sitkBSpline'?"),
    ({"weightingNorm": "euclid"}, "setting: weightingNorm: unknown value 'euclid'; did you mean 'euclidean'?"),
    ({"wavelet": "coif"}, "setting: wavelet: unknown value 'coif'; did you mean 'coif"),
    ({"label": 1}, "setting: 'label' has no effect here: the study says which ROIs there are; remove it"),
    ({"kernelRadius": 2}, "setting: 'kernelRadius' is for feature maps; here features are of whole ROIs; remove it"),
    ([1], "setting: expected a mapping of names to values, found [1]"),
])  # fmt: skip
def test_wrong_settings_are_named(values: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_setting(values, "setting")
    assert str(raised.value).startswith(message)


def test_right_settings_get_their_types() -> None:
    given = {"binWidth": "1e-3", "sigma": [1, 2.5], "interpolator": None, "minimumROISize": None, "normalize": True}
    expected = {"binWidth": 1e-3, "sigma": (1, 2.5), "interpolator": None, "minimumROISize": None, "normalize": True}
    assert check_setting(given, "setting") == expected
    assert check_setting(None, "setting") == {}


@pytest.mark.parametrize(("values", "message"), [
    ({"Log": {}}, "imageType: unknown key 'Log'; did you mean 'LoG'?"),
    ({"LBP2D": {}}, "imageType: 'LBP2D' is not available: it needs scikit-image"),
    ({"LBP3D": {}}, "imageType: 'LBP3D' is not available: "),
    ({"LoG": {"sigmas": [1]}}, "imageType: LoG: unknown key 'sigmas'; did you mean 'sigma'?"),
    ({"LoG": {"normalize": True}}, "imageType: LoG: 'normalize' cannot differ by image type; move it to 'setting'"),
    ("Original", "imageType: expected a mapping of names to values, found 'Original'"),
])  # fmt: skip
def test_wrong_image_types_are_named(values: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_image_types(values, "imageType")
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(("values", "message"), [
    ({"GLCM": None}, "featureClass: unknown key 'GLCM'; did you mean 'glcm'?"),
    ({"glcm": ["Contarst"]}, "featureClass: glcm: unknown feature 'Contarst'; did you mean 'Contrast'?"),
    ({"glcm": "Contrast"}, "featureClass: glcm: expected a list of features, found 'Contrast'"),
    ({"glcm": ["Homogeneity1"]}, "featureClass: glcm: 'Homogeneity1' is deprecated in PyRadiomics"),
    ({"shape": ["Volume"]}, "featureClass: shape: 'Volume' is what older versions of PyRadiomics had; name the one "),
])  # fmt: skip
def test_wrong_features_are_named(values: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_feature_classes(values, "featureClass")
    assert str(raised.value).startswith(message)
