"""Tests of the settings of the extraction."""

from experiments.report.sections.methods import extraction_settings


def strategy(name, width):
    return {"name": name, "extraction": {"setting": {"binWidth": width}}}


def test_settings_that_strategies_share_stand_once():
    first, second = extraction_settings(
        {"strategies": [strategy("raw", 2.0), strategy("zscore", 5.0), strategy("n4", 2.0)]}
    )
    assert (first[0], first[1]["rows"]) == ("raw, n4", [["setting.binWidth", "2"]])
    assert (second[0], second[1]["rows"]) == ("zscore", [["setting.binWidth", "5"]])


def test_settings_of_all_are_called_so():
    ((name, table),) = extraction_settings({"strategies": [strategy("raw", 2.0), strategy("n4", 2.0)]})
    assert name == "All strategies"
    assert table["rows"] == [["setting.binWidth", "2"]]
