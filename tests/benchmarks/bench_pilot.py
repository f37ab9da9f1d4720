"""What `pilot_sizes` says of shares and power, against studies drawn from the truth that the pilots were drawn from.

60 features of 3 factors, with ICCs from .5 to .98, two conditions, two strategies; subjects are normal or lognormal
(skewness 2.3). For pilots of several sizes: the share of robust features (ICC above .8) that studies of 40 subjects
find on average, true and said by the pilots (mean, SD over pilots); the width of the range in which 95 % of the shares
lie, the same; and the power with 15 and 40 subjects, where the error variance of the second strategy is less by a
fifth, and where it is the same (nominal 5 %, both sides), from the differences of the pilot or with the ratio stated.

    python tests/benchmarks/bench_pilot.py [PILOTS]
"""

import sys

import numpy as np
import pandas as pd
from bench_limits import Values, skewed

from evaluation.planning.simulated import pilot_sizes

FEATURES, N, STUDIES = 60, (15, 40), 300
PILOTS = ((10, "resampled", False), (20, "resampled", False), (20, "normal", False), (20, "resampled", True))
NAMES = [f"original_glcm_F{number}" for number in range(FEATURES)]


def drawn(rng: np.random.Generator, n: int, skewness: float, ratio: float) -> Values:
    """Draw a study: (2 strategies, n_features, n_subjects, 2 conditions)."""
    loadings = np.random.default_rng(1).normal(size=(FEATURES, 3))
    loadings /= np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    iccs = np.linspace(0.5, 0.98, FEATURES)[:, None, None]
    subject = loadings @ skewed(rng, (3, n), skewness)
    common = np.einsum("fj,jnk->fnk", loadings, rng.normal(size=(3, n, 2)))
    own = rng.normal(size=(2, FEATURES, n, 2))
    error = np.sqrt(0.5) * common + np.sqrt(0.5) * own
    scale = np.sqrt((1 - iccs) / iccs)
    return subject[:, :, None] + np.stack([error[0] * scale, error[1] * scale * np.sqrt(ratio)])


def table_of(values: Values) -> pd.DataFrame:
    """Make a feature table of a study."""
    return pd.concat(
        [
            pd.DataFrame(values[s, :, :, c].T, columns=NAMES).assign(
                strategy=strategy, subject=range(values.shape[2]), sequence="T2", condition=condition, roi="liver"
            )
            for s, strategy in enumerate(("none", "other"))
            for c, condition in enumerate(("REF", "ACC"))
        ]
    )


def said(study: pd.DataFrame, simulations: int, ratio: float | None, distribution: str = "resampled") -> Values:
    """Give share and width at the last size, then power in both directions at each."""
    found = pilot_sizes(
        study, N, "REF", {"icc": 0.8}, error_ratio=ratio, simulations=simulations, distribution=distribution
    )
    second = found[found["strategy"] == "other"]
    last = found[found["strategy"] == "none"].iloc[-1]
    return np.array([last["share"], last["width"], *(second["power"] + second["worse"])])


def truth(rng: np.random.Generator, skewness: float, ratio: float) -> Values:
    """Give the same of studies drawn from the truth: as of a pilot so large that it is the truth."""
    from evaluation.planning.simulated import _log_errors, _test  # what a study itself computes
    from evaluation.reliability import icc

    shares, p = [], {n: [] for n in N}
    for _ in range(STUDIES * 2):
        for n in N:
            values = drawn(rng, n, skewness, ratio)
            errors = [_log_errors(part, 0, "A,1") for part in values]
            p[n].append(_test(*errors, 0.95)[0] < 0.05)
        shares.append((icc(values[0], "A,1").estimate > 0.8).mean())
    low, high = np.quantile(shares, [0.025, 0.975])
    return np.array([np.mean(shares), high - low, *(np.mean(one) for one in p.values())])


def main(pilots: int = 60) -> None:
    """Print the table."""
    print(f"skewness | error ratio | pilot | share at {N[1]} | width | " + " | ".join(f"power at {n}" for n in N))
    for skewness in (0.0, 2.3):
        for ratio in (1.0, 0.8):
            rng = np.random.default_rng(0)
            print(f"{skewness} | {ratio} | truth | " + " | ".join(f"{one:.3f}" for one in truth(rng, skewness, ratio)))
            for n, distribution, stated in PILOTS:
                asked = ratio if stated else None
                found = np.array(
                    [said(table_of(drawn(rng, n, skewness, ratio)), 60, asked, distribution) for _ in range(pilots)]
                )
                cells = [f"{m:.3f} ({s:.3f})" for m, s in zip(found.mean(axis=0), found.std(axis=0), strict=True)]
                print(
                    f"{skewness} | {ratio} | {n} {distribution}{', ratio stated' * stated} | " + " | ".join(cells),
                    flush=True,
                )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
