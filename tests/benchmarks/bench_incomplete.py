"""How often 95 % limits of ICC and overall CCC hold the true value where subjects lack conditions.

For normal features, and for those of which subjects and errors are lognormal with a skewness of 2.9; conditions are
fixed and .6 residual SD apart from first to last, the true ICC(C,1) is .8. Coverage in per cent, and in brackets of how
many features there is an estimate.

    python tests/benchmarks/bench_incomplete.py [STUDIES]
"""

import sys

import numpy as np
from bench_limits import skewed

from evaluation.reliability import icc_incomplete, overall_ccc_incomplete

METHODS = {
    "ICC(A,1)": lambda x: icc_incomplete(x, "A,1"),
    "ICC(C,1)": lambda x: icc_incomplete(x, "C,1"),
    "overall CCC": overall_ccc_incomplete,
}


def main(number: int) -> None:
    """Simulate and print."""
    rng = np.random.default_rng(3)
    for skewness in (0.0, 2.9):
        for k in (2, 4):
            shifts = np.linspace(-0.3, 0.3, k)
            truths = 0.8 / (1 + 0.2 * shifts.var(ddof=1)), 0.8, 0.8 / (1 + 0.2 * shifts.var(ddof=1))
            for missing in (0.0, 0.1, 0.3):
                for n in (6, 17, 30):
                    subjects, errors = skewed(rng, (number, n, 1), skewness), skewed(rng, (number, n, k), skewness)
                    x = np.sqrt(0.8) * subjects + np.sqrt(0.2) * (errors + shifts)
                    x[rng.random(x.shape) < missing] = np.nan
                    cells = []
                    for (name, limits), truth in zip(METHODS.items(), truths, strict=True):
                        found = limits(x)
                        known = ~np.isnan(found.estimate)
                        held = (found.lower <= truth) & (truth <= found.upper)
                        cells.append(f"{name} {100 * held[known].mean():5.1f} ({100 * known.mean():3.0f})")
                    print(f"skewness {skewness} | {k} | missing {missing:.0%} | n = {n} | " + " | ".join(cells))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1500)
