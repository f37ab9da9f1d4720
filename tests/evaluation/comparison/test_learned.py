import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects import harmonize_values
from evaluation.comparison import Learned, compare_strategies
from evaluation.comparison import learned as module
from evaluation.comparison.learned import exchanged
from evaluation.reliability.table import reliability_table
from harmonize.combat import BatchZScore, ComBat
from harmonize.combat.redraws import held_out_draws
from harmonize.errors import ConfigurationError

CONDITIONS = ("REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR")
SELF = dict(zip(CONDITIONS, CONDITIONS, strict=True))
NAMES = [f"original_glcm_Feature{i}" for i in range(10)]
THRESHOLDS = {"icc": 0.9, "ccc": 0.9, "cv": 0.02}


def raw_table(n=8, seed=0, effect=0.0, rois=("liver", "spleen"), sequences=("T1", "T2")):
    """Make skewed, correlated features; other conditions than the reference are shifted by `effect` SDs of noise."""
    rng = np.random.default_rng(seed)
    parts = []
    for sequence in sequences:
        for roi in rois:
            truth = 20 + np.exp(0.6 * rng.normal(size=(n, 1, 3))) @ rng.normal(size=(3, 10))
            noise = rng.normal(size=(n, 4, 3)) @ rng.normal(size=(3, 10)) + rng.normal(size=(n, 4, 10))
            values = truth + 0.2 * (noise + effect * np.array([[0.0], [1.0], [-1.0], [2.0]]))
            keys = pd.MultiIndex.from_product(
                [["raw"], [f"S{i}" for i in range(n)], [sequence], CONDITIONS, [roi]],
                names=["strategy", "subject", "sequence", "condition", "roi"],
            )
            parts.append(pd.DataFrame(values.reshape(-1, 10), columns=NAMES, index=keys).reset_index())
    return pd.concat(parts, ignore_index=True)


def harmonized(raw, model, strategy="combat", by=("sequence", "roi")):
    table = raw.assign(
        acquisition=raw["condition"].str.split("+").str[0], reconstruction=raw["condition"].str.split("+").str[1]
    )
    values = harmonize_values(table, model, NAMES, by=by).held_out
    own = raw.assign(strategy=strategy)
    own[NAMES] = values
    return own


def compared(raw, model, *, by=("sequence", "roi"), batches=SELF, kept=(), **options):
    own = harmonized(raw, model, by=by)
    how = Learned(raw.assign(strategy="combat"), model, batches, dict(kept), by)
    both = pd.concat([raw, own], ignore_index=True)
    return compare_strategies(both, "REF+STD", THRESHOLDS, learned={"combat": how}, n_resamples=100, **options)


def overall(result):
    return result.summary.query("by == 'overall'").set_index("statistic")


def test_shares_of_features_that_the_baseline_lacks_do_not_count():
    raw, model = raw_table(), ComBat("condition", reference="REF+STD", empirical_bayes=False)
    own = harmonized(raw, model)
    how = {"combat": Learned(raw.assign(strategy="combat"), model, SELF)}
    table = pd.concat([raw.assign(**dict.fromkeys(NAMES[6:], np.nan)), own], ignore_index=True)
    options = {"learned": how, "n_resamples": 100}
    found = compare_strategies(table, "REF+STD", THRESHOLDS, **options).shares
    expected = compare_strategies(table, "REF+STD", THRESHOLDS, columns=NAMES[:6], **options).shares
    assert found["p"].notna().all()
    pd.testing.assert_frame_equal(found, expected)


def test_limits_are_those_of_harmonizing_anew_without_each_subject():
    raw, model = raw_table(rois=("liver",), sequences=("T2",)), ComBat("condition", reference="REF+STD")
    result = overall(compared(raw, model))
    ratios = []
    for left in [None, *raw["subject"].unique()]:
        rest = raw[raw["subject"] != left].reset_index(drop=True)
        both = pd.concat([rest, harmonized(rest, model)], ignore_index=True)
        rows = reliability_table(both, "REF+STD", statistics=("icc", "cv"))
        error = rows["estimate"].where(rows["statistic"] == "cv", 1 - rows["estimate"])
        means = np.log(error).groupby([rows["statistic"], rows["strategy"]]).mean().unstack()
        ratios.append(means["combat"] - means["raw"])
    of_all, without = ratios[0], pd.concat(ratios[1:], axis=1).T
    error = np.sqrt(7 / 8 * ((without - without.mean()) ** 2).sum())
    for name in ("icc", "cv"):
        assert result.loc[name, "ratio"] == pytest.approx(np.exp(of_all[name]), rel=1e-6)
        width = np.log(result.loc[name, "ratio_upper"] / result.loc[name, "ratio_lower"])
        assert width == pytest.approx(2 * 2.364624 * error[name], rel=1e-4)


