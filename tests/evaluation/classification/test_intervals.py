from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

from evaluation.classification import (
    HeldOut,
    auc,
    bootstrap_intervals,
    brier,
    fold_interval,
    fold_scores,
    repeated_folds,
)
from evaluation.reliability.bootstrap import bootstrap
from harmonize.errors import ConfigurationError


def cohort(n: int = 80, seed: int = 0, rows: int = 1) -> HeldOut:
    rng = np.random.default_rng(seed)
    subjects = np.repeat(np.arange(n), rows)
    truth = subjects % 2
    noise = rng.normal(size=n)[subjects] + 0.1 * rng.normal(size=n * rows)
    return HeldOut.of(truth, 1 / (1 + np.exp(-(truth - 0.5 + noise))), subjects)


def cross_validated(n: int, seed: int, signal: float = 0.8, repeats: int = 2) -> tuple[HeldOut, float]:
    """Predictions of a simulated cross-validation, and the AUC of its models in 2,000 further people."""
    rng = np.random.default_rng(seed)
    shift = np.array([signal, signal, 0, 0, 0])
    y, further = np.repeat([0, 1], n // 2), np.repeat([0, 1], 1000)
    x = rng.normal(size=(n, 5)) + np.outer(y, shift)
    unseen = rng.normal(size=(2000, 5)) + np.outer(further, shift)
    probability, fold, areas = np.zeros((repeats, n, 2)), np.zeros((repeats, n), dtype=int), []
    for one in repeated_folds(y, np.arange(n), repeats=repeats, seed=seed):
        model = LogisticRegression(C=0.1).fit(x[one.train], y[one.train])
        probability[one.repeat, one.test] = model.predict_proba(x[one.test])
        fold[one.repeat, one.test] = one.fold
        areas.append(auc(HeldOut.of(further, model.predict_proba(unseen))).item())
    return HeldOut((0, 1), y, np.arange(n), probability, fold), float(np.mean(areas))


def test_the_bootstrap_of_a_mean_is_that_of_a_plain_one() -> None:
    held_out = cohort()
    found = bootstrap_intervals(held_out, [brier], n_resamples=5000)[0]
    losses = (held_out.probability[0, :, 1] - held_out.truth) ** 2
    plain = bootstrap(lambda drawn: losses[drawn].mean(), 80, n_resamples=5000)
    assert found.estimate == pytest.approx(float(plain.estimate))
    assert found.lower == pytest.approx(float(plain.lower), abs=2e-3)
    assert found.upper == pytest.approx(float(plain.upper), abs=2e-3)


def test_the_width_is_that_of_hanley_and_mcneil() -> None:
    held_out = cohort(400)
    area = float(auc(held_out))
    q1, q2, n = area / (2 - area), 2 * area**2 / (1 + area), 200
    error = np.sqrt((area * (1 - area) + (n - 1) * (q1 - area**2 + q2 - area**2)) / n**2)
    found = bootstrap_intervals(held_out, [auc])[0]
    assert found.upper - found.lower == pytest.approx(2 * 1.96 * error, rel=0.12)


def test_rows_of_a_subject_do_not_count_as_people() -> None:
    one, ten = bootstrap_intervals(cohort(), [auc])[0], bootstrap_intervals(cohort(rows=10), [auc])[0]
    as_people = bootstrap_intervals(replace(cohort(rows=10), subjects=np.arange(800)), [auc])[0]
    assert ten.upper - ten.lower == pytest.approx(one.upper - one.lower, rel=0.15)
    assert as_people.upper - as_people.lower < 0.5 * (ten.upper - ten.lower)


def test_resamples_are_repeatable_and_do_not_depend_on_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    first = bootstrap_intervals(cohort(), [auc, brier], n_resamples=300)
    assert first == bootstrap_intervals(cohort(), [auc, brier], n_resamples=300)
    assert first != bootstrap_intervals(cohort(), [auc, brier], n_resamples=300, seed=1)
    monkeypatch.setattr("evaluation.classification.intervals.CHUNK", 80 * 7)
    for one, other in zip(first, bootstrap_intervals(cohort(), [auc, brier], n_resamples=300), strict=True):
        assert (one.lower, one.upper) == pytest.approx((other.lower, other.upper), abs=1e-12)


def test_a_perfect_score_has_no_limits() -> None:
    held_out = HeldOut.of([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.3, 0.7, 0.8, 0.9])
    found = bootstrap_intervals(held_out, [auc])[0]
    assert found.estimate == 1
    assert np.isnan([found.lower, found.upper]).all()


def test_the_corrected_limits_by_hand() -> None:
    held_out = replace(cohort(20), fold=np.repeat([[0, 1, 2, 3, 4]], 4, axis=1).reshape(1, 20))
    scores = np.array([((p - t) ** 2).mean() for p, t in _parts(held_out)])
    assert fold_scores(held_out, brier) == pytest.approx(scores)
    half = stats.t.ppf(0.975, 4) * np.sqrt((1 / 5 + 1 / 4) * scores.var(ddof=1))
    found = fold_interval(held_out, brier)
    assert (found.lower, found.upper) == pytest.approx((scores.mean() - half, scores.mean() + half))


def _parts(held_out: HeldOut):
    for number in range(5):
        here = held_out.fold[0] == number
        yield held_out.probability[0, here, 1], held_out.truth[here]


def test_one_fold_has_no_variance_over_folds() -> None:
    assert np.isnan(fold_interval(cohort(), auc).lower)


def test_coverage_of_the_auc_of_cross_validated_models() -> None:
    """The corrected limits hold the AUC of unseen people about as often as they say, percentiles less often.

    200 simulated cohorts of 60 with 5 folds x 4 repeats: 94.5 % and 92.0 %; without any signal and with 20 features
    92 % and 85 %. Here 60 cohorts: the standard error is 3 %.
    """
    hits = {"corrected": 0, "bootstrap": 0}
    errors = []
    for seed in range(60):
        held_out, truth = cross_validated(60, seed)
        found = {"corrected": fold_interval(held_out, auc)}
        found["bootstrap"] = bootstrap_intervals(held_out, [auc], n_resamples=200)[0]
        for name, one in found.items():
            hits[name] += one.lower <= truth <= one.upper
        errors.append(found["corrected"].estimate - truth)
    assert 0.87 <= hits["corrected"] / 60 <= 1
    assert 0.83 <= hits["bootstrap"] / 60 <= 0.99
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(60)


@pytest.mark.parametrize("options", [{"level": 1.0}, {"n_resamples": 10}])
def test_bad_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        bootstrap_intervals(cohort(), [auc], **options)
