import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.comparison.ranking import draw_shares
from evaluation.reliability import Settings
from evaluation.reliability.contrasts import GroupsByStrategy
from evaluation.reliability.summary import reproducible
from evaluation.reliability.table import reliability_table
from harmonize.errors import ConfigurationError
from selection.intervals import share_intervals
from selection.thresholds import Thresholds


def passing(table, values):
    result = Thresholds.from_mapping(values, "rule").passing(table)
    keys = ["sequence", "roi", *(["condition"] if "condition" in result else []), "feature"]
    return {tuple(key): bool(value) for *key, value in result[[*keys, "passes"]].itertuples(index=False, name=None)}


def kept(table, values):
    """Name what passes in a table of one sequence and ROI."""
    return {name for (_, _, name), passes in passing(table, values).items() if passes}


def test_a_feature_passes_only_if_every_condition_passes(reliability, golden):
    table = reliability(
        {
            "T2/liver": {
                "X": {"icc": {"REF+DLR": 0.95, "ACC+STD": 0.89}},
                "Y": {"icc": {"REF+DLR": 0.95, "ACC+STD": 0.91}},
            }
        }
    )
    assert kept(table, {"icc": 0.9}) == {"Y"}
    assert kept(table, {"icc": 0.9, "conditions": ["REF+DLR"]}) == {"X", "Y"}
    with golden.error(ConfigurationError):
        kept(table, {"icc": 0.9, "conditions": ["REF+DRL"]})


def test_an_estimate_equal_to_the_threshold_does_not_pass(reliability):
    assert kept(reliability({"T2/liver": {"X": {"icc": 0.9, "cv": 0.1}}}), {"icc": 0.9}) == set()
    assert kept(reliability({"T2/liver": {"X": {"icc": 0.9, "cv": 0.1}}}), {"cv": 0.1}) == set()


def test_what_could_not_be_computed_does_not_pass(reliability):
    # a failing ICC that counts as 1 is the known fault of other tools
    table = reliability({"T2/liver": {"X": {"icc": None, "cv": None}, "Y": {"icc": 0.95, "cv": 0.05}}})
    for rule in ({"icc": 0.9}, {"cv": 0.1}, {"icc": -0.9, "combine": "any"}, {"top": 2, "by": "icc"}):
        assert kept(table, rule) == {"Y"}
    result = Thresholds({"icc": 0.9, "cv": 0.1}).passing(table).set_index("feature")
    assert result.loc["X", ["n_needed", "n_computed", "n_passing"]].tolist() == [2, 0, 0]


def test_a_row_that_is_absent_counts_as_not_computed(reliability):
    table = reliability(
        {"T2/liver": {"X": {"icc": {"REF+DLR": 0.95}}, "Y": {"icc": {"REF+DLR": 0.95, "ACC+STD": 0.95}, "ccc": 0.95}}}
    )
    assert kept(table, {"icc": 0.9}) == {"Y"}
    assert kept(table, {"icc": 0.9, "conditions": ["REF+DLR"], "ccc": 0.9, "combine": "any"}) == {"X", "Y"}


def test_dispersion_must_lie_below_its_threshold_and_agreement_above(reliability):
    table = reliability({"T2/liver": {"X": {"icc": 0.95, "cv": 0.05}}})
    assert kept(table, {"icc": 0.9, "cv": 0.1}) == {"X"}
    assert kept(table, {"icc": 0.9, "cv": 0.04}) == set()
    assert kept(table, {"icc": 0.96, "cv": 0.1}) == set()
    assert kept(table, {"icc": 0.96, "cv": 0.1, "combine": "any"}) == {"X"}


def test_any_asks_that_one_statistic_passes_in_every_condition(reliability):
    mixed = {"icc": {"A": 0.95, "B": 0.5}, "ccc": {"A": 0.5, "B": 0.95}}
    assert kept(reliability({"T2/liver": {"X": mixed}}), {"icc": 0.9, "ccc": 0.9, "combine": "any"}) == set()


