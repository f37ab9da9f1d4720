"""How often claims about single features hold: limits of RC, RDC and wCV, equivalence, interchangeability, changes.

Features are skewed and correlated as real ones: subjects from three factors, lognormal; errors are normal, skewed, or
proportional to the value.

    python tests/benchmarks/bench_claims.py limits|trend|equivalence|interchangeability|change [STUDIES]
"""

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.claims.change import change_table
from evaluation.claims.equivalence import equivalence
from evaluation.claims.interchangeability import interchangeability
from evaluation.claims.margin import EquivalenceMargin
from evaluation.claims.measurement_error import measurement_error_table
from evaluation.claims.pooling import adjusted
from evaluation.reliability.error_trend import error_trend
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.repeatability import RC_INTERVALS, ErrorSd, log_repeatability, repeatability

Values = NDArray[np.float64]
SUBJECTS = (6, 17, 30)
KINDS = ("normal", "heavy tails", "skewed", "proportional")
FEATURES, FACTORS, SPREAD = 93, 3, 0.7


def correlated(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Draw standard normal values of (..., FEATURES) that three factors make."""
    loads = np.random.default_rng(0).normal(size=(FACTORS, FEATURES))
    common = rng.normal(size=(*shape, FACTORS)) @ (loads / np.sqrt((loads**2).sum(axis=0)))
    return np.sqrt(0.8) * common + np.sqrt(0.2) * rng.normal(size=(*shape, FEATURES))


def studies(seed: int, number: int, n: int, k: int, kind: str, between: float = 0.0) -> tuple[Values, float]:
    """Make studies (number, FEATURES, n, k) of errors with an SD of .2 on their scale, and give that of all errors.

    Subjects have a median of 1 and a skewness of 2.9. `between` is the SD of conditions, that are drawn anew.
    """
    rng = np.random.default_rng(seed)
    subjects = np.exp(SPREAD * correlated(rng, (number, n, 1)))
    noise = correlated(rng, (number, n, k))
    shift = between * correlated(rng, (number, 1, k))
    if kind == "heavy tails":  # t with 5 degrees of freedom, one draw of the denominator for all features of a scan
        noise = noise / np.sqrt(rng.chisquare(5, (number, n, k, 1)) / 5) / np.sqrt(5 / 3)
    if kind == "skewed":
        noise = (np.exp(0.5 * noise) - np.exp(0.125)) / np.sqrt(np.expm1(0.25) * np.exp(0.25))
    noise = 0.2 * noise + shift
    values = subjects * np.exp(noise) if kind == "proportional" else subjects + noise
    return np.moveaxis(values, -1, 1), float(np.sqrt(0.2**2 + between**2))


def limits(number: int) -> None:
    """Print coverage of 95 % limits in per cent, how often they lie above and below, and the median relative width."""
    rows: tuple[tuple[str, int, float, Callable[[Values, str, str], ErrorSd]], ...] = (
        ("RC", 2, 0.0, lambda x, interval, _: repeatability(x, interval=interval).repeated),
        ("RC", 4, 0.0, lambda x, interval, _: repeatability(x, interval=interval).repeated),
        ("wCV, log RC", 2, 0.0, lambda x, interval, _: log_repeatability(x, interval=interval).repeated),
        ("RDC", 4, 0.2, lambda x, interval, _: repeatability(x, interval=interval).reproduced),
        ("RDC", 8, 0.2, lambda x, interval, _: repeatability(x, interval=interval).reproduced),
    )
    for name, k, between, compute in rows:
        for interval in RC_INTERVALS:
            for kind in KINDS:
                if (kind == "proportional") != (name == "wCV, log RC") and between:
                    continue
                if name == "wCV, log RC" and kind != "proportional":
                    continue
                cells = []
                for n in SUBJECTS:
                    x, sd = studies(n, number, n, k, kind, between)
                    if kind == "proportional" and name == "RC":  # SD over subjects of the value times e^error
                        sd = float(np.sqrt(np.exp(2 * SPREAD**2) * np.exp(0.04) * np.expm1(0.04)))
                    found = compute(x, interval, kind)
                    above, below = np.mean(found.lower > sd), np.mean(found.upper < sd)
                    width = np.median(found.upper - found.lower) / sd
                    cells.append(f"{100 * (1 - above - below):.1f} ({100 * above:.1f}, {100 * below:.1f}) {width:.2f}")
                print(f"| {name}, {interval} | {k} | {kind} | " + " | ".join(cells) + " |", flush=True)


def trend(number: int) -> None:
    """Print how often a feature is said to have errors that change with its value, alone and at q < .05."""
    for kind in KINDS:
        cells = []
        for n in SUBJECTS:
            x, _ = studies(n, number, n, 2, kind)
            p = error_trend(x)[1]
            q = np.stack([benjamini_hochberg(one) for one in p])
            cells.append(f"{100 * np.mean(p < 0.05):.1f} / {100 * np.mean(q < 0.05):.1f}")
            cells[-1] += f" / {100 * np.mean((q < 0.05).any(axis=1)):.1f}"
        print(f"| {kind} | " + " | ".join(cells) + " |", flush=True)


def pooling(number: int) -> None:
    """Print how often features are called equivalent whose means differ by just the margin, alone and at q < .05.

    Then how often features that do not differ at all are, alone. The margin is .15 (raw) or 15 % (log, share of mean).
    """
    for kind, margin in (
        *((kind, EquivalenceMargin.parse("0.15")) for kind in ("normal", "heavy tails", "skewed")),
        *(("proportional", EquivalenceMargin.parse("15%", log)) for log in (False, True)),
    ):
        cells = []
        for n in SUBJECTS:
            x, _ = studies(n, number, n, 2, kind)
            shifted = x[..., 1] * 1.15 if kind == "proportional" else x[..., 1] + 0.15
            p = equivalence(x[..., 0], shifted, margin).p
            q = np.stack([benjamini_hochberg(one) for one in p])
            power = np.mean(equivalence(x[..., 0], x[..., 1], margin).p < 0.05)
            cells.append(f"{100 * np.mean(p < 0.05):.1f} / {100 * np.mean(q < 0.05):.1f} / {100 * power:.0f}")
        print(f"| {margin}{', log' if margin.log else ''} | {kind} | " + " | ".join(cells) + " |", flush=True)


def interchange(number: int) -> None:
    """Print how often features are called interchangeable whose gamma is just the margin squared, by a shift or noise.

    Then how often features that do not differ are. The margin is .3, errors have an SD of .2.
    """
    for kind in ("normal", "heavy tails", "skewed"):
        for how in ("shift", "noise"):
            cells = []
            for n in SUBJECTS:
                x, _ = studies(n, number, n, 4, kind)
                again, _ = studies(n + 1, number, n, 2, "normal")
                extra = 0.3 if how == "shift" else (again[..., :1] - again[..., 1:]) / (0.2 * np.sqrt(2)) * 0.3
                margin = np.full(x.shape[:2], 0.3)
                below = interchangeability(x[..., :2], x[..., 2:3] + extra).tests(margin)[0]
                power = interchangeability(x[..., :2], x[..., 2:3]).tests(margin)[0]
                cells.append(f"{100 * np.mean(below < 0.05):.1f} / {100 * np.mean(power < 0.05):.0f}")
            print(f"| {kind} | {how} | " + " | ".join(cells) + " |", flush=True)


PATIENTS = 20


def long(values: Values, name: str) -> pd.DataFrame:
    """Give the feature table of (FEATURES, subjects, conditions)."""
    features, n, k = values.shape
    rows = {
        "strategy": "raw",
        "subject": np.repeat([f"{name}{i}" for i in range(n)], k),
        "sequence": "T2",
        "condition": np.tile([str(i) for i in range(k)], n),
        "roi": "liver",
    }
    named = [f"original_glcm_F{i}" for i in range(features)]
    return pd.DataFrame(rows).join(pd.DataFrame(values.reshape(features, -1).T, columns=named))


def change(number: int) -> None:
    """Print how often features of patients who did not change are called changed, and how often that is foretold.

    Of features: beyond the coefficient, and `by_chance` of `change_table`. Then the 95th percentile over patients of
    the share of their features, and patients with any feature at q < .05 and by Holm. RDC: each scan has a
    scanner of its own; their SD is that of the errors.
    """
    cases = [("rc", 2, 0.0, kind, "auto") for kind in KINDS]
    cases += [("rc", 2, 0.0, "proportional", "log")]
    cases += [("rdc", k, 0.2, kind, "auto") for k in (4, 8) for kind in ("normal", "skewed")]
    for coefficient, k, between, kind, scale in cases:
        cells = []
        for n in SUBJECTS:
            known, _ = studies(n, number, n, k, kind, between)
            # Patients are studies of one subject: each has scanners of its own.
            new, _ = studies(n + 100, number * PATIENTS, 1, 2, kind, between)
            new = np.moveaxis(new.reshape(number, PATIENTS, FEATURES, 2), 1, 2)
            beyond, foretold, fdr, holm = [], [], [], []
            for study, patients in zip(known, new, strict=True):
                errors = measurement_error_table(long(study, "V"))
                found = change_table(long(patients, "P"), errors, "0", "1", coefficient, scale=scale)
                by = found.groupby("subject")
                beyond.append(by["verdict"].agg(lambda one: np.mean(one == "changed")))
                foretold.append(found["by_chance"].mean())
                fdr.append(by["q"].min() < 0.05)
                holm.append(by["p"].agg(lambda one: adjusted(one, "holm").min() < 0.05))
            share = np.concatenate(beyond)
            cells.append(f"{100 * share.mean():.1f} ({100 * np.mean(foretold):.1f})")
            cells[-1] += f", {100 * np.quantile(share, 0.95):.0f}, {100 * np.mean(fdr):.0f}, {100 * np.mean(holm):.0f}"
        print(f"| {coefficient.upper()}, {k}, {scale} | {kind} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    done = {"limits": limits, "trend": trend, "equivalence": pooling, "interchangeability": interchange}
    done["change"] = change
    done[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 400)
