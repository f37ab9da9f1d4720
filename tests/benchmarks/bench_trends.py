"""How often tests of trends reject without one, and 95 % limits of slopes hold the true slope.

For each design, kind of feature and number of subjects: in per cent how often p < .05 (and < .01) of the slope, of the
slope in per cent, and of Page's test (or Jonckheere's), where there is no trend; and the coverage of the limits of a
slope that differs between subjects. Features are 93 with 3 effective dimensions, so that the figures of one study go
together; they are means over studies.

Kinds: subjects and errors are normal or lognormal with a skewness of 2.3; errors are proportional to the subject's
level, or grow with the level of the factor; slopes of subjects differ by .2 or by 2 SD of an error a unit, and are as
skewed as their levels.

Under OWN subjects have slopes of their own, of mean zero and an SD of 3 or 10 SD of an error: no change on average, but
no exchangeable values, either. The last columns are the shares of studies in which any feature has q < .05.

    python tests/benchmarks/bench_trends.py [STUDIES]
"""

import sys

import numpy as np
from bench_limits import Values

from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.trends.jonckheere import jonckheere
from evaluation.trends.page import page
from evaluation.trends.slopes import relative_slope, slope, unpaired_slope

SUBJECTS = (6, 17, 30)
UNPAIRED = (8, 17, 30)
"""A level with a single subject has no limits."""
LEVELS = np.array([1.0, 2.0, 4.0, 6.0])
FEATURES, DIMENSIONS = 93, 3
KINDS = (
    ("normal", 0.0, "normal", 0.1),
    ("skewness 2.3", 2.3, "skewed", 0.1),
    ("skewness 2.3, proportional errors", 2.3, "proportional", 0.1),
    ("skewness 2.3, slopes that differ much", 2.3, "skewed", 1.0),
)
OWN = (("normal", 0.0, "normal", 1.5), ("normal", 0.0, "normal", 5.0), ("skewness 2.3", 2.3, "skewed", 1.5))
GROWING = (
    ("normal, errors grow with the level", 0.0, "growing", 0.0),
    ("skewness 2.3, errors grow", 2.3, "growing", 0.0),
)
"""The skewness of levels and slopes of subjects, what errors are like, and the SD of slopes; errors have one of .5."""


def correlated(rng: np.random.Generator, shape: tuple[int, ...], skewness: float) -> Values:
    """Draw standardized features that share most of their variance: shape (FEATURES, *shape)."""
    shared = rng.normal(size=(DIMENSIONS, *shape))
    weights = rng.normal(size=(FEATURES, DIMENSIONS))
    weights *= np.sqrt(0.9) / np.linalg.norm(weights, axis=1, keepdims=True)
    normal = np.tensordot(weights, shared, axes=1) + np.sqrt(0.1) * rng.normal(size=(FEATURES, *shape))
    if not skewness:
        return normal
    sd = next(s for s in np.linspace(0.05, 2, 400) if (np.exp(s * s) + 2) * np.sqrt(np.expm1(s * s)) >= skewness)
    return (np.exp(sd * normal) - np.exp(sd**2 / 2)) / np.sqrt(np.expm1(sd**2) * np.exp(sd**2))


def study(
    rng: np.random.Generator, n: int, skewness: float, errors: str, apart: float, missing: float
) -> tuple[Values, Values]:
    """Make values without a trend (FEATURES, n, levels), and slopes of subjects around zero."""
    level = 10 + 2 * correlated(rng, (n, 1), skewness)
    noise = 0.5 * correlated(rng, (n, len(LEVELS)), skewness)
    growth = level / 10 if errors == "proportional" else 4 * LEVELS if errors == "growing" else 1.0
    values = level + noise * growth + (100 if errors == "growing" else 0)  # all above zero
    own = apart * correlated(rng, (n, 1), skewness)
    lost = rng.random((n, len(LEVELS))) < missing
    return np.where(lost, np.nan, values), own


def main(studies: int) -> None:
    """Print a row for each design, kind and number of subjects."""
    print("| design | features | subjects | slope | per cent | rank test | covered | any slope_q | any q |")
    designs = (
        ("within", 0.0, KINDS),
        ("within, a tenth missing", 0.1, KINDS),
        ("within, own slopes", 0.0, OWN),
        ("unpaired", 0.0, (*KINDS, *GROWING)),
    )
    for design, missing, kinds in designs:
        for kind, skewness, errors, apart in kinds:
            for n in UNPAIRED if design == "unpaired" else SUBJECTS:
                rng = np.random.default_rng(n)
                found = []
                for _ in range(studies):
                    values, own = study(rng, n, skewness, errors, apart, missing)
                    if design == "unpaired":
                        place = np.arange(n) % len(LEVELS)
                        own_level = LEVELS[place]
                        values = values[:, np.arange(n), place]
                        tests = unpaired_slope(values, own_level), relative_slope(values, own_level, unpaired=True)
                        ranks = jonckheere(values, own_level)
                        covered, true = tests[0], 0.0
                    else:
                        if kinds is OWN:
                            values = 100 + values + own * (LEVELS - LEVELS.mean())  # all above zero
                        tests = slope(values, LEVELS), relative_slope(values, LEVELS)
                        ranks = page(values)
                        true = 0.3
                        covered = slope(values + (true + own * (kinds is not OWN)) * LEVELS, LEVELS)
                    p = [tests[0].p, tests[1].p, ranks.p]
                    hit = (covered.lower <= true) & (true <= covered.upper)
                    shares = [np.mean(one[np.isfinite(one)] < alpha) for alpha in (0.05, 0.01) for one in p]
                    any_q = [np.nanmin(benjamini_hochberg(one), initial=1.0) < 0.05 for one in (p[0], p[2])]
                    found.append([*shares, np.mean(hit[np.isfinite(covered.lower)]), *any_q])
                mean = 100 * np.nanmean(found, axis=0)
                cells = " | ".join(f"{mean[i]:.1f} ({mean[i + 3]:.1f})" for i in range(3))
                of = f"{kind}, SD {apart / 0.5:g} errors" if kinds is OWN else kind
                print(
                    f"| {design} | {of} | {n} | {cells} | {mean[6]:.1f} | {mean[7]:.0f} | {mean[8]:.0f} |", flush=True
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
