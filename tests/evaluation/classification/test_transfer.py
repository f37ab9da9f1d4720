import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from evaluation.classification.metrics import auc
from evaluation.classification.splits import repeated_folds
from evaluation.classification.transfer import Variant, transfer
from evaluation.classification.transfer_scores import flips, gain_table, transfer_table
from experiments.simulate import simulate_cohort
from harmonize import ComBat
from harmonize.errors import ConfigurationError
from selection import RobustnessThreshold

NAMES = {"train": "REF", "test": "ACC"}


def logistic(**parameters):
    return Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(**parameters))])


def two_conditions(change, n=60, features=3, seed=0):
    """Rows of n subjects in REF, then the same values changed in ACC."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    first = pd.DataFrame(rng.normal(size=(n, features)), columns=[f"f{i}" for i in range(features)])
    first["f0"] += y
    values = pd.concat([first, change(first)], ignore_index=True)
    return values, np.tile(y, 2), np.tile(np.arange(n), 2), np.repeat(["REF", "ACC"], n)


def test_conditions_that_are_equal_change_nothing():
    result = transfer({"raw": Variant(logistic())}, *two_conditions(lambda x: x), repeats=2, **NAMES)
    raw = result.variants["raw"]
    np.testing.assert_array_equal(raw.within.probability, raw.across.probability)
    np.testing.assert_array_equal(raw.within.probability, raw.native.probability)
    assert flips(raw) == 0.0


def test_a_constant_shift_leaves_the_auc_and_moves_every_probability_by_the_coefficient():
    data = two_conditions(lambda x: x.assign(f0=x["f0"] + 2.0))
    result = transfer({"raw": Variant(Pipeline([("model", LogisticRegression())]))}, *data, repeats=1, **NAMES)
    raw = result.variants["raw"]
    assert auc(raw.across) == auc(raw.within)
    logit = [np.log(part.probability[0, :, 1] / part.probability[0, :, 0]) for part in (raw.within, raw.across)]
    values, y, groups, _ = data
    for fold in repeated_folds(y[:60], groups[:60], folds=5, repeats=1):
        model = LogisticRegression().fit(values.iloc[fold.train], y[fold.train])
        np.testing.assert_allclose((logit[1] - logit[0])[fold.test], 2.0 * model.coef_[0, 0], rtol=1e-9)
        np.testing.assert_allclose(raw.within.probability[0, fold.test], model.predict_proba(values.iloc[fold.test]))
    table = transfer_table(result).set_index(["score", "tested"])
    assert table.loc[("mean_error", "across - within"), "lower"] > 0.1  # the risk is overestimated
    assert table.loc[("flips_at_half", "both"), "lower"] > 0.1


def test_harmonization_learns_from_training_subjects_in_both_conditions():
    values, y, groups, condition = two_conditions(lambda x: 1.5 * x + np.array([3.0, -1.0, 0.5]))
    combat = ComBat("condition", reference="REF")
    variants = {"combat": Variant(logistic(), combat)}
    found = transfer(variants, values, y, groups, condition, repeats=1, **NAMES).variants["combat"]
    for fold in repeated_folds(y[:60], groups[:60], folds=5, repeats=1):
        rows = np.concatenate([fold.train, fold.train + 60])
        learned = ComBat("condition", reference="REF").fit(values.iloc[rows].assign(condition=condition[rows]))
        new = learned.transform(values.assign(condition=condition))
        model = logistic().fit(new[fold.train], y[fold.train])
        native = logistic().fit(new[fold.train + 60], y[fold.train])
        np.testing.assert_allclose(found.within.probability[0, fold.test], model.predict_proba(new[fold.test]))
        np.testing.assert_allclose(found.across.probability[0, fold.test], model.predict_proba(new[fold.test + 60]))
        np.testing.assert_allclose(found.native.probability[0, fold.test], native.predict_proba(new[fold.test + 60]))


def test_no_test_subject_is_learned_from_whichever_the_condition():
    """A nearest neighbour knows every subject that it has seen: it would be right about each."""
    rng = np.random.default_rng(3)
    n = 80
    first = pd.DataFrame(rng.uniform(size=(n, 4)), columns=list("abcd"))
    y = rng.permutation(np.arange(n) % 2)
    values = pd.concat([first, first + 1e-9], ignore_index=True)
    nearest = Variant(Pipeline([("model", KNeighborsClassifier(1))]), ComBat("condition"))
    data = values, np.tile(y, 2), np.tile(np.arange(n), 2), np.repeat(["REF", "ACC"], n)
    result = transfer({"plain": Variant(nearest.pipeline), "combat": nearest}, *data, **NAMES)
    for one in result.variants.values():
        for held_out in (one.within, one.across, one.native):
            assert auc(held_out) < 0.65


def test_rows_of_a_subject_stay_together():
    n, rng = 20, np.random.default_rng(0)
    lesion = np.tile(np.repeat([0, 1], n), 2)
    who, condition = np.tile(np.arange(n), 4), np.repeat(["REF", "ACC"], 2 * n)
    values = pd.DataFrame(rng.normal(size=(4 * n, 2)), columns=["a", "b"])
    y = np.tile(np.tile(np.arange(n) % 2, 2), 2)
    result = transfer({"raw": Variant(logistic())}, values, y, who, condition, units=lesion, repeats=3, **NAMES)
    folds = pd.DataFrame(result.variants["raw"].within.fold.T).groupby(result.pairs.groups)
    assert len(result.pairs.y) == 2 * n
    assert (folds.nunique() == 1).all(axis=None)


def test_parameters_are_chosen_within_the_training_subjects():
    data = two_conditions(lambda x: x, n=100)
    variants = {"tuned": Variant(Pipeline([("model", KNeighborsClassifier(1))]), grid={"model__n_neighbors": [1, 15]})}
    variants |= {f"of {k}": Variant(Pipeline([("model", KNeighborsClassifier(k))])) for k in (1, 15)}
    found = transfer(variants, *data, repeats=1, **NAMES).variants
    tuned, of_1, of_15 = (one.across.probability[0] for one in found.values())
    folds = found["tuned"].within.fold[0]
    kept = [(tuned[folds == fold] == of_15[folds == fold]).all() for fold in range(5)]
    other = [(tuned[folds == fold] == of_1[folds == fold]).all() for fold in range(5)]
    assert all(a or b for a, b in zip(kept, other, strict=True))  # each fold chose one of the two
    assert sum(kept) >= 4  # and a noisy feature is better averaged


def test_progress_counts_every_fold_of_every_variant():
    seen = []
    data = two_conditions(lambda x: x)
    variants = {"a": Variant(logistic()), "b": Variant(logistic())}
    transfer(variants, *data, folds=3, repeats=2, progress=lambda *step: seen.append(step), **NAMES)
    assert seen[-1] == (24, 24)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_no_variant_is_refused(golden):
    with golden.error(ConfigurationError):
        transfer({}, *two_conditions(lambda x: x), **NAMES)


def test_two_columns_of_one_name_are_refused_by_their_own_name(golden):
    """With a harmonizer it was called 'first: f0', which stands in nobody's table."""
    values, *rest = two_conditions(lambda x: x)
    twice = values.rename(columns={"f1": "f0"})
    for variant in (Variant(logistic()), Variant(logistic(), ComBat("condition"))):
        with golden.error(ConfigurationError):
            transfer({"raw": variant}, twice, *rest, repeats=1, **NAMES)


