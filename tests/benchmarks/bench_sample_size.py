"""What studies find that are as large as `sample_size` says: width, coverage, and how often the target is reached.

For each plan the number of subjects, then for normal features, and a skewness of subjects (of the wCV: of errors) of 1
and of 2.3: the mean width of the limits, the width where the estimate is near the true value (median), coverage, and
how often the target is reached, in per cent. Limits are those that the plan is about (of the ICC mcgraw-wong, of the
CCC lin, of the wCV chi-square of logarithms), then the jackknife's, which `reliability` gives (of the ICC of the form
A,1).

    python tests/benchmarks/bench_sample_size.py [STUDIES]
"""

import sys

import numpy as np
from bench_limits import Values, skewed, studies

from evaluation.planning.sample_size import sample_size
from evaluation.reliability import ccc, icc
from evaluation.reliability.repeatability import cv_of_log, log_of_cv, log_repeatability

PLANS = (
    ("icc", 0.8, 2, {"width": 0.2}),
    ("icc", 0.8, 4, {"width": 0.2}),
    ("icc", 0.95, 2, {"width": 0.1}),
    ("icc", 0.8, 2, {"width": 0.2, "assurance": 0.8}),
    ("icc", 0.9, 2, {"lower": 0.75}),
    ("icc", 0.9, 3, {"lower": 0.8, "assurance": 0.9}),
    ("ccc", 0.9, 2, {"width": 0.1}),
    ("ccc", 0.9, 2, {"lower": 0.8}),
    ("ccc", 0.85, 2, {"width": 0.15, "accuracy": 0.95}),
    ("wcv", 0.1, 2, {"width": 0.04}),
    ("wcv", 0.1, 2, {"upper": 0.13}),
    ("wcv", 0.3, 2, {"upper": 0.4}),
    ("wcv", 0.5, 2, {"upper": 0.6}),
)


def of_agreement(
    statistic: str, value: float, n: int, k: int, skewness: float, accuracy: float, number: int
) -> dict[str, tuple[Values, Values, Values, float]]:
    """Give estimates, limits and the true value, by the kind of limits."""
    true = value / accuracy
    shift = np.sqrt((2 / accuracy - 2) * true / (1 - true)) / np.sqrt(true) if accuracy < 1 else 0.0
    values, of_all, consistent = studies(n, (number, n, k), skewness, "normal", 0.0, true)
    values[..., 0] += shift * np.sqrt((1 - true) / true)
    if statistic == "icc":
        one, other = icc(values, "1"), icc(values, "A,1", interval="jackknife")
        return {
            "F": (one.estimate, one.lower, one.upper, consistent),
            "jackknife": (other.estimate, other.lower, other.upper, of_all),
        }
    found = {}
    for name in ("lin", "jackknife"):
        result = ccc(values[..., 0], values[..., 1], interval=name)
        found[name] = (result.estimate, result.lower, result.upper, value)
    return found


def of_wcv(value: float, n: int, k: int, skewness: float, number: int) -> tuple[Values, Values, Values, float]:
    """Give the wCV of features whose logarithms have errors of one size, with the limits that `reliability` gives."""
    rng = np.random.default_rng(n)
    logs = 0.3 * rng.normal(size=(number, n, 1)) + float(log_of_cv(value)) * skewed(rng, (number, n, k), skewness)
    found = log_repeatability(np.exp(logs)).repeated
    return cv_of_log(found.estimate), cv_of_log(found.lower), cv_of_log(found.upper), value


def main(number: int = 2000) -> None:
    """Print the table."""
    print("plan | subjects | skewness | limits | mean width | width at the true value | coverage | reached")
    for statistic, value, k, target in PLANS:
        planned = sample_size(statistic, value, conditions=k, **target)
        n = int(planned.subjects)
        plan = f"{statistic} {value}, k = {k}, {', '.join(f'{name} {one}' for name, one in target.items())}"
        expected = f"planned: {float(planned.mean_width):.3f}, {float(planned.width):.3f}"
        print(f"{plan} | {n} | {expected}, 95, {100 * float(planned.probability):.0f}")
        for skewness in (0.0, 1.0, 2.3):
            if statistic == "wcv":
                results = {"chi-square": of_wcv(value, n, k, skewness, number)}
            else:
                accuracy = target.get("accuracy", 1.0)
                results = of_agreement(statistic, value, n, k, skewness, accuracy, number)
            for name, (estimate, lower, upper, true) in results.items():
                near = np.abs(estimate - true) < 0.01 * min(true, 1 - true) * 5
                width = upper - lower
                reached = (
                    width <= target["width"]
                    if "width" in target
                    else lower >= target["lower"]
                    if "lower" in target
                    else upper <= target["upper"]
                )
                covered = (lower <= true) & (true <= upper)
                print(
                    f"  | {skewness} | {name} | {np.nanmean(width):.3f} | {np.nanmedian(width[near]):.3f} | "
                    f"{100 * covered.mean():.1f} | {100 * reached.mean():.1f}"
                )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
