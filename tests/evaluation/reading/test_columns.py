import numpy as np
import pandas as pd
import pytest

from evaluation.reading.columns import choose_features, feature_values
from harmonize.errors import ConfigurationError


def line(row: int) -> str:
    return f"line {row + 2}"


def test_features_of_pyradiomics_are_known_by_their_names() -> None:
    frame = pd.DataFrame(
        {
            "id": ["a"],
            "series": [3],
            "diagnostics_Mask-original_VoxelNum": [100],
            "original_shape_MeshVolume": [1],
            "wavelet-LLH_glcm_Id": [0.5],
        }
    )
    features, left_out = choose_features(frame, ["id"])
    assert features == ["original_shape_MeshVolume", "wavelet-LLH_glcm_Id"]
    assert left_out == {
        "series": "not named as a feature",
        "diagnostics_Mask-original_VoxelNum": "describes the extraction",
    }


def test_features_of_other_tools_are_the_numbers() -> None:
    frame = pd.DataFrame(
        {
            "id": ["a", "b"],
            "comment": ["fine", "3"],
            "image_voxel_size_x": [1.0, 1.0],
            "PARAMETERS_NbOfGreyLevels": [64, 128],
            "stat_mean": [1.0, 2.0],
            "cm_contrast": ["1.5", "n.c."],  # half of it is no majority
            "morph_vol": ["5", "oops"],
            "flag": [True, False],
            "(column 1)": [0, 1],
        }
    )
    frame = pd.concat([frame, frame.assign(morph_vol="7")])
    features, left_out = choose_features(frame, ["id"])
    assert features == ["stat_mean", "morph_vol"]
    assert set(left_out) == {
        "comment",
        "image_voxel_size_x",
        "PARAMETERS_NbOfGreyLevels",
        "cm_contrast",
        "flag",
        "(column 1)",
    }


def test_patterns_take_and_leave_out(golden) -> None:
    frame = pd.DataFrame({"id": ["a"], "x_glcm_Id": [1.0], "x_glcm_Idn": [1.0], "x_shape_Volume": [1.0]})
    assert choose_features(frame, ["id"], ["*_glcm_*"], ["*Idn"])[0] == ["x_glcm_Id"]
    with golden.error(ConfigurationError):
        choose_features(frame, ["id"], ["x_glcm_Ido"])
    with golden.error(ConfigurationError):
        choose_features(frame, ["id"], unwanted=["*"])


def test_columns_that_are_no_features_anyway_may_be_left_out(golden) -> None:
    # `diagnose --exclude condition` said that no column fits 'condition', which it reads by itself.
    frame = pd.DataFrame({"id": ["a"], "age": [50.0], "x_glcm_Id": [1.0]})
    assert choose_features(frame, ["id"], unwanted=["id", "age"]) == (["x_glcm_Id"], {"age": "excluded"})
    with golden.error(ConfigurationError):
        choose_features(frame, ["id"], wanted=["id"])


def test_values_become_floats() -> None:
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": ["2.5", "NA"], "c": [3, 4], "d": [None, ""]})
    values = feature_values(frame, list("abcd"), line)
    expected = [[1, 2.5, 3, np.nan], [np.nan, np.nan, 4, np.nan]]
    assert (values.dtypes == np.float64).all()
    np.testing.assert_array_equal(values, expected)


def test_a_value_that_is_no_number_is_named_with_its_line(golden) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["1", "2,5e", "3"]})
    with golden.error(ConfigurationError):
        feature_values(frame, ["a", "b"], line)


def test_infinite_values_are_named_with_their_line(golden) -> None:
    frame = pd.DataFrame({"a": [1.0, np.inf, 3.0], "b": ["1", "2", "-inf"], "c": [1.0, np.nan, 2.0]})
    with golden.error(ConfigurationError):
        feature_values(frame, ["a", "b", "c"], line)


@pytest.mark.parametrize(
    "cells",
    [
        *(["1 576.5", "856.1"], ["1\u00a0576", "2\u00a0310", "856"], ["1'576.5", "12’345.1"], ["1\u202f576,5", "7,5"]),
        *(["45.2%", "3 %"], ["<3.1", "> 5", "1.2"], ["1.5D+03", "2.5D-01"], ["−1.5", "2.5"]),
    ],
)
def test_columns_that_look_like_numbers_are_never_left_out(cells: list[str], golden) -> None:
    # A column with gaps between thousands was "left out, no numbers", which --quiet hides.
    frame = pd.DataFrame({"id": [f"s{i}" for i in range(len(cells))], "volume": cells, "q": 1.5})
    assert choose_features(frame, ["id"])[0] == ["volume", "q"]
    with golden.error(ConfigurationError):
        feature_values(frame, ["volume"], line)


def test_texts_with_digits_are_no_numbers() -> None:
    frame = pd.DataFrame(
        {"id": ["a", "b"], "q": [1.5, 2.5], "day": ["2020-01-31", "31.01.2020"], "unit": ["3 T", "5mm"]}
    )
    assert choose_features(frame, ["id"])[0] == ["q"]


@pytest.mark.parametrize("word", [".", "-", "n.d.", "#DIV/0!"])
def test_words_for_missing_values_are_counted(word: str, golden) -> None:
    frame = pd.DataFrame({"volume": ["1.5", word, "2.5", word, "3.5"]})
    with golden.error(ConfigurationError):
        feature_values(frame, ["volume"], line)


@pytest.mark.parametrize("decimal", [None, ".", ","])
def test_the_way_out_of_thousands_beside_decimal_commas_is_none_that_is_refused_again(
    decimal: str | None, golden
) -> None:
    """Regression: both of --decimal point and --decimal comma were advised, and each refused with the same advice."""
    frame = pd.DataFrame({"volume": ["20.000", "20.037"], "mean": ["21,5", "22,25"]})
    with golden.error(ConfigurationError):
        feature_values(frame, ["volume", "mean"], line, decimal)
