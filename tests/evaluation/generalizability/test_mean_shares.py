import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.mean_shares import REST, mean_shares
from evaluation.generalizability.table import facet_tables

BY = (["roi"], ["feature"], ["roi", "feature"])
READERS = FacetDesign((Facet("reader"), Facet("scanner")))


def table(seed, missing=0.0):
    """Simulate three features of two ROIs, one feature constant in the spleen, where one scanner alone was used."""
    rng = np.random.default_rng(seed)
    cells = [(f"S{s}", r, c, roi) for s in range(8) for r in "ab" for c in "xy" for roi in ("liver", "spleen")]
    found = pd.DataFrame(cells, columns=["subject", "reader", "scanner", "roi"])
    found = found[(found["roi"] == "liver") | (found["scanner"] == "x")].reset_index(drop=True)
    people = found.groupby(["subject", "roi"], sort=False).ngroup()
    for name in ("Id", "Idm", "Contrast"):
        values = rng.normal(0, 2, people.max() + 1)[people] + rng.gamma(1, size=len(found))
        found[f"original_glcm_{name}"] = np.where(rng.random(len(found)) < missing, np.nan, values)
    found.loc[found["roi"] == "spleen", "original_glcm_Id"] = 1.0
    return found.assign(strategy="raw", sequence="T2", condition=found["reader"] + "+" + found["scanner"])


def components(seed, missing=0.0):
    levels = {f"{r}+{c}": (r, c) for r in "ab" for c in "xy"}
    return facet_tables(table(seed, missing), READERS, levels).components


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.0, 0.2, 0.6]), st.sampled_from(BY))
def test_the_parts_of_a_bar_are_all_of_it(seed, missing, by):
    found = mean_shares(components(seed, missing), by)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-9)
    assert (found.fillna(0) >= 0).all(axis=None)


def test_bars_are_means_of_features_and_what_is_not_estimated_is_no_zero():
    rows = components(0)
    found = mean_shares(rows, ["roi"])
    assert list(found.index) == ["liver", "spleen"]  # in the order of the table
    liver = rows[rows["roi"] == "liver"].groupby("component")["share"].mean()
    pd.testing.assert_series_equal(found.loc["liver"].drop(REST)[liver.index], liver, check_names=False)
    assert found.loc["liver", REST] == 0
    assert found.loc["spleen", REST] == pytest.approx(1 / 3)  # one of three features is constant
    assert np.isnan(found.loc["spleen", "scanner"])  # one level
    assert found.loc["spleen", "subject"] > 0
