"""How long it takes to compare 8 strategies of a study of 17 x 3 x 10 x 4 x 93, and to fit incomplete subjects.

Compared with computing every statistic anew for each draw of subjects: the reliability table of one strategy is
measured and multiplied.
"""

import time

import numpy as np
import pandas as pd

from evaluation.comparison import compare_strategies
from evaluation.reliability import factorial_effects
from evaluation.reliability.table import reliability_table

STRATEGIES, RESAMPLES = 8, 1000
KEYS = ["strategy", "subject", "sequence", "condition", "roi"]


def study(n_strategies: int) -> pd.DataFrame:
    """Make a feature table in which each strategy has less noise than the one before."""
    rng = np.random.default_rng(0)
    levels = [range(17), ["T1", "T2", "DWI"], ["REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR"], range(10)]
    truth = rng.normal(10, 1, (17, 3, 1, 10, 93))
    values = [truth + sd * rng.normal(size=(17, 3, 4, 10, 93)) for sd in np.linspace(0.5, 0.1, n_strategies)]
    index = pd.MultiIndex.from_product([[f"s{i}" for i in range(n_strategies)], *levels], names=KEYS)
    names = [f"original_glcm_Feature{i}" for i in range(93)]
    return pd.DataFrame(np.stack(values).reshape(-1, 93), columns=names, index=index).reset_index()


def main() -> None:
    """Measure and print."""
    table = study(STRATEGIES)
    start = time.perf_counter()
    result = compare_strategies(table, "REF+STD", n_resamples=RESAMPLES)
    compared = time.perf_counter() - start
    print(f"{STRATEGIES} strategies, {len(result.features)} gains, {RESAMPLES} resamples: {compared:.1f} s")
    one = table[table["strategy"] == "s0"]
    start = time.perf_counter()
    reliability_table(one, "REF+STD", statistics=["icc", "ccc"])
    a_draw = time.perf_counter() - start
    print(f"statistics computed anew for each draw would take about {a_draw * (RESAMPLES + 18) * STRATEGIES:.0f} s")
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2790, 17, 1, 1)) + 0.5 * rng.normal(size=(2790, 17, 2, 2))
    start = time.perf_counter()
    factorial_effects(values)
    print(f"2790 mixed models: {time.perf_counter() - start:.3f} s")


if __name__ == "__main__":
    main()
