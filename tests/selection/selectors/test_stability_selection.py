import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import lars_path
from sklearn.utils.estimator_checks import check_estimator

from harmonize.errors import ConfigurationError
from selection.correlation import standardized
from selection.selectors.stability_selection import StabilitySelection, first_to_enter
from selection.stability import selection_stability


@pytest.mark.parametrize("estimator", [StabilitySelection(0.51, q=2, n_resamples=5, random_state=0)])
def test_the_contract_of_scikit_learn(estimator):
    check_estimator(estimator, on_skip=None)


def noise_and(signal, n=160, p=40, seed=0, size=1.2):
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1], n // 2)
    values = rng.normal(size=(n, p))
    values[:, signal] += size * y[:, None]
    return values, y


@pytest.mark.parametrize("seed", range(5))
def test_the_first_to_enter_are_those_of_the_exact_lasso_path(seed):
    values, y = noise_and([1, 5, 9], seed=seed)
    for q in (1, 3, 6):
        # least angle regression gives the order of entry without a grid of penalties
        order = lars_path(standardized(values), y - y.mean(), method="lasso", max_iter=q)[1]
        if len(set(order)) == q:
            assert set(np.flatnonzero(first_to_enter(values, y, q))) == set(order)


def test_signal_is_kept_and_noise_is_not():
    values, y = noise_and([3, 7, 11])
    selector = StabilitySelection(0.8, q=5, random_state=0).fit(values, y)
    assert selector.get_support(indices=True).tolist() == [3, 7, 11]
    assert selector.selected_.shape == (100, 40)
    assert (selector.selected_.sum(axis=1) <= 5).all()
    assert selector.frequencies_ == pytest.approx(selector.selected_.mean(axis=0))
    assert selection_stability(selector.selected_).nogueira > 0.4


def test_false_selections_stay_below_the_bound():
    kept, bounds = [], []
    for seed in range(15):
        values, y = noise_and([], n=60, p=50, seed=seed)
        selector = StabilitySelection(0.6, q=4, n_resamples=30, random_state=seed).fit(values, y)
        kept.append(selector.get_support().sum())
        bounds.append(selector.error_bound_)
    assert bounds[0] == pytest.approx(16 / (0.2 * 50))
    assert np.mean(kept) <= bounds[0]


def test_the_elastic_net_takes_correlated_features_together():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 80)
    twin = y + rng.normal(0, 0.7, 160)
    values = np.column_stack(
        [twin + rng.normal(0, 0.05, 160), twin + rng.normal(0, 0.05, 160), rng.normal(size=(160, 20))]
    )
    lasso = StabilitySelection(0.8, q=2, random_state=0).fit(values, y)
    net = StabilitySelection(0.8, q=2, l1_ratio=0.2, random_state=0).fit(values, y)
    assert net.get_support()[:2].all()
    assert net.frequencies_[:2].sum() > lasso.frequencies_[:2].sum()


def test_three_classes():
    rng = np.random.default_rng(1)
    y = np.repeat(["a", "b", "c"], 50)
    values = rng.normal(size=(150, 20))
    values[:, 4] += 2 * (y == "b")
    values[:, 8] += 2 * (y == "c")
    assert StabilitySelection(0.9, q=3, random_state=0).fit(values, y).get_support(indices=True).tolist() == [4, 8]


def test_scale_does_not_matter_and_the_same_seed_gives_the_same():
    values, y = noise_and([3], p=15)
    one = StabilitySelection(q=3, n_resamples=20, random_state=4).fit(values, y)
    scaled = values * 10.0 ** np.arange(-7, 8) + 5
    other = StabilitySelection(q=3, n_resamples=20, random_state=4).fit(scaled, y)
    assert (one.selected_ == other.selected_).all()


def test_subjects_stay_together():
    # ten rows a subject that differ by nothing: as rows they would look like strong evidence
    rng = np.random.default_rng(2)
    subjects = np.repeat(np.arange(20), 10)
    values = rng.normal(size=(20, 30))[subjects] + rng.normal(0, 0.01, (200, 30))
    y = (np.arange(20) % 2)[subjects]
    by_row = StabilitySelection(0.9, q=3, random_state=0).fit(values, y)
    by_subject = StabilitySelection(0.9, q=3, random_state=0).fit(values, y, groups=subjects)
    assert by_subject.frequencies_.max() < by_row.frequencies_.max()


def test_nothing_stable_is_an_answer(golden):
    values, y = noise_and([], n=40, p=60)
    selector = StabilitySelection(1.0, q=2, random_state=0).set_output(transform="pandas")
    selector.fit(pd.DataFrame(values).add_prefix("f"), y)
    assert not selector.get_support().any()
    with golden.warning(UserWarning):
        assert selector.transform(pd.DataFrame(values).add_prefix("f")).shape == (40, 0)


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 0.5},
        {"q": 0},
        {"l1_ratio": 0.0},
    ],
)
def test_bad_options_are_refused(options, golden):
    with golden.error(ConfigurationError):
        StabilitySelection(**options).fit(np.eye(4), [0, 0, 1, 1])


def test_one_class_is_refused(golden):
    with golden.error(ConfigurationError):
        StabilitySelection().fit(np.eye(4), [1, 1, 1, 1])
