import pickle
import warnings
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from harmonize.combat import ComBat, SmallBatchWarning
from harmonize.errors import ConfigurationError

pytestmark = pytest.mark.filterwarnings("ignore::harmonize.combat.SmallBatchWarning")

COVARIATES = {"categorical": "sex", "continuous": "age"}
OPTIONS = {
    "parametric": {},
    "nonparametric": {"parametric": False},
    "mean_only": {"mean_only": True},
    "without_eb": {"empirical_bayes": False},
    "reference": {"reference": "B"},
    "covariates": {"categorical": "sex", "continuous": "age"},
    "smooth": {"smooth": "age"},
    "strict": {"tolerance": 1e-12},
}


def simulate(seed=0, rows=(22, 30, 25), n_features=12, covariates=False):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(rows)), rows)
    location, scale = rng.normal(size=(len(rows), n_features)), rng.uniform(0.5, 2.0, size=(len(rows), n_features))
    table = pd.DataFrame(
        4.0 + location[codes] + scale[codes] * rng.normal(size=(len(codes), n_features)),
        columns=[f"f{i}" for i in range(n_features)],
    )
    table.insert(0, "scanner", np.array(["A", "B", "C", "D"])[codes])
    if covariates:
        table["age"] = rng.uniform(20, 80, len(codes))
        table["sex"] = rng.choice(["f", "m"], len(codes))
        table[[f"f{i}" for i in range(n_features)]] += 0.05 * table[["age"]].to_numpy()
    return table


def features_of(table):
    return table.filter(regex=r"^f\d+$").to_numpy()


def model_for(name, **more):
    return ComBat("scanner", **{**OPTIONS[name], **more})


def table_for(name):
    table = simulate(covariates=name in ("covariates", "smooth"))
    return table.drop(columns="sex") if name == "smooth" else table


@pytest.mark.parametrize(
    ("file", "options", "covariates"),
    [
        ("parametric", {}, True),
        ("parametric_nocovariates", {}, False),
        ("nonparametric", {"parametric": False}, True),
        ("meanonly", {"mean_only": True}, True),
        ("reference", {"reference": "REF_STD"}, True),
    ],
)
def test_equals_r_sva(reference_root: Path, file, options, covariates):
    table = pd.read_csv(reference_root / "combat_input.csv", index_col="row")
    expected = pd.read_csv(reference_root / f"combat_sva_{file}.csv", index_col="row")
    if covariates:
        options = {**options, **COVARIATES}
    else:
        table = table.drop(columns=["age", "sex"])
    found = ComBat("batch", **options).set_output(transform="pandas").fit_transform(table)
    pd.testing.assert_frame_equal(found, expected, rtol=0, atol=1e-10)


FORTIN = {
    "": {},
    "_meanonly": {"mean_only": True},
    "_noeb": {"empirical_bayes": False},
    "_noeb_meanonly": {"empirical_bayes": False, "mean_only": True},
}


@pytest.mark.parametrize("batchref", [False, True])
@pytest.mark.parametrize("kind", FORTIN)
@pytest.mark.parametrize("adjusted", [False, True])
@pytest.mark.parametrize("parametric", [False, True])
def test_equals_r_neurocombat_for_every_option_set(data_root: Path, parametric, adjusted, kind, batchref):
    folder = data_root / "combat_fortin"
    table = pd.read_csv(folder / "testdata.csv").T.reset_index(drop=True)
    table.columns = [f"g{i}" for i in range(table.shape[1])]
    table["batch"], table["group"] = np.repeat([1, 2], 5), [1, 0] * 5
    name = "_".join(
        ["testdata_combat", "parametric" if parametric else "nonparametric", "adjusted" if adjusted else "unadjusted"]
    )
    file = folder / "outputData" / f"{name}{kind}{'_batchref' if batchref else ''}_r.csv"
    expected = pd.read_csv(file).to_numpy().T
    if not adjusted:
        table = table.drop(columns="group")
    model = ComBat(
        "batch",
        categorical="group" if adjusted else (),
        parametric=parametric,
        reference=1 if batchref else None,
        **FORTIN[kind],
    )
    np.testing.assert_allclose(model.fit_transform(table), expected, rtol=0, atol=1e-10)


