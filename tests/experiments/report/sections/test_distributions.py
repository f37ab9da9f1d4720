import numpy as np
import pandas as pd
import pytest

from experiments.report.contents.quantities import Share
from experiments.report.sections.distributions import BINS, LOWEST, distribution_panels

SUMMARY = pd.DataFrame(
    {"statistic": ["icc", "cv", "qcd"], "direction": [">", "<", "<"], "threshold": ["0.9", "0.1", "0.1"]}
)


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
    icc, cv = distribution_panels(reliability, SUMMARY, ["a", "b"])
    assert [icc.statistic, cv.statistic] == ["icc", "cv"]  # nothing of QCD was computed
    values = reliability.loc[reliability["statistic"] == "icc", "estimate"].to_numpy()
    drawn = icc.rows[0]
    assert sum(drawn.counts) == 99
    assert drawn.share == Share(int(np.sum(values > 0.9)), 100)
    assert drawn.quantiles == pytest.approx(np.nanquantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]))
    assert icc.edges[0] >= LOWEST
    assert drawn.below == int(np.sum(values < icc.edges[0])) >= 2
    assert cv.rows[0].above == int(np.sum(reliability["estimate"][100:200] > cv.edges[-1])) >= 1


def test_threshold_is_an_edge(reliability: pd.DataFrame) -> None:
    for panel in distribution_panels(reliability, SUMMARY, ["a"]):
        assert panel.threshold in panel.edges
        assert len(panel.edges) == BINS + 1
        assert (np.diff(panel.edges) > 0).all()


def test_strategy_without_values_is_drawn_empty(reliability: pd.DataFrame) -> None:
    empty = distribution_panels(reliability, SUMMARY, ["a", "b"])[0].rows[1]
    assert empty.quantiles == ()
    assert sum(empty.counts) == 0
    assert empty.share == Share(0, 0)