def test_limits_are_compared_on_their_unfavourable_side(reliability):
    table = reliability({"T2/liver": {"X": {"icc": 0.94, "ccc": 0.96}}}, half=0.05)  # limits 0.89-0.99, 0.91-1.01
    assert kept(table, {"icc": 0.9}) == {"X"}
    assert kept(table, {"icc": 0.9, "compared": "limit"}) == set()
    assert kept(table, {"ccc": 0.9, "compared": "limit"}) == {"X"}
    assert kept(table, {"icc": 0.9, "ccc": 0.9, "compared": {"ccc": "limit"}}) == {"X"}


def test_limits_of_dispersion_are_upper_ones(reliability):
    table = reliability({"T2/liver": {"X": {"cv": 0.08}, "Y": {"cv": 0.08}}}).assign(upper=[0.09, 0.12], lower=0.01)
    assert kept(table, {"cv": 0.1, "compared": "limit"}) == {"X"}


def test_a_statistic_without_limits_is_named(reliability, golden):
    # otherwise no feature would pass, and the reader would blame the features
    table = reliability({"T2/liver": {"X": {"icc": 0.95, "cv": 0.05}}})
    with golden.error(ConfigurationError):
        kept(table, {"icc": 0.8, "cv": 0.1, "compared": "limit"})


def test_a_statistic_or_strategy_that_the_table_lacks_is_named(reliability, golden):
    table = reliability({"T2/liver": {"X": {"icc": 0.95}}})
    with golden.error(ConfigurationError):
        kept(table, {"qcd": 0.1})
    with golden.error(ConfigurationError):
        Thresholds({"icc": 0.9}).whitelist(table, "rew")


PLACES = {
    "T2/liver": {"X": {"icc": 0.95}, "Y": {"icc": 0.95}, "Z": {"icc": 0.5}},
    "T2/spleen": {"X": {"icc": 0.92}, "Y": {"icc": 0.5}, "Z": {"icc": 0.5}},
    "T1/liver": {"X": {"icc": 0.5}, "Y": {"icc": 0.97}, "Z": {"icc": 0.95}},
}


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({"scope": "sequence"}, {"T2/liver": "X", "T2/spleen": "X", "T1/liver": "YZ"}),
        ({"scope": "sequence", "at_least": 1}, {"T2/liver": "XY", "T2/spleen": "XY", "T1/liver": "YZ"}),
        ({"scope": "roi"}, {"T2/liver": "Y", "T1/liver": "Y", "T2/spleen": "X"}),
        ({"scope": "overall"}, {"T2/liver": "", "T1/liver": "", "T2/spleen": ""}),
        ({"at_least": 2}, {"T2/liver": "XY", "T1/liver": "XY", "T2/spleen": "XY"}),
        ({"at_least": 1}, {"T2/liver": "XYZ", "T1/liver": "XYZ", "T2/spleen": "XYZ"}),
    ],
)
def test_pooled_scopes(reliability, option, expected):
    result = passing(reliability(PLACES), {"icc": 0.9, **option})
    for place, features in expected.items():
        sequence, roi = place.split("/")
        assert {name for name in "XYZ" if result[sequence, roi, name]} == set(features), place


def test_pooled_scopes_state_their_denominator(reliability, golden):
    result = Thresholds({"icc": 0.9}, at_least=2).passing(reliability(PLACES)).drop_duplicates("feature")
    assert result.set_index("feature")["n_places_passing"].to_dict() == {"X": 2, "Y": 2, "Z": 1}
    assert (result["n_places"] == 3).all()
    with golden.error(ConfigurationError):
        Thresholds({"icc": 0.9}, at_least=4).passing(reliability(PLACES))


def test_a_feature_that_a_place_lacks_does_not_pass_in_all(reliability):
    places = {**PLACES, "T1/liver": {"Y": {"icc": 0.97}}}
    assert not passing(reliability(places), {"icc": 0.9, "scope": "overall"})["T2", "liver", "X"]
    assert passing(reliability(places), {"icc": 0.9, "at_least": 2})["T2", "liver", "X"]


