"""How much faster `icc` is than a loop over pingouin's function, in one run; needs `pip install pingouin`.

The task of a study: ICC(A,1) with limits of 8370 pairs (3 sequences x 10 ROIs x 93 features x 3 conditions) of 17
subjects. The loop runs over a part of them and is scaled up; both answers are compared on that part. pingouin
computes all six forms in one call, so a second ratio has `icc` compute all six as well.
"""

import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pingouin

from evaluation.reliability import ICC_FORMS, icc

N_PAIRS, N_SUBJECTS, N_LOOPED = 3 * 10 * 93 * 3, 17, 40


def seconds(task: Callable[[], object], repeats: int) -> float:
    """Give the median duration of a task."""
    durations = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        durations.append(time.perf_counter() - start)
    return float(np.median(durations))


def loop(values: np.ndarray) -> np.ndarray:
    """Compute ICC(A,1) of each pair by pingouin."""
    n, k = values.shape[1:]
    subject, condition = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    estimates = []
    for pair in values:
        frame = pd.DataFrame({"subject": subject, "condition": condition, "value": pair.ravel()})
        table = pingouin.intraclass_corr(frame, targets="subject", raters="condition", ratings="value")
        estimates.append(table.set_index("Type").loc[["ICC2" if "ICC2" in set(table["Type"]) else "ICC(A,1)"], "ICC"])
    return np.concatenate(estimates)


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(N_PAIRS, N_SUBJECTS, 1)) + 0.4 * rng.normal(size=(N_PAIRS, N_SUBJECTS, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop(values[:2])
        start = time.perf_counter()
        looped = loop(values[:N_LOOPED])
        of_loop = (time.perf_counter() - start) / N_LOOPED * N_PAIRS
    of_one = seconds(lambda: icc(values, "A,1"), 7)
    of_six = seconds(lambda: [icc(values, form) for form in ICC_FORMS], 3)
    difference = np.abs(looped - icc(values[:N_LOOPED], "A,1").estimate).max()
    print(f"pingouin {pingouin.__version__}, loop over {N_LOOPED} pairs scaled to {N_PAIRS}: {of_loop:.1f} s")
    print(f"icc, form A,1: {1000 * of_one:.1f} ms, {of_loop / of_one:.0f} times faster")
    print(f"icc, all six forms: {1000 * of_six:.1f} ms, {of_loop / of_six:.0f} times faster")
    print(f"largest difference of the estimates: {difference:.1e}")


if __name__ == "__main__":
    main()
