from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from evaluation.classification import HeldOut, brier, compare_scores, fold_scores
from harmonize.errors import ConfigurationError

FOLD = (np.arange(60) // 2 % 5)[None]


def predictions(noise: float, seed: int = 0, n: int = 60) -> HeldOut:
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2
    held_out = HeldOut.of(truth, 1 / (1 + np.exp(-(truth - 0.5 + noise * rng.normal(size=n)))))
    return replace(held_out, fold=FOLD[:, :n])


@pytest.mark.parametrize("interval", ["nadeau_bengio", "bootstrap"])
def test_a_better_model_is_told_apart_and_the_sign_turns_with_the_order(interval) -> None:
    good, poor = predictions(0.3), predictions(3.0, 1)
    one = compare_scores(good, poor, interval=interval).set_index("score")
    other = compare_scores(poor, good, interval=interval).set_index("score")
    assert one.loc["auc", "lower"] > 0
    assert one.loc["brier", "upper"] < 0
    assert one["difference"].to_numpy() == pytest.approx(-other["difference"].to_numpy())
    assert one["lower"].to_numpy() == pytest.approx(-other["upper"].to_numpy())


def test_the_corrected_limits_by_hand() -> None:
    good, poor = predictions(0.3), predictions(3.0, 1)
    found = compare_scores(good, poor, ["brier"]).iloc[0]
    parts = fold_scores(good, brier) - fold_scores(poor, brier)
    half = stats.t.ppf(0.975, 4) * np.sqrt((1 / 5 + 1 / 4) * parts.var(ddof=1))
    assert found["difference"] == pytest.approx(parts.mean())
    assert found["upper"] - found["difference"] == pytest.approx(half)


def test_the_same_model_differs_by_nothing_and_has_no_limits() -> None:
    found = compare_scores(predictions(1), predictions(1), ["auc"]).iloc[0]
    assert found["difference"] == 0
    assert found["status"] == "no_interval"


def test_a_missing_score_has_no_difference() -> None:
    extreme = replace(predictions(1), probability=np.stack([np.ones((1, 60)), np.zeros((1, 60))], axis=-1))
    found = compare_scores(predictions(1), extreme, ["log_loss"]).iloc[0]
    assert np.isnan(found["difference"])
    assert found["status"] == "undefined"


def test_other_rows_or_folds_are_refused(golden) -> None:
    with golden.error(ConfigurationError):
        compare_scores(predictions(1), predictions(1, n=40))
    with golden.error(ConfigurationError):
        compare_scores(predictions(1), replace(predictions(1), fold=FOLD[:, ::-1] * 0))
