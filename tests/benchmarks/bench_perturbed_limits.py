"""How often 95 % limits of ICC(1,1) over draws of a chain of perturbations hold the true value.

Studies of one scan a subject: 93 features with three dimensions between subjects and in the errors of the draws, 40 %
of them lognormal between subjects (skewness 3.7). Draws are exchangeable; their errors are

- alike: normal, with one SD;
- uneven: the SD of a subject's errors is lognormal (sigma .5), shared by all features, as that of small ROIs is larger;
- skewed: lognormal (skewness 1.5), as where an ROI loses its brightest voxels or not;
- of size: the SD grows with the value of the subject.

Printed are, for skewed and other features, coverage in per cent (in brackets how often the lower limit lies above the
true value, the upper one below it), and the mean width: of the limits that tables have (jackknife over subjects), and
of McGraw and Wong's F-based ones, which Zwanenburg et al. 2019 use.

    python tests/benchmarks/bench_perturbed_limits.py [STUDIES]
"""

import sys

import numpy as np
from numpy.typing import NDArray

from evaluation.reliability import icc

Values = NDArray[np.float64]
FEATURES, DRAWS, SUBJECTS = 93, (2, 10, 30), (6, 17, 30)
ERRORS = ("alike", "uneven", "skewed", "of size")
TRUE = (0.8, 0.95)
TAIL = 0.8
"""Sigma of lognormal subjects."""


class Population:
    """Features that go with each other, some of them skewed."""

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        loadings = rng.normal(size=(2, FEATURES, 3))
        self.loadings = np.sqrt(0.91) * loadings / np.linalg.norm(loadings, axis=2, keepdims=True)
        self.skewed = rng.random(FEATURES) < 0.4

    def _mixed(self, rng: np.random.Generator, which: int, *shape: int) -> Values:
        """Give standard normal values of all features, which go with each other."""
        values = np.einsum("fd,...d->f...", self.loadings[which], rng.normal(size=(*shape, 3)))
        return np.asarray(values + 0.3 * rng.normal(size=values.shape))

    def draw(self, rng: np.random.Generator, n: int, draws: int, errors: str, true: float) -> Values:
        """Make a study, shape (features, n, draws), whose true ICC(1,1) is the same for all features."""
        subjects = self._mixed(rng, 0, n)
        subjects = np.where(self.skewed[:, None], lognormal(subjects, TAIL), subjects)[..., None]
        noise = self._mixed(rng, 1, n, draws)
        if errors == "skewed":
            noise = lognormal(noise, 0.44)
        elif errors == "uneven":
            noise *= rng.lognormal(-0.25, 0.5, size=(n, 1))  # the mean of its square is 1
        elif errors == "of size":
            noise *= (2.5 + subjects) / np.sqrt(2.5**2 + 1)
        return np.asarray(subjects + np.sqrt((1 - true) / true) * noise)


def lognormal(values: Values, sigma: float) -> Values:
    """Turn standard normal values into lognormal ones of mean 0 and variance 1."""
    variance = np.expm1(sigma**2) * np.exp(sigma**2)
    return np.asarray((np.exp(sigma * values) - np.exp(sigma**2 / 2)) / np.sqrt(variance))


def main(number: int) -> None:
    """Simulate and print."""
    population = Population()
    for true in TRUE:
        for errors in ERRORS:
            for draws in DRAWS:
                cells = []
                for n in SUBJECTS:
                    rng = np.random.default_rng([n, draws])
                    studies = np.stack([population.draw(rng, n, draws, errors, true) for _ in range(number)])
                    for interval in ("jackknife", "mcgraw-wong"):
                        found = icc(studies, "1", interval=interval)
                        for skewed in (False, True):
                            own = population.skewed == skewed
                            lower, upper = found.lower[:, own], found.upper[:, own]
                            above, below = 100 * np.mean(lower > true), 100 * np.mean(upper < true)
                            width = np.mean(upper - np.maximum(lower, -1))
                            cells.append(f"{100 - above - below:.1f} ({above:.1f}, {below:.1f}) {width:.2f}")
                print(f"{true} | {errors} | {draws} | " + " | ".join(cells), flush=True)


if __name__ == "__main__":
    heads = (f"n = {n}, {of}" for n in SUBJECTS for of in ("plain", "skewed", "F-based, plain", "F-based, skewed"))
    print("true | errors | draws | " + " | ".join(heads))
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