def test_follows_the_definition_for_one_batch_and_feature():
    """The posterior solves both equations of Johnson et al. at once, computed here from the rows themselves."""
    table = simulate()
    model = model_for("strict").fit(table)
    effects, feature, batch = model.effects_, 5, 1
    y = table["f5"].to_numpy()
    overall = y.mean()
    residual = y - table.groupby("scanner")["f5"].transform("mean").to_numpy()
    z = (y - overall) / np.sqrt((residual**2).mean())
    z_batch = z[table["scanner"] == "B"]
    gamma, delta = effects.gamma_star[batch, feature], effects.delta_star[batch, feature]
    n, a, b = len(z_batch), effects.priors.a[batch], effects.priors.b[batch]
    tau2, gamma_bar = effects.priors.tau2[batch], effects.priors.gamma_bar[batch]
    assert gamma == pytest.approx((n * tau2 * z_batch.mean() + delta * gamma_bar) / (n * tau2 + delta), rel=1e-10)
    assert delta == pytest.approx((b + 0.5 * ((z_batch - gamma) ** 2).sum()) / (n / 2 + a - 1), rel=1e-10)


def test_without_empirical_bayes_brings_batches_to_one_mean_and_variance():
    table = simulate()
    harmonized = model_for("without_eb").set_output(transform="pandas").fit_transform(table)
    by_batch = harmonized.groupby(table["scanner"])
    np.testing.assert_allclose(by_batch.mean() - harmonized.mean(), 0.0, atol=1e-12)
    variances = by_batch.var().to_numpy()
    np.testing.assert_allclose(variances, np.broadcast_to(variances[:1], variances.shape), rtol=1e-12)


def test_nonparametric_stays_finite_at_thousands_of_rows():
    """Products of 2,000 likelihoods underflow unless they are added in log space."""
    table = simulate(rows=(2000, 2000), n_features=30)
    harmonized = ComBat("scanner", parametric=False).fit_transform(table)
    assert np.isfinite(harmonized).all()
    means = pd.DataFrame(harmonized).groupby(table["scanner"].to_numpy()).mean().to_numpy()
    assert np.abs(means[0] - means[1]).max() < np.abs(np.diff(table.groupby("scanner").mean(), axis=0)).max()


