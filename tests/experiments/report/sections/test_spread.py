import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.page import Content
from experiments.page.quantities import counted
from experiments.report.sections.spread import BINS, distribution, summarize

SUMMARY = pd.DataFrame({"statistic": ["icc", "cv", "qcd"], "direction": [">", "<", "<"], "threshold": [0.9, 0.1, 0.1]})


def panels(reliability: pd.DataFrame, strategies: str) -> list[Content]:
    context = SimpleNamespace(summary=SUMMARY, rows=reliability, robust=dict.fromkeys(strategies))
    return summarize(context)["panels"]


@pytest.fixture
def reliability() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    icc = np.concatenate([rng.uniform(0, 1, 96), [-3.0, -2.0, 0.9, np.nan]])
    cv = np.concatenate([rng.uniform(0, 0.4, 99), [7.0]])
    return pd.DataFrame(
        {
            "strategy": "a",
            "statistic": ["icc"] * 100 + ["cv"] * 100 + ["qcd"] * 100,
            "estimate": np.concatenate([icc, cv, np.full(100, np.nan)]),
        }
    )


def test_every_computed_value_is_in_a_bin_and_shares_are_of_all(reliability: pd.DataFrame) -> None:
    icc, cv = panels(reliability, "ab")
    assert [icc["statistic"], cv["statistic"]] == ["icc", "cv"]  # nothing of QCD was computed
    values = reliability.loc[reliability["statistic"] == "icc", "estimate"].to_numpy()
    drawn = icc["rows"][0]
    assert sum(drawn["counts"]) == 99
    assert drawn["share"] == counted(int(np.sum(values > 0.9)), 100)
    assert drawn["quantiles"] == pytest.approx(np.nanquantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]))
    assert drawn["below"] == int(np.sum(values < icc["edges"][0])) >= 2  # an ICC has no lower bound
    assert cv["rows"][0]["above"] == int(np.sum(reliability["estimate"][100:200] > cv["edges"][-1])) >= 1


def test_threshold_is_an_edge(reliability: pd.DataFrame) -> None:
    for panel in panels(reliability, "a"):
        assert panel["threshold"] in panel["edges"]
        assert len(panel["edges"]) == BINS + 1
        assert (np.diff(panel["edges"]) > 0).all()


def table(**estimates: np.ndarray) -> pd.DataFrame:
    return pd.concat(
        pd.DataFrame({"strategy": strategy, "statistic": "cv", "estimate": values})
        for strategy, values in estimates.items()
    )


def test_an_axis_is_as_long_as_the_data() -> None:
    """CVs of 1 to 2 % stood in four of sixty bins of an axis that always reached to twice the threshold."""
    (panel,) = panels(table(a=np.linspace(0.01, 0.02, 50)), "a")
    assert 0.008 < panel["edges"][0] < 0.0106
    assert 0.0194 < panel["edges"][-1] < 0.022
    assert panel["rows"][0]["share"]["value"] == 1.0
    assert np.count_nonzero(panel["rows"][0]["counts"]) > 40


def test_an_axis_reaches_to_a_threshold_that_is_near_and_to_the_worst_strategy() -> None:
    (panel,) = panels(table(a=np.linspace(0.03, 0.09, 50), b=np.linspace(0.5, 0.9, 50)), "ab")
    assert panel["edges"][0] < 0.034
    assert 0.1 in panel["edges"]
    assert panel["edges"][-1] > 0.88
    assert [row["share"]["passing"] for row in panel["rows"]] == [50, 0]


def test_values_that_are_all_the_same_have_an_axis() -> None:
    (panel,) = panels(table(a=np.full(9, 0.02)), "a")
    assert panel["edges"][0] < 0.02 < panel["edges"][-1]
    assert sum(panel["rows"][0]["counts"]) == 9


def test_strategy_without_values_is_drawn_empty(reliability: pd.DataFrame) -> None:
    empty = panels(reliability, "ab")[0]["rows"][1]
    assert empty["quantiles"] == []
    assert sum(empty["counts"]) == 0
    assert empty["share"] == counted(0, 0)


def test_rows_are_named_and_an_empty_one_says_so() -> None:
    quantiles = [0.1, 0.5, 0.92, 0.95, 1.0]
    rows = [
        {"strategy": "plain", "counts": [1, 0, 3], "quantiles": quantiles, "share": counted(3, 4)},
        {"strategy": "empty", "counts": [0, 0, 0], "quantiles": [], "share": counted(0, 4)},
    ]
    panel = {"statistic": "icc", "label": "ICC", "edges": [0.0, 0.45, 0.9, 1.0], "threshold": 0.9, "direction": ">"}
    svg = distribution({**panel, "rows": rows}, "a")
    found = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"plain", "empty", "75\u00a0%", "0\u00a0%", "nothing computed", "ICC", "&gt; 0.90"} <= set(found)
