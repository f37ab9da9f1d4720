import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

from harmonize.combat import ComBat, leave_one_group_out
from harmonize.combat import held_out as module
from harmonize.combat.held_out import by_folds
from harmonize.errors import ConfigurationError

pytestmark = pytest.mark.filterwarnings("ignore::harmonize.combat.SmallBatchWarning")  # 17 rows a batch, as in studies


def simulate(seed=0, n_subjects=17, p=30):
    rng = np.random.default_rng(seed)
    subjects, codes = np.tile(np.arange(n_subjects), 4), np.repeat(np.arange(4), n_subjects)
    values = 50.0 + rng.normal(size=(n_subjects, p))[subjects] + rng.normal(size=(4, p))[codes]
    values += rng.normal(size=values.shape)
    values[:, 0] = 0.1
    values[:, 1] = np.where(subjects == 3, values[:, 1], 7.0)  # constant without subject 3
    values[5, 2] = np.nan
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(p)]).assign(scan=np.array(list("abcd"))[codes])
    return table, np.array([f"s{i}" for i in subjects])


@pytest.mark.parametrize(
    "options", [{}, {"reference": "b"}, {"parametric": False}, {"mean_only": True}, {"empirical_bayes": False}]
)
def test_equals_refitting_without_each_group(options):
    table, groups = simulate()
    expected = np.empty((len(table), 30))
    for train, test in LeaveOneGroupOut().split(table, groups=groups):
        expected[test] = ComBat("scan", **options).fit(table.iloc[train]).transform(table.iloc[test])
    found = leave_one_group_out(ComBat("scan", **options), table, groups)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    np.testing.assert_array_equal(found[:, 0], 0.1)


@pytest.mark.parametrize(
    "options", [{}, {"reference": "b"}, {"parametric": False}, {"mean_only": True}, {"empirical_bayes": False}]
)
@pytest.mark.parametrize("scans", ["one", "two"])
def test_complete_values_are_held_out_at_once_and_equal_refits(options, scans, monkeypatch):
    """In whatever order the rows stand, and with two scans of a subject in a batch, as of ROIs fitted together."""
    table, groups = simulate()
    table = table.drop(columns=["f0", "f1", "f2"]).sample(frac=1.0, random_state=1)
    groups = groups[table.index]
    if scans == "two":
        groups = np.array([f"s{int(name[1:]) // 2}" for name in groups])
        table, groups = table[groups != "s8"], groups[groups != "s8"]
    expected = np.empty((len(table), 27))
    for train, test in LeaveOneGroupOut().split(table, groups=groups):
        expected[test] = ComBat("scan", **options).fit(table.iloc[train]).transform(table.iloc[test])
    if options.get("parametric", True):
        monkeypatch.setattr(module, "_downdate", None)  # one by one
    np.testing.assert_allclose(leave_one_group_out(ComBat("scan", **options), table, groups), expected, rtol=1e-10)


@pytest.mark.parametrize("options", [{}, {"reference": "b"}, {"mean_only": True}, {"empirical_bayes": False}])
def test_folds_at_once_equal_refits(options):
    table, names = simulate()
    table = table.drop(columns=["f0", "f1", "f2"]).sample(frac=1.0, random_state=1)
    groups = np.array([int(name[1:]) for name in names[table.index]])
    tested = [test for _, test in GroupKFold(5).split(table, groups=groups)]
    expected = [ComBat("scan", **options).fit(table.drop(table.index[test])).transform(table) for test in tested]
    values = table.drop(columns="scan").to_numpy(copy=True)
    found = by_folds(ComBat("scan", **options), table[["scan"]], values, groups, tested)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    values[3, 4] = np.nan
    assert by_folds(ComBat("scan", **options), table[["scan"]], values, groups, tested) is None


def test_folds_that_leave_two_subjects_are_fitted_one_by_one():
    table, names = simulate(n_subjects=4)
    values, groups = table[["f3", "f4", "f5"]].to_numpy(), np.array([int(name[1:]) for name in names])
    tested = [np.flatnonzero(groups < 2), np.flatnonzero(groups >= 2)]
    assert by_folds(ComBat("scan"), table[["scan"]], values, groups, tested) is None


def test_with_covariates_it_refits():
    table, groups = simulate()
    table["age"] = np.random.default_rng(2).uniform(20, 80, len(table))
    model = ComBat("scan", continuous="age").set_output(transform="pandas")
    held = groups == "s4"
    expected = ComBat("scan", continuous="age").fit(table[~held]).transform(table[held])
    np.testing.assert_array_equal(leave_one_group_out(model, table, groups)[held], expected)
    assert not hasattr(model, "batches_")


@pytest.mark.parametrize("covariate", [False, True])
def test_names_the_group_without_which_nothing_can_be_fitted(covariate, golden):
    table, groups = simulate()
    table.loc[groups == "s5", "scan"] = "only s5"
    options = {}
    if covariate:
        table["age"], options = np.random.default_rng(2).uniform(20, 80, len(table)), {"continuous": "age"}
    with golden.error(ConfigurationError):
        leave_one_group_out(ComBat("scan", **options), table, groups)


@pytest.mark.parametrize(
    "groups",
    [np.arange(3), np.zeros(68), [None] * 68],
)
def test_bad_groups(groups, golden):
    with golden.error(ConfigurationError):
        leave_one_group_out(ComBat("scan"), simulate()[0], groups)
