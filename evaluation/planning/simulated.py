"""What studies of a size will find, by simulation from a pilot: shares of robust features, power of comparisons."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.planning.pilot import Distribution
from evaluation.planning.pilot_table import PilotTable
from evaluation.reliability.criteria import criteria_of, jointly
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.jackknife_limits import without_each
from evaluation.reliability.sample import Sample, check_level
from evaluation.reliability.statistic import NEAR, Settings, in_parts
from evaluation.reliability.statistics import REPRODUCIBLE, STATISTICS
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.limits import Bounds

COLUMNS = ("subjects", "conditions", "strategy", "share", "low", "high", "width", "power", "worse", "ratio")


def pilot_sizes(
    pilot: pd.DataFrame | PilotTable,
    subjects: Sequence[int],
    reference: str | None = None,
    thresholds: Mapping[str, float] = REPRODUCIBLE,
    *,
    baseline: str | None = None,
    error_ratio: float | None = None,
    conditions: int | None = None,
    simulations: int = 200,
    distribution: Distribution = "resampled",
    level: float = 0.95,
    icc_form: str = "A,1",
    seed: int = 0,
    columns: Sequence[str] | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> pd.DataFrame:
    """Simulate studies of several sizes from a pilot, and say what they find.

    Parameters
    ----------
    pilot : DataFrame
        A feature table of at least five subjects under two conditions.
    subjects : sequence of int
        Sizes.
    reference : str or None
        The condition that others are compared with; None compares all with one another.
    thresholds : mapping of str to float
        What a robust feature must pass.
    baseline : str or None
        The strategy that others are compared with; None takes the first.
    error_ratio : float or None
        Error variance of the other strategies over the baseline's, all else being equal, of features that both have;
        None takes the differences of the pilot, those by chance among them, for true.
    conditions : int or None
        So many other conditions of the same kind, such as readers, instead of the pilot's; without a reference.
    simulations : int
        Studies of each size.
    distribution : {"resampled", "normal"}
        How subjects and errors are drawn, see `Pilot.draw`.
    level : float
        Of the range of shares and, 1 - `level`, of tests.
    icc_form, columns
        As for `reliability_table`.
    seed : int
        The same seed gives the same numbers.
    progress : callable
        Called with what is done, how many, of how many.

    Returns
    -------
    DataFrame
        A row for each size and strategy: ``subjects``, ``conditions``, ``strategy``, mean ``share`` of robust features,
        ``low`` and ``high``, between which it lies in `level` of the studies, and ``width``, their difference; for
        strategies other than the baseline ``power``, the part of studies in which 1 - ICC, averaged over all rows, is
        found to be less than the baseline's (two-sided p below 1 - `level`), ``worse``, in which it is found to be
        more, and the geometric mean ``ratio`` of it.

    Raises
    ------
    ConfigurationError
        When the pilot has fewer than five complete subjects, one condition, or no such reference or baseline.

    Notes
    -----
    Subjects and errors are drawn with all features of all strategies, sequences and ROIs at once, and keep their
    correlations. Components are estimates, and differences of strategies that a small pilot shows by chance are found
    by large studies: power is to be trusted with an `error_ratio` (``tests/benchmarks/bench_pilot.py``). Statistics and
    test are those of `compare_strategies`, values taken as fixed: a strategy with a harmonizer is not learned anew in
    each study.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> names = [f"original_glcm_F{i}" for i in range(20)]
    >>> truth = rng.normal(10, 2, (12, 20))
    >>> table = pd.concat([
    ...     pd.DataFrame(truth + rng.normal(0, sd, (12, 20)), columns=names).assign(
    ...         strategy=strategy, subject=range(12), sequence="T2", condition=condition, roi="liver"
    ...     )
    ...     for strategy, sd in [("none", 0.8), ("n4", 0.5)] for condition in ["REF", "ACC"]
    ... ])
    >>> found = pilot_sizes(table, [10, 40], "REF", {"icc": 0.85}, simulations=50)
    >>> found[["subjects", "strategy", "share", "power"]].round(1)
       subjects strategy  share  power
    0        10     none    0.5    NaN
    1        10       n4    0.9    1.0
    2        40     none    0.5    NaN
    3        40       n4    0.9    1.0
    """
    table = pilot if isinstance(pilot, PilotTable) else PilotTable.of(pilot, columns)
    check_level(level)
    first = next(iter(table.members)) if baseline is None else baseline
    refuse_unknown([first], table.members, "`baseline`", "no strategy is called")
    if reference is not None:
        refuse_unknown([reference], table.groups[0].conditions, "`reference`", "no condition is called")
    if conditions is not None and reference is not None:
        raise ConfigurationError(
            "`conditions`: other conditions than those of the pilot have no reference; compare all by `reference=none`"
        )
    settings = Settings(reference, icc_form, level, limits=False)
    source = table.pilot()
    others = [name for name in table.members if name != first]
    rows = {name: table.rows(name) for name in table.members}
    shared = {name: table.shared(first, name) for name in others}
    if error_ratio is not None:
        Bounds(above=0).check("`error_ratio`", error_ratio)
        for one, other in shared.values():
            source = source.with_ratio(one, other, error_ratio)
    names = table.groups[0].conditions
    where = names.index(reference) if reference is not None else None
    parts = []
    for place, n in enumerate(subjects):
        rng = np.random.default_rng([seed, n])
        shares, tests = np.full((simulations, len(rows)), np.nan), np.full((simulations, len(others), 2), np.nan)
        for number in range(simulations):
            values = source.draw(rng, n, conditions, distribution)
            passing = _passing(values, thresholds, where, settings)
            shares[number] = [passing[rows[name]].mean() for name in rows]
            if others:
                errors = _log_errors(values, where, icc_form)
                for column, (one, other) in enumerate(shared.values()):
                    tests[number, column] = _test(errors[:, :, one], errors[:, :, other], level)
            progress("studies", place * simulations + number + 1, len(subjects) * simulations)
        size = {"subjects": n, "conditions": len(names) if conditions is None else conditions}
        parts += [
            {**size, "strategy": name, **_of_shares(shares[:, column], level)}
            | (_of_tests(tests[:, others.index(name)], level) if name != first else {})
            for column, name in enumerate(rows)
        ]
    return pd.DataFrame(parts, columns=list(COLUMNS))


def _of_shares(shares: FloatArray, level: float) -> dict[str, float]:
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2])
    return {"share": shares.mean(), "low": low, "high": high, "width": high - low}


def _of_tests(tests: FloatArray, level: float) -> dict[str, float]:
    p, logarithm = tests.T
    found = p < 1 - level
    return {
        "power": (found & (logarithm < 0)).mean(),
        "worse": (found & (logarithm > 0)).mean(),
        "ratio": np.exp(logarithm.mean()),
    }


def _blocks(values: FloatArray, reference: int | None) -> list[FloatArray]:
    """Give what agreement is of: each other condition with the reference, or all, (n_features, n_subjects, ...)."""
    if reference is None:
        return [values]
    return [values[..., [reference, other]] for other in range(values.shape[2]) if other != reference]


def _passing(
    values: FloatArray, thresholds: Mapping[str, float], reference: int | None, settings: Settings
) -> BoolArray:
    """Tell which features pass all thresholds under every condition."""
    passing = []
    for criterion in criteria_of(thresholds):
        one = STATISTICS[criterion.statistic]
        blocks = _blocks(values, reference if one.of_pairs(settings.reference) else None)
        found = [in_parts({"": one}, block, settings)[""].estimate for block in blocks]
        passing.append(criterion.met(np.stack(found)))
    return jointly(passing)


def _log_errors(values: FloatArray, reference: int | None, form: str) -> FloatArray:
    """Give the logarithm of 1 - ICC, of all subjects and then without each: (1 + n, n_blocks, n_features)."""
    step = max(1, NEAR // values[0].size)
    found = []
    for block in _blocks(values, reference):
        samples = (Sample.of(block[start : start + step]) for start in range(0, len(block), step))
        iccs = [
            np.concatenate([of_all[None], without.T])
            for of_all, without in (without_each(one, form) for one in samples)
        ]
        found.append(np.concatenate(iccs, axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(1 - np.stack(found, axis=1)))


def _test(baseline: FloatArray, strategy: FloatArray, level: float) -> tuple[float, float]:
    """Give p and value of the mean logarithm of the ratio of 1 - ICC to the baseline's, by the jackknife."""
    ratio = (strategy - baseline).reshape(len(baseline), -1)
    mean = ratio[:, np.isfinite(ratio).all(axis=0)].mean(axis=1)
    return float(jackknife(mean[0], mean[1:], level).p), float(mean[0])


