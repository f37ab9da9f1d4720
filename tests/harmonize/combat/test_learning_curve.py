import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat, CovBat, add_batch, collect_notes, learning_curve
from harmonize.combat.added_batch import standardized
from harmonize.combat.design import check_options
from harmonize.combat.learning_curve import _learned, _left
from harmonize.errors import ConfigurationError

FEATURES = [f"f{i}" for i in range(30)]


def table(moved=0.8, stretched=1.5, rows=120, seed=0):
    """Skewed, correlated features of two known sites and a new one."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(4.0, size=(3 * rows, 1)) + rng.gamma(4.0, size=(3 * rows, 30))
    new = np.repeat([False, False, True], rows)
    values[new] = values[new].mean(axis=0) + moved * 2.8 + stretched * (values[new] - values[new].mean(axis=0))
    return pd.DataFrame(values, columns=FEATURES).assign(site=np.repeat(list("ABC"), rows))


def fitted(rows, **options):
    return ComBat("site", reference="A", **options).fit(rows[rows["site"] != "C"])


@pytest.mark.parametrize("options", [{}, {"mean_only": True}, {"empirical_bayes": False}])
def test_each_draw_is_what_adding_the_batch_gives(options):
    rows = table()
    model = fitted(rows, tolerance=1e-12, **options)
    new = rows[rows["site"] == "C"]
    chosen = np.array([[3, 50, 7, 99, 20], [1, 2, 3, 4, 5]])
    gamma, delta = _learned(standardized(model, new), chosen, check_options(model))
    for draw, own in enumerate(chosen):
        with collect_notes():
            one = add_batch(model, new.iloc[own], "C")
        np.testing.assert_allclose(gamma[draw], one.effects_.gamma_star[2], rtol=1e-9)
        np.testing.assert_allclose(delta[draw], one.effects_.delta_star[2], rtol=1e-9)


def test_what_is_left_of_a_known_shift_and_stretch():
    z = 0.7 + 1.4 * np.random.default_rng(1).standard_normal((40_000, 20))
    location, scale = _left(z, np.arange(40_000)[None], np.zeros((1, 20)), np.ones((1, 20)))
    assert (location[0], scale[0]) == (pytest.approx(0.7, abs=0.01), pytest.approx(np.log(1.4), abs=0.01))
    nothing = _left(z, np.arange(40_000)[None], np.full((1, 20), 0.7), np.full((1, 20), 1.96))
    assert max(nothing[0][0], nothing[1][0]) < 0.02


def test_more_scans_leave_less_and_without_an_effect_there_is_little_to_learn():
    curve = learning_curve(fitted(table()), table(), "C", (3, 10, 40), n_draws=60)
    assert curve["scans"].tolist() == [0, 3, 10, 40]
    assert curve["location"].is_monotonic_decreasing
    assert curve["location"].iloc[0] > 0.5 > 0.25 > curve["location"].iloc[-1]
    assert (curve["location_lower"] <= curve["location"]).all()
    assert (curve["location"] <= curve["location_upper"]).all()
    null = table(moved=0.0, stretched=1.0)
    curve = learning_curve(fitted(null), null, "C", (3, 40), n_draws=60).set_index("scans")
    assert curve.loc[0, "location"] < 0.2
    assert curve.loc[3, "location"] > curve.loc[0, "location"]  # three scans do harm where there is nothing to take out


def test_what_it_cannot_tell_is_refused(golden):
    rows = table(rows=20)
    with golden.error(ConfigurationError):
        learning_curve(fitted(rows), rows, "C", (5, 15))
    with golden.error(ConfigurationError):
        learning_curve(CovBat("site").fit(rows[rows["site"] != "C"]), rows, "C", (5,))
    with golden.error(ConfigurationError):
        learning_curve(fitted(rows), rows.assign(f3=np.nan), "C", (5,))
