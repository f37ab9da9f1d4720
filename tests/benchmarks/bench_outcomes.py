"""Limits of the scores of numbers and of survival: how often they claim something of noise, and hold the truth.

Cohorts with correlated, skewed features; features are chosen (mRMR) and parameters tuned inside the folds. The truth is
the mean score that the models of the folds have in 500 new people; of calibration, as of its estimate, one line through
the predictions of all these models.

Run with: python tests/benchmarks/bench_outcomes.py [COHORTS [OUTCOME ...]]
"""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from evaluation.classification import cross_validate, make_model
from evaluation.classification.outcomes import OUTCOMES
from evaluation.classification.splits import repeated_folds
from evaluation.survival.times import survival_times
from selection import MRMR

MODEL = {"number": "ridge", "survival": "cox"}
FEATURES = 30
NEW = 500


def people(rng, n: int, signal: float, outcome: str, rows: int = 1):
    """Give the features of n people and what became of them; two thirds have the event."""
    latent = rng.normal(size=(n, 4))
    mixed = np.repeat(latent, rows, axis=0) @ MIX + 0.7 * rng.normal(size=(n * rows, FEATURES))
    table = pd.DataFrame(np.exp(0.8 * mixed)).add_prefix("f")
    if outcome == "number":
        return table, np.repeat(50 + 10 * (signal * latent[:, 0] + rng.normal(size=n)), rows)
    deaths = rng.exponential(1 / np.exp(signal * latent[:, 0])) ** 0.7
    ends = rng.uniform(0.1, 3.0, n)
    return table, np.repeat(survival_times(np.minimum(deaths, ends), deaths <= ends), rows)


MIX = np.random.default_rng(99).normal(size=(4, FEATURES)) / 2


def cohort(seed: int, n: int, signal: float, outcome: str, rows: int = 1) -> list[tuple]:
    rng = np.random.default_rng([seed, n, int(100 * signal)])
    table, y = people(rng, n, signal, outcome, rows)
    who = np.repeat(np.arange(n), rows)
    model = make_model(MODEL[outcome], 0, outcome)
    grid = {name: values[::2] for name, values in model.grid.items()}  # half of it, for time
    pipeline = Pipeline([("select", MRMR(5, outcome=outcome)), *model.steps]).set_output(transform="pandas")
    kind = OUTCOMES[outcome]
    folds = repeated_folds(kind.strata(y, who, 5), who, repeats=2, seed=seed)
    found = cross_validate(
        pipeline, table, y, who, param_grid=grid, folds=folds, inner_folds=3, outcome=outcome, n_resamples=200
    )
    new, truth = people(rng, NEW, signal, outcome)
    known = kind.known(truth)
    parts, alone = [], []
    for fold, row in zip(folds, found.parameters.to_dict("records"), strict=True):
        chosen = {name: row[name] for name in grid}
        fitted = clone(pipeline).set_params(**chosen).fit(table.iloc[fold.train], y[fold.train])
        values = known.predict(fitted[-1], fitted[:-1].transform(new), y[fold.train], truth)
        alone.append(known.alone(truth, values))
        parts.append([float(score.compute(alone[-1])) for score in kind.scores.values()])
    pooled = one_line(alone)
    truths = [
        float(score.compute(pooled)) if score.pooled else mean
        for score, mean in zip(kind.scores.values(), np.mean(parts, axis=0), strict=True)
    ]
    scores = found.scores
    return list(zip(scores["score"], scores["estimate"], scores["lower"], scores["upper"], truths, strict=True))


def one_line(alone):
    """Put the predictions of several models for the same people beneath one another, each model a fold."""
    first = alone[0]
    joined = {name: np.concatenate([getattr(one, name) for one in alone]) for name in first.by_row}
    joined |= {name: np.concatenate([getattr(one, name) for one in alone], axis=1) for name in first.by_repeat}
    return replace(first, **joined | {"fold": np.repeat(np.arange(len(alone)), first.n_rows)[None]})


def main() -> None:
    cohorts = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for outcome in sys.argv[2:] or MODEL:
        for n, signal, rows in ((60, 0.0, 1), (60, 1.0, 1), (120, 0.0, 1), (120, 1.0, 1), (60, 1.0, 3)):
            runs = Parallel(1)(delayed(cohort)(seed, n, signal, outcome, rows) for seed in range(cohorts))
            frame = pd.DataFrame(
                [row for run in runs for row in run], columns=["score", "estimate", "lower", "upper", "truth"]
            )
            print(f"{outcome}: {n} subjects, {rows} row(s) each, signal {signal:g}, {cohorts} cohorts", flush=True)
            for score, part in frame.groupby("score", sort=False):
                chance = {"c_index": 0.5, "uno_c": 0.5, "r2": 0.0}.get(score, np.nan)
                held = ((part["lower"] <= part["truth"]) & (part["truth"] <= part["upper"]))[part["lower"].notna()]
                claims = "" if np.isnan(chance) else f"; lower limit above chance {(part['lower'] > chance).mean():.1%}"
                error = part["estimate"].std() / np.sqrt(part["estimate"].notna().sum())
                print(
                    f"  {score}: mean {part['estimate'].mean():.3f} +- {1.96 * error:.3f}, in new people "
                    f"{part['truth'].mean():.3f}, limits hold it {held.mean():.1%} of {len(held)}{claims}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
