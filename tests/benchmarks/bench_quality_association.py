"""How often `change_correlation` finds what is not there, and how often its limits hold the truth.

Changes of quality and losses of four correlated classes, normal or skewed (exponentials of normals), with conditions
that differ in both and, within a subject, changes that go together through the scan of the reference:
`python tests/benchmarks/bench_quality_association.py`.
"""

import sys

import numpy as np

from evaluation.quality.association import change_correlation

CLASSES = 4


def draw(rng, n, conditions, shared, skewed):
    """Draw changes with a part that is shared by both; all have one of the subject (its reference) too."""

    def noise(*shape):
        return (rng.normal(size=(*shape, n, 1)) + rng.normal(size=(*shape, n, conditions))) / np.sqrt(2)

    both, family = noise(), noise()
    x = np.sqrt(shared) * both + np.sqrt(1 - shared) * noise()
    own = 0.7 * family + np.sqrt(1 - 0.49) * noise(CLASSES)
    y = np.sqrt(shared) * both + np.sqrt(1 - shared) * own
    if skewed:
        x, y = np.exp(0.7 * x), np.exp(0.7 * y)
    steps = 3.0 * np.arange(conditions)
    return x + steps, y + steps


def truth(shared, skewed):
    """Give the correlation of the population, from a very large sample."""
    x, y = draw(np.random.default_rng(99), 400_000, 1, shared, skewed)
    return float(np.corrcoef(x.ravel(), y[0].ravel())[0, 1])


def main(repeats=1000):
    """Print a row for each size and kind."""
    rng = np.random.default_rng(2)
    print("n conditions skewed shared truth rejected covered")
    for skewed in (False, True):
        for shared in (0.0, 0.5):
            true = truth(shared, skewed)
            for n in (6, 17, 30):
                for conditions in (1, 3):
                    found = [
                        change_correlation(*draw(rng, n, conditions, shared, skewed), seed=i) for i in range(repeats)
                    ]
                    rejected = np.mean([one.p < 0.05 for one in found])
                    covered = np.mean([(one.lower <= true) & (true <= one.upper) for one in found])
                    print(n, conditions, skewed, shared, f"{true:.3f} {rejected:.3f} {covered:.3f}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
