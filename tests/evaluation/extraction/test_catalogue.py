"""The catalogue is that of the installed PyRadiomics."""

from pathlib import Path

import radiomics
import yaml

from evaluation.extraction.catalogue import DEPRECATED, FEATURES, IMAGE_TYPES, RULES
from evaluation.extraction.parameters import DEFAULTS, OWN


def test_image_types_classes_and_features_are_those_of_pyradiomics():
    assert set(IMAGE_TYPES) == set(radiomics.getImageTypes())
    assert set(FEATURES) == set(radiomics.getFeatureClasses())
    for name, kind in radiomics.getFeatureClasses().items():
        features = kind.getFeatureNames()
        assert FEATURES[name] == tuple(feature for feature, deprecated in features.items() if not deprecated)
        assert DEPRECATED.get(name, ()) == tuple(feature for feature, deprecated in features.items() if deprecated)


def test_types_and_ranges_are_those_of_the_schema_of_pyradiomics():
    schema = yaml.safe_load(Path(radiomics.getParameterValidationFiles()[0]).read_text(encoding="utf-8"))
    settings = schema["mapping"]["setting"]["mapping"]
    assert set(RULES) == {*DEFAULTS, "sigma"} - set(OWN)
    for name, rule in RULES.items():
        assert rule == {key: value for key, value in settings[name].items() if key != "func"}, name
