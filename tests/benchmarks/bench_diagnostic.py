"""How long nested cross-validation takes on a table of 186 patients and 1,000 features, model by model.

Run with: python tests/benchmarks/bench_diagnostic.py [JOBS [MODEL ...]]
"""

import sys
import time

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from evaluation.classification import MODELS, cross_validate, make_model, repeated_folds, score_table
from evaluation.classification.tuning import tune
from selection import MRMR, CorrelationPruning


def seconds(call):
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    names = sys.argv[2:] or [name for name in MODELS if name != "dummy"]
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(186, 60))
    columns = [f"original_glcm_F{i:04}" for i in range(1000)]
    table = pd.DataFrame(latent @ rng.normal(size=(60, 1000)) + rng.normal(size=(186, 1000)), columns=columns)
    y = (latent[:, 0] + rng.normal(size=186) > 0).astype(int)
    subjects = np.arange(186)
    head = [("impute", SimpleImputer()), ("prune", CorrelationPruning(0.9)), ("select", MRMR(10))]
    for name in names:
        model = make_model(name)
        pipeline = Pipeline([*head, *model.steps]).set_output(transform="pandas")
        took, found = seconds(
            lambda p=pipeline, m=model: cross_validate(p, table, y, subjects, param_grid=m.grid, jobs=jobs)
        )
        auc = found.scores.set_index("score").loc["auc"]
        print(f"{took:7.1f} s  {name}: 5 folds x 10 repeats, 5 inner folds, {jobs} jobs; AUC {auc['estimate']:.3f}")
    took, _ = seconds(lambda: score_table(found.held_out))
    print(f"{took:7.1f} s  all scores with 1,000 resamples of subjects")
    model = make_model("logistic")
    pipeline = Pipeline([*head, *model.steps]).set_output(transform="pandas")
    folds = repeated_folds(y, subjects, repeats=1)
    shared, tuned = seconds(lambda: tune(pipeline, table, y, folds, model.grid))
    search = GridSearchCV(pipeline, model.grid, scoring="roc_auc", cv=[(f.train, f.test) for f in folds], refit=False)
    plain, _ = seconds(lambda: search.fit(table, y))
    same = np.allclose(search.cv_results_["mean_test_score"], tuned.scores)
    print(f"{plain / shared:7.1f} x  GridSearchCV against the inner loop that shares steps (same scores: {same})")


if __name__ == "__main__":
    main()