@pytest.mark.parametrize("name", OPTIONS)
class TestLaws:
    def test_fit_then_transform_is_fit_transform(self, name):
        table = table_for(name)
        np.testing.assert_array_equal(model_for(name).fit(table).transform(table), model_for(name).fit_transform(table))

    def test_each_row_is_mapped_by_itself(self, name):
        table = table_for(name)
        model = model_for(name).fit(table)
        some = table.iloc[[3, 40, 70]]
        np.testing.assert_allclose(model.transform(some), model.transform(table)[[3, 40, 70]], rtol=1e-14)
        one_batch = table[table["scanner"] == "C"]
        assert model.transform(one_batch).shape == (25, 12)

    def test_row_order_feature_order_and_batch_names_do_not_matter(self, name):
        table = table_for(name)
        expected = model_for(name).fit_transform(table)
        rng = np.random.default_rng(1)
        rows = rng.permutation(len(table))
        shuffled = model_for(name).fit_transform(table.iloc[rows])
        np.testing.assert_allclose(shuffled, expected[rows], rtol=1e-11)
        columns = rng.permutation(table.columns)
        model = model_for(name)
        reordered = pd.DataFrame(model.fit_transform(table[columns]), columns=model.get_feature_names_out())
        np.testing.assert_allclose(features_of(reordered[[f"f{i}" for i in range(12)]]), expected, rtol=1e-11)
        renamed = table.assign(scanner=table["scanner"].map({"A": 3, "B": 1, "C": 2}))
        reference = {"reference": 1} if name == "reference" else {}
        np.testing.assert_allclose(model_for(name, **reference).fit_transform(renamed), expected, rtol=1e-11)

    @settings(max_examples=15, deadline=None)
    @given(unit=st.floats(1e-6, 1e6), shift=st.floats(-1e3, 1e3))
    def test_units_do_not_matter(self, name, unit, shift):
        table = table_for(name)
        names = [f"f{i}" for i in range(12)]
        expected = model_for(name).fit_transform(table)
        changed = table.assign(**{column: unit * (table[column] + shift) for column in names})
        found = model_for(name).fit_transform(changed) / unit - shift
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)

    def test_inverse_transform_gives_the_rows_back(self, name):
        table = table_for(name)
        model = model_for(name).fit(table)
        names = [f"f{i}" for i in range(12)]
        harmonized = table.assign(**pd.DataFrame(model.transform(table), columns=names, index=table.index))
        np.testing.assert_allclose(model.inverse_transform(harmonized), features_of(table), rtol=1e-12)

    def test_pickle_and_clone(self, name):
        table = table_for(name)
        model = model_for(name).fit(table)
        again = pickle.loads(pickle.dumps(model))  # noqa: S301
        np.testing.assert_array_equal(again.transform(table), model.transform(table))
        np.testing.assert_array_equal(clone(model).fit_transform(table), model.transform(table))

    def test_saved_and_loaded_model_gives_the_same_bits(self, name, tmp_path):
        table = table_for(name)
        model = model_for(name).fit(table)
        model.save(tmp_path / "model.json")
        loaded = ComBat.load(tmp_path / "model.json")
        np.testing.assert_array_equal(loaded.transform(table), model.transform(table))
        np.testing.assert_array_equal(loaded.effects_.gamma_hat, model.effects_.gamma_hat)
        assert loaded.get_params() == model.get_params()
        assert loaded.batches_ == model.batches_
        assert list(loaded.feature_names_in_) == list(model.feature_names_in_)

    def test_constant_features_pass_bit_by_bit_and_change_no_other(self, name):
        table = table_for(name)
        expected = model_for(name).fit_transform(table)
        partly = np.where(table["scanner"] == "B", 0.1, np.arange(len(table)) * 0.1)
        model = model_for(name).set_output(transform="pandas")
        found = model.fit_transform(table.assign(c0=0.1, c1=partly, c2=0.0))
        assert model.untouched_features_ == ["c0", "c1", "c2"]
        np.testing.assert_array_equal(found["c1"], partly)
        assert (found["c0"] == 0.1).all()
        np.testing.assert_allclose(features_of(found), expected, rtol=1e-12)

    def test_missing_values_stay_where_they_are(self, name):
        table = table_for(name)
        table.loc[[2, 30, 31], "f3"] = np.nan
        harmonized = model_for(name).fit_transform(table)
        np.testing.assert_array_equal(np.isnan(harmonized), np.isnan(features_of(table)))


@pytest.mark.parametrize("covariates", [{}, COVARIATES])
def test_a_feature_with_gaps_is_estimated_from_the_rows_that_have_it(covariates):
    table = simulate(covariates=bool(covariates))
    gaps = [1, 25, 26, 60]
    complete = ComBat("scanner", empirical_bayes=False, **covariates).fit_transform(table.drop(index=gaps))[:, 3]
    table.loc[gaps, "f3"] = np.nan
    found = ComBat("scanner", empirical_bayes=False, **covariates).fit_transform(table)[:, 3]
    np.testing.assert_allclose(found[~np.isnan(found)], complete, rtol=1e-12)


