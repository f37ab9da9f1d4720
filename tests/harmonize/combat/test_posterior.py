import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat, CovBat, collect_notes, harmonized_draws
from harmonize.combat.posterior import posterior_effects
from harmonize.errors import ConfigurationError

FEATURES = [f"f{i}" for i in range(6)]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(90, 6)), columns=FEATURES)
    return table.assign(site=np.repeat(["A", "B"], [60, 30]))


def drawn(model, n_draws=4000, correlation=0.0):
    found = list(posterior_effects(model, n_draws, np.full(6, correlation), np.random.default_rng(0)))
    return (np.array([getattr(one, name) for one in found]) for name in ("gamma_star", "delta_star"))


def test_without_priors_it_is_the_posterior_of_a_normal_sample(table):
    """Gelman et al., section 3.2: the mean is a t of n - 1, the variance a scaled inverse chi squared of n - 1."""
    model = ComBat("site", empirical_bayes=False).fit(table)
    gamma, delta = drawn(model)
    n, effects = model.counts_, model.effects_
    df = n - 1.0
    np.testing.assert_allclose(gamma.mean(axis=0), effects.gamma_hat, atol=0.015)
    np.testing.assert_allclose(gamma.var(axis=0), effects.delta_hat / n * df / (df - 2), rtol=0.1)
    np.testing.assert_allclose(delta.mean(axis=0), effects.delta_hat * df / (df - 2), rtol=0.03)
    np.testing.assert_allclose(delta.var(axis=0), delta.mean(axis=0) ** 2 * 2 / (df - 4), rtol=0.2)


def test_with_priors_the_draws_lie_around_what_empirical_bayes_takes_out(table):
    model = ComBat("site").fit(table)
    gamma, delta = drawn(model)
    np.testing.assert_allclose(gamma.mean(axis=0), model.effects_.gamma_star, atol=0.02)
    np.testing.assert_allclose(delta.mean(axis=0), model.effects_.delta_star, rtol=0.05)
    flat, _ = drawn(ComBat("site", empirical_bayes=False).fit(table))
    assert (gamma.std(axis=0) < flat.std(axis=0)).all()


def test_with_mean_only_scales_are_known(table):
    gamma, delta = drawn(ComBat("site", mean_only=True).fit(table), 10)
    assert (delta == 1.0).all()
    assert (gamma.std(axis=0) > 0.0).all()


def test_the_errors_of_a_reference_are_in_what_is_taken_out_of_the_others(table):
    model = ComBat("site", reference="A", empirical_bayes=False).fit(table)
    draws = harmonized_draws(model, table, n_draws=2000)
    rows = (table["site"] == "A").to_numpy()
    assert (draws[:, rows] == table.loc[rows, FEATURES].to_numpy()).all()
    means = draws[:, ~rows].mean(axis=1).var(axis=0)
    variance = table.loc[rows, FEATURES].var(ddof=0).to_numpy()
    np.testing.assert_allclose(means, variance * (1 / 60 + 1 / 30), rtol=0.2)


def test_what_subjects_differ_by_cancels_out():
    rng = np.random.default_rng(1)
    people = rng.normal(size=(40, 6))
    rows = pd.DataFrame(np.concatenate([people, people]) + 0.1 * rng.normal(size=(80, 6)), columns=FEATURES)
    rows = rows.assign(site=np.repeat(["A", "B"], 40), who=np.tile(np.arange(40), 2))
    rows.loc[40:, FEATURES] += rng.normal(size=6)
    model = ComBat("site", reference="A").fit(rows.drop(columns="who"))
    paired, plain = (
        harmonized_draws(model, rows if subject else rows.drop(columns="who"), n_draws=200, subject=subject)[:, 40:]
        .mean(axis=1)
        .std(axis=0)
        .mean()
        for subject in ("who", None)
    )
    assert paired < 0.35 * plain


def test_a_small_batch_is_as_uncertain_as_it_is(table):
    with collect_notes():
        small = ComBat("site").fit(table.iloc[:68])
    spread = [
        harmonized_draws(one, table, n_draws=100)[:, 60:].std(axis=0).mean()
        for one in (small, ComBat("site").fit(table))
    ]
    assert spread[0] > 1.5 * spread[1]
    np.testing.assert_array_equal(harmonized_draws(small, table, n_draws=2), harmonized_draws(small, table, n_draws=2))


def test_what_has_no_posterior_is_refused(table, golden):
    for model in (CovBat("site"), ComBat("site", parametric=False)):
        with golden.error(ConfigurationError):
            harmonized_draws(model.fit(table), table)
    with golden.error(ConfigurationError):
        harmonized_draws(ComBat("site").fit(table), table, subject="who")
