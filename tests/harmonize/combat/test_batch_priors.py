import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from harmonize import ComBat
from harmonize.combat.batch_priors import batch_priors


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(90, 30))).add_prefix("f")
    frame["scan"] = np.repeat(["A", "B", "C"], 30)
    frame.loc[frame["scan"] == "B", frame.columns[:-1]] = rng.normal(2.0, 1.5, size=(30, 30))
    return frame


def test_equals_what_the_model_holds_without_the_reference(table):
    model = ComBat("scan", reference="A").fit(table.assign(f0=1.0))
    b, c = batch_priors(model)
    assert [b.batch, c.batch] == ["B", "C"]
    assert b.rows == 30
    assert len(b.gamma_hat) == 29  # f0 is untouched
    np.testing.assert_array_equal(b.gamma_star, model.effects_.gamma_star[1, 1:])
    assert b.gamma_bar == pytest.approx(b.gamma_hat.mean())
    assert b.tau2 == pytest.approx(b.gamma_hat.var(ddof=1))
    # the inverse gamma prior has mean and variance of the estimates
    assert b.b / (b.a - 1) == pytest.approx(b.delta_hat.mean())
    assert b.b**2 / ((b.a - 1) ** 2 * (b.a - 2)) == pytest.approx(b.delta_hat.var(ddof=1))


def test_densities_integrate_to_one_about_their_means(table):
    prior = batch_priors(ComBat("scan").fit(table))[1]
    for density, low, high, mean in (
        (prior.location_density, -10, 10, prior.gamma_bar),
        (prior.scale_density, 1e-9, 60, prior.delta_hat.mean()),
    ):
        assert quad(density, low, high, limit=200)[0] == pytest.approx(1, abs=1e-6)
        assert quad(lambda x, d=density: x * d(x), low, high, limit=200)[0] == pytest.approx(mean, rel=1e-4)


def test_without_empirical_bayes_there_is_no_prior(table):
    assert batch_priors(ComBat("scan", empirical_bayes=False).fit(table)) == ()


@pytest.mark.parametrize("parametric", [True, False])
def test_it_is_told_whether_the_priors_were_used(table, parametric):
    found = batch_priors(ComBat("scan", parametric=parametric).fit(table))
    assert {prior.parametric for prior in found} == {parametric}