def test_conditions_are_exchanged_among_those_that_are_there_and_alike():
    present = np.ones((50, 4), dtype=bool)
    present[:10, 3] = False
    draws = exchanged(present, ["STD", "DLR", "STD", "DLR"], 40, np.random.default_rng(0))
    assert (np.sort(draws, axis=-1) == np.arange(4)).all()
    assert (draws[:, :10, 3] == 3).all()
    assert (draws[:, :10, 1] == 1).all()
    assert set(np.unique(draws[:, :, [0, 2]])) == {0, 2}
    assert np.mean(draws[:, :, 0] == 2) == pytest.approx(0.5, abs=0.05)
    free = exchanged(present, [""] * 4, 400, np.random.default_rng(1))
    assert np.mean(free[:, 20:, 0] == 3) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("by", [("sequence", "roi"), ("sequence",), ()])
@pytest.mark.parametrize("model", [ComBat("condition", reference="REF+STD"), BatchZScore("condition")])
def test_groups_that_are_fitted_together_are_learned_anew_together(model, by):
    raw = raw_table()
    raw = raw[~((raw["subject"] == "S2") & (raw["condition"] == "ACC+STD") & (raw["roi"] == "liver"))]
    result = compared(raw.reset_index(drop=True), model, by=by)
    assert (result.summary["status"] == "ok").all()
    assert (result.shares["status"] == "ok").all()
    assert {"learned", "no_interval"}.isdisjoint(result.features["status"])
    assert result.features[["lower", "p", "q"]].notna().all(axis=None)


def test_a_factor_is_exchanged_where_the_other_stays():
    raw, model = raw_table(effect=2.0), BatchZScore("acquisition", reference="REF")
    batches = {name: name.split("+")[0] for name in CONDITIONS}
    kept = {name: name.split("+")[1] for name in CONDITIONS}
    result = compared(raw, model, batches=batches, kept=kept)
    assert {"learned", "no_interval"}.isdisjoint(result.features["status"])
    assert result.summary["p"].notna().all()


@pytest.mark.parametrize(
    ("model", "batches"),
    [
        (ComBat("condition", parametric=False), SELF),
        (ComBat("condition", reference="REF+STD"), {}),
        (ComBat("condition", reference="REF+DLR"), SELF),
    ],
    ids=["a method that is not known", "a batch that is no condition", "not the model of these values"],
)
def test_what_cannot_be_learned_anew_has_no_limits_and_no_test_and_says_so(model, batches):
    raw = raw_table()
    own = harmonized(raw, ComBat("condition", reference="REF+STD"))
    how = Learned(raw.assign(strategy="combat"), model, batches)
    third = raw_table(seed=1).assign(strategy="n4")
    both = pd.concat([raw, own, third], ignore_index=True)
    result = compare_strategies(both, "REF+STD", THRESHOLDS, learned={"combat": how}, n_resamples=100)
    for table in (result.features, result.summary, result.shares):
        mine = table["strategy"] == "combat"
        assert (table.loc[mine, "status"] == "learned").all()
        assert table.loc[mine, ["lower", "upper", "p", "q"]].isna().all(axis=None)
        assert (table.loc[~mine, "status"] != "learned").all()
        assert table.loc[~mine, "p"].notna().all()
    assert result.summary[["gain", "ratio"]].notna().all(axis=None)
    assert result.features["ratio"].notna().all()


