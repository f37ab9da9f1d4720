import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.effect_tables import effects_table, rank_table
from evaluation.reliability.effects import factorial_effects
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.ranks import friedman, wilcoxon
from evaluation.tables import FEATURE_KEYS
from harmonize.errors import ConfigurationError

CONDITIONS = ["REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR"]
FEATURES = ["original_firstorder_Mean", "original_glcm_Contrast"]


def feature_table(n=12):
    keys = pd.MultiIndex.from_product(
        [["none", "n4"], [f"S{i:02d}" for i in range(n)], ["T2"], CONDITIONS, ["liver", "spleen"]], names=FEATURE_KEYS
    )
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(10, 1, (len(keys), 2)), columns=FEATURES, index=keys).reset_index()
    table.loc[table["condition"] == "ACC+STD", FEATURES[0]] += 3
    return table


def block(table, strategy, roi, feature):
    rows = table[(table["strategy"] == strategy) & (table["roi"] == roi)]
    return rows.pivot(index="subject", columns="condition", values=feature)[CONDITIONS].to_numpy()


def test_every_row_of_the_effects_is_what_the_array_function_gives():
    table = feature_table().sample(frac=1, random_state=1)
    result = effects_table(table, "REF+STD", "ACC+DLR")

    assert len(result) == 2 * 2 * 2
    for row in result.itertuples():
        expected = factorial_effects(block(table, row.strategy, row.roi, row.feature).reshape(-1, 2, 2))
        assert (row.acquisition, row.reconstruction, row.interaction) == pytest.approx(
            tuple(map(float, expected.coefficients[1:]))
        )
        assert (row.combined, row.combined_p) == pytest.approx((float(expected.combined), float(expected.combined_p)))
        assert row.share_residual == pytest.approx(float(expected.share[-1]))
        assert (row.n, row.status) == (12, str(expected.status))


def test_the_family_is_one_effect_of_one_strategy():
    result = effects_table(feature_table(), "REF+STD", "ACC+DLR")

    for _, rows in result.groupby("strategy"):
        for effect in ("acquisition", "reconstruction", "interaction", "combined"):
            np.testing.assert_allclose(rows[f"{effect}_q"], benjamini_hochberg(rows[f"{effect}_p"]))
    found = result.groupby("feature")["acquisition_q"].max()
    assert found[FEATURES[0]] < 0.001


def test_another_baseline_turns_the_effects_around():
    table = feature_table()
    forward, backward = effects_table(table, "REF+STD", "ACC+DLR"), effects_table(table, "ACC+DLR", "REF+STD")

    np.testing.assert_allclose(backward["combined"], -forward["combined"], atol=1e-12)
    np.testing.assert_allclose(backward["interaction"], forward["interaction"], atol=1e-12)
    np.testing.assert_allclose(backward["share_acquisition"], forward["share_acquisition"], atol=1e-12)


def test_a_missing_cell_is_said_not_guessed():
    table = feature_table()
    result = effects_table(table[table["condition"] != "ACC+STD"], "REF+STD", "ACC+DLR")

    assert (result["status"] == "too_few").all()
    assert (result["n"] == 0).all()
    assert result[["acquisition", "acquisition_p", "acquisition_q"]].isna().all(axis=None)


@pytest.mark.parametrize("against", ["ACC+STD", "REF+DLR", "ACC", "A+B+C"])
def test_conditions_that_do_not_span_the_two_factors_are_refused(against, golden):
    with golden.error(ConfigurationError):
        effects_table(feature_table(), "REF+STD", against)


def test_every_row_of_the_rank_tests_is_what_the_array_functions_give():
    table = feature_table()
    table.loc[3, FEATURES] = np.nan
    result = rank_table(table, "REF+STD")

    assert len(result) == 2 * 2 * 2 * 4
    for row in result.itertuples():
        values = block(table, row.strategy, row.roi, row.feature)
        if row.test == "friedman":
            assert row.condition == "all"
            expected = friedman(values)
        else:
            expected = wilcoxon(values[:, 0], values[:, CONDITIONS.index(row.condition)])
        assert (row.statistic, row.p) == pytest.approx((float(expected.statistic), float(expected.p)))
        assert (row.n, row.status) == (int(expected.n), str(expected.status))
    for _, rows in result.groupby(["strategy", "test"]):
        np.testing.assert_allclose(rows["q"], benjamini_hochberg(rows["p"]))


def test_two_conditions_have_no_friedman_test_and_one_has_none_at_all(golden):
    table = feature_table()
    two = rank_table(table[table["condition"].isin(["REF+STD", "ACC+STD"])], "REF+STD")

    assert set(two["test"]) == {"wilcoxon"}
    with golden.error(ConfigurationError):
        rank_table(table[table["condition"] == "REF+STD"], "REF+STD")


def test_incomplete_subjects_are_dropped():
    table = feature_table()
    table = table[~((table["subject"] == "S03") & (table["condition"] == "ACC+DLR") & (table["roi"] == "liver"))]
    dropped = effects_table(table, "REF+STD", "ACC+DLR")

    assert set(dropped.loc[dropped["roi"] == "liver", "n"]) == {11}
    assert set(dropped.loc[dropped["roi"] == "spleen", "n"]) == {12}
