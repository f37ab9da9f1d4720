import numpy as np
import pandas as pd
import pytest

from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.table import facet_tables
from harmonize.errors import ConfigurationError

DESIGN = FacetDesign((Facet("reader"), Facet("condition")))
LEVELS = {f"{reader}+{scan}": (reader, scan) for reader in ("A", "B") for scan in ("1", "2", "3")}


def table(seed=0, strategies=("raw", "n4")):
    rng = np.random.default_rng(seed)
    rows = [
        (strategy, f"S{i}", "T2", name, roi)
        for strategy in strategies
        for i in range(9)
        for name in LEVELS
        for roi in ("liver", "spleen")
    ]
    made = pd.DataFrame(rows, columns=["strategy", "subject", "sequence", "condition", "roi"])
    truth = made["subject"].map({f"S{i}": value for i, value in enumerate(rng.normal(10, 3, 9))})
    made["original_glcm_Contrast"] = truth + rng.normal(0, 1, len(made))
    made["original_firstorder_Mean"] = 5.0
    return made


def test_every_place_and_feature_has_its_rows():
    found = facet_tables(table(), DESIGN, LEVELS)
    keys = ["strategy", "sequence", "roi", "feature"]
    assert (found.components.groupby(keys).size() == 7).all()
    assert (found.coefficients.groupby(keys).size() == 6).all()
    assert (found.planned.groupby([*keys, "facet"]).size() == 8).all()
    assert set(found.components["strategy"]) == {"raw", "n4"}
    assert set(found.components.loc[found.components["feature"].str.endswith("Mean"), "status"]) == {"constant"}


def test_the_order_of_rows_does_not_matter():
    rows = table()
    keys = ["strategy", "sequence", "roi", "feature", "component"]
    found = facet_tables(rows, DESIGN, LEVELS).components.set_index(keys)["variance"].sort_index()
    shuffled = facet_tables(rows.sample(frac=1, random_state=1), DESIGN, LEVELS).components
    again = shuffled.set_index(keys)["variance"].sort_index()
    np.testing.assert_allclose(again, found, rtol=1e-7, atol=1e-9)


def test_shares_are_of_the_sum_of_all_components():
    found = facet_tables(table(), DESIGN, LEVELS).components
    sums = found.groupby(["strategy", "roi", "feature"])["share"].sum(min_count=1).dropna()
    np.testing.assert_allclose(sums, 1.0)


def test_a_condition_without_levels_is_refused():
    with pytest.raises(
        ConfigurationError, match=r"condition 'B\+3' has 0 levels; expected one for each of reader, condition"
    ):
        facet_tables(table(), DESIGN, {name: levels for name, levels in LEVELS.items() if name != "B+3"})