@pytest.mark.parametrize("covariates", [{}, COVARIATES])
def test_reference_rows_come_back_bit_by_bit(covariates):
    table = simulate(covariates=bool(covariates))
    rows = (table["scanner"] == "B").to_numpy()
    model = ComBat("scanner", reference="B", **covariates)
    np.testing.assert_array_equal(model.fit_transform(table)[rows], features_of(table)[rows])
    new = table[rows].assign(f0=np.pi)
    np.testing.assert_array_equal(model.transform(new), features_of(new))


def test_covariate_effect_is_kept_when_fitting_and_when_applying():
    """Age differs between the scanners; without it in the model its effect would be taken for theirs."""
    rng = np.random.default_rng(3)
    codes = np.repeat([0, 1], 200)
    age = rng.normal(50 + 10 * codes, 5)
    values = 0.3 * age[:, None] + 5.0 * codes[:, None] + rng.normal(scale=0.1, size=(400, 6))
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(6)]).assign(age=age, scanner=codes)
    model = ComBat("scanner", continuous="age").fit(table.iloc[::2])
    held_out = model.transform(table.iloc[1::2])
    slope = np.polyfit(age[1::2], held_out, 1)[0]
    np.testing.assert_allclose(slope, 0.3, atol=0.01)
    np.testing.assert_allclose(model.coefficients_ / model.covariates_.terms[0].scale, 0.3, atol=0.02)


def test_smooth_covariate_keeps_a_curve():
    rng = np.random.default_rng(3)
    codes = np.repeat([0, 1], 200)
    age = rng.uniform(20 + 15 * codes, 70 + 15 * codes)
    curve = 0.01 * (age - 50) ** 2
    values = curve[:, None] + 3.0 * codes[:, None] + rng.normal(scale=0.05, size=(400, 6))
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(6)]).assign(age=age, scanner=codes)

    def error(model):
        rest = model.fit_transform(table) - curve[:, None]
        return np.ptp([rest[codes == 0].mean(), rest[codes == 1].mean()])

    assert error(ComBat("scanner", smooth="age")) < 0.05
    assert error(ComBat("scanner", continuous="age")) > 0.2


def test_feature_that_covariates_explain_without_rest_passes_unchanged():
    table = simulate(covariates=True)
    table["f0"] = 2.0 * table["age"] + 1.0
    model = ComBat("scanner", **COVARIATES).fit(table)
    assert model.untouched_features_ == ["f0"]
    np.testing.assert_array_equal(model.transform(table)[:, 0], table["f0"])


def test_large_offsets_cost_no_digits():
    table = simulate()
    names = [f"f{i}" for i in range(12)]
    expected = ComBat("scanner").fit_transform(table)
    found = ComBat("scanner").fit_transform(table.assign(**{name: table[name] + 2.0**30 for name in names}))
    np.testing.assert_allclose(found - 2.0**30, expected, atol=1e-5)


def test_equal_scales_and_equal_locations_have_a_posterior():
    """With two features of one shape the prior variances are zero, which divides by zero in other packages."""
    table = simulate(n_features=1)
    table["f1"] = 2.0 * table["f0"]
    harmonized = ComBat("scanner").fit_transform(table)
    np.testing.assert_allclose(harmonized[:, 1], 2.0 * harmonized[:, 0], rtol=1e-12)
    np.testing.assert_allclose(harmonized, ComBat("scanner", empirical_bayes=False).fit_transform(table), rtol=1e-10)


def test_one_row_batch_is_refused_with_the_reason_and_allowed_for_locations():
    table = simulate(rows=(22, 1))
    with pytest.raises(ConfigurationError, match=r"'B' has 1 row.*mean_only"):
        ComBat("scanner").fit(table)
    assert np.isfinite(ComBat("scanner", mean_only=True).fit_transform(table)).all()


