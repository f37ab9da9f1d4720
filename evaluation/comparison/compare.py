"""Strategies compared on the same subjects: gains, shares, ranks and the overlap of their whitelists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.comparison.gains import Gains
from evaluation.comparison.learned import Learned, Relearned, relearn
from evaluation.comparison.learned_shares import of_labels, put_learned_right
from evaluation.comparison.margins import Threshold
from evaluation.comparison.overlap import whitelist_overlap
from evaluation.comparison.ranking import draw_shares, rank_strategies, share_differences
from evaluation.comparison.shares import without_limits
from evaluation.comparison.swaps import swap_draws
from evaluation.comparison.weighted import drawn, leave_one_out
from evaluation.reliability.bootstrap import check_number
from evaluation.reliability.contrasts import Group, check_reference, groups_by_strategy
from evaluation.reliability.dispersion import QuartileRule
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.sample import check_level
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import REPRODUCIBLE, below
from evaluation.tables import FEATURE_KEYS, check_feature_table
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.inputs.frames import takes_frames

COMPARED = ("icc", "ccc", "cv", "qcd")
"""The statistics whose gains are computed, and which may have a threshold."""


@dataclass(frozen=True)
class Comparison:
    """Strategies compared with a baseline; see `compare_strategies` for the columns.

    Parameters
    ----------
    baseline : str
        The strategy that the others are compared with.
    features : DataFrame
        Gain of every feature.
    summary : DataFrame
        Mean gains.
    shares : DataFrame
        Differences of the shares that pass.
    ranks : DataFrame
        Ranks of the strategies by these shares.
    overlap : DataFrame
        Overlap of the whitelists of every two strategies, see `whitelist_overlap`.
    """

    baseline: str
    features: pd.DataFrame
    summary: pd.DataFrame
    shares: pd.DataFrame
    ranks: pd.DataFrame
    overlap: pd.DataFrame


@takes_frames
def compare_strategies(
    features: pd.DataFrame,
    reference: str,
    thresholds: Mapping[str, float] = REPRODUCIBLE,
    *,
    baseline: str | None = None,
    learned: Mapping[str, Learned] | None = None,
    columns: Sequence[str] | None = None,
    icc_form: str = "A,1",
    quartiles: QuartileRule = "linear",
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare strategies feature by feature, by their shares of robust features and by their whitelists.

    Everything is paired: the same sequence, ROI, feature and condition, and in gains the subjects that have values
    under both strategies. All measurements of a subject are left out or drawn together.

    Parameters
    ----------
    features : DataFrame
        A feature table of at least two strategies.
    reference : str
        The condition that the others are compared with.
    thresholds : mapping of str to float
        What a robust feature must pass under every condition, for ``icc``, ``ccc``, ``cv`` and ``qcd`` or some of
        them; see `reproducible`.
    baseline : str or None
        The strategy that the others are compared with; None takes the first of the table.
    learned : mapping of str to Learned
        How the values of harmonized strategies were learned from the other subjects. Without it they are taken as
        fixed, and limits and tests are wrong: they leave out that other subjects would have taught something else.
    columns : sequence of str or None
        As for `reliability_table`, as are `icc_form` and `quartiles`.
    level : float
        Confidence level of all limits.
    n_resamples, seed : int
        Bootstrap resamples of the ranks, and what makes them repeatable.

    Returns
    -------
    Comparison
        Five tables:

        - ``features``: strategy, sequence, roi, feature, condition, statistic, baseline_estimate, estimate,
          ``gain`` with limits, ``ratio`` with limits, p, q, n and status. The *error* is 1 - ICC, 1 - CCC, CV or
          QCD. The gain is the error of the baseline minus that of the strategy: positive is better for all four.
          The ratio is the error of the strategy over that of the baseline. The family of q is one statistic of one
          strategy over all sequences, ROIs, features and conditions.
        - ``summary``: per strategy, statistic and level of overall, sequence, roi, class and condition: ``n_total``
          rows, ``better`` and ``worse`` of them; mean ``gain`` with limits over ``n_gain`` rows; geometric mean
          ``ratio`` with limits and p over ``n_ratio`` rows; q over all strategies and levels of one statistic and
          one `by`; status.
        - ``shares``: difference of the share that passes each threshold, and all of them under every condition
          (statistic ``reproducible``), to the baseline's, with limits, p, and q and status as in the summary.
        - ``ranks``: per statistic and strategy the overall share, its rank (1 is best, ties share the mean), limits
          of the rank, and ``first``, the share of resamples in which the strategy ranks first (ties share it).
        - ``overlap``: Jaccard's and Kuncheva's index of the jointly robust features of every two strategies.

        Features that one of two strategies does not extract are left out of gains, overlap and differences of shares
        (whose ``n_total`` counts what both have); shares in ``ranks`` are of each strategy's own rows. What could not
        be computed does not pass.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, has one strategy or no reference condition, or an option is unknown.

    Notes
    -----
    Limits are the jackknife's over whole subjects, and p of a mean is the two-sided jackknife t test of a logarithm of
    the ratio of zero; it is below 1 - `level` exactly where the limits of the ratio exclude 1. It is on that scale
    because an ICC near 1 is skewed: with two strategies of equal true ICC (.50 to .97; 17 subjects) it rejected at
    .05 in 4.4-6.5 %, on the difference itself in 1.4-4.8 %, and where ICCs were .80 and .95 it found that in 82 %
    against 35 %. The limits of the ratio covered its true value in 94-96 %, those of the gain in 91-99 %. On average
    over 60 correlated features the test rejected a true null in 5-6.5 %, that of the shares in 0-3 %, and all limits
    covered 94 % or more.

    The jackknife's t of single features has heavy tails. They are tested by swapping whole subjects between the two
    strategies, see `swap_draws` and `pooled_test`.

    Harmonized strategies are learned anew without each subject for their limits, and tested against what their
    harmonizers do where the conditions of each subject were exchanged, see `relearn` and `chance_p`: p asks whether
    conditions differ in what the harmonizer takes out. What cannot be learned anew has the status ``learned``.

    A gain without limits and test has the status ``no_interval``. Ranks use the bootstrap;
    resamples repeat subjects, which moves all shares (see `bootstrap`), but in all strategies alike.

    References
    ----------
    Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall 1993, chapters 11 and 13. Goldstein H,
    Spiegelhalter DJ. League tables and their limitations. Journal of the Royal Statistical Society A
    1996;159:385-409.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> names = [f"original_glcm_Feature{i}" for i in range(20)]
    >>> truth = rng.normal(10, 2, (17, 20))
    >>> table = pd.concat([
    ...     pd.DataFrame(truth + rng.normal(0, sd, (17, 20)), columns=names).assign(
    ...         strategy=strategy, subject=range(17), sequence="T2", condition=condition, roi="liver"
    ...     )
    ...     for strategy, sd in [("none", 0.8), ("n4", 0.4)] for condition in ["REF+STD", "ACC+STD"]
    ... ])
    >>> result = compare_strategies(table, "REF+STD")
    >>> rows = result.summary.query("by == 'overall' and statistic == 'icc'")
    >>> rows[["strategy", "better", "worse", "gain", "ratio", "ratio_lower", "ratio_upper"]].round(2)
      strategy  better  worse  gain  ratio  ratio_lower  ratio_upper
    0       n4      20      0  0.09   0.35         0.26         0.47
    >>> result.ranks.query("statistic == 'reproducible'")[["strategy", "share", "rank", "first"]]
      strategy  share  rank  first
    4     none    0.4   2.0    0.0
    5       n4    0.9   1.0    1.0
    """
    features = check_feature_table(features, columns)
    check_reference(features, reference)
    check_level(level)
    check_number("comparison: n_resamples", n_resamples)
    for name in thresholds:
        if name not in COMPARED:
            raise ConfigurationError(f"comparison: no threshold for '{name}'; {suggest(name, COMPARED)}")
    if not thresholds:
        raise ConfigurationError("comparison: expected at least one threshold, such as icc: 0.9")
    members, before = _members(features, learned or {}, columns)
    if len(members) < 2:
        raise ConfigurationError(
            f"comparison: the feature table has one strategy, '{next(iter(members))}'; expected at least 2"
        )
    first = next(iter(members)) if baseline is None else baseline
    if first not in members:
        raise ConfigurationError(f"comparison: no strategy is called '{first}'; {suggest(first, list(members))}")
    anew = {
        name: relearn(before[name], members[name], how, reference, thresholds, icc_form, quartiles, seed)
        for name, how in (learned or {}).items()
        if name in members
    }
    gains, summary = _gains(members, before, anew, first, reference, icc_form, quartiles, level)

    n_subjects = members[first][0].values.shape[1]
    without = np.concatenate([np.ones((1, n_subjects)), leave_one_out(n_subjects)])
    weights = np.concatenate([without, drawn(n_subjects, n_resamples, seed)])
    labels, shares, joint = {}, {}, []
    for strategy, of_strategy in members.items():
        labels[strategy], shares[strategy], robust = draw_shares(
            of_strategy, reference, thresholds, weights, icc_form, quartiles
        )
        joint.append(robust.assign(strategy=strategy))
    resampled = {name: np.delete(part, np.s_[1 : len(without)], axis=0) for name, part in shares.items()}
    judged = (reference, thresholds, without, icc_form, quartiles)
    return Comparison(
        baseline=first,
        features=gains,
        summary=summary,
        shares=_share_differences(members, before, anew, first, judged, level),
        ranks=rank_strategies(labels, resampled, level),
        overlap=whitelist_overlap(pd.concat(joint, ignore_index=True)),
    )


