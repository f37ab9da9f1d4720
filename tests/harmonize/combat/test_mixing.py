import numpy as np
import pandas as pd
import pytest

from harmonize.combat.mixing import share_between


def test_numbers_have_eta_squared_and_names_the_tau_of_goodman_and_kruskal():
    groups = pd.Series(["A", "A", "B", "B"])
    assert share_between(pd.Series([1.0, 3.0, 5.0, 7.0]), groups) == 0.8
    table = pd.crosstab(sex := pd.Series(["f", "f", "f", "m"]), groups).to_numpy() / 4.0
    of_sex = 1.0 - (table.sum(axis=1) ** 2).sum()
    tau = 1.0 - (table.sum(axis=0) - (table**2).sum(axis=0) / table.sum(axis=0)).sum() / of_sex
    assert share_between(sex, groups) == pytest.approx(1.0 - (1.0 - (table**2 / table.sum(axis=0)).sum()) / of_sex)
    assert tau <= 1.0


def test_what_lies_between_coarser_groups_does_not_count():
    rng = np.random.default_rng(0)
    site = pd.Series(np.repeat(["x", "y"], 200))
    part = site + pd.Series(rng.choice(["1", "2"], 400))
    age = pd.Series(rng.normal(size=400)) + 5.0 * (site == "y")
    assert share_between(age, part) > 0.8
    assert share_between(age, part, within=site) < 0.02
    assert share_between(age + 3.0 * part.str.endswith("2"), part, within=site) > 0.6


def test_by_chance_it_is_zero_on_average_however_many_groups_there_are():
    rng = np.random.default_rng(0)
    shares = [
        share_between(pd.Series(rng.normal(size=40)), pd.Series(np.arange(40) // 2), within=pd.Series(np.zeros(40)))
        for _ in range(40)
    ]
    assert np.median(shares) < 0.1


def test_nothing_varies_and_nothing_is_left():
    groups = pd.Series(["A", "B"])
    assert share_between(pd.Series([1.0, 1.0]), groups) == 0.0
    assert np.isnan(share_between(pd.Series([1.0, 2.0]), groups, within=pd.Series([0, 0])))
