from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.generalizability.table import as_reliability
from evaluation.generalizability.verdicts import ESTIMATE, NO, NOT_COMPUTED, YES, facet_verdicts
from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds

EIGHT = partial(st.lists, min_size=8, max_size=8)
VALUES = st.one_of(st.just(np.nan), st.sampled_from([0.0, 0.5, 0.75, 0.9, 1.0]), st.floats(0, 1))


def coefficients(estimates, lower):
    rows = [
        ("raw", "T2", roi, feature, f"icc[{facet}]")
        for roi in ("liver", "spleen")
        for feature in ("a", "b")
        for facet in ("reader", "scan")
    ]
    table = pd.DataFrame(rows, columns=["strategy", "sequence", "roi", "feature", "coefficient"])
    table = table.assign(estimate=estimates, lower=np.where(np.isnan(estimates), np.nan, lower), upper=1.0, n=9)
    return table.assign(status=np.where(table["estimate"].isna(), "constant", "ok"))


@settings(max_examples=25)
@given(EIGHT(VALUES), EIGHT(st.floats(0, 1)), st.floats(0.1, 0.95))
def test_verdicts_are_those_of_a_whitelist_whose_rule_names_the_facet(estimates, lower, limit):
    table = coefficients(np.array(estimates), np.minimum(np.nan_to_num(estimates), lower))
    found = facet_verdicts(table, {"reader": limit, "scan": 0.75})
    for facet, threshold in (("reader", limit), ("scan", 0.75)):
        own = found[found["facet"] == facet]
        for side, passing in (("estimate", (YES, ESTIMATE)), ("limit", (YES,))):
            if side == "limit" and own["lower"].isna().all():
                continue
            rule = Thresholds({f"icc[{facet}]": threshold}, compared=side)
            listed = rule.whitelist(as_reliability(table), "raw").features["T2"]
            wanted = own[own["verdict"].isin(passing)].groupby("roi")["feature"].apply(tuple)
            assert {roi: names for roi, names in listed.items() if names} == wanted.to_dict()
    assert (found["verdict"] == NOT_COMPUTED).tolist() == np.isnan(found["estimate"]).tolist()


def test_the_usual_threshold_is_that_of_the_icc_and_is_to_be_exceeded():
    found = facet_verdicts(coefficients(np.array([0.9, 0.91, 0.99, 0.2, np.nan, 0.95, 0.95, 0.95]), np.full(8, 0.9)))
    assert found["threshold"].unique().tolist() == [0.9]
    assert found["verdict"].tolist() == [NO, ESTIMATE, ESTIMATE, NO, NOT_COMPUTED, ESTIMATE, ESTIMATE, ESTIMATE]


def test_a_facet_that_is_not_there_is_refused(golden):
    with golden.error(ConfigurationError):
        facet_verdicts(coefficients(np.full(8, 0.5), np.full(8, 0.5)), {"readr": 0.9})
    with pytest.raises(ConfigurationError):
        facet_verdicts(coefficients(np.full(8, 0.5), np.full(8, 0.5)), {"icc": 0.9})
