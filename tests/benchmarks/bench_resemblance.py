"""How many values of people of the same kind lie outside the ranges of a study.

    python tests/benchmarks/bench_resemblance.py

200 studies each of 6 to 30 people under four conditions, and 20 patients under the first: 93 features that mostly three
dimensions are behind, exponentials of normal values, with ICC from .4 to .98.
"""

import numpy as np

from harmonize.arrays import FloatArray

FEATURES, CONDITIONS, PATIENTS, STUDIES = 93, 4, 20, 200


def main() -> None:
    """Print shares of values outside, and how often a feature is mostly outside."""
    rng = np.random.default_rng(1)
    for people in (6, 10, 17, 30):
        found = np.array([_study(rng, people) for _ in range(STUDIES)])
        share, one, mostly = found.mean(axis=0)
        print(
            f"{people} people: up to {2 / (people + 1):.3f}; {share:.3f} outside (one condition {one:.3f}), "
            f"features mostly outside {mostly:.4f}, studies with one {(found[:, 2] > 0).mean():.2f}"
        )


def _study(rng: np.random.Generator, people: int) -> tuple[float, float, float]:
    icc = rng.uniform(0.4, 0.98, FEATURES)
    loadings = rng.normal(size=(3, FEATURES))
    loadings /= np.sqrt((loadings**2).sum(axis=0))
    shifts = 0.2 * rng.normal(size=(CONDITIONS, FEATURES))

    def drawn(number: int, conditions: int) -> FloatArray:
        own = 0.95 * rng.normal(size=(number, 3)) @ loadings + 0.3 * rng.normal(size=(number, FEATURES))
        error = rng.normal(size=(number, conditions, FEATURES))
        values: FloatArray = np.exp(
            0.6 * (own[:, None] * np.sqrt(icc) + error * np.sqrt(1 - icc) + shifts[:conditions])
        )
        return values

    study, patients = drawn(people, CONDITIONS), drawn(PATIENTS, 1)[:, 0]
    outside = (patients < study.min(axis=(0, 1))) | (patients > study.max(axis=(0, 1)))
    first = (patients < study[:, 0].min(axis=0)) | (patients > study[:, 0].max(axis=0))
    return float(outside.mean()), float(first.mean()), float((outside.mean(axis=0) > 0.5).mean())


if __name__ == "__main__":
    main()