def least_subjects(sizes: pd.DataFrame, quantity: str, target: float, rising: bool) -> float:
    """Give the number of subjects from which a quantity reaches a target; NaN where none of the sizes does.

    Between the sizes that were simulated it is interpolated over the logarithm of their number, on a line that only
    rises (or falls), since simulated values scatter.

    Parameters
    ----------
    sizes : DataFrame
        ``subjects`` and the quantity, such as those of a strategy in `pilot_sizes`.
    quantity : str
    target : float
    rising : bool
        Whether the quantity rises with the number of subjects.

    Examples
    --------
    >>> sizes = pd.DataFrame({"subjects": [10, 20, 40], "power": [0.2, 0.5, 0.9]})
    >>> least_subjects(sizes, "power", 0.8, rising=True)
    34.0
    """
    from sklearn.isotonic import IsotonicRegression  # only here: it takes long to load

    n, found = sizes["subjects"].to_numpy(dtype=np.float64), sizes[quantity].to_numpy(dtype=np.float64)
    line = IsotonicRegression(increasing=rising).fit_transform(np.log(n), found)
    fine = np.arange(n.min(), n.max() + 1)
    between = np.interp(np.log(fine), np.log(n), line)
    enough = np.flatnonzero(between >= target if rising else between <= target)
    return float(fine[enough[0]]) if len(enough) else float("nan")