def test_each_contrast_has_its_own_verdict_and_shares_what_is_over_all(reliability, golden):
    table = reliability(
        {"T2/liver": {"X": {"icc": {"A": 0.95, "B": 0.5}, "cv": 0.05}, "Y": {"icc": {"A": 0.95, "B": 0.95}, "cv": 0.2}}}
    )
    result = passing(table, {"icc": 0.9, "cv": 0.1, "scope": "contrast"})
    assert result == {("T2", "liver", "A", "X"): True, ("T2", "liver", "B", "X"): False,
                      ("T2", "liver", "A", "Y"): False, ("T2", "liver", "B", "Y"): False}  # fmt: skip
    only_dispersion = table[table["statistic"] == "cv"]
    with golden.error(ConfigurationError):
        passing(only_dispersion, {"cv": 0.1, "scope": "contrast"})


def test_the_top_n_are_ranked_by_the_worst_condition_and_ties_by_name(reliability):
    table = reliability(
        {"T2/liver": {
            "D": {"icc": {"A": 0.99, "B": 0.70}}, "C": {"icc": {"A": 0.80, "B": 0.81}},
            "B": {"icc": {"A": 0.90, "B": 0.80}}, "A": {"icc": {"A": 0.75, "B": 0.76}},
        }}
    )  # fmt: skip
    assert kept(table, {"icc": 0.0, "top": 1}) == {"B"}
    assert kept(table, {"icc": 0.0, "top": 2}) == {"B", "C"}
    assert kept(table, {"icc": 0.78, "top": 3}) == {"B", "C"}
    assert kept(table, {"top": 3, "by": "icc"}) == {"A", "B", "C"}


def test_the_top_n_of_a_dispersion_are_the_lowest(reliability):
    table = reliability({"T2/liver": {"A": {"cv": 0.3}, "B": {"cv": 0.1}, "C": {"cv": 0.2}}})
    assert kept(table, {"top": 2, "by": "cv"}) == {"B", "C"}


def test_the_top_n_of_at_least_k_places_are_ranked_by_the_kth_best(reliability):
    rule = {"at_least": 2, "top": 1, "by": "icc"}
    result = passing(reliability(PLACES), {"icc": 0.4, **rule})  # second best: X 0.92, Y 0.95, Z 0.5
    assert {name for (_, _, name), passes in result.items() if passes} == {"Y"}


@settings(max_examples=5, deadline=None)  # each is of 48 estimates and 20 rules
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 0.9))
def test_laws_of_the_verdicts(reliability, seed, threshold):
    random = np.random.default_rng(seed)

    def estimates():
        return {c: float(random.uniform()) if random.uniform() > 0.1 else None for c in "AB"}

    places = {
        f"{sequence}/{roi}": {f"F{i}": {"icc": estimates(), "ccc": estimates()} for i in range(6)}
        for sequence in ("T1", "T2")
        for roi in ("liver", "spleen")
    }  # fmt: skip
    table = reliability(places)
    limits = {"icc": threshold, "ccc": threshold}
    default = passing(table, limits)
    joint = reproducible(table, limits)
    assert default == {
        tuple(row[:3]): row[3] for row in joint[["sequence", "roi", "feature", "reproducible"]].itertuples(index=False)
    }
    # all implies any; a lower threshold keeps what a higher one keeps; the order of the rows does not matter
    loose = passing(table, {**limits, "combine": "any"})
    assert all(loose[key] for key, passes in default.items() if passes)
    lower = passing(table, {"icc": threshold - 0.1, "ccc": threshold - 0.1})
    assert all(lower[key] for key, passes in default.items() if passes)
    shuffled = table.sample(frac=1, random_state=seed % 1000)
    for rule in (limits, {**limits, "at_least": 2}, {**limits, "scope": "contrast"}, {**limits, "top": 2}):
        assert passing(shuffled, rule) == passing(table, rule)
        assert passing(table.astype(dict.fromkeys(table.columns[:6], "category")), rule) == passing(table, rule)
    # k of m falls with k; with k = m it is the scope overall; all contrasts together are the default
    sizes = [sum(passing(table, {**limits, "at_least": k}).values()) for k in (1, 2, 3, 4)]
    assert sizes == sorted(sizes, reverse=True)
    assert passing(table, {**limits, "at_least": 4}) == passing(table, {**limits, "scope": "overall"})
    by_contrast = passing(table, {**limits, "scope": "contrast"})
    assert default == {key: all(by_contrast[(*key[:2], condition, key[2])] for condition in "AB") for key in default}


