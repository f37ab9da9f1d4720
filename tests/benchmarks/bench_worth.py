"""How often 95 % limits of what perturbations are worth hold what is to be expected, and what halves of subjects say.

Features: 93 with three dimensions between subjects, in the errors of repeats and in those of perturbations, 40 % of
them skewed; two real conditions and six perturbed scans of the first; true ICCs over perturbations go with those over
conditions as much as RELATION says (0: not at all, so that nothing is caught beyond chance). The expected measure is
its mean over 1000 studies. Printed are coverage in per cent (in brackets: lower limit above, upper limit below) and
mean width; then, of sensitivity and false alarms, what perturbations are worth for the verdicts of another study of as
many subjects, what a second real study is, and the means of `in_halves` and `ceiling`.

    python tests/benchmarks/bench_worth.py [STUDIES]
"""

import sys

import numpy as np
from numpy.typing import NDArray

from evaluation.comparison.margins import MOST_GROUPS, moves
from evaluation.perturbed.judged import Judged, SideRule, judge_both
from evaluation.perturbed.measures import MEASURES, RANKS, Counts, rank_correlation
from evaluation.perturbed.worth import measured
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import criteria_of
from evaluation.reliability.statistic import Settings

Values = NDArray[np.float64]
FEATURES, DRAWS = 93, 6
NAMES = tuple(f"original_glcm_F{i}" for i in range(FEATURES))
RULES = (
    SideRule(criteria_of({"icc": 0.9}), Settings("REF", limits=False)),
    SideRule(criteria_of({"icc": 0.9}), Settings(None, "1", limits=False)),
)


class Population:
    """Features whose true ICCs over conditions and over perturbations have Fisher's z around 1.5 and 1.6."""

    def __init__(self, relation: float) -> None:
        rng = np.random.default_rng(5)
        loadings = rng.normal(size=(3, FEATURES, 3))
        self.loadings = np.sqrt(0.91) * loadings / np.linalg.norm(loadings, axis=2, keepdims=True)
        shared, own = rng.normal(size=(2, FEATURES))
        self.real = np.clip(np.tanh(1.5 + 0.6 * shared), 0.02, 0.999)
        self.perturbed = np.clip(np.tanh(1.6 + 0.6 * (relation * shared + np.sqrt(1 - relation**2) * own)), 0.02, 0.999)
        self.skewed = rng.random(FEATURES) < 0.4

    def draw(self, rng: np.random.Generator, n: int) -> tuple[Group, Group]:
        """Make a study: the groups of both sides."""

        def mixed(which: int, *shape: int) -> Values:
            values = np.einsum("fd,...d->f...", self.loadings[which], rng.normal(size=(*shape, 3)))
            return values + 0.3 * rng.normal(size=values.shape)

        subjects = mixed(0, n)
        lognormal = (np.exp(0.8 * subjects) - np.exp(0.32)) / np.sqrt(np.expm1(0.64) * np.exp(0.64))
        subjects = np.where(self.skewed[:, None], lognormal, subjects)
        spread = [np.sqrt((1 - true) / true)[:, None, None] for true in (self.real, self.perturbed)]
        scans = subjects[..., None] + spread[0] * mixed(1, n, 2)
        perturbed = scans[..., :1] + np.concatenate(
            [np.zeros((FEATURES, n, 1)), spread[1] * mixed(2, n, DRAWS)], axis=2
        )
        levels = ("unperturbed", *(f"P-{i}" for i in range(1, DRAWS + 1)))
        return (
            Group("none", "T2", "liver", NAMES, ("REF", "ACC"), scans),
            Group("none", "T2", "liver", NAMES, levels, perturbed),
        )


def found_of(stable: NDArray[np.bool_], kept: NDArray[np.bool_]) -> dict[str, float]:
    """Give the measures of one study for another."""
    counts = Counts.of(stable, kept)
    return {name: float(one.compute(counts)) for name, one in MEASURES.items()}


def main(number: int) -> None:
    """Simulate and print."""
    for relation in (0.0, 0.6, 0.95):
        population = Population(relation)
        for n in (8, 17, 40):
            rng = np.random.default_rng(n)
            drawn = moves(min(n, MOST_GROUPS), 0)
            many = [judge_both(*population.draw(rng, n), RULES, drawn[:0], halves=0) for _ in range(1000)]
            report(many, [judge_both(*population.draw(rng, n), RULES, drawn) for _ in range(number)], relation, n)


def report(many: list[Judged], studies: list[Judged], relation: float, n: int) -> None:
    """Print what studies say of themselves beside what many studies have on average."""
    expected = {
        name: float(np.nanmean([found_of(one.stable[0], one.kept[0])[name] for one in many])) for name in MEASURES
    }
    expected[RANKS] = float(np.mean([rank_correlation(one.order[0][0], one.order[1][0]) for one in many]))
    pairs = list(zip(many[::2], many[1::2], strict=True))
    rows = [{row["measure"]: row for row in measured([one], 0.95)} for one in studies]
    for name, truth in expected.items():
        lower, upper = np.array([(one[name]["lower"], one[name]["upper"]) for one in rows]).T
        there = np.isfinite(lower)
        above, below = np.mean(lower[there] > truth + 1e-12), np.mean(upper[there] < truth - 1e-12)
        words = f"{100 * (1 - above - below):5.1f} ({100 * above:4.1f} {100 * below:4.1f})"
        more = ""
        if name in ("sensitivity", "false_alarms"):
            again = np.nanmean([found_of(a.stable[0], b.kept[0])[name] for a, b in pairs])
            second = np.nanmean([found_of(a.stable[0], b.stable[0])[name] for a, b in pairs])
            halves, ceiling = (np.nanmean([one[name][key] for one in rows]) for key in ("in_halves", "ceiling"))
            more = f" | others {again:.2f}, repeats {second:.2f} | halves {halves:.2f}, ceiling {ceiling:.2f}"
        print(
            f"relation {relation:.2f} | {n:2} subjects | {name:20} | expected {truth:5.2f} | {words} "
            f"{np.mean(upper[there] - lower[there]):.2f} | limits {100 * there.mean():.0f} %{more}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
