"""What it does to held-out scores to learn from perturbed scans of training subjects, and what a leak would do.

Subjects with 60 correlated, skewed features, each scan perturbed six times; labels that mean nothing, then labels that
three features tell. Mean AUC over cohorts with its 95 % limits: learning from scans as they are; from perturbed ones
of training subjects, too (`MoreRows`); and the naive way, where each perturbed scan counts as a subject of its own, so
that perturbations of one subject are on both sides.

Then how often limits of the stability of predictions (`prediction_stability`) hold the mean of 40,000 subjects whose
spreads are skewed, in 1000 studies.

    python tests/benchmarks/bench_augmentation.py [COHORTS]
"""

import sys

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from evaluation.classification import HeldOut, cross_validate, make_model
from evaluation.classification.augmented import MoreRows
from evaluation.classification.perturbed_predictions import prediction_stability

FEATURES, DRAWS = 60, 6
NAMES = [f"f{i}" for i in range(FEATURES)]


def cohort(
    rng: np.random.Generator, n: int, effect: float
) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.int64], MoreRows]:
    """Make scans with labels and subjects, and perturbed scans."""
    y = np.repeat([0, 1], n // 2)
    values = rng.normal(size=(n, 3)) @ rng.normal(size=(3, FEATURES)) + rng.normal(size=(n, FEATURES))
    values[:, ::3] = np.exp(0.5 * values[:, ::3])
    values[:, :3] += effect * y[:, None]
    noise = 0.3 * values.std(axis=0)
    who = np.arange(n)
    more = np.concatenate([values + noise * rng.normal(size=values.shape) for _ in range(DRAWS)])
    rows = MoreRows(pd.DataFrame(more, columns=NAMES), np.tile(y, DRAWS), np.tile(who, DRAWS))
    return pd.DataFrame(values, columns=NAMES), y, who, rows


def aucs(rng: np.random.Generator, n: int, effect: float) -> dict[str, float]:
    """Give the AUC of each way in one cohort."""
    table, y, who, more = cohort(rng, n, effect)
    pipeline = Pipeline(make_model("logistic").steps)
    every = pd.concat([table, more.table], ignore_index=True)
    labels = np.concatenate([y, more.y])
    asked = {"repeats": 1, "folds": 4, "n_resamples": 100, "check_scans": False}
    found = {
        "as they are": cross_validate(pipeline, table, y, who, **asked),
        "augmented": cross_validate(pipeline, table, y, who, more=more, **asked),
        "naive": cross_validate(pipeline, every, labels, np.arange(len(every)), **asked),
    }
    return {name: float(one.scores.set_index("score").loc["auc", "estimate"]) for name, one in found.items()}


def main(number: int) -> None:
    """Simulate and print."""
    for effect in (0.0, 1.0):
        for n in (24, 60):
            rng = np.random.default_rng(n)
            found = pd.DataFrame([aucs(rng, n, effect) for _ in range(number)])
            half = 1.96 * found.std() / np.sqrt(number)
            told = ", ".join(f"{name} {found[name].mean():.3f} ± {half[name]:.3f}" for name in found)
            print(f"effect {effect:g} | {n} subjects | {told}", flush=True)


def predicted(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Give the stability of predictions of subjects whose spread under perturbation is skewed."""
    truth, plain = np.arange(n) % 2, rng.uniform(0.1, 0.9, n)
    spread = 0.1 * rng.lognormal(0, 0.6, n)
    moved = {f"P-{i}": np.clip(plain + spread * rng.normal(size=n), 0, 1) for i in range(5)}
    there = {name: np.ones(n, dtype=bool) for name in moved}
    named = {name: HeldOut.of(truth, values) for name, values in moved.items()}
    return prediction_stability(HeldOut.of(truth, plain), named, there).set_index("measure")


def limits_of_stability() -> None:
    """Print how often limits hold."""
    for n in (10, 25, 60):
        rng = np.random.default_rng(n)
        expected = predicted(rng, 40_000)["estimate"]
        studies = [predicted(rng, n) for _ in range(1000)]
        held = pd.DataFrame([(one["lower"] <= expected) & (one["upper"] >= expected) for one in studies]).mean()
        print(f"{n} subjects | " + ", ".join(f"{name} {100 * held[name]:.1f} %" for name in held.index), flush=True)


if __name__ == "__main__":
    limits_of_stability()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
