"""How long selection takes on a table of 186 patients and 1,000 features, and the rules on a large reliability table.

Run with: python tests/benchmarks/bench_selection.py
"""

import time
from itertools import product

import numpy as np
import pandas as pd
from sklearn.base import clone

from evaluation.tables import RELIABILITY_COLUMNS
from selection import (
    MRMR,
    CorrelationPruning,
    RobustnessThreshold,
    StabilitySelection,
    Thresholds,
    selection_stability,
)


def timed(what, call, repeats=3):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    print(f"{min(times) * 1000:10.1f} ms  {what}")
    return result


def main() -> None:
    rng = np.random.default_rng(0)
    names = [f"original_glcm_F{i:04}" for i in range(1000)]
    keys = list(product(["T1", "T2"], [f"roi{i}" for i in range(6)], names, ["A", "B", "C"], ["icc", "ccc"]))
    table = pd.DataFrame([("raw", *key) for key in keys], columns=list(RELIABILITY_COLUMNS[:6]))
    table["estimate"] = rng.uniform(0.5, 1, len(table))
    table = table.assign(lower=table["estimate"] - 0.1, upper=table["estimate"] + 0.1, n=17, status="ok")
    print(f"reliability table of {len(table):,} rows")
    timed("Thresholds, each sequence and ROI", lambda: Thresholds().passing(table))
    timed("Thresholds, at least 4 of 12", lambda: Thresholds({"icc": 0.6}, at_least=4).passing(table))
    timed("Thresholds, top 20 by contrast", lambda: Thresholds({"icc": 0.6}, scope="contrast", top=20).passing(table))
    latent = rng.normal(size=(186, 60))
    frame = pd.DataFrame(latent @ rng.normal(size=(60, 1000)) + rng.normal(size=(186, 1000)), columns=names)
    y = (latent[:, 0] > 0).astype(int)
    whitelist = Thresholds({"icc": 0.6}, at_least=4).whitelist(table, "raw")
    print(f"table of {frame.shape[0]} x {frame.shape[1]}")
    timed("RobustnessThreshold, whitelist: clone and fit", lambda: clone(RobustnessThreshold(whitelist)).fit(frame))
    one = table[(table["sequence"] == "T1") & (table["roi"] == "roi0")]
    timed(
        "RobustnessThreshold, reliability table of one ROI",
        lambda: clone(RobustnessThreshold(one, {"icc": 0.5})).fit(frame),
    )
    timed("CorrelationPruning(0.9)", lambda: CorrelationPruning(0.9).fit(frame))
    timed("MRMR(20)", lambda: MRMR(20).fit(frame, y))
    fitted = timed(
        "StabilitySelection(q=10), 100 subsamples", lambda: StabilitySelection(random_state=0).fit(frame, y), 1
    )
    timed("selection_stability of 100 selections", lambda: selection_stability(fitted.selected_))


if __name__ == "__main__":
    main()
