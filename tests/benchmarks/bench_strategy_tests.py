"""How often tests of strategies call a difference that is none, and how often they find one that is there.

Features have the skewness (|skew| > 1 between subjects) and correlations (about three effective dimensions) of real
tables; noise has heavy tails. Three questions:

harmonizer   `raw` against held-out ComBat onto the reference, four conditions, 40 features: "better" and "worse" with
             p < .05, with the harmonizer learned anew and, as it was once, taken as fixed; how often the limits of
             the ratio hold its mean over the studies. A batch effect of 0 is the null; its unit is the SD of the noise.
features     Two strategies of equal noise, 60 features: studies in which some feature has q < .05, by swapped subjects
             and, as it was once, by the jackknife's t; and the features found where noise is really smaller.
cohort       Nyul's and histogram matching, which learn one scale from all scans of the study, against z-scores: how
             often the limits of the ratio miss its mean, with the scale learned and with one given beforehand.

python tests/benchmarks/bench_strategy_tests.py [harmonizer|features|cohort] --subjects 6,8,17 --studies 200
"""

import argparse
import warnings

import numpy as np
import pandas as pd

from evaluation.comparison import Learned
from evaluation.comparison.chance import chance_p
from evaluation.comparison.gains import Gains
from evaluation.comparison.learned import relearn
from evaluation.comparison.ranking import draw_shares
from evaluation.comparison.swaps import swap_draws
from evaluation.reliability import benjamini_hochberg
from evaluation.reliability.contrasts import Group
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.statistic import Settings
from evaluation.reliability.weighted import WithoutEach
from harmonize.combat import ComBat
from harmonize.combat.redraws import held_out_draws
from harmonize.steps.histogram_matching import HistogramMatching
from harmonize.steps.landmarks import match_landmarks
from harmonize.steps.nyul import Nyul

CONDITIONS = ("REF", "A", "B", "C")
THRESHOLDS = {"icc": 0.9, "ccc": 0.9, "cv": 0.013, "qcd": 0.0075}
NOISE = 0.3


