"""ComBat against R, and what it does to batches and covariates."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat

pytestmark = [
    pytest.mark.filterwarnings("ignore::harmonize.combat.SmallBatchWarning"),  # small tables are enough here
    pytest.mark.filterwarnings("ignore::harmonize.combat.NegativeWarning"),  # features are near 0 on purpose
]

COVARIATES = {"categorical": "sex", "continuous": "age"}
FORTIN = {
    "": {},
    "_meanonly": {"mean_only": True},
    "_noeb": {"empirical_bayes": False},
    "_noeb_meanonly": {"empirical_bayes": False, "mean_only": True},
}


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


def test_follows_the_definition_for_one_batch_and_feature(simulate):
    """The posterior solves both equations of Johnson et al. at once, computed here from the rows themselves."""
    table = simulate()
    model = ComBat("scanner", tolerance=1e-12).fit(table)
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


def test_without_empirical_bayes_brings_batches_to_one_mean_and_variance(simulate):
    table = simulate()
    harmonized = ComBat("scanner", empirical_bayes=False).set_output(transform="pandas").fit_transform(table)
    by_batch = harmonized.groupby(table["scanner"])
    np.testing.assert_allclose(by_batch.mean() - harmonized.mean(), 0.0, atol=1e-12)
    variances = by_batch.var().to_numpy()
    np.testing.assert_allclose(variances, np.broadcast_to(variances[:1], variances.shape), rtol=1e-12)


def test_nonparametric_stays_finite_at_thousands_of_rows(simulate):
    """Products of 2,000 likelihoods underflow unless they are added in log space."""
    table = simulate(rows=(2000, 2000), n_features=30)
    harmonized = ComBat("scanner", parametric=False).fit_transform(table)
    assert np.isfinite(harmonized).all()
    means = pd.DataFrame(harmonized).groupby(table["scanner"].to_numpy()).mean().to_numpy()
    assert np.abs(means[0] - means[1]).max() < np.abs(np.diff(table.groupby("scanner").mean(), axis=0)).max()


@pytest.mark.parametrize("covariates", [{}, COVARIATES])
def test_a_feature_with_gaps_is_estimated_from_the_rows_that_have_it(simulate, covariates):
    table = simulate(covariates=bool(covariates))
    gaps = [1, 25, 26, 60]
    complete = ComBat("scanner", empirical_bayes=False, **covariates).fit_transform(table.drop(index=gaps))[:, 3]
    table.loc[gaps, "f3"] = np.nan
    found = ComBat("scanner", empirical_bayes=False, **covariates).fit_transform(table)[:, 3]
    np.testing.assert_allclose(found[~np.isnan(found)], complete, rtol=1e-12)


@pytest.mark.parametrize("covariates", [{}, COVARIATES])
def test_reference_rows_come_back_bit_by_bit(simulate, features_of, covariates):
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


def test_feature_that_covariates_explain_without_rest_passes_unchanged(simulate):
    table = simulate(covariates=True)
    table["f0"] = 2.0 * table["age"] + 1.0
    model = ComBat("scanner", **COVARIATES).fit(table)
    assert model.untouched_features_ == ["f0"]
    np.testing.assert_array_equal(model.transform(table)[:, 0], table["f0"])


def test_large_offsets_cost_no_digits(simulate):
    table = simulate()
    names = [f"f{i}" for i in range(12)]
    expected = ComBat("scanner").fit_transform(table)
    found = ComBat("scanner").fit_transform(table.assign(**{name: table[name] + 2.0**30 for name in names}))
    np.testing.assert_allclose(found - 2.0**30, expected, atol=1e-5)


def test_equal_scales_and_equal_locations_have_a_posterior(simulate):
    """With two features of one shape the prior variances are zero, which divides by zero in other packages."""
    table = simulate(n_features=1)
    table["f1"] = 2.0 * table["f0"]
    harmonized = ComBat("scanner").fit_transform(table)
    np.testing.assert_allclose(harmonized[:, 1], 2.0 * harmonized[:, 0], rtol=1e-12)
    np.testing.assert_allclose(harmonized, ComBat("scanner", empirical_bayes=False).fit_transform(table), rtol=1e-10)
