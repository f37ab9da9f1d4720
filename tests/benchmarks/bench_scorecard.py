"""How long a scorecard of harmonizers takes, whether it names the winner, and what leaking would give.

python tests/benchmarks/bench_scorecard.py speed [ROWS]       12 harmonizers; 68 rows x 2,790 features, or so many rows
python tests/benchmarks/bench_scorecard.py winners [STUDIES]  how often the best is one that is known to be right
python tests/benchmarks/bench_scorecard.py null [STUDIES]     how often something beats doing nothing where nothing can
python tests/benchmarks/bench_scorecard.py leaks [STUDIES]    scores of harmonization that has seen the test subjects
"""

import sys
import time
import warnings
from functools import partial

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from evaluation.batch_effects import Scoring, harmonization_scorecard
from evaluation.batch_effects.compared_methods import all_methods, harmonizers_of
from evaluation.reliability import icc
from experiments.simulate.planted_batches import WINNERS, planted_batches
from harmonize.combat import ComBat

QUICK = tuple(name for name in all_methods() if name not in ("neurocombat", "combat:nonparametric", "mixture"))
FEW = ("none", "combat", "combat:mean_only", "batch_zscore", "quantile_alignment")


def methods(names, batch, fallback):
    return harmonizers_of(
        names, batch=batch, subject="subject", reference=None, fallback=fallback, covariates={}, where="benchmark"
    )


def speed(rows: int = 68) -> None:
    rng = np.random.default_rng(0)
    subject, batch = np.repeat(np.arange(rows // 4), 4), np.tile(list("ABCD"), rows // 4)
    values = rng.normal(size=(rows // 4, 3)) @ rng.normal(size=(3, 2790)) + rng.normal(size=(rows // 4, 2790))
    values = values[subject] + 0.5 * rng.normal(size=(rows, 2790)) + 0.3 * rng.normal(size=(4, 2790))[subject % 4]
    features = [f"f{i}" for i in range(2790)]
    table = pd.DataFrame(values, columns=features).assign(subject=subject.astype(str), batch=batch)
    names = [name for name in all_methods() if name != "neurocombat"]
    start, cpu = time.perf_counter(), time.process_time()
    card = harmonization_scorecard(table, methods(names, "batch", "A"), features, Scoring(batch="batch", by=()))
    took, busy = time.perf_counter() - start, time.process_time() - cpu
    print(f"{len(names)} harmonizers, {rows} rows: {took:.1f} s, of the processor {busy:.1f} s")
    print({name: round(seconds, 1) for name, seconds in card.seconds.items()})


def card_of(kind, seed, n_each, names=QUICK, **more):
    table = planted_batches(kind, n_each=n_each, seed=seed)
    batch = "scanner+protocol" if kind == "interaction" else "scanner"
    table["scanner+protocol"] = table["scanner"] + "+" + table["protocol"]
    features = [name for name in table if name.startswith("F")]
    scoring = Scoring(batch=batch, by=(), keep=("age",), **more)
    card = harmonization_scorecard(table, methods(names, batch, table[batch].iloc[0]), features, scoring)
    return card.table[card.table["measure"] == "score"].set_index("method")


def winners(studies: int = 20) -> None:
    for n_each in (15, 30, 60):
        for kind, right in WINNERS.items():
            best = [
                card_of(kind, seed, n_each, resamples=0, permutations=0)["estimate"].idxmax() for seed in range(studies)
            ]
            share = np.mean([name in right for name in best])
            print(
                f"{n_each} rows a scanner, {kind}: {share:.0%} right; {pd.Series(best).value_counts().to_dict()}",
                flush=True,
            )


def null(studies: int = 100) -> None:
    for n_each in (10, 30):
        p = [card_of("none", seed, n_each, FEW, resamples=0, folds=5) for seed in range(studies)]
        beaten = [bool((one["p"] < 0.05).any()) for one in p]
        best = [one["estimate"].idxmax() != "none" for one in p]
        print(
            f"{n_each}: p < .05 in {np.mean(beaten):.1%}; a better score than none in {np.mean(best):.0%}", flush=True
        )


def leaks(studies: int = 40) -> None:
    found: dict[str, list[float]] = {}
    for seed in range(studies):
        rng = np.random.default_rng(seed)
        n, n_features, n_batches = 60, 50, 6
        batch = np.arange(n) % n_batches
        target = (rng.random(n) < np.linspace(0.2, 0.8, n_batches)[batch]).astype(int)
        common = rng.normal(size=(n, 3)) @ rng.normal(size=(3, n_features))
        values = common + rng.normal(size=(n, n_features)) + rng.normal(size=(n_batches, n_features))[batch]
        table = pd.DataFrame(values, columns=[f"f{i}" for i in range(n_features)]).assign(batch=batch.astype(str))
        told = table.assign(target=target.astype(str))
        of_all = ComBat("batch").fit_transform(table)
        keeping = ComBat("batch", categorical="target").fit_transform(told)
        ways = {
            "harmonized in the folds": partial(_in_fold, table),
            "harmonized before, on all": partial(_rows_of, of_all),
            "harmonized before, target kept": partial(_rows_of, keeping),
        }
        for name, way in ways.items():
            scores = np.zeros(n)
            for a, b in StratifiedKFold(5, shuffle=True, random_state=seed).split(values, target):
                x = way(a, b)
                model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
                scores[b] = model.fit(x[: len(a)], target[a]).decision_function(x[len(a) :])
            found.setdefault(f"AUC, {name}", []).append(roc_auc_score(target, scores))
        subject, scan = np.repeat(np.arange(8), 4), np.tile(list("ABCD"), 8)
        noise = rng.normal(size=(8, n_features))[subject] + rng.normal(size=(32, n_features))
        paired = pd.DataFrame(noise).add_prefix("f").assign(scan=scan)
        for name, one in (
            ("raw", noise),
            ("in-sample", ComBat("scan").fit_transform(paired)),
            ("held out", np.vstack([_left_out(paired, subject, s) for s in range(8)])),
        ):
            cube = one.reshape(8, 4, n_features).transpose(2, 0, 1)
            found.setdefault(f"ICC(A,1), {name}", []).append(float(icc(cube, form="A,1").estimate.mean()))
    for name, values in found.items():
        print(f"{name}: {np.mean(values):.3f} (standard error {np.std(values) / np.sqrt(studies):.3f})")


def _in_fold(table, learned, judged):
    model = ComBat("batch").fit(table.iloc[learned])
    return model.transform(table.iloc[[*learned, *judged]])


def _rows_of(values, learned, judged):
    return values[[*learned, *judged]]


def _left_out(table, subject, one):
    model = ComBat("scan").fit(table[subject != one])
    return model.transform(table[subject == one])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        {"speed": speed, "winners": winners, "null": null, "leaks": leaks}[sys.argv[1]](*map(int, sys.argv[2:]))
