import warnings

import numpy as np
import pandas as pd
import pytest

from harmonize.combat import LongitudinalComBat, ScalingWarning
from harmonize.errors import ConfigurationError

pytestmark = [
    pytest.mark.filterwarnings("ignore::harmonize.combat.SmallBatchWarning"),  # 17 rows a batch, as in studies
    pytest.mark.filterwarnings("ignore::harmonize.combat.ScalingWarning"),  # has a test of its own
]


def simulate(seed=0, n_features=40, effect=1.0, n_subjects=17):
    rng = np.random.default_rng(seed)
    subjects, codes = np.tile(np.arange(n_subjects), 4), np.repeat(np.arange(4), n_subjects)
    values = 1.6 * rng.normal(size=(n_subjects, n_features))[subjects] + rng.normal(size=(len(codes), n_features))
    values += effect * rng.normal(size=(4, n_features))[codes]
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(n_features)])
    return table.assign(patient=subjects, condition=np.array(["ACC+DLR", "ACC+STD", "REF+DLR", "REF+STD"])[codes])


def within_subject_sd(values, subjects):
    return np.sqrt(pd.DataFrame(values).groupby(np.asarray(subjects)).var().mean())


@pytest.mark.parametrize("scaling", ["MSR", "REML"])
def test_equals_r_longcombat(reference_root, scaling):
    table = pd.read_csv(reference_root / "longcombat" / "long_in.csv").drop(columns="time")
    expected = pd.read_csv(reference_root / "longcombat" / f"long_out_{scaling}.csv").filter(like=".combat")
    found = LongitudinalComBat("batch", "sub", scaling=scaling).fit_transform(table)
    # lme4 finds its variances by a numerical search; ours are exact.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


def test_reml_scaling_widens_residuals_and_says_by_how_much():
    table = simulate(effect=0.0)
    features = table.drop(columns=["patient", "condition"]).to_numpy()
    before = within_subject_sd(features, table["patient"])
    with pytest.warns(ScalingWarning, match=r"by 1\d\.\d% in these data"):
        reml = LongitudinalComBat("condition", "patient", scaling="REML").fit_transform(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ScalingWarning)
        msr = LongitudinalComBat("condition", "patient").fit_transform(table)
    assert (within_subject_sd(reml, table["patient"]) / before).median() > 1.1
    assert (within_subject_sd(msr, table["patient"]) / before).median() < 1.02


@pytest.mark.parametrize("balanced", [True, False])
def test_laws(balanced):
    table = simulate()
    if not balanced:
        table = table.drop(index=[3, 20, 50])
    model = LongitudinalComBat("condition", "patient").fit(table)
    expected = model.transform(table)
    np.testing.assert_array_equal(LongitudinalComBat("condition", "patient").fit_transform(table), expected)
    rows = np.random.default_rng(1).permutation(len(table))
    shuffled = LongitudinalComBat("condition", "patient").fit_transform(table.iloc[rows])
    np.testing.assert_allclose(shuffled, expected[rows], rtol=0, atol=1e-10)
    renamed = table.assign(patient=table["patient"].map(lambda i: f"p{(i * 7) % 17}"))
    found = LongitudinalComBat("condition", "patient").fit_transform(renamed)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_takes_the_batch_effect_out_of_new_subjects():
    table = simulate(n_subjects=60)
    new = table["patient"] >= 40
    model = LongitudinalComBat("condition", "patient").fit(table[~new])
    after = pd.DataFrame(model.transform(table[new])).groupby(table.loc[new, "condition"].to_numpy()).mean()
    before = table[new].drop(columns="patient").groupby("condition").mean()
    assert np.ptp(after, axis=0).mean() < 0.5 * np.ptp(before, axis=0).mean()


def test_keeps_a_covariate():
    table = simulate(n_subjects=40)
    dose = np.random.default_rng(9).normal(size=len(table))
    names = [f"f{i}" for i in range(40)]
    table[names] += 3.0 * dose[:, None]
    model = LongitudinalComBat("condition", "patient", continuous="dose")
    harmonized = model.fit_transform(table.assign(dose=dose))
    assert np.polyfit(dose, harmonized, 1)[0].mean() == pytest.approx(3.0, abs=0.15)


def test_features_that_subjects_explain_pass_unchanged():
    """Shape features of a mask shared by all conditions have no residual to scale by."""
    table = simulate().assign(volume=lambda t: 100.0 + t["patient"])
    model = LongitudinalComBat("condition", "patient").set_output(transform="pandas")
    assert (model.fit_transform(table)["volume"] == table["volume"]).all()
    assert model.untouched_features_ == ["volume"]


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({"f3": np.nan}, {}),
        ({"patient": np.arange(68)}, {}),
        ({"patient": None}, {}),
        ({}, {"scaling": "ML"}),
        ({"site": lambda t: t["condition"]}, {"categorical": "site"}),
    ],
)
def test_bad_input(change, options, golden):
    with golden.error(ConfigurationError):
        LongitudinalComBat("condition", "patient", **options).fit(simulate().assign(**change))
