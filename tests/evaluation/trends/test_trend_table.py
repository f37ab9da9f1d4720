import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.ranks import wilcoxon
from evaluation.trends.jonckheere import jonckheere
from evaluation.trends.ordered import OrderedFactor
from evaluation.trends.page import page
from evaluation.trends.slopes import relative_slope, slope, unpaired_slope
from evaluation.trends.trend_table import KEYS, trend_table
from harmonize.errors import ConfigurationError

FEATURES = [f"original_glcm_F{i}" for i in range(5)]
NUMBERS = {"R2": 2.0, "R4": 4.0, "R6": 6.0}


def factor(names=("R2", "R4", "R6"), reference=None):
    numbers = {name: NUMBERS[name] for name in names}
    return OrderedFactor.of(("acquisition",), {name: (name,) for name in names}, "acquisition", numbers, reference)


def table(names=("R6", "R2", "R4"), subjects=9, sequences=("T1", "T2"), unpaired=False):
    rng = np.random.default_rng(0)
    rows = [
        (f"{name if unpaired else 'S'}{i}", sequence, roi, name)
        for sequence in sequences
        for roi in ("liver", "spleen")
        for name in names
        for i in range(subjects)
    ]
    keys = pd.DataFrame(rows, columns=["subject", "sequence", "roi", "condition"]).assign(strategy="none")
    return keys.join(pd.DataFrame(rng.lognormal(size=(len(keys), 5)), columns=FEATURES))


def block(features, sequence, roi, names=("R2", "R4", "R6")):
    here = features[(features["sequence"] == sequence) & (features["roi"] == roi)]
    arrays = [here[here["condition"] == name].set_index("subject")[FEATURES].to_numpy().T for name in names]
    return np.stack(arrays, axis=-1)


def test_rows_are_what_functions_of_arrays_give():
    features = table()
    features.loc[3, FEATURES[1]] = np.nan
    found = trend_table(features, factor(), level=0.9)
    assert list(found.columns[:6]) == list(KEYS)
    assert len(found) == 2 * 2 * 5
    for (sequence, roi), rows in found.groupby(["sequence", "roi"], sort=False):
        values = block(features, sequence, roi)
        absolute, relative, test = slope(values, [2, 4, 6], 0.9), relative_slope(values, [2, 4, 6], 0.9), page(values)
        for name, expected in (
            ("slope", absolute.estimate),
            ("lower", absolute.lower),
            ("slope_p", absolute.p),
            ("n", absolute.n),
            ("percent", relative.estimate),
            ("percent_upper", relative.upper),
            ("statistic", test.statistic),
            ("p", test.p),
            ("n_test", test.n),
        ):
            assert rows[name].to_numpy() == pytest.approx(expected), name
    assert found["cells"].min() == 26
    assert set(found["test"]) == {"page"}
    for p, q in (("p", "q"), ("slope_p", "slope_q")):
        assert found[q].to_numpy() == pytest.approx(benjamini_hochberg(found[p]))


def test_a_reference_at_the_highest_level_changes_no_slope():
    features = table()
    rising, falling = trend_table(features, factor()), trend_table(features, factor(reference=6.0))
    pd.testing.assert_frame_equal(rising, falling)


def test_two_levels_are_tested_by_signed_ranks():
    features = table(("R2", "R6"))
    found = trend_table(features, factor(("R2", "R6")))
    values = block(features, "T1", "liver", ("R2", "R6"))
    assert set(found["test"]) == {"wilcoxon"}
    assert found["p"].head(5).to_numpy() == pytest.approx(wilcoxon(values[..., 0], values[..., 1]).p)


def test_a_sequence_with_one_level_has_too_few():
    features = table()
    features = features[(features["sequence"] == "T1") | (features["condition"] == "R2")]
    found = trend_table(features, factor()).query("sequence == 'T2'")
    assert set(found["slope_status"]) == set(found["test_status"]) == {"too_few"}
    assert set(found["levels"]) == {1}
    assert found[["slope", "percent", "p"]].isna().all(axis=None)


@pytest.mark.parametrize("unpaired", [False, True])
@pytest.mark.parametrize("names", [("R2", "R4", "R6"), ("R2", "R6")])
def test_a_feature_without_any_value_has_rows_that_say_so(unpaired, names):
    features = table(names, unpaired=unpaired).assign(**{FEATURES[1]: np.nan})
    found = trend_table(features, factor(names), unpaired=unpaired)
    assert len(found) == 2 * 2 * 5
    rows = found[found["feature"] == FEATURES[1]]
    assert len(rows) == 4
    assert set(rows[["slope_status", "percent_status", "test_status"]].to_numpy().ravel()) == {"too_few"}
    assert set(rows[["n", "cells", "n_test"]].to_numpy().ravel()) == {0}
    assert rows[["slope", "lower", "slope_p", "slope_q", "percent", "statistic", "p", "q"]].isna().all(axis=None)
    others = trend_table(features.drop(columns=FEATURES[1]), factor(names), unpaired=unpaired)
    left = found[found["feature"] != FEATURES[1]].reset_index(drop=True)
    pd.testing.assert_frame_equal(left, others)


def test_different_subjects_at_each_level():
    features = table(unpaired=True)
    found = trend_table(features, factor(), unpaired=True)
    here = features[(features["sequence"] == "T1") & (features["roi"] == "liver")]
    numbers = here["condition"].map(NUMBERS)
    test, absolute = (of(here[FEATURES].to_numpy().T, numbers) for of in (jonckheere, unpaired_slope))
    rows = found.head(5)
    assert set(found["test"]) == {"jonckheere"}
    assert rows["p"].to_numpy() == pytest.approx(test.p)
    assert rows["lower"].to_numpy() == pytest.approx(absolute.lower)
    assert set(found["n"]) == {27}


def test_subjects_with_several_levels_are_no_unpaired_design(golden):
    with golden.error(ConfigurationError):
        trend_table(table(), factor(), unpaired=True)
