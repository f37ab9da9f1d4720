import pandas as pd
import pytest

from evaluation.reading import Reading, Roles, read_feature_table, read_rows
from evaluation.reading.checks import check_cells, check_repeats
from harmonize.errors import ConfigurationError


def table(**columns: list[str]) -> pd.DataFrame:
    keys = {"strategy": "all", "subject": "A", "sequence": "all", "condition": "1", "roi": "all"}
    return pd.DataFrame({**keys, **columns}, index=range(len(next(iter(columns.values())))))


def line(row: int) -> str:
    return f"line {row + 2}"


def test_rows_that_share_a_cell_name_the_column_that_tells_them_apart() -> None:
    keys = table(subject=["A", "A", "B", "B", "C"])
    frame = pd.DataFrame({"reader": list("12121"), "date": list("33333"), "size": [1.0, 2.0, 3.0, 4.0, 5.0]})
    with pytest.raises(ConfigurationError) as caught:
        check_cells(keys, frame, ["reader", "date", "size"], line)
    text = str(caught.value)
    assert text.startswith("4 rows share their cell with another (2 cells); the first are line 2 and line 3")
    assert "subject 'A'" in text
    assert "column reader tells them apart" in text


def test_a_number_that_returns_in_every_cell_tells_rows_apart(golden) -> None:
    # A filter scale was taken for a feature and passed over: "no other column tells them apart".
    keys = table(subject=["A", "A", "B", "B"])
    frame = pd.DataFrame({"mean": [1.5, 2.5, 3.5, 4.5], "SSF": [0.0, 2.5, 0.0, 2.5], "entropy": [1.0, 1.0, 2.0, 2.0]})
    with golden.error(ConfigurationError):
        check_cells(keys, frame, list(frame), line)


def test_rows_that_stand_twice_are_said_to(golden) -> None:
    keys = table(subject=["A", "B", "A"])
    with golden.error(ConfigurationError):
        check_cells(keys, pd.DataFrame({"reader": ["1", "2", "1"]}), ["reader"], line)


def test_something_must_be_repeated(golden) -> None:
    with golden.error(ConfigurationError):
        check_repeats(table(subject=["A", "B"]))
    with golden.error(ConfigurationError):
        check_repeats(table(subject=["A", "B"], condition=["2004-07-01", "2004-07-13"]))
    with golden.error(ConfigurationError):
        check_repeats(table(condition=["1", "2"], roi=["liver", "spleen"]))
    with golden.error(ConfigurationError):
        check_repeats(table(subject=["A", "B", "C"], condition=["1", "2", "3"]))
    check_repeats(table(subject=["A", "A", "B"], condition=["1", "2", "1"]))


def test_readers_are_not_compared_with_one_another_unless_that_is_asked(golden):
    keys = table(subject=["A", "A", "B", "B"], condition=["1", "1", "1", "1"])
    with golden.error(ConfigurationError):
        check_cells(keys, pd.DataFrame({"segmentation": ["anna", "ben"] * 2}), ["segmentation"], line)


def test_rows_of_two_readers_are_not_mixed(tmp_path, golden):
    """No cell stood twice, so that conditions of one reader were compared with those of the other."""
    path = tmp_path / "features.csv"
    rows = [f"P{i},{scan},{who},{i + n}.5" for i in range(4) for n, (scan, who) in enumerate(PAIRS)]
    path.write_text("\n".join(["subject,scan,segmentation,volume", *rows]), encoding="utf-8")
    with golden.error(ConfigurationError):
        read_feature_table(path, Reading(Roles(condition=("scan",))))
    with golden.error(ConfigurationError):
        read_rows(path, {"subject": ["subject"], "batch": ["scan"]})
    told = read_feature_table(path, Reading(Roles(condition=("scan", "segmentation"))))
    assert told.levels("condition") == ("1+anna", "2+ben")
    of_anna = read_rows(path, {"subject": ["subject"], "where": ["segmentation"]}, where={"segmentation": ["anna"]})
    assert len(of_anna.frame) == 4


PAIRS = (("1", "anna"), ("2", "ben"))
