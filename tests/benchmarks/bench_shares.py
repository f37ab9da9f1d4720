"""How often 95 % limits of the share of features with an ICC above .90 hold the share to be expected.

Real-shaped features: 93 with three dimensions between subjects and in the errors (and for comparison 93 that are
nearly independent), 40 % of them skewed; 2 conditions; 6 to 30 subjects; expected shares of .05 to .99. Printed are, of
the jackknife of the count (share -+ t SE, cut at 0 and 1) and of `share_limits`: coverage in per cent, in brackets how
often the lower limit lies above the expected share and the upper one below it, and the mean width; beside them what the
width of an interval of perfect spread would be (2 t SD of the share over studies) and the share of features whose true
ICC passes, which is not what is estimated. Then the time of all limits of eight strategies of 30 sequences and ROIs.

    python tests/benchmarks/bench_shares.py [STUDIES]
    python tests/benchmarks/bench_shares.py facets [STUDIES]    # of icc[reader], two readers by two scanners
"""

import sys
import time

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from evaluation.comparison.margins import margins, margins_at, moves
from evaluation.comparison.shares import share_limits
from evaluation.generalizability.components import facet_coefficients
from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.left_out import coefficients_without_each
from evaluation.reliability import icc
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import Criterion
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.statistic import Settings
from evaluation.reliability.weighted import WeightedPairs, WithoutEach
from selection import share_intervals
from tests.benchmarks.bench_comparison import study as eight_strategies

Values = NDArray[np.float64]
FEATURES = 93
NAMES = tuple(f"original_glcm_F{i}" for i in range(FEATURES))
CASES = ((3, 0.3, 0.3), (3, 0.3, 0.8), (3, 0.3, 1.3), (3, 0.3, 2.5), (3, 0.3, 3.2), (90, 0.95, 0.3), (90, 0.95, 1.2))


class Population:
    """Features whose true ICC has a Fisher z around some mean."""

    def __init__(self, dimensions: int, own: float, mean: float) -> None:
        rng = np.random.default_rng(5)
        loadings = rng.normal(size=(2, FEATURES, dimensions))
        self.loadings = np.sqrt(1 - own**2) * loadings / np.linalg.norm(loadings, axis=2, keepdims=True)
        self.own = own
        self.true = np.clip(np.tanh(mean + 0.6 * rng.normal(size=FEATURES)), 0.02, 0.999)
        self.skewed = rng.random(FEATURES) < 0.4

    def draw(self, rng: np.random.Generator, number: int, n: int) -> Values:
        """Make studies: (number, features, subjects, 2)."""
        size = self.loadings.shape[2]
        subjects = np.einsum("fd,rnd->rfn", self.loadings[0], rng.normal(size=(number, n, size)))
        subjects += self.own * rng.normal(size=subjects.shape)
        lognormal = (np.exp(0.8 * subjects) - np.exp(0.32)) / np.sqrt(np.expm1(0.64) * np.exp(0.64))
        subjects = np.where(self.skewed[:, None], lognormal, subjects)
        errors = np.einsum("fd,rnkd->rfnk", self.loadings[1], rng.normal(size=(number, n, 2, size)))
        errors += self.own * rng.normal(size=errors.shape)
        return subjects[..., None] + np.sqrt((1 - self.true) / self.true)[:, None, None] * errors


def _over_facets(population: Population, rng: np.random.Generator, studies: int, n: int) -> Values:
    """Make studies: (studies, features, subjects, readers, scanners)."""
    readers, scanners = population.draw(rng, studies, n), population.draw(rng, studies, n)
    subjects = readers.mean(axis=-1, keepdims=True)[..., None]
    own = (readers - readers.mean(axis=-1, keepdims=True))[..., None]
    other = 0.5 * (scanners - scanners.mean(axis=-1, keepdims=True))[..., None, :]
    shifts = 0.15 * np.random.default_rng(9).normal(size=(FEATURES, 1, 2, 2))
    return np.asarray(subjects + own + other + shifts + 0.3 * rng.normal(size=(*readers.shape, 2)))


