"""How long the sweep takes on a table of 186 patients and 1,000 features, against one cross-validation a threshold.

Run with: python tests/benchmarks/bench_tradeoff.py [PROCESSES]
The ratio is measured on one repeat of the folds, in one process each; then the whole sweep runs.
"""

import sys
import time

import numpy as np
import pandas as pd
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from evaluation.classification import cross_validate, make_model
from evaluation.tables import RELIABILITY_COLUMNS
from selection import MRMR, CorrelationPruning, RobustnessThreshold, Sweep, tradeoff


def cohort(n_subjects=186, n_features=1000, n_conditions=1):
    rng = np.random.default_rng(0)
    names = [f"original_glcm_F{number:04}" for number in range(n_features)]
    latent = rng.normal(size=(n_subjects, 60))
    truth = latent @ rng.normal(size=(60, n_features)) / 8 + rng.normal(size=(n_subjects, n_features))
    noise = rng.uniform(0.1, 1.5, n_features)
    rows = [truth + noise * rng.normal(size=truth.shape) for _ in range(n_conditions)]
    frame = pd.DataFrame(np.concatenate(rows), columns=names)
    target = np.tile((latent[:, 0] + rng.normal(size=n_subjects) > 0).astype(int), n_conditions)
    subjects = np.tile(np.arange(n_subjects), n_conditions)
    reliability = pd.Series(1.5 / (1.5 + noise**2), index=names)
    return frame, target, subjects, np.repeat([f"C{k}" for k in range(n_conditions)], n_subjects), reliability


def one_by_one(frame, target, subjects, reliability, sweep):
    """Cross-validate the pipeline for each threshold by itself; the tuned row is one more search over all of them."""
    rows = [("raw", "T2", "liver", name, "B", "icc", value, 0, 1, 9, "ok") for name, value in reliability.items()]
    table = pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))
    steps = [
        ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
        ("robust", RobustnessThreshold(table, {"icc": 0.0})),
        ("varies", VarianceThreshold()),
        ("prune", CorrelationPruning(0.9, reliability=reliability)),
        ("select", MRMR(10)),
    ]
    model = make_model("logistic")
    pipeline = Pipeline([*steps, *model.steps]).set_output(transform="pandas")
    rules = [{"icc": threshold} for threshold in sweep.thresholds]
    grids = [{**model.grid, "robust__thresholds": [rule]} for rule in rules]
    found = []
    for grid in [*([one] for one in grids), grids[::-1]]:
        result = cross_validate(pipeline, frame, target, subjects, param_grid=grid, repeats=sweep.repeats)
        found.append(result.scores.set_index("score").loc["auc", "estimate"])
    return found


def timed(what, call):
    start = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - start
    print(f"{seconds:8.1f} s  {what}", flush=True)
    return seconds, result


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    frame, target, subjects, _, reliability = cohort()
    once = Sweep(repeats=1)
    fast, swept = timed(
        "one repeat of 5 folds, 10 thresholds and the tuned one, one process",
        lambda: tradeoff(frame, target, subjects, reliability=reliability, sweep=once),
    )
    slow, alone = timed(
        "the same, each threshold its own cross-validation",
        lambda: one_by_one(frame, target, subjects, reliability, once),
    )
    print(
        f"{slow / fast:8.1f} times as long; largest difference of an AUC {np.abs(swept.table['auc'] - alone).max():.1g}"
    )
    timed(
        f"10 repeats, reliability from another study, {jobs} processes",
        lambda: tradeoff(frame, target, subjects, reliability=reliability, sweep=Sweep(), n_jobs=jobs),
    )
    frame, target, subjects, conditions, _ = cohort(n_conditions=2)
    timed(
        f"10 repeats, twice as many rows, reliability from repeats in every training set, {jobs} processes",
        lambda: tradeoff(frame, target, subjects, conditions=conditions, sweep=Sweep(reference="C0"), n_jobs=jobs),
    )


if __name__ == "__main__":
    main()