def loadings(n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Give how features depend on three factors of biology and three of noise; the same in every study."""
    both = np.random.default_rng(99).normal(size=(2, 3, n_features))
    first, second = both / np.sqrt((both**2).sum(axis=1, keepdims=True))
    return first, second


def truth(rng: np.random.Generator, n: int, n_features: int) -> np.ndarray:
    """Draw skewed, correlated values of subjects, of SD about 1."""
    factors = np.exp(0.6 * rng.normal(size=(n, 3)))
    factors = (factors - np.exp(0.18)) / (np.exp(0.18) * np.sqrt(np.exp(0.36) - 1))
    return 20 + factors @ loadings(n_features)[0] + 0.4 * rng.normal(size=(n, n_features))


def noise(rng: np.random.Generator, n: int, n_features: int) -> np.ndarray:
    """Draw correlated noise with heavy tails, of SD about 1: (n, conditions, features)."""
    factors = rng.standard_t(5, size=(n, len(CONDITIONS), 3)) * np.sqrt(3 / 5)
    own = rng.normal(size=(n, len(CONDITIONS), n_features))
    return factors @ loadings(n_features)[1] + 0.4 * own


def group(strategy: str, values: np.ndarray) -> Group:
    """Make a group of (subjects, conditions, features)."""
    names = tuple(f"original_glcm_Feature{i}" for i in range(values.shape[-1]))
    return Group(strategy, "T2", "liver", names, CONDITIONS, np.moveaxis(values, -1, 0))


def harmonizer(n: int, studies: int, effect: float, n_features: int = 40) -> pd.DataFrame:
    """Compare `raw` with held-out ComBat."""
    rng = np.random.default_rng(n)
    shift = np.zeros((len(CONDITIONS), n_features))
    shift[1:] = effect * NOISE * np.random.default_rng(7).normal(size=(3, 3)) @ loadings(n_features)[1]
    model = ComBat("condition", reference="REF")
    how = Learned(pd.DataFrame(), model, dict(zip(CONDITIONS, CONDITIONS, strict=True)))
    settings = Settings("REF")
    found = []
    for seed in range(studies):
        raw = truth(rng, n, n_features)[:, None] + NOISE * noise(rng, n, n_features) + shift
        before, after = group("raw", raw), group("combat", held_out_draws(model, raw[None], np.arange(4), 0)[0])
        anew = relearn([before], [after], how, THRESHOLDS, settings, seed)
        for kind, learned in (("anew", anew), ("fixed", None)):
            gains = Gains.of([before], [after], settings, swap_draws(n, 3 * n_features), (None, learned))
            means = gains.means(0.95)
            for row in means[means["by"] == "overall"].itertuples():
                found.append((kind, row.statistic, *-np.log([row.ratio, row.ratio_upper, row.ratio_lower]), row.p))
            some = gains.table(0.95).groupby("statistic", sort=False)["q"].min()
            found += [(kind, f"some q, {name}", 1.0, np.nan, np.nan, q) for name, q in some.items()]
        weights = WithoutEach(n)
        shares = [draw_shares([part], THRESHOLDS, weights, settings) for part in (before, after)]
        labels, difference = shares[0][0], np.round(shares[1][1] - shares[0][1], 12)
        for i in np.flatnonzero((labels["by"] == "overall") & (labels["statistic"] != "reproducible")):
            name, total = labels["statistic"][i], labels["n_total"][i]
            t = jackknife(difference[0, i], difference[1:, i])
            found.append(("fixed", f"share {name}", difference[0, i], float(t.lower), float(t.upper), float(t.p)))
            if anew is not None:
                passing, change = (
                    part[name].reshape(len(part[name]), -1).sum(axis=1) for part in (anew[0].passing, anew[0].change)
                )
                left = np.round(passing / total - shares[0][1][1:, i], 12)
                t, p = (
                    jackknife(difference[0, i], left),
                    chance_p(difference[0, i], change / total, 0.0, n),
                )
                found.append(("anew", f"share {name}", difference[0, i], float(t.lower), float(t.upper), p))
    rows = pd.DataFrame(found, columns=["learned", "of", "gain", "lower", "upper", "p"])
    rows["mean"] = rows.groupby(["learned", "of"])["gain"].transform("mean")
    rows["better"] = (rows["p"] < 0.05) & (rows["gain"] > 0)
    rows["worse"] = (rows["p"] < 0.05) & (rows["gain"] < 0)
    rows["covers"] = ((rows["lower"] <= rows["mean"]) & (rows["mean"] <= rows["upper"])).where(rows["lower"].notna())
    result = rows.groupby(["of", "learned"], sort=False)[["mean", "better", "worse", "covers"]].mean()
    return result.astype(float).unstack().swaplevel(axis=1).sort_index(axis=1, level=0, sort_remaining=False)


def features(n: int, studies: int, ratio: float, changed: float, n_features: int = 60) -> pd.DataFrame:
    """Compare two strategies that share half of the variance of their noise; the second in another unit."""
    rng = np.random.default_rng(n)
    factor = np.where(np.arange(n_features) < changed * n_features, ratio, 1.0)
    swaps = swap_draws(n, 3 * n_features)
    found = []
    for _ in range(studies):
        subject, common = truth(rng, n, n_features)[:, None], noise(rng, n, n_features)
        first, second = (
            subject + NOISE * size * (common + noise(rng, n, n_features)) / np.sqrt(2) for size in (1.0, factor)
        )
        gains = Gains.of([group("first", first)], [group("second", 7 * second)], Settings("REF"), swaps)
        rows = gains.table(0.95).assign(t=jackknife(gains.ratio[0], gains.ratio[1:], 0.95, gains.used).p)
        for statistic, part in rows.groupby("statistic", sort=False):
            true = factor[part["feature"].str.extract(r"(\d+)$", expand=False).astype(int)] != 1
            tests = {"swaps": (part["p"], part["q"]), "jackknife": (part["t"], benjamini_hochberg(part["t"]))}
            for kind, (p, q) in tests.items():
                power = np.mean(q[true] < 0.05) if true.any() else np.nan
                found.append((statistic, kind, np.any(q < 0.05), np.mean(p < 0.05), np.mean(p < 0.001), power))
    columns = ["statistic", "test", "some q < .05", "p < .05", "p < .001", "found"]
    return pd.DataFrame(found, columns=columns).groupby(["statistic", "test"], sort=False).mean()


def cohort(n: int, studies: int) -> pd.DataFrame:
    """Compare steps that learn from all scans with z-scores."""
    rng = np.random.default_rng(n)
    steps = {"nyul": Nyul(region="image"), "histogram_matching": HistogramMatching(region="image")}
    before = {name: _scale(step, _scans(np.random.default_rng(5), 300)) for name, step in steps.items()}
    found = []
    for _ in range(studies):
        scans = _scans(rng, n)
        spread, mean = scans.std(axis=-1, keepdims=True), scans.mean(axis=-1, keepdims=True)
        base = _first_order(500 + 100 * (scans - mean) / spread)
        for name, step in steps.items():
            for kind, scale in (("learned", _scale(step, scans)), ("given", before[name])):
                marks = np.moveaxis(np.percentile(scans, step.percentiles, axis=-1), 0, -1)
                matched = np.empty_like(scans)
                for place in np.ndindex(scans.shape[:2]):
                    matched[place] = match_landmarks(scans[place], marks[place], scale)
                own = _first_order(matched)
                groups = [[group(part, np.moveaxis(values, 0, -1))] for part, values in (("z", base), (name, own))]
                means = Gains.of(*groups, Settings("REF"), swap_draws(n, 40)).means(0.95)
                for row in means[means["by"] == "overall"].itertuples():
                    found.append((name, row.statistic, kind, *np.log([row.ratio, row.ratio_lower, row.ratio_upper])))
    rows = pd.DataFrame(found, columns=["step", "statistic", "scale", "ratio", "lower", "upper"])
    mean_ratio = rows.groupby(["step", "statistic", "scale"])["ratio"].transform("mean")
    rows["misses"] = (rows["lower"] > mean_ratio) | (rows["upper"] < mean_ratio)
    return rows.groupby(["step", "statistic", "scale"], sort=False)["misses"].mean().unstack()


def _scale(step: Nyul | HistogramMatching, scans: np.ndarray) -> tuple[float, ...]:
    """Learn the scale of all scans."""
    marks = np.moveaxis(np.percentile(scans, step.percentiles, axis=-1), 0, -1)
    fitted = step.fit(marks.reshape(-1, marks.shape[-1]).tolist())
    return tuple(list(vars(fitted).values())[-1])


def _scans(rng: np.random.Generator, n: int, voxels: int = 300) -> np.ndarray:
    """Draw intensities of an ROI (the first 80 voxels) and its surroundings, each scan with its own unit and noise."""
    tissue = rng.gamma(np.broadcast_to(4 * np.exp(0.3 * rng.normal(size=(n, 1, 1))), (n, 1, voxels)))
    tissue[..., :80] += 2 * np.exp(0.4 * rng.normal(size=(n, 1, 1)))
    size = 0.4 * np.exp(0.2 * rng.normal(size=(n, 4, 1)))
    return 100 * np.exp(0.3 * rng.normal(size=(n, 4, 1))) * (20 + tissue + size * rng.normal(size=(n, 4, voxels)))


def _first_order(scans: np.ndarray) -> np.ndarray:
    """Compute features of the ROI: (features, subjects, conditions)."""
    roi = scans[..., :80]
    mean, spread, quantiles = roi.mean(-1), roi.std(-1), np.percentile(roi, [10, 25, 50, 75, 90], axis=-1)
    return np.stack([mean, spread, *quantiles, (roi**2).mean(-1), np.ptp(roi, axis=-1), np.abs(np.diff(roi)).mean(-1)])


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="?", choices=["harmonizer", "features", "cohort", "all"], default="all")
    parser.add_argument("--subjects", default="6,8,17")
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--effects", default="0,0.5,1,2")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    pd.options.display.width = 160
    for n in map(int, arguments.subjects.split(",")):
        if arguments.what in ("harmonizer", "all"):
            for effect in map(float, arguments.effects.split(",")):
                print(f"\n{n} subjects, batch effect {effect:g}: raw against held-out ComBat", flush=True)
                print(harmonizer(n, arguments.studies, effect).round(3).to_string(), flush=True)
        if arguments.what in ("features", "all"):
            for ratio, changed in ((1.0, 0.0), (0.7, 1.0), (0.5, 0.1)):
                print(f"\n{n} subjects, noise x {ratio:g} in {changed:.0%} of the features", flush=True)
                print(features(n, arguments.studies, ratio, changed).round(4).to_string(), flush=True)
        if arguments.what in ("cohort", "all"):
            print(f"\n{n} subjects, limits that miss", flush=True)
            print(cohort(n, arguments.studies).round(3).to_string(), flush=True)


if __name__ == "__main__":
    main()