def over_facets(number: int) -> None:
    """The same of the agreement of two readers by two scanners, whose shifts are those of all studies."""
    design = FacetDesign((Facet("reader"), Facet("scanner")))
    threshold = Criterion("icc[reader]", limit=0.75)
    for mean in (0.3, 0.9, 1.7):
        population = Population(3, 0.3, mean)
        for n in (6, 17, 30):
            rng = np.random.default_rng(n)
            blocks = (_over_facets(population, rng, 20, n).reshape(-1, n, 2, 2) for _ in range(10))
            counts = [
                (facet_coefficients(block, design, ["icc[reader]"]) > threshold.bound).reshape(20, -1).mean(axis=1)
                for block in blocks
            ]
            many, drawn, found = np.concatenate(counts), moves(n, 0), []
            for values in _over_facets(population, rng, number, n):
                without = coefficients_without_each(values, design, ["icc[reader]"], n)
                one = margins_at(threshold, ("",), without[:, None, :, 0])
                lower, upper = share_limits(one.drawn(drawn).mean(axis=2), 0.95, one.told.mean(axis=2))
                found.append((lower.item(), upper.item()))
            perfect = min(1.0, 2 * stdtrit(n - 1, 0.975) * many.std())
            words = told(*np.array(found).T, many.mean())
            print(f"{n:2} subjects | expected {many.mean():.3f} | {words} | {perfect:.2f}", flush=True)


def told(lower: Values, upper: Values, expected: float) -> str:
    """Give coverage and width in words."""
    above, below = np.mean(lower > expected + 1e-12), np.mean(upper < expected - 1e-12)
    return f"{100 * (1 - above - below):5.1f} ({100 * above:4.1f} {100 * below:4.1f}) {np.mean(upper - lower):.2f}"


def main(number: int) -> None:
    """Simulate and print."""
    threshold = Criterion("icc", limit=0.9)
    for dimensions, own, mean in CASES:
        population = Population(dimensions, own, mean)
        for n in (6, 10, 17, 30):
            rng = np.random.default_rng(n)
            parts = [icc(population.draw(rng, 200, n), level=None).estimate > 0.9 for _ in range(10)]
            many = np.concatenate(parts).mean(axis=1)
            weights, drawn = WithoutEach(n), moves(n, 0)
            found: dict[str, list[tuple[float, float]]] = {"count": [], "limits": []}
            for values in population.draw(rng, number, n):
                counts = (WeightedPairs.of(values, weights).icc() > 0.9).mean(axis=1)
                by_count = jackknife(counts[0], counts[1:])
                found["count"].append((max(0.0, float(by_count.lower)), min(1.0, float(by_count.upper))))
                group = Group("none", "T2", "liver", NAMES, ("REF", "A"), values)
                (one,) = margins(group, [threshold], Settings("REF"))
                lower, upper = share_limits(one.drawn(drawn).mean(axis=2), 0.95, one.told.mean(axis=2))
                found["limits"].append((lower.item(), upper.item()))
            words = " | ".join(told(*np.array(pairs).T, many.mean()) for pairs in found.values())
            perfect = min(1.0, 2 * stdtrit(n - 1, 0.975) * many.std())
            print(
                f"{dimensions:2} dimensions | {n:2} subjects | expected {many.mean():.3f} | {words} | "
                f"{perfect:.2f} | true {np.mean(population.true > 0.9):.2f}",
                flush=True,
            )
    table = eight_strategies(8)
    start = time.process_time()
    share_intervals(table, "REF+STD")
    seconds = time.process_time() - start
    print(f"all limits of 8 strategies, 30 sequences and ROIs, 93 features: {seconds:.1f} s of processor time")


if __name__ == "__main__":
    if sys.argv[1:2] == ["facets"]:
        print("subjects | share | share_limits | perfect width")
        over_facets(int(sys.argv[2]) if len(sys.argv) > 2 else 200)
        sys.exit()
    print("features | subjects | share | jackknife of the count | share_limits | perfect width | true share")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
