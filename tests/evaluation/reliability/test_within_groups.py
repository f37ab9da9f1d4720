import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from evaluation.reliability.icc import icc
from evaluation.reliability.within_groups import icc_within_groups
from harmonize.errors import ConfigurationError


def made_up(rng, n, groups, shift, *lead, subject=1.0, error=1.0, condition=0.5):
    """Give values of `n` subjects in each group; `shift` lies between neighbouring groups."""
    people = rng.normal(0, subject, (*lead, n * groups, 1)) + shift * np.repeat(np.arange(groups), n)[:, None]
    return people + np.array([0.0, condition]) + rng.normal(0, error, (*lead, n * groups, 2))


def test_it_is_the_mixed_model_with_fixed_groups_of_statsmodels():
    rng = np.random.default_rng(4)
    groups = np.array(list("AAAAAAABBBBBCCCC"))
    values = made_up(rng, 16, 1, 0.0, subject=2.0) + np.array([{"A": 0, "B": 7, "C": -3}[g] for g in groups])[:, None]
    rows = pd.DataFrame(
        {
            "value": values.ravel(),
            "condition": np.tile(["R", "T"], 16),
            "subject": np.repeat(np.arange(16), 2),
            "group": np.repeat(groups, 2),
        }
    )
    model = smf.mixedlm("value ~ group + condition", rows, groups="subject").fit(reml=True)
    between, residual = float(model.cov_re.iloc[0, 0]), float(model.scale)
    # (MS_C - MS_E) / n of two fixed conditions: half their squared difference, less what is chance of it
    of_conditions = float(model.fe_params["condition[T.T]"]) ** 2 / 2 - residual / 16
    expected = between / (between + residual + of_conditions)
    assert icc_within_groups(values, groups).estimate == pytest.approx(expected, rel=1e-3)


def test_mean_squares_are_those_by_hand_with_missing_subjects():
    """Degrees of freedom of n - 1 made every within-group ICC too small."""
    rng = np.random.default_rng(5)
    values, groups = made_up(rng, 5, 3, 4.0), np.repeat([0, 1, 2], 5)
    values[10:, 0] = np.nan  # nobody of the third group is left
    values[3, 1] = np.nan
    kept = np.isfinite(values).all(axis=1)
    x, g = values[kept], groups[kept]
    n, k = x.shape
    level, column = x.mean(axis=1), x.mean(axis=0)
    within = sum(k * ((level[g == code] - level[g == code].mean()) ** 2).sum() for code in (0, 1)) / (n - 2)
    error = ((x - level[:, None] - column + x.mean()) ** 2).sum() / ((n - 1) * (k - 1))
    conditions = n * ((column - x.mean()) ** 2).sum() / (k - 1)
    expected = (within - error) / (within + (k - 1) * error + k * (conditions - error) / n)
    found = icc_within_groups(values, groups)
    assert found.estimate == pytest.approx(expected, rel=1e-12)
    assert (found.n, found.status) == (9, "ok")


def test_one_group_is_the_icc_and_shifts_of_groups_do_not_matter():
    rng = np.random.default_rng(6)
    values = made_up(rng, 6, 3, 0.0, 50)
    assert icc_within_groups(values, ["one"] * 18).estimate == pytest.approx(icc(values, level=None).estimate)
    moved = values + np.repeat([0.0, 1e3, -5e2], 6)[:, None]
    groups = np.repeat(list("ABC"), 6)
    assert icc_within_groups(moved, groups).estimate == pytest.approx(icc_within_groups(values, groups).estimate)


def test_scanners_three_sd_apart_raise_the_icc_of_all_but_not_that_within():
    """An ICC of .5 on two scanners 3 SD of a value apart is (1 + 4.7) / 6.7 over all: the scanners have a variance of
    24 / 23 (3 / 2)^2 in units of that of a value, which is 2."""
    rng = np.random.default_rng(7)
    values = made_up(rng, 12, 2, 3 * np.sqrt(2), 4000, condition=0.0)
    over_all = icc(values, level=None).estimate
    within = icc_within_groups(values, np.repeat(["A", "B"], 12)).estimate
    assert np.median(over_all) == pytest.approx(0.85, abs=0.03)
    assert np.median(within) == pytest.approx(0.5, abs=0.02)
    assert np.mean(within) == pytest.approx(0.49, abs=0.02)


@pytest.mark.parametrize(("sizes", "status"), [((6,), "ok"), ((5,), "too_few"), ((4, 3), "ok"), ((3, 3), "too_few")])
def test_it_needs_the_degrees_of_freedom_of_six_subjects(sizes, status):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    values = made_up(np.random.default_rng(8), sum(sizes), 1, 0.0, subject=9.0)
    found = icc_within_groups(values, groups)
    assert found.status == status
    assert np.isnan(found.estimate) == (status == "too_few")


def test_what_differs_between_groups_alone_has_no_variance_within():
    """Rounding of the means of the groups was an ICC."""
    values = np.repeat([0.1, 0.7, 1.3], 5)[:, None] + np.zeros(2)
    found = icc_within_groups(values, np.repeat(list("ABC"), 5))
    assert (found.status, np.isnan(found.estimate)) == ("no_subject_variance", True)
    assert icc_within_groups(np.ones((15, 2)), np.repeat(list("ABC"), 5)).status == "constant"


def test_groups_that_are_not_one_a_subject_are_refused(golden):
    with golden.error(ConfigurationError):
        icc_within_groups(np.ones((4, 2)), ["A", "B"])
    with golden.error(ConfigurationError):
        icc_within_groups(np.ones((3, 2)), ["A", None, "B"])
