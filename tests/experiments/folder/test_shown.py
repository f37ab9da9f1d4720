import pandas as pd

from experiments.folder.shown import as_html, as_text
from harmonize.printed import MOST_ROWS

RECORD = {"name": "Abdomen", "subjects": ["1", "2"], "conditions": ["a", "b"], "scans": 4}


def test_a_run_is_told_in_a_few_lines(tmp_path):
    strategies = pd.DataFrame({"strategy": ["raw", "n4"], "robust_share": [0.25, None], "failures": [0, 1]})
    strategies["icc_share"] = [0.5, 0.0]
    text = as_text(RECORD, strategies, {"icc": 0.75}, tmp_path / "report.html")
    assert text.splitlines()[0] == "Abdomen: 2 subjects, 2 conditions, 4 scans"
    assert "25.0 %" in text
    assert "–" in text
    assert "ICC > .75" in text
    assert (tmp_path / "report.html").as_uri() in as_html(RECORD, strategies, {}, tmp_path / "report.html")


def test_the_icc_within_scanners_stands_beside_the_headline(tmp_path):
    """The terminal had it, and the print of the same run in Python had not."""
    row = {"robust_share": 0.25, "icc_median": 0.61, "failures": 0}
    strategies = pd.DataFrame([{"strategy": "raw", **row}, {"strategy": "n4", **row}])
    assert "within scanners" not in as_text(RECORD, strategies, {"icc": 0.75}, tmp_path / "report.html")
    strategies["icc_median_within_scanners"] = [0.5131, None]
    heading, *lines = as_text(RECORD, strategies, {"icc": 0.75}, tmp_path / "report.html").splitlines()[1:-1]
    assert "ICC median within scanners" in " ".join(heading.split())
    assert [line.split() for line in lines] == [
        ["raw", "25.0", "%", "0.610", "0.513", "0"],
        ["n4", "25.0", "%", "0.610", "–", "0"],
    ]


def test_of_many_strategies_the_first_are_shown_and_the_file_is_named(tmp_path):
    count = MOST_ROWS + 6
    names = [f"strategy_{number:02}" for number in range(count)]
    strategies = pd.DataFrame({"strategy": names, "robust_share": [0.9 - number / 100 for number in range(count)]})
    for told in (as_text, as_html):
        text = told(RECORD, strategies, {}, tmp_path / "report.html")
        assert [name in text for name in names] == [True] * MOST_ROWS + [False] * 6
        assert f"and 6 more strategies: {tmp_path / 'strategies.csv'} has all" in text
