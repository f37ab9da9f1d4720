import pandas as pd

from experiments.report.sections.trends import plot, summarize
from selection.thresholds import Thresholds


class Given:
    """What the section asks of a report."""

    def __init__(self, summary, shares):
        self.run = {"trends.csv": summary, "trend_shares.csv": shares}
        self.record = {"levels": {"acquisition": {"R1": 1.0, "R2": 2.0, "R4": 4.0}}, "reference": "R1"}
        self.rule = Thresholds({"icc": 0.9})


def tables():
    keys = {"factor": "acquisition", "strategy": "raw", "at": "STD"}
    summary = pd.DataFrame(
        [
            {**keys, "by": by, "level": level, "n_total": 20, "n_computed": 18, "rising": 9, "falling": 0}
            | {"again": 1, "percent": 2.34}
            for by, level in (("overall", "all"), ("class", "glcm"), ("roi", "liver"))
        ]
    )
    shares = pd.DataFrame(
        [
            {**keys, "by": by, "level": level, "rung": rung, "number": number, "n_total": 20, "n_computed": 20}
            | {"passing": passing + 1, "up_to": passing}
            for by, level in (("overall", "all"), ("class", "glcm"))
            for rung, number, passing in ((1, 2.0, 15), (2, 4.0, 5))
        ]
    )
    return summary, shares


def test_what_passes_up_to_each_level_is_told_and_drawn():
    content = summarize(Given(*tables()))
    assert content["sentences"] == [
        "Under “raw, STD” pass 15 of 20 (75\u00a0%) to acquisition 2, 5 of 20 (25\u00a0%) to acquisition 4."
    ]
    (row,) = content["found"]["rows"]
    assert row == ["raw", "acquisition", "STD", "9 of 18 (50\u00a0%)", "0 of 18 (0\u00a0%)", "2.3\u00a0%", "1"]
    assert [cells[3] for cells in content["classes"]["rows"]] == ["glcm"]
    (picture,) = plot(None, content)["passing"]
    assert picture.svg.startswith("<svg")
    assert picture.numbers["rows"][1] == ["all features", "4", "6 of 20 (30\u00a0%)", "25\u00a0%"]


def test_what_could_not_be_judged_is_no_share():
    summary, shares = tables()
    content = summarize(Given(summary.assign(percent=float("nan")), shares.assign(n_computed=0)))
    assert "not computed" in content["sentences"][0]
    assert content["found"]["rows"][0][5] == "–"


def test_without_ordered_levels_there_is_no_such_section():
    assert summarize(Given(None, None)) is None
