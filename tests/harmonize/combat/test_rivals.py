import numpy as np
import pandas as pd
import pytest

from harmonize.combat import BatchZScore, QuantileAlignment, ReferenceRegression
from harmonize.errors import ConfigurationError


def simulate(seed=0, n_subjects=30, p=5):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(n_subjects, p))
    subjects, codes = np.tile(np.arange(n_subjects), 3), np.repeat(np.arange(3), n_subjects)
    values = np.array([0.0, 1.0, -2.0])[codes, None] + np.array([1.0, 2.0, 0.5])[codes, None] * truth[subjects]
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(p)])
    return table.assign(patient=subjects, scan=np.array(["REF", "ACC", "DLR"])[codes])


MODELS = [
    BatchZScore("scan", reference="REF"),
    QuantileAlignment("scan", reference="REF"),
    ReferenceRegression("scan", "patient", reference="REF"),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
class TestAll:
    def table(self, model):
        table = simulate()
        return table if hasattr(model, "subject") else table.drop(columns="patient")

    def test_a_linear_change_of_every_batch_is_undone(self, model):
        table = self.table(model)
        harmonized = model.fit_transform(table)
        np.testing.assert_allclose(harmonized, np.tile(harmonized[:30], (3, 1)), atol=1e-10)

    def test_the_reference_comes_back_bit_by_bit(self, model):
        table = self.table(model)
        np.testing.assert_array_equal(model.fit_transform(table)[:30], table.filter(like="f").to_numpy()[:30])

    def test_new_rows_are_mapped_as_learned(self, model):
        table = self.table(model)
        expected = model.fit_transform(table)
        np.testing.assert_allclose(model.transform(table.iloc[[35, 70]]), expected[[35, 70]], rtol=1e-12)

    def test_missing_values_stay(self, model):
        table = self.table(model)
        table.loc[[3, 40], "f1"] = np.nan
        np.testing.assert_array_equal(np.isnan(model.fit_transform(table)), table.filter(like="f").isna())

    def test_an_unknown_reference_is_named(self, model, golden):
        from sklearn.base import clone

        with golden.error(ConfigurationError):
            clone(model).set_params(reference="ref").fit(self.table(model))


def test_z_score_gives_every_batch_the_same_mean_and_standard_deviation():
    table = simulate().drop(columns="patient")
    harmonized = pd.DataFrame(BatchZScore("scan").fit_transform(table)).groupby(table["scan"])
    np.testing.assert_allclose(np.ptp(harmonized.mean(), axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.ptp(harmonized.std(), axis=0), 0.0, atol=1e-12)


def test_z_score_tells_the_features_that_it_leaves_alone():
    X = pd.DataFrame({"batch": list("AABB"), "constant": [1.0, 1.0, 2.0, 4.0], "other": [1.0, 3.0, 2.0, 6.0]})
    model = BatchZScore("batch").fit(X)
    assert (
        model.untouched_features_ == BatchZScore.from_document(model.to_document()).untouched_features_ == ["constant"]
    )
    assert model.transform(X)[:, 0].tolist() == X["constant"].tolist()


def test_quantile_alignment_undoes_a_monotone_change_at_the_quantiles():
    x = np.random.default_rng(0).normal(size=101)
    table = pd.DataFrame({"f": np.concatenate([x, np.exp(x)]), "scan": ["REF"] * 101 + ["ACC"] * 101})
    model = QuantileAlignment("scan", reference="REF", n_quantiles=101)
    np.testing.assert_allclose(model.fit_transform(table)[101:, 0], x, atol=1e-12)
    beyond = model.transform(pd.DataFrame({"f": [np.exp(x).max() + 5.0], "scan": ["ACC"]}))
    assert beyond[0, 0] == pytest.approx(x.max() + 5.0)


def test_quantile_alignment_of_tied_values_is_one_map():
    table = pd.DataFrame({"f": [1.0, 2.0, 3.0, 5.0, 5.0, 5.0], "scan": ["REF"] * 3 + ["ACC"] * 3})
    found = QuantileAlignment("scan", reference="REF", n_quantiles=3).fit_transform(table)[3:, 0]
    np.testing.assert_array_equal(found, [2.0, 2.0, 2.0])


def test_regression_equals_polyfit_over_paired_subjects():
    table = simulate()
    noisy = np.random.default_rng(4).normal(size=90)
    table["f0"] += noisy
    table = table.drop(index=[2, 33, 64])  # three subjects lack one batch each
    model = ReferenceRegression("scan", "patient", reference="REF").fit(table)
    wide = table.pivot(index="patient", columns="scan", values="f0").dropna(subset=["REF", "ACC"])
    slope, intercept = np.polyfit(wide["ACC"], wide["REF"], 1)
    position = model.batches_.index("ACC")
    assert (model.slope_[position, 0], model.intercept_[position, 0]) == pytest.approx((slope, intercept))


def test_too_few_paired_subjects(golden):
    table = simulate()
    table["patient"] += 100 * (table["scan"] == "ACC")
    with golden.error(ConfigurationError):
        ReferenceRegression("scan", "patient", reference="REF").fit(table)


@pytest.mark.parametrize("model", [QuantileAlignment("scan"), ReferenceRegression("scan", "patient")])
def test_a_reference_is_needed(model, golden):
    table = simulate() if hasattr(model, "subject") else simulate().drop(columns="patient")
    with golden.error(ConfigurationError):
        model.fit(table)


def test_number_of_quantiles_is_checked(golden):
    with golden.error(ConfigurationError):
        QuantileAlignment("scan", reference="REF", n_quantiles=1).fit(simulate().drop(columns="patient"))


def test_quantile_alignment_interpolates_between_quantiles_and_shifts_beyond():
    rng = np.random.default_rng(0)
    known, new = rng.normal(size=(60, 3)), 3 * rng.normal(size=(40, 3))
    batches = np.repeat(["A", "B"], 30)
    model = QuantileAlignment("scan", reference="A").fit(pd.DataFrame(known, columns=list("xyz")).assign(scan=batches))
    found = model.transform(pd.DataFrame(new, columns=list("xyz")).assign(scan="B"))
    a, b = (np.quantile(known[batches == name], np.linspace(0, 1, 11), axis=0) for name in "AB")
    for i in range(3):
        inside = np.clip(new[:, i], b[0, i], b[-1, i])
        np.testing.assert_allclose(found[:, i], np.interp(inside, b[:, i], a[:, i]) + new[:, i] - inside, rtol=1e-12)
