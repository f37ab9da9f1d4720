"""A constant column says nothing, so no selector takes it while another one is left."""

import numpy as np
import pytest

from selection import CorrelationPruning, make_selector

SELECTORS = {
    "mrmr": ("mrmr", {"n_features": 4}),
    "mrmr_difference": ("mrmr", {"n_features": 4, "relevance": "mutual_information", "scheme": "difference"}),
    "mutual_information": ("mutual_information", {"n_features": 4, "random_state": 0}),
    "rfe": ("rfe", {"n_features": 4}),
    "fdr": ("fdr", {"alpha": 0.9}),
    "stability_selection": ("stability_selection", {"n_resamples": 10, "random_state": 0}),
}


@pytest.mark.parametrize("name", SELECTORS)
def test_constant_columns_come_last(name: str) -> None:
    """Regression: mRMR by difference and mutual information took constants before weak and redundant features."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    strong = y + rng.normal(0, 0.2, 60)
    columns = [strong, strong + rng.normal(0, 0.01, 60), strong + rng.normal(0, 0.01, 60), rng.normal(size=60)]
    values = np.column_stack([np.full(60, 7.0), *columns, np.zeros(60)])
    kept = make_selector(*SELECTORS[name]).fit(values, y).get_support()
    assert not kept[[0, -1]].any()
    assert kept.any()


def test_more_than_there_are_are_filled_up_with_constants() -> None:
    y = np.repeat([0, 1], 10)
    values = np.column_stack([np.ones(20), y + np.arange(20) / 100])
    assert make_selector("mrmr", {"n_features": 5}).fit(values, y).ranking_.tolist() == [1, 0]


def test_pruning_leaves_constants_out_unless_there_is_nothing_else() -> None:
    values = np.column_stack([np.ones(9), np.arange(9.0), np.arange(9.0) ** 2])
    assert CorrelationPruning(0.9).fit(values).get_support().tolist() == [False, True, False]
    assert CorrelationPruning(0.9).fit(np.ones((9, 2))).get_support().tolist() == [True, True]
