import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score

from evaluation.perturbed.measures import MEASURES, Counts, false_alarms, rank_correlation, sensitivity


@pytest.fixture
def verdicts():
    rng = np.random.default_rng(0)
    return rng.random((2, 5, 60)) < np.array([0.6, 0.7])[:, None, None]


def test_the_measures_are_those_of_a_diagnostic_test(verdicts):
    stable, kept = verdicts
    counts = Counts.of(stable, kept)
    found = {name: one.compute(counts) for name, one in MEASURES.items()}
    for row in range(len(stable)):
        unstable, rejected = ~stable[row], ~kept[row]
        expected = {
            "sensitivity": recall_score(unstable, rejected),
            "false_alarms": 1 - recall_score(unstable, rejected, pos_label=False),
            "informedness": balanced_accuracy_score(unstable, rejected, adjusted=True),
            "unstable_of_rejected": precision_score(unstable, rejected),
            "stable_of_kept": precision_score(unstable, rejected, pos_label=False),
            "stable": stable[row].mean(),
            "kept": kept[row].mean(),
        }
        assert {name: values[row] for name, values in found.items()} == pytest.approx(expected)


def test_a_published_example():
    """Altman and Bland 1994: liver scans of 344 patients; abnormal scans of 231 of 258, and of 32 of 86 others."""
    ill = np.arange(344) < 258
    abnormal = np.concatenate([np.arange(258) < 231, np.arange(86) < 32])
    counts = Counts.of(~ill, ~abnormal)
    assert float(sensitivity(counts)) == pytest.approx(0.90, abs=0.005)
    assert 1 - float(false_alarms(counts)) == pytest.approx(0.63, abs=0.005)
    assert float(MEASURES["unstable_of_rejected"].compute(counts)) == pytest.approx(0.88, abs=0.005)
    assert float(MEASURES["stable_of_kept"].compute(counts)) == pytest.approx(0.67, abs=0.005)


def test_a_share_of_nothing_is_none():
    counts = Counts.of(np.ones(4, dtype=bool), np.ones(4, dtype=bool))
    found = {name for name, one in MEASURES.items() if np.isnan(one.compute(counts))}
    assert found == {"sensitivity", "informedness", "unstable_of_rejected"}
    assert {name for name, one in MEASURES.items() if not one.of(counts)} == found


def test_counts_of_two_places_add_up(verdicts):
    stable, kept = verdicts
    both = Counts.of(stable[:, :20], kept[:, :20]) + Counts.of(stable[:, 20:], kept[:, 20:])
    assert all(
        (one == two).all() for one, two in zip(vars(both).values(), vars(Counts.of(stable, kept)).values(), strict=True)
    )


def test_ranks_are_those_of_scipy():
    rng = np.random.default_rng(1)
    one, two = np.round(rng.normal(size=(2, 3, 30)), 1)
    found = rank_correlation(one, two)
    assert found.tolist() == pytest.approx([spearmanr(a, b).statistic for a, b in zip(one, two, strict=True)])
    assert np.isnan(rank_correlation(np.ones(4), np.arange(4.0)))
    assert np.isnan(rank_correlation(np.ones((3, 0)), np.ones((3, 0)))).all()
