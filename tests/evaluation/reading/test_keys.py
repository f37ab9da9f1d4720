import pandas as pd
import pytest

from evaluation.reading.keys import row_keys
from evaluation.reading.roles import Roles
from evaluation.reading.table_file import TableFile
from evaluation.tables import FEATURE_KEYS
from harmonize.errors import ConfigurationError

FRAME = pd.DataFrame(
    {
        "patient": ["A", "A"],
        "acquisition": ["REF", "ACC"],
        "reconstruction": ["STD", "DLR"],
        "organ": ["liver", "spleen"],
        "reader": ["1", "2"],
        "date": ["2020-02-01", "2020-01-01"],
    }
)


@pytest.fixture
def file(tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    return TableFile.open(tmp_path / "t.csv")


def test_columns_of_a_role_join_and_a_role_that_no_column_has_is_one_level(file):
    roles = Roles("patient", ("acquisition", "reconstruction"), roi="organ", within=("reader",))
    found = row_keys(FRAME, roles, None, file)
    assert tuple(found.columns) == FEATURE_KEYS
    assert found.iloc[1].to_dict() == {
        "strategy": "all",
        "subject": "A",
        "sequence": "all",
        "condition": "ACC+DLR",
        "roi": "spleen / 2",
    }


@pytest.mark.parametrize(("column", "expected"), [(None, ["n4", "n4"]), ("reader", ["n4 / 1", "n4 / 2"])])
def test_the_name_of_a_file_comes_before_the_strategies_within(file, column, expected):
    found = row_keys(FRAME, Roles("patient", ("acquisition",), strategy=column), "n4", file)
    assert found["strategy"].tolist() == expected


def test_an_order_numbers_the_scans_of_a_subject(file):
    assert row_keys(FRAME, Roles("patient", order="date"), None, file)["condition"].tolist() == ["2", "1"]


@pytest.mark.parametrize("column", ["patient", "acquisition", "organ"])
@pytest.mark.parametrize("word", ["NA", "null", "n/a"])
def test_a_word_for_a_missing_value_is_asked_about(file, golden, column, word):
    """A condition NA became the reference, and a class NA a level with a number."""
    frame = FRAME.assign(**{column: [word, "other"]})
    with golden.error(ConfigurationError):
        row_keys(frame, Roles("patient", ("acquisition",), roi="organ"), None, file)
    row_keys(FRAME.assign(reconstruction=["None", "DLR"]), Roles("patient", ("reconstruction",)), None, file)


@pytest.mark.parametrize("twice", [["1", "1.0"], ["2,0", "2"], ["-3.50", "-3.5"]])
def test_a_level_that_is_one_number_written_in_two_ways_is_asked_about(file, golden, twice):
    """Readers 1 and 1.0 of tables that were put together were two readers, and nothing was said."""
    with golden.error(ConfigurationError):
        row_keys(FRAME.assign(reader=twice), Roles("patient", ("reader",)), None, file)
    for two in (["1", "01"], ["1.0", "1.5"], ["v1.0", "v1"], ["1_0", "10.0"]):
        row_keys(FRAME.assign(reader=two), Roles("patient", ("reader",)), None, file)


def test_an_empty_cell_is_named_with_its_line(file, golden):
    with golden.error(ConfigurationError):
        row_keys(FRAME.replace({"organ": {"spleen": ""}}), Roles("patient", ("acquisition",), roi="organ"), None, file)