@pytest.mark.parametrize("harmonizer", [None, ComBat("condition")])
def test_the_same_scan_under_two_subjects_is_refused_even_across_conditions(harmonizer, golden):
    """One of them would be learned from and the other tested."""
    values, *rest = two_conditions(lambda x: x + 1.0)
    values.loc[60 + 9] = values.loc[4]  # subject 9 in ACC is subject 4 in REF
    variants = {"raw": Variant(logistic(), harmonizer)}
    with golden.error(ConfigurationError):
        transfer(variants, values, *rest, repeats=1, **NAMES)
    transfer(variants, values, *rest, repeats=1, check_scans=False, **NAMES)
    rest[2] = np.where(np.arange(120) == 69, "DLR", rest[2])  # a condition that is not used
    transfer(variants, values, *rest, repeats=1, **NAMES)


@pytest.mark.slow
def test_a_whitelist_holds_its_auc_and_flips_less_as_the_simulated_truth_says():
    cohort = simulate_cohort(400, conditions=("REF", "ACC"), seed=1)
    reliable = cohort.truth.assign(
        strategy="raw", sequence="T2", roi="liver", condition="ACC", statistic="icc", lower=0.0, upper=1.0, n=50,
        status="ok", estimate=cohort.truth["reliability"],
    )  # fmt: skip
    selector = RobustnessThreshold(reliable, {"icc": 0.75}).set_output(transform="pandas")
    steps = logistic(C=0.01).steps
    variants = {"raw": Variant(logistic(C=0.01)), "robust": Variant(Pipeline([("robust", selector), *steps]))}
    table = cohort.table
    data = table[list(cohort.features)], table["diagnosis"], table["subject"], table["condition"]
    result = transfer(variants, *data, repeats=2, **NAMES)
    found = {name: float(auc(one.across)) for name, one in result.variants.items()}
    assert found["raw"] == pytest.approx(cohort.expected_auc(0.0, 160, 160), abs=0.05)
    assert found["robust"] == pytest.approx(cohort.expected_auc(0.75, 160, 160), abs=0.05)
    gains = gain_table(result).set_index("score")
    assert gains.loc["auc", "estimate"] == pytest.approx(found["robust"] - found["raw"])
    assert gains.loc["flips_at_half", "upper"] < 0.0