def test_small_batches_are_named():
    with pytest.warns(SmallBatchWarning, match=r"'A' \(8\)"):
        ComBat("scanner").fit(simulate(rows=(8, 25)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ComBat("scanner").fit(simulate())


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"batch": "scaner"}, "'scaner', named as batch.*did you mean 'scanner'"),
        ({}, {"categorical": "scanner"}, "'scanner' is named as batch and as categorical"),
        ({}, {"continuous": ["f1"], "categorical": ["f1"]}, "'f1' is named as categorical and as continuous"),
        ({"f2": "many"}, {}, "feature 'f2' is not numeric but string"),
        ({"f2": "1.5"}, {}, "feature 'f2' is not numeric"),
        ({"f2": 1j}, {}, "feature 'f2' is not numeric"),
        ({"f2": np.inf}, {}, "feature 'f2' is infinite in row 0"),
        ({"scanner": "A"}, {}, "one label only"),
        ({"scanner": None}, {}, "batch 'scanner' is missing in 77 rows"),
        ({}, {"reference": "b"}, "reference='b' is not among the batches; did you mean 'B'"),
        ({}, {"tolerance": -1.0}, "tolerance=-1.0"),
        ({}, {"mean_only": "yes"}, "mean_only='yes'"),
        ({}, {"spline_df": 1}, "spline_df=1"),
        ({"site": lambda t: t["scanner"].str.lower()}, {"categorical": "site"}, "'site=b' is confounded with batch"),
        ({"age": 3.0}, {"continuous": "age"}, "'age' is the same in all rows"),
        ({"age": "old"}, {"continuous": "age"}, "'age' is not numeric"),
        ({"age": np.nan}, {"continuous": "age"}, "'age' is missing or infinite"),
        (
            {"age": lambda t: t["f0"], "months": lambda t: 12 * t["age"] + (t["scanner"] == "A")},
            {"continuous": ["age", "months"]},
            "'months' is determined by batch 'scanner' and the covariates before it",
        ),
        ({"age": np.arange(77) % 3}, {"smooth": "age"}, "too few different values"),
        ({"f4": lambda t: t["f4"].where(t["scanner"] != "C")}, {}, "'f4' has 0 values in batch 'C'"),
    ],
)
def test_bad_input_is_named_before_anything_is_computed(change, options, message):
    table = simulate().assign(**change)
    with pytest.raises(ConfigurationError, match=message):
        ComBat(**{"batch": "scanner", **options}).fit(table)


def test_fewer_rows_than_parameters():
    table = simulate(rows=(3, 3)).assign(a=[0, 1, 0, 1, 1, 0.5], b=[1, 0, 0, 1, 0, 2.0], c=[3, 1, 0, 1, 0, 7.0])
    table["d"] = [1.0, 0.0, 5.0, 3.0, 1.0, 2.0]
    with pytest.raises(ConfigurationError, match="6 rows cannot carry 6 parameters"):
        ComBat("scanner", continuous=list("abcd")).fit(table)


def test_gaps_that_leave_too_little_for_a_covariate_name_the_feature():
    table = simulate(covariates=True)
    table.loc[table["sex"] == "m", "f7"] = np.nan
    with pytest.raises(ConfigurationError, match="feature 'f7' has values in"):
        ComBat("scanner", **COVARIATES).fit(table)


def test_one_feature_has_nothing_to_learn_from_others():
    with pytest.raises(ConfigurationError, match="empirical_bayes=False"):
        ComBat("scanner").fit(simulate(n_features=1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(scanner="Z"), "batch 'scanner': 'Z' was not among the rows fitted on, which have 'A', 'B'"),
        (lambda t: t.assign(sex="x"), "covariate 'sex': 'x' was not among"),
        (lambda t: t.drop(columns="f3"), "missing 'f3'"),
        (lambda t: t.assign(outcome=1.0), "unexpected 'outcome'"),
        (lambda t: t.assign(f3=np.inf), "'f3' is infinite"),
    ],
)
def test_new_rows_that_do_not_fit_are_refused(change, message):
    table = simulate(covariates=True)
    model = ComBat("scanner", **COVARIATES).fit(table)
    with pytest.raises(ConfigurationError, match=message):
        model.transform(change(table))