def _members(
    features: pd.DataFrame, learned: Mapping[str, Learned], columns: Sequence[str] | None
) -> tuple[dict[str, list[Group]], dict[str, list[Group]]]:
    """Give the groups of every strategy, and what they were before a harmonizer; all with the same subjects."""
    strategies = [str(name) for name in pd.unique(features["strategy"])]
    unknown = [name for name in learned if name not in strategies]
    if unknown:
        raise ConfigurationError(f"comparison: learned: no strategy '{unknown[0]}'; {suggest(unknown[0], strategies)}")
    parts = [features]
    keys = [name for name in FEATURE_KEYS if name != "strategy"]
    names = {name: f"{name}, before {i}" for i, name in enumerate(learned)}
    for name, how in learned.items():
        own = features.loc[features["strategy"] == name, keys]
        parts.append(how.before.merge(own, on=keys).assign(strategy=names[name]))
    members = groups_by_strategy(
        check_feature_table(pd.concat(parts, ignore_index=True), columns) if learned else features, columns
    )
    before = {
        name: [part.only(group.features) for part, group in zip(members.pop(names[name]), members[name], strict=True)]
        if name in learned
        else members[name]
        for name in strategies
    }
    return members, before


def _gains(
    members: Mapping[str, list[Group]],
    before: Mapping[str, list[Group]],
    anew: Mapping[str, list[Relearned] | None],
    baseline: str,
    reference: str,
    icc_form: str,
    quartiles: QuartileRule,
    level: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare every other strategy with the baseline."""
    tables: list[pd.DataFrame] = []
    means: list[pd.DataFrame] = []
    n_rows = sum(len(group.features) * max(len(group.conditions) - 1, 1) for group in members[baseline])
    swaps = swap_draws(members[baseline][0].values.shape[1], n_rows)
    for strategy, of_strategy in members.items():
        if strategy == baseline:
            continue
        relearned = (anew.get(baseline), anew.get(strategy))
        untested = any(name in anew and anew[name] is None for name in (baseline, strategy))
        gains = Gains.of(members[baseline], of_strategy, reference, icc_form, quartiles, swaps, relearned)
        if any(relearned) and not untested and not _same(before[baseline], before[strategy]):
            steps = Gains.of(before[baseline], before[strategy], reference, icc_form, quartiles, swaps)
            gains = replace(gains, steps=steps)
        gains = replace(gains, untested=untested)
        for parts, part in ((tables, gains.table(level)), (means, gains.means(level))):
            part.insert(0, "strategy", strategy)
            parts.append(part)
    summary = pd.concat(means, ignore_index=True)
    q = summary.groupby(["statistic", "by"], sort=False)["p"].transform(benjamini_hochberg)
    summary.insert(summary.columns.get_loc("p") + 1, "q", q)
    return pd.concat(tables, ignore_index=True), summary


def _share_differences(
    members: Mapping[str, list[Group]],
    before: Mapping[str, list[Group]],
    anew: Mapping[str, list[Relearned] | None],
    baseline: str,
    judged: tuple[str, Mapping[str, float], FloatArray, str, QuartileRule],
    level: float,
) -> pd.DataFrame:
    """Compare the shares of every other strategy with the baseline's, of the features that both have."""
    reference, thresholds, _, icc_form, quartiles = judged
    wanted = [Threshold(name, float(limit), below(name)) for name, limit in thresholds.items()]
    settings = Settings(reference, icc_form, level, quartiles)
    parts = []
    for strategy in members:
        if strategy == baseline:
            continue
        pair = (baseline, strategy)
        features = {name: [group.features for group in members[name]] for name in pair}
        both = [
            [name for name in own if name in of_baseline]
            for of_baseline, own in zip(features[baseline], features[strategy], strict=True)
        ]
        kept, labels, shares, of_before = {}, {}, {}, {}
        for name in pair:
            kept[name] = [group.only(names) for group, names in zip(members[name], both, strict=True)]
            labels[name], shares[name], _ = draw_shares(kept[name], *judged)
            of_before[name] = shares[name]
            if name in anew:
                groups = [group.only(names) for group, names in zip(before[name], both, strict=True)]
                of_before[name] = draw_shares(groups, *judged)[1]
            relearned = anew.get(name)
            if relearned is not None:
                passing = [group.passing for group in relearned]
                shares[name][1:] = of_labels(labels[name], kept[name], features[name], passing)
        found = share_differences(labels, shares, baseline, level)
        untold = frozenset[tuple[str, str, str]]().union(
            *(without_limits(groups, wanted, settings) for groups in kept.values())
        )
        keys = zip(found["statistic"], found["by"], found["level"], strict=True)
        found.loc[[key in untold for key in keys], ["lower", "upper", "p"]] = np.nan
        parts.append(put_learned_right(found, labels, kept, features, of_before, anew, baseline))
    table = pd.concat(parts, ignore_index=True)
    q = table.groupby(["statistic", "by"], sort=False)["p"].transform(benjamini_hochberg)
    table.insert(table.columns.get_loc("p") + 1, "q", q)
    return table


def _same(first: Sequence[Group], second: Sequence[Group]) -> bool:
    """Tell whether two strategies have the same values of the features that both have."""
    for one, other in zip(first, second, strict=True):
        both = [name for name in one.features if name in other.features]
        if not np.array_equal(one.only(both).values, other.only(both).values, equal_nan=True):
            return False
    return True
