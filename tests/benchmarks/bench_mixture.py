"""How often batches are found in features, where there are some and where there are none; beside the BIC alone.

Run: python tests/benchmarks/bench_mixture.py
"""

import warnings
from unittest.mock import patch

import numpy as np

from harmonize.combat import found_batches
from harmonize.combat.component_scores import ComponentScores

N_DRAWS, N_FEATURES = 25, 60


def drawn(rng, n_rows, skewness, apart):
    """Draw features with three factors in common, log-normal unless `skewness` is 0, a third of the rows moved."""
    factors = 0.8 / np.sqrt(3) * rng.normal(size=(n_rows, 3)) @ rng.normal(size=(3, N_FEATURES))
    values = factors + 0.6 * rng.normal(size=(n_rows, N_FEATURES))
    if skewness:
        values = np.exp(skewness * values)
        values /= values.std(axis=0)
    batch = np.arange(n_rows) % 3 == 0
    return values + apart * batch[:, None] * rng.normal(size=N_FEATURES), batch


def main():
    warnings.simplefilter("ignore")
    for skewness in (0.0, 0.5, 1.0):
        for n_rows in (60, 200):
            for apart in (0.0, 1.0, 2.0):
                numbers, by_bic, right = [], [], []
                for seed in range(N_DRAWS):
                    values, batch = drawn(np.random.default_rng(seed), n_rows, skewness, apart)
                    one, none = np.zeros(n_rows, dtype=np.intp), np.empty((n_rows, 0))
                    scores = ComponentScores.fit(values, none, one, range(N_FEATURES), 2).scores(values, none, one)
                    found = found_batches.find_batches(scores, 4, 0.1)
                    numbers.append(len(found.weights))
                    if numbers[-1] == 2:
                        same = float((found.assign(scores) == batch).mean())
                        right.append(max(same, 1.0 - same))
                    with patch.object(found_batches, "SEPARATED", 0.0):
                        by_bic.append(len(found_batches.find_batches(scores, 4, 0.1).weights))
                print(
                    f"log-normal of {skewness}, {n_rows} rows, {apart} apart: batches found (1, 2, 3, 4)",
                    *np.bincount(numbers, minlength=5)[1:],
                    "by BIC alone",
                    *np.bincount(by_bic, minlength=5)[1:],
                    f"rows told right {np.mean(right):.3f}" if right else "",
                )


if __name__ == "__main__":
    main()
