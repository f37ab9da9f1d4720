from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from evaluation.comparison.overlap import overlap
from harmonize.errors import ConfigurationError
from selection.redundancy import CorrelationPruning
from selection.stability import selection_frequencies, selection_stability


def random_selections(seed, sizes, n_features):
    rng = np.random.default_rng(seed)
    selected = np.zeros((len(sizes), n_features), bool)
    for row, size in zip(selected, sizes, strict=True):
        row[rng.choice(n_features, size, replace=False)] = True
    return selected


def test_it_equals_the_authors_own_program():
    # Values of getVarianceofStability and confidenceIntervals of github.com/nogueirs/JMLR2018 for this matrix.
    i, f = np.mgrid[:12, :20]
    selected = (((i * 5 + f * 7) % 13 < 10) & (f < 6)) | ((i * 3 + f * 5) % 17 == 0)
    assert selected.sum(axis=1).tolist() == [7, 6, 4, 5, 7, 6, 5, 5, 6, 7, 5, 4]
    result = selection_stability(selected)
    assert result.nogueira == pytest.approx(0.4936510301879987, rel=1e-12)
    assert (result.lower, result.upper) == pytest.approx((0.37677590502230507, 0.6105261553536924), rel=1e-12)
    assert result.mean_size == pytest.approx(67 / 12)


@pytest.mark.parametrize("seed", range(4))
def test_for_equal_sizes_it_is_the_mean_of_kunchevas_index_over_pairs(seed):
    # Nogueira 2018, section 4: for selections of equal size the measure is Kuncheva's.
    selected = random_selections(seed, [7] * 9, 30)
    result = selection_stability(selected)
    n, k = 30, 7
    shared = [int((a & b).sum()) for a, b in combinations(selected, 2)]
    kuncheva = np.mean([(r * n - k**2) / (k * (n - k)) for r in shared])
    assert result.nogueira == pytest.approx(kuncheva, rel=1e-12)
    assert result.kuncheva == pytest.approx(kuncheva, rel=1e-12)
    assert result.jaccard == pytest.approx(np.mean([r / (2 * k - r) for r in shared]), rel=1e-12)


def test_equal_selections_are_perfectly_stable():
    result = selection_stability([[True, False, True]] * 5)
    assert (result.nogueira, result.lower, result.upper) == (1, 1, 1)
    assert (result.jaccard, result.kuncheva) == (1, pytest.approx(1))


def test_random_selections_are_0_on_average_and_the_interval_covers():
    results = [selection_stability(random_selections(seed, [5, 10, 15, 8] * 10, 60)) for seed in range(200)]
    assert np.mean([one.nogueira for one in results]) == pytest.approx(0, abs=0.003)
    # 95 % asymptotically; 200 draws have a standard error of 1.5 %
    assert 0.88 <= np.mean([one.lower <= 0 <= one.upper for one in results]) <= 1


def test_the_order_of_selections_and_features_does_not_matter():
    selected = random_selections(3, [3, 4, 5, 6], 12)
    rng = np.random.default_rng(0)
    other = selection_stability(selected[rng.permutation(4)][:, rng.permutation(12)])
    result = selection_stability(selected)
    for name in ("nogueira", "lower", "upper", "jaccard", "kuncheva"):
        assert getattr(other, name) == pytest.approx(getattr(result, name), rel=1e-12)


def test_pairs_are_those_of_overlap():
    selected = random_selections(5, [3, 4, 8], 12)
    pairs = [overlap(a, b) for a, b in combinations(selected, 2)]
    result = selection_stability(selected)
    assert result.jaccard == pytest.approx(np.mean([float(pair.jaccard) for pair in pairs]))
    assert result.kuncheva == pytest.approx(np.mean([float(pair.kuncheva) for pair in pairs]))


@pytest.mark.parametrize("value", [True, False])
def test_all_or_nothing_is_undefined(value):
    result = selection_stability(np.full((4, 6), value))
    assert result.status == "undefined"
    assert np.isnan([result.nogueira, result.lower, result.upper, result.kuncheva]).all()
    assert (result.jaccard == 1) if value else np.isnan(result.jaccard)


@pytest.mark.parametrize(("selected", "level"), [([[1, 0]], 0.95), (np.eye(3), 95)])
def test_what_has_no_stability_is_refused(selected, level, golden):
    with golden.error(ConfigurationError):
        selection_stability(selected, level)


def test_frequencies_tell_signal_from_noise_and_are_repeatable():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    X = pd.DataFrame(rng.normal(size=(120, 12)), columns=[f"f{i:02}" for i in range(12)])
    X["f03"] += 2 * y
    options = {"n_resamples": 30, "random_state": 0}
    result = selection_frequencies(SelectKBest(k=3), X, y, **options)
    assert result.frequencies.index[0] == "f03"
    assert result.frequencies["f03"] == 1
    assert result.frequencies.sum() == pytest.approx(3)
    assert result.selected.shape == (30, 12)
    assert result.selected[:, 3].all()
    again = selection_frequencies(SelectKBest(k=3), X, y, **options)
    assert (again.selected == result.selected).all()


def test_rows_of_a_subject_are_never_in_and_out():
    seen = []

    class Remember(VarianceThreshold):
        def fit(self, X, y=None):
            seen.append(X["subject"].tolist())
            return super().fit(X, y)

    groups = np.repeat(np.arange(12.0), 4)
    X = pd.DataFrame({"subject": groups, "value": np.arange(48.0)})
    selection_frequencies(Remember(), X, groups < 6, groups, n_resamples=5, random_state=0)
    assert all(rows.count(subject) == 4 for rows in seen for subject in set(rows))
    assert all(len(set(rows)) == 6 for rows in seen)


@pytest.mark.data
def test_pruning_first_makes_the_choice_of_a_published_table_more_stable(data_root: Path) -> None:
    table = pd.read_csv(data_root / "outcome_tables" / "Ahn2021.csv.gz")
    y = table["Target"].to_numpy()
    X = table[[name for name in table.columns if name.startswith("original_")]]
    scaler = StandardScaler().set_output(transform="pandas")
    pipeline = make_pipeline(scaler, CorrelationPruning(0.9), SelectKBest(k=5)).set_output(transform="pandas")
    result = selection_frequencies(pipeline, X, y, n_resamples=20, random_state=0)
    assert result.frequencies.sum() == pytest.approx(5)
    assert result.stability.lower < result.stability.nogueira < 1