def test_a_harmonized_baseline_is_learned_anew_as_well():
    raw, model = raw_table(), ComBat("condition", reference="REF+STD")
    how = Learned(raw.assign(strategy="combat"), model, SELF)
    both = pd.concat([raw, harmonized(raw, model)], ignore_index=True)
    options = {"learned": {"combat": how}, "n_resamples": 100}
    forth = compare_strategies(both, "REF+STD", THRESHOLDS, **options)
    back = compare_strategies(both, "REF+STD", THRESHOLDS, baseline="combat", **options)
    for name in ("p", "status"):
        assert forth.summary[name].tolist() == back.summary[name].tolist()
    np.testing.assert_allclose(forth.summary["ratio_lower"], 1 / back.summary["ratio_upper"])
    np.testing.assert_allclose(forth.shares["p"], back.shares["p"])
    np.testing.assert_allclose(forth.features["p"], back.features["p"])


def test_steps_before_the_harmonizer_widen_what_is_expected_by_chance():
    """The noise of another preprocessing must not look like the work of the harmonizer."""
    raw, model = raw_table(), ComBat("condition", reference="REF+STD")
    other = raw_table(seed=5).assign(strategy="n4")
    own = harmonized(other, model)
    how = Learned(other.assign(strategy="combat"), model, SELF)
    both = pd.concat([raw, other, own], ignore_index=True)
    result = compare_strategies(both, "REF+STD", THRESHOLDS, learned={"combat": how}, n_resamples=100)
    p = result.summary.query("by == 'overall'").set_index(["strategy", "statistic"])["p"]
    # Beside the noise of the step, what learning adds hardly counts.
    np.testing.assert_allclose(p["combat"], p["n4"], atol=0.25)


def test_a_batch_effect_is_found():
    result = compared(raw_table(effect=3.0), ComBat("condition", reference="REF+STD"))
    found = overall(result)
    assert (found["p"] == 2 / 200).all()
    assert (found["ratio_upper"] < 1).all()
    assert (result.features.query("statistic == 'cv'")["q"] < 0.05).mean() > 0.5
    share = result.shares.query("by == 'overall' and statistic == 'cv'").iloc[0]
    assert share["p"] < 0.05 < share["difference"]


def test_without_an_effect_nothing_is_found():
    """A jackknife that takes what was learned as fixed called half of such studies better or worse."""
    model, p = ComBat("condition", reference="REF+STD"), []
    for seed in range(12):
        raw = raw_table(n=6, seed=seed, rois=("liver",), sequences=("T2",))
        own = raw.assign(strategy="combat")
        values = raw[NAMES].to_numpy().reshape(6, 4, 10)
        own[NAMES] = held_out_draws(model, values[None], np.arange(4), 0)[0].reshape(24, 10)
        how = {"combat": Learned(raw.assign(strategy="combat"), model, SELF)}
        both = pd.concat([raw, own], ignore_index=True)
        p.append(overall(compare_strategies(both, "REF+STD", THRESHOLDS, learned=how, n_resamples=100))["p"])
    rejected = (pd.concat(p, axis=1) < 0.05).sum(axis=1)
    assert (rejected <= 3).all()  # where 0.6 are expected


def test_a_strategy_that_is_not_there_is_named(golden):
    raw = raw_table()
    both = pd.concat([raw, raw.assign(strategy="n4")], ignore_index=True)
    with golden.error(ConfigurationError):
        compare_strategies(both, "REF+STD", learned={"comba": Learned(raw, None)})


@pytest.mark.parametrize("by", [("sequence", "roi"), ("sequence",)], ids=str)
def test_some_draws_at_a_time_are_all_of_them(by, monkeypatch):
    """Regression: all draws at once took 15 GB for a thousand subjects. A scan that one subject alone has stays one."""
    raw = raw_table()
    raw = raw[(raw["condition"] != "ACC+DLR") | (raw["subject"] < "S6")]
    model = ComBat("condition", reference="REF+STD")
    whole = compared(raw, model, by=by)
    monkeypatch.setattr(module, "HELD", 7000)
    parts = compared(raw, model, by=by)
    pd.testing.assert_frame_equal(parts.features, whole.features, rtol=1e-8)
    pd.testing.assert_frame_equal(parts.shares, whole.shares, rtol=1e-8)


def test_with_very_many_subjects_values_are_not_learned_anew(monkeypatch):
    raw, model = raw_table(rois=("liver",), sequences=("T2",)), ComBat("condition", reference="REF+STD")
    monkeypatch.setattr(module, "MOST_SUBJECTS", 7)
    found = compared(raw, model)
    assert (found.features["status"] == "learned").all()
    assert overall(found)["p"].isna().all()
