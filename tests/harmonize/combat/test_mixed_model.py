import numpy as np
import pandas as pd
import pytest

from harmonize.combat.mixed_model import fit_balanced_crossover, fit_random_intercept, is_balanced_crossover


def crossover(n_subjects=17, n_batches=4, n_features=30, seed=0, between=1.0):
    rng = np.random.default_rng(seed)
    subjects, batches = np.tile(np.arange(n_subjects), n_batches), np.repeat(np.arange(n_batches), n_subjects)
    values = (
        between * rng.normal(size=(n_subjects, n_features))[subjects]
        + rng.normal(size=(n_batches, n_features))[batches]
    )
    return values + rng.normal(size=(len(subjects), n_features)), batches, subjects


@pytest.mark.parametrize("between", [0.0, 1.0, 30.0])
def test_likelihood_maximum_is_the_closed_form_in_a_balanced_crossover(between):
    values, batches, subjects = crossover(between=between)
    assert is_balanced_crossover(batches, subjects)
    design = (batches[:, None] == np.arange(4)).astype(float)
    closed, general = fit_balanced_crossover(values, batches, subjects), fit_random_intercept(values, design, subjects)
    np.testing.assert_allclose(general.fixed, closed.fixed, atol=1e-12)
    np.testing.assert_allclose(general.ratio, closed.ratio, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(general.residual_variance, closed.residual_variance, rtol=1e-10)
    if between == 0.0:
        assert (closed.ratio == 0.0).any()  # features at the boundary are among them


def test_equals_lme4_on_an_acquisition_by_reconstruction_design(reference_root):
    """The reference values are of lmer(value ~ acquisition * reconstruction + (1 | subject), REML)."""
    table = pd.read_csv(reference_root / "agreement_values.csv")
    expected = pd.read_csv(reference_root / "mixed_model_lme4.csv").set_index("feature")
    wide = table.pivot(index=["subject", "condition"], columns="feature", values="value")[expected.index].reset_index()
    ref = wide["condition"].str.startswith("REF").to_numpy(dtype=float)
    std = wide["condition"].str.endswith("STD").to_numpy(dtype=float)
    design = np.column_stack([np.ones(len(wide)), ref, std, ref * std])
    values = wide[expected.index].to_numpy()
    unit = values.std(axis=0)
    model = fit_random_intercept(values, design, pd.factorize(wide["subject"])[0])
    assert len(expected) == 4
    np.testing.assert_allclose(
        model.fixed[1:].T / unit[:, None],
        expected[["acqREF", "recSTD", "interaction"]].to_numpy() / unit[:, None],
        atol=1e-8,
    )
    # lme4 searches numerically, to about five digits of a variance.
    total = model.residual_variance * (1.0 + model.ratio)
    np.testing.assert_allclose(model.residual_variance / total, expected["residual_var"] / total, atol=1e-5)
    subject = model.ratio * model.residual_variance
    np.testing.assert_allclose(subject / total, expected["subject_var"] / total, atol=1e-5)


def test_equals_statsmodels_on_an_unbalanced_design():
    lm = pytest.importorskip("statsmodels.regression.mixed_linear_model", reason="statsmodels is the oracle here")
    values, batches, subjects = crossover(n_features=4)
    rng = np.random.default_rng(5)
    keep = rng.random(len(values)) < 0.7
    values, batches, subjects = values[keep], batches[keep], subjects[keep]
    assert not is_balanced_crossover(batches, subjects)
    design = np.column_stack([batches[:, None] == np.arange(4), rng.normal(size=len(values))]).astype(float)
    model = fit_random_intercept(values, design, subjects)
    effects = model.subject_effects(values - design @ model.fixed, subjects)
    for j in range(4):
        fit = lm.MixedLM(values[:, j], design, groups=subjects).fit(reml=True)
        np.testing.assert_allclose(model.fixed[:, j], fit.fe_params, atol=1e-5)
        assert model.ratio[j] == pytest.approx(fit.cov_re[0, 0] / fit.scale, rel=1e-4)
        assert model.residual_variance[j] == pytest.approx(fit.scale, rel=1e-4)
        predicted = np.array([fit.random_effects[s].iloc[0] for s in subjects])
        np.testing.assert_allclose(effects[:, j], predicted, atol=1e-4)


def test_a_feature_that_subjects_explain_has_no_residual():
    values, batches, subjects = crossover(n_features=2)
    values[:, 0] = np.arange(17.0)[subjects] + 0.5 * batches
    design = (batches[:, None] == np.arange(4)).astype(float)
    for model in (fit_balanced_crossover(values, batches, subjects), fit_random_intercept(values, design, subjects)):
        assert model.residual_variance[0] == 0.0
        assert model.residual_variance[1] > 0.0


@pytest.mark.parametrize(
    ("batches", "subjects"),
    [
        ([0, 1, 0], [0, 0, 1]),
        (
            [0, 1, 1, 0],
            [
                0,
                0,
                1,
                1,
            ][:4],
        ),
        ([0, 1], [0, 0]),
        ([0, 0, 1, 1], [0, 0, 1, 1]),
    ],
)
def test_what_counts_as_a_balanced_crossover(batches, subjects):
    balanced = len(set(zip(batches, subjects, strict=True))) == len(batches) == 4
    assert is_balanced_crossover(np.array(batches), np.array(subjects)) is balanced
