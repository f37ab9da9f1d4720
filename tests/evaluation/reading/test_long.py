from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.reading import Reading, read_feature_table, read_rows
from harmonize.errors import ConfigurationError


def write(folder: Path, names: str, values: str, features: tuple[str, ...], **changes: str) -> Path:
    rng = np.random.default_rng(1)
    rows = [(f"P{i}", scan, name, f"{rng.normal():.4f}") for i in range(6) for scan in "AB" for name in features]
    frame = pd.DataFrame(rows, columns=["patient", "scan", names, values], dtype=object)
    further = [("P0", "A", name, value) for name, value in changes.items()]
    frame = pd.concat([frame, pd.DataFrame(further, columns=frame.columns)])
    path = folder / "long.csv"
    frame.to_csv(path, index=False)
    return path


FEATURES = ("original_glcm_Id", "original_glcm_Idm")


def test_feature_and_value_are_taken_however_they_are_written(tmp_path: Path) -> None:
    read = read_feature_table(write(tmp_path, "Feature", "Value", FEATURES))
    assert read.features == FEATURES
    assert len(read.table) == 12


@pytest.mark.parametrize(
    ("names", "values", "features"),
    [("variable", "value", ("Volume", "Mean")), ("radiomic", "v", FEATURES), ("FeatureName", "result", ("a", "b"))],
)
def test_other_long_tables_are_led_to_the_option(
    names: str, values: str, features: tuple[str, ...], tmp_path: Path, golden
) -> None:
    # They were told to name a --condition.
    path = write(tmp_path, names, values, features)
    with golden.error(ConfigurationError):
        read_feature_table(path)
    assert read_feature_table(path, Reading(long=(names, values))).features == features
    with golden.error(ConfigurationError):
        read_rows(path, {"subject": ["patient"]})


def test_what_is_no_feature_is_left_out_of_a_long_table_too(tmp_path: Path) -> None:
    path = write(tmp_path, "feature", "value", ("Volume", "Mean", "age"), diagnostics_Versions_Numpy="1.26.4")
    read = read_feature_table(path)
    assert read.features == ("Volume", "Mean")
    assert read.left_out["age"] == "named as of the patient or the outcome"
    assert read_feature_table(path, Reading(exclude=("Mean",))).features == ("Volume",)


def test_a_value_of_a_long_table_is_named_with_its_line(tmp_path: Path, golden) -> None:
    path = write(tmp_path, "feature", "value", ("Volume", "Mean"))
    path.write_text(path.read_text(encoding="utf-8").replace("P1,B,Mean,", "P1,B,Mean,x", 1))
    with golden.error(ConfigurationError):
        read_feature_table(path)


def test_names_of_captk_are_told_apart_by_their_families(tmp_path: Path) -> None:
    kinds = [("Intensity", "Mean", ""), ("Histogram", "Mean", "Bins=20"), ("Histogram", "Mean", "Bins=10")]
    rng = np.random.default_rng(2)
    rows = [
        (f"P{i}", scan, "FL", "TT", family, name, rng.normal(), parameters)
        for i in range(3)
        for scan in "AB"
        for family, name, parameters in kinds
    ]
    header = ["SubjectID", "scan", "Modality", "ROILabel", "FeatureFamily", "Feature", "Value", "Parameters"]
    path = tmp_path / "captk.csv"
    pd.DataFrame(rows, columns=header).to_csv(path, index=False)
    read = read_feature_table(path)
    assert set(read.features) == {"Intensity_Mean", "Histogram_Mean_Bins=20", "Histogram_Mean_Bins=10"}
    assert (read.roles.subject, read.roles.sequence, read.tool) == ("SubjectID", "Modality", "CaPTk")
