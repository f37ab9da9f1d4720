"""How often 95 % limits of ICC and CCC hold the true value, for features that are normal and for others.

For each coefficient, number of conditions, kind of feature and number of subjects: coverage in per cent, in brackets
how often the lower limit lies above the true value and the upper one below it (nominal 2.5 each), the mean width (a
lower limit below -1 counts as -1), and the share of trivial limits (the whole range) in per cent.

Kinds: subjects are normal or lognormal with a skewness of 1 or 2.3; errors are normal, skewed (lognormal, 1.5) or
proportional to the subject's level; conditions are shifted by so many residual SDs. Conditions are fixed. The true
value without a shift is .8 unless the kind says otherwise.

    python tests/benchmarks/bench_limits.py [STUDIES]
"""

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from evaluation.reliability import CCC_INTERVALS, ICC_INTERVALS, ccc, icc

Values = NDArray[np.float64]
SUBJECTS = (6, 8, 10, 17, 30)
KINDS = (
    ("normal", 0.0, "normal", 0.0, 0.8),
    ("normal, shifted by 2", 0.0, "normal", 2.0, 0.8),
    ("skewness 1", 1.0, "normal", 0.0, 0.8),
    ("skewness 2.3", 2.3, "normal", 0.0, 0.8),
    ("skewed errors", 0.0, "skewed", 0.0, 0.8),
    ("skewness 2.3, proportional errors", 2.3, "proportional", 0.5, 0.8),
    ("skewness 2.3, true .95", 2.3, "normal", 0.0, 0.95),
    ("skewness 3.7, true .9", 3.7, "normal", 0.0, 0.9),
)


def skewed(rng: np.random.Generator, shape: tuple[int, ...], skewness: float) -> Values:
    """Draw standardized lognormal values of some skewness, or normal ones."""
    if not skewness:
        return rng.normal(size=shape)
    sd = brentq(lambda s: (np.exp(s * s) + 2) * np.sqrt(np.expm1(s * s)) - skewness, 0.01, 2)
    return (rng.lognormal(0, sd, shape) - np.exp(sd**2 / 2)) / np.sqrt(np.expm1(sd**2) * np.exp(sd**2))


def studies(
    seed: int, shape: tuple[int, int, int], skewness: float, errors: str, shift: float, true: float
) -> tuple[Values, float, float]:
    """Make studies, with their true ICC(A,1), which is the CCC, and ICC(C,1)."""
    rng = np.random.default_rng(seed)
    number, n, k = shape
    subjects = skewed(rng, (number, n, 1), skewness)
    variance = (1 - true) / true
    noise = skewed(rng, shape, 1.5) if errors == "skewed" else rng.normal(size=shape)
    if errors == "proportional":
        noise *= (2.5 + subjects) / np.sqrt(2.5**2 + 1)
    conditions = shift * np.sqrt(variance) * np.linspace(-0.5, 0.5, k)
    return (
        subjects + np.sqrt(variance) * noise + conditions,
        1 / (1 + variance + conditions.var(ddof=1)),
        1 / (1 + variance),
    )


def methods(k: int) -> dict[str, Callable[[Values], tuple[Values, Values]]]:
    """Give the limits of every coefficient by every method."""
    found: dict[str, Callable[[Values], tuple[Values, Values]]] = {}
    for form in ("A,1", "C,1", "1"):
        for interval in ICC_INTERVALS:
            if interval != "generalized" or form == "A,1":

                def of_icc(x: Values, form: str = form, interval: str = interval) -> tuple[Values, Values]:
                    result = icc(x, form, interval=interval)
                    return result.lower, result.upper

                found[f"ICC({form}) {interval}"] = of_icc
    for interval in CCC_INTERVALS if k == 2 else ():

        def of_ccc(x: Values, interval: str = interval) -> tuple[Values, Values]:
            result = ccc(x[..., 0], x[..., 1], interval=interval)
            return result.lower, result.upper

        found[f"CCC {interval}"] = of_ccc
    return found


def main(number: int) -> None:
    """Simulate and print."""
    for k in (2, 4):
        for name, limits in methods(k).items():
            for kind, skewness, errors, shift, true in KINDS:
                if shift and name.startswith("ICC(1)"):
                    continue  # one-way conditions have no shift of their own
                cells = []
                for n in SUBJECTS:
                    few = min(number, 400) if "generalized" in name else number
                    x, agreement, consistency = studies(n, (few, n, k), skewness, errors, shift, true)
                    truth = consistency if name.startswith("ICC(C") else agreement
                    lower, upper = limits(x)
                    above, below = np.mean(lower > truth), np.mean(upper < truth)
                    width = np.mean(upper - np.maximum(lower, -1))
                    trivial = np.mean((lower <= -1 / (k - 1)) & (upper >= 1))
                    cells.append(
                        f"{100 * (1 - above - below):5.1f} ({100 * above:4.1f} {100 * below:4.1f}) "
                        f"{width:4.2f} {100 * trivial:3.1f}"
                    )
                print(f"{k} | {name:21} | {kind:33} | " + " | ".join(cells), flush=True)


if __name__ == "__main__":
    print("k | limits | kind | " + " | ".join(f"n = {n}" for n in SUBJECTS))
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