def test_a_table_that_breaks_its_schema_is_refused(golden):
    with golden.error(ConfigurationError):
        Thresholds().passing(pd.DataFrame({"feature": ["X"]}))


def test_what_is_reproducible_is_what_the_usual_whitelist_holds(reliability):
    """A feature without one of the rows that others have passes by neither, however good its other rows are."""
    both = {"ACC+STD": 0.95, "ACC+DLR": 0.96}
    features = {"a": {"icc": both}, "b": {"icc": {"ACC+STD": 0.99}}, "c": {"icc": {"ACC+STD": 0.99, "ACC+DLR": 0.8}}}
    table = reliability({"T2/liver": features})
    joint = reproducible(table, {"icc": 0.9}).set_index("feature")["reproducible"]
    passing = Thresholds({"icc": 0.9}).passing(table).set_index("feature")["passes"]

    assert joint.to_dict() == passing.to_dict() == {"a": True, "b": False, "c": False}


def test_what_lacks_a_statistic_of_the_rule_passes_by_none_of_them(reliability):
    """`reproducible` counted features without a row of the CV, which no whitelist held."""
    both = {"icc": 0.95, "cv": 0.05}
    table = reliability({"T2/liver": {"a": both, "b": {"icc": 0.95}}, "T2/spleen": {"a": {"cv": 0.05}}})
    limits = {"icc": 0.9, "cv": 0.1}
    joint = reproducible(table, limits).set_index(["roi", "feature"])
    passing = Thresholds(limits).passing(table).set_index(["roi", "feature"])
    expected = {("liver", "a"): True, ("liver", "b"): False, ("spleen", "a"): False}

    assert joint["reproducible"].to_dict() == passing["passes"].to_dict() == expected
    assert joint["n_needed"].to_dict() == passing["n_needed"].to_dict() == dict(zip(expected, (2, 2, 1), strict=True))


@pytest.mark.parametrize("limits", [{"icc": 0.8, "ccc": 0.8}, {"icc": 0.7, "cv": 0.09}])
def test_tables_and_draws_of_subjects_judge_alike(limits):
    """All rows of a table, the arrays of a comparison and the draws behind intervals: one rule, four ways to it."""
    rng = np.random.default_rng(4)
    names = [f"original_glcm_{name}" for name in "abcdefgh"]
    truth = rng.normal(10, 1.5, (2, 9, 8))
    table = pd.concat(
        pd.DataFrame(truth[at] + rng.normal(0, np.linspace(0.2, 1.2, 8), (9, 8)), columns=names).assign(
            strategy="raw", subject=[f"S{i}" for i in range(9)], sequence="T2", condition=condition, roi=roi
        )
        for at, roi in enumerate(("liver", "spleen"))
        for condition in ("REF", "ACC", "DLR")
    )
    keys = ["sequence", "roi", "feature"]
    reliability = reliability_table(table, "REF")
    by_table = Thresholds(limits).passing(reliability).set_index(keys)["passes"].sort_index()
    joint = reproducible(reliability, limits).set_index(keys)["reproducible"].sort_index()
    members = GroupsByStrategy(table)["raw"]
    labels, shares, drawn = draw_shares(members, limits, np.ones((1, 9)), Settings("REF"))
    of_draw = drawn.set_index(keys)["reproducible"].sort_index()
    assert 0 < by_table.sum() < len(by_table)
    assert by_table.to_dict() == joint.to_dict() == of_draw.to_dict()
    found = share_intervals(table, "REF", Thresholds(limits)).set_index("share")
    assert found.loc["robust_share", "estimate"] == pytest.approx(by_table.mean())
    overall = ((labels["statistic"] == "reproducible") & (labels["by"] == "overall")).to_numpy()
    assert shares[0, overall] == pytest.approx(by_table.mean())
