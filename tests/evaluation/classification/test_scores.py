from dataclasses import replace

import numpy as np
import pytest

from evaluation.classification import SCORES, HeldOut, fold_interval, score_table
from harmonize.errors import ConfigurationError


def cohort(n: int = 60, seed: int = 0) -> HeldOut:
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2
    return HeldOut.of(truth, 1 / (1 + np.exp(-(truth - 0.5 + rng.normal(size=n)))))


def status(held_out: HeldOut) -> dict[str, str]:
    table = score_table(held_out, n_resamples=100)
    assert (table["estimate"].isna() <= (table["status"] != "ok")).all()
    return dict(zip(table["score"], table["status"], strict=True))


def test_every_score_has_a_row_with_limits_around_it() -> None:
    table = score_table(cohort())
    assert table["score"].tolist() == list(SCORES)
    assert (table["status"] == "ok").all()
    assert ((table["lower"] < table["estimate"]) & (table["estimate"] < table["upper"])).all()
    assert (table["n_subjects"] == 60).all()


def test_the_corrected_limits_are_used_where_a_fold_has_a_value() -> None:
    """They end where the score does: an AUC was printed with an upper limit of 1.12."""
    held_out = replace(cohort(), fold=(np.arange(60) // 2 % 5)[None])
    table = score_table(held_out, interval="nadeau_bengio").set_index("score")
    wanted = fold_interval(held_out, SCORES["auc"].compute)
    assert wanted.upper > 1
    assert table.loc["auc", ["lower", "upper"]].tolist() == [wanted.lower, 1.0]
    kinds = table["interval"].to_dict()
    assert {name for name in kinds if kinds[name] == "bootstrap"} == {"calibration_slope", "calibration_intercept"}


@pytest.mark.parametrize(
    ("held_out", "wanted"),
    [
        (HeldOut.of([1] * 20, [0.5] * 20, classes=(0, 1)), {"auc": "one_class", "balanced_accuracy": "one_class"}),
        (HeldOut.of([0, 1] * 5, [0.2, 0.7] * 5), {"calibration_slope": "too_few", "auc": "no_interval"}),
        (HeldOut.of([0, 1, 2] * 10, np.full((30, 3), 1 / 3)), {"calibration_slope": "not_binary"}),
        (HeldOut.of([0, 1] * 10, [0.0, 0.6] * 10), {"calibration_slope": "extreme", "log_loss": "ok"}),
        (HeldOut.of([0, 1] * 10, [0.3, 0.0] * 10), {"log_loss": "extreme", "brier": "ok"}),
        (HeldOut.of([0, 1] * 10, [0.5] * 20), {"calibration_slope": "constant", "calibration_intercept": "ok"}),
        (HeldOut.of([0, 1] * 10, [0.4, 0.6] * 10), {"calibration_slope": "separated"}),
    ],
)
def test_what_cannot_be_computed_says_why(held_out: HeldOut, wanted: dict[str, str]) -> None:
    found = status(held_out)
    assert {name: found[name] for name in wanted} == wanted


def test_folds_in_which_nobody_can_be_compared() -> None:
    held_out = replace(cohort(20), fold=(np.arange(20) % 2)[None])  # each fold one class
    assert status(held_out)["auc"] == "one_class"


def test_unknown_names_are_refused(golden) -> None:
    with golden.error(ConfigurationError):
        score_table(cohort(), ["acu"])
    with golden.error(ConfigurationError):
        score_table(cohort(), interval="normal")