@pytest.mark.data
def test_the_lipoma_table_with_repeats_of_known_reliability(data_root, add_repeats):
    table = pd.read_csv(data_root / "outcome_tables" / "WORC-Lipo.csv.gz")
    features = [name for name in table.columns if name not in ("ID", "Target")][::5]
    rng = np.random.default_rng(0)
    # What tells lipoma from sarcoma best is made fragile, so that only its noise can make a model lose.
    reliability = rng.choice([0.98, 0.3], len(features))
    repeats = add_repeats(table[["ID", "Target", *features]], reliability, features=features, conditions=("REF", "ACC"))
    steady = [name for name, known in zip(features, reliability, strict=True) if known > 0.9]
    y, who, where = repeats["Target"], repeats["ID"], repeats["condition"]
    model = {"raw": Variant(logistic(C=0.01))}
    everything = transfer(model, repeats[features], y, who, where, repeats=2, **NAMES).variants["raw"]
    robust = transfer(model, repeats[steady], y, who, where, repeats=2, **NAMES).variants["raw"]
    assert float(flips(robust)) < float(flips(everything)) - 0.05
    assert float(auc(robust.across)) > 0.7
    # The repeats are exchangeable: crossing over costs nothing but chance.
    assert float(auc(robust.across)) == pytest.approx(float(auc(robust.native)), abs=0.03)


@pytest.mark.data
def test_prostate_tumour_against_normal_zone_from_test_to_retest(data_root):
    path = next((data_root / "qin_prostate_repeat").glob("*bin20*"))
    table = pd.read_csv(path, sep=";")
    table = table[table["segmentedStructure"].isin(["TumorROI_PZ_1", "NormalROI_PZ_1"])]
    subject = table["study"].str.split("_").str[0]
    visit = table.groupby(subject)["study"].rank("dense").astype(int).map({1: "test", 2: "retest"})
    tumour = (table["segmentedStructure"] == "TumorROI_PZ_1").astype(int)
    values = table[[name for name in table.columns if name.startswith("original_") and table[name].notna().all()]]
    result = transfer(
        {"raw": Variant(logistic(C=0.1))}, values, tumour, subject, visit, train="test", test="retest",
        units=table["segmentedStructure"], repeats=3,
    )  # fmt: skip
    assert (len(result.pairs.y), len(np.unique(result.pairs.groups)), result.pairs.unpaired) == (18, 13, 6)
    scores = transfer_table(result).set_index(["score", "tested"])
    # So few patients that no direction can be told: the table has to say so.
    assert scores.loc[("auc", "across - within"), "lower"] < 0.0 < scores.loc[("auc", "across - within"), "upper"]
    assert scores.loc[("auc", "across"), "upper"] - scores.loc[("auc", "across"), "lower"] > 0.2
    assert scores.loc[("calibration_slope", "across"), "status"] == "too_few"
    assert 0.0 < scores.loc[("flips_at_half", "both"), "estimate"] < 0.3
