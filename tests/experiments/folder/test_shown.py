import pandas as pd

from experiments.folder.shown import as_html, as_text

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
