"""PyRadiomics' own columns say how its features were made."""

import pandas as pd

from evaluation.extraction import ExtractionSettings
from experiments.analyses.shared.extracted_with import IMAGE_TYPES, SETTINGS, extracted_with
from harmonize.errors import ConfigurationError
from selection import Whitelist, compare_settings, parameter_files
from selection.cohort import Cohort

FEATURES = {"T2": {"liver": ("original_firstorder_Mean", "original_glcm_Id")}}
EXTRACTION = ExtractionSettings({"binWidth": 5, "force2D": True, "force2Ddimension": "auto"}).to_mapping()
WHITELIST = Whitelist("raw", FEATURES, {"T2": {"liver": 93}}, {}, settings={"steps": [], "extraction": EXTRACTION})
WRITTEN = (
    "{'minimumROIDimensions': 2, 'minimumROISize': None, 'normalize': False, 'normalizeScale': 1, 'removeOutliers': "
    "None, 'resampledPixelSpacing': None, 'interpolator': 'sitkBSpline', 'preCrop': False, 'padDistance': 5, "
    "'distances': [1], 'force2D': True, 'force2Ddimension': 0, 'resegmentRange': None, 'label': 1, "
    "'additionalInfo': True, 'binWidth': WIDTH}"
)


def table(path, *widths):
    settings = [WRITTEN.replace("WIDTH", width) for width in widths]
    frame = pd.DataFrame({"subject": range(len(widths)), SETTINGS: settings, IMAGE_TYPES: "{'Original': {}}"})
    frame.assign(original_glcm_Id=0.5).to_csv(path, index=False)
    return path


def test_the_same_settings_are_the_same_and_another_is_named(tmp_path):
    same = compare_settings(WHITELIST, extracted_with(table(tmp_path / "a.csv", "5.0", "5.0")))
    assert not [one.text for one in same if one.serious]
    other = compare_settings(WHITELIST, extracted_with(table(tmp_path / "b.csv", "25", "25")))
    assert [one.text for one in other if one.serious] == ["extraction: binWidth: the whitelist has 5, the cohort 25"]


def test_rows_of_different_settings_and_texts_that_are_none_are_refused(tmp_path, golden):
    with golden.error(ConfigurationError):
        extracted_with(table(tmp_path / "a.csv", "5.0", "25"))
    with golden.error(ConfigurationError):
        extracted_with(table(tmp_path / "b.csv", "__import__('os')"))


def test_a_table_without_them_says_nothing(tmp_path):
    pd.DataFrame({"subject": ["a"], "original_glcm_Id": [0.5]}).to_csv(tmp_path / "a.csv", index=False)
    assert extracted_with(tmp_path / "a.csv") is None


def test_the_parameter_file_that_select_writes_is_of_the_same_settings(tmp_path):
    """A study takes the slice axis from each scan, the file needs a number: this was refused as another setting."""
    (file,) = parameter_files(WHITELIST, 0)
    (tmp_path / "robust.yaml").write_text(file.text)
    found = compare_settings(WHITELIST, Cohort.read(tmp_path / "robust.yaml"))
    assert not [one.text for one in found if one.serious]
    assert any("force2Ddimension: the whitelist has auto, the cohort 0" in one.text for one in found)