def test_a_column_that_stands_there_twice():
    table = simulate()
    with pytest.raises(ConfigurationError, match="'f1' stands in the table twice"):
        ComBat("scanner").fit(table.rename(columns={"f2": "f1"}))


def test_arrays_are_read_by_position():
    table = simulate()
    array = table.to_numpy(dtype=object)
    expected = ComBat("scanner").fit_transform(table)
    model = ComBat(batch=0).fit(array)
    np.testing.assert_array_equal(model.transform(array), expected)
    assert not hasattr(model, "feature_names_in_")
    assert list(model.get_feature_names_out()[:2]) == ["x1", "x2"]


@pytest.mark.parametrize("dtype", ["float32", "Float64", "int64", "Int64"])
def test_numeric_dtypes_give_float64(dtype):
    table = simulate()
    names = [f"f{i}" for i in range(12)]
    rounded = table.assign(**{name: (100 * table[name]).round() for name in names})
    found = ComBat("scanner").fit_transform(rounded.astype(dict.fromkeys(names, dtype)))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, ComBat("scanner").fit_transform(rounded))


def test_pandas_output_keeps_names_and_index():
    table = simulate().set_index(np.arange(77) * 2)
    out = ComBat("scanner").set_output(transform="pandas").fit_transform(table)
    assert list(out.columns) == [f"f{i}" for i in range(12)]
    assert out.index.equals(table.index)


def test_works_in_a_pipeline_under_cross_validation():
    table = simulate(rows=(60, 60))
    target = np.arange(120) % 2
    table.loc[target == 1, "f0"] += 3.0
    pipeline = make_pipeline(ComBat("scanner"), LogisticRegression())
    predicted = cross_val_predict(pipeline, table, target, cv=4)
    assert (predicted == target).mean() > 0.8


class BatchFromRow(ComBat):
    """ComBat that makes up the batch of a row from its bytes, so that scikit-learn's own data can be used."""

    def _learn_table(self, X):  # noqa: N803
        return super()._learn_table(self._with_batch(X))

    def _read_table(self, X):  # noqa: N803
        return super()._read_table(self._with_batch(X))

    def _with_batch(self, X):  # noqa: N803
        array = np.asarray(X)
        if array.ndim != 2:
            return array
        labels = [zlib.crc32(np.float64(row).tobytes()) % 2 for row in array]
        return pd.DataFrame(array).assign(batch=labels)


def applicable_checks():
    """Checks that need no more than rows of numbers; the table of ComBat has one column beside them."""
    names = [
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_get_params_invariance",
        "check_set_params",
        "check_do_not_raise_errors_in_init_or_set_param",
        "check_estimator_repr",
        "check_estimator_cloneable",
        "check_estimators_unfitted",
        "check_estimators_dtypes",
        "check_fit_score_takes_y",
        "check_estimators_fit_returns_self",
        "check_estimators_overwrite_params",
        "check_estimators_pickle",
        "check_dict_unchanged",
        "check_dont_overwrite_attributes",
        "check_fit_idempotent",
        "check_fit_check_is_fitted",
        "check_transformer_general",
        "check_transformer_data_not_an_array",
        "check_transformer_preserve_dtypes",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_transformers_unfitted",
        "check_readonly_memmap_input",
        "check_fit2d_predict1d",
        "check_fit1d",
    ]
    return [getattr(estimator_checks, name) for name in names if hasattr(estimator_checks, name)]


@pytest.mark.parametrize("check", applicable_checks(), ids=lambda check: check.__name__)
def test_scikit_learn_contract(check):
    check("ComBat", BatchFromRow(empirical_bayes=False, mean_only=True))
