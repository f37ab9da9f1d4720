import numpy as np
import pytest

from evaluation.classification import HeldOut
from evaluation.classification.perturbed_predictions import prediction_stability


def both(n=30, seed=0, spread=0.1, draws=2):
    """Make predictions of scans as they are, and of perturbed ones."""
    rng = np.random.default_rng(seed)
    truth, plain = np.arange(n) % 2, rng.uniform(0.1, 0.9, n)
    moved = {f"noise-{i}": np.clip(plain + spread * rng.normal(size=n), 0, 1) for i in range(draws)}
    named = {name: HeldOut.of(truth, values) for name, values in moved.items()}
    return HeldOut.of(truth, plain), named, plain, moved


def test_it_is_what_is_counted_by_hand():
    held_out, named, plain, moved = both()
    there = {name: np.ones(30, dtype=bool) for name in named}
    there["noise-1"][:10] = False
    found = prediction_stability(held_out, named, there).set_index("measure")

    sds = [
        np.std([plain[i], moved["noise-0"][i], *([moved["noise-1"][i]] if i >= 10 else [])], ddof=1) for i in range(30)
    ]
    flips = [
        np.mean([(values[i] > 0.5) != (plain[i] > 0.5) for name, values in moved.items() if there[name][i]])
        for i in range(30)
    ]
    assert found.loc["sd", "estimate"] == pytest.approx(np.mean(sds))
    assert found.loc["flips", "estimate"] == pytest.approx(np.mean(flips))
    half = 2.045229642 * np.std(sds, ddof=1) / np.sqrt(30)  # Student's t of 29
    assert found.loc["sd", "upper"] == pytest.approx(np.mean(sds) + half)
    assert found["predictions"].tolist() == [50, 50]


def test_what_no_perturbation_changes_is_steady():
    held_out, named, _, _ = both(spread=0.0)
    found = prediction_stability(held_out, named, {name: np.ones(30, dtype=bool) for name in named})
    assert found["estimate"].tolist() == [0, 0]
    assert found["status"].tolist() == ["no_interval"] * 2


def test_rows_of_a_subject_are_one():
    rng = np.random.default_rng(4)
    truth, subjects = np.repeat([0, 1], 10), np.repeat(np.arange(10), 2)
    plain, moved = rng.random((2, 20))
    one, two = (HeldOut.of(truth, values, subjects) for values in (plain, moved))
    found = prediction_stability(one, {"noise-1": two}, {"noise-1": np.arange(20) > 1}).set_index("measure")
    assert found["subjects"].tolist() == [9, 9]


def test_limits_cover_the_mean_of_other_subjects():
    """Skewed spreads: 150 studies of 25 subjects; the mean is that of 20000."""
    rng = np.random.default_rng(5)

    def study(n):
        truth, plain = np.arange(n) % 2, rng.uniform(0.1, 0.9, n)
        moved = np.clip(plain + 0.1 * rng.lognormal(0, 0.6, n) * rng.normal(size=n), 0, 1)
        one, two = (HeldOut.of(truth, values) for values in (plain, moved))
        return prediction_stability(one, {"noise-1": two}, {"noise-1": np.ones(n, dtype=bool)}).iloc[0]

    expected = study(20_000)["estimate"]
    covered = [row["lower"] <= expected <= row["upper"] for row in (study(25) for _ in range(150))]
    assert 0.87 <= np.mean(covered) <= 0.99
