"""Strategies compared on the same subjects: gains, shares, ranks and the overlap of their whitelists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.comparison.gains import Gains
from evaluation.comparison.learned import Learned
from evaluation.comparison.overlap import whitelist_overlap
from evaluation.comparison.ranking import draw_shares, rank_strategies
from evaluation.comparison.share_differences import share_differences
from evaluation.comparison.strategies import Strategies
from evaluation.comparison.swaps import swap_draws
from evaluation.reliability.contrasts import check_reference
from evaluation.reliability.dispersion import QuartileRule
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.sample import check_level
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import REPRODUCIBLE, compared
from evaluation.reliability.weighted import drawn
from evaluation.tables import check_feature_table
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.frames import takes_frames
from harmonize.inputs.limits import Resamples, check_arguments


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
    n_resamples: Resamples = 1000,
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
    check_arguments(compare_strategies, n_resamples=n_resamples)
    refuse_unknown(thresholds, compared(), "comparison", "no threshold for")
    if not thresholds:
        raise ConfigurationError("comparison: expected at least one threshold, such as icc: 0.9")
    settings = Settings(reference, icc_form, level, quartiles)
    strategies = Strategies.of(features, learned or {}, columns, baseline, thresholds, settings, seed)
    gains, summary = _gains(strategies, settings)

    weights = np.concatenate([np.ones((1, strategies.n_subjects)), drawn(strategies.n_subjects, n_resamples, seed)])
    labels, shares, joint = {}, {}, []
    for name, groups in strategies.members.items():
        labels[name], shares[name], robust = draw_shares(groups, thresholds, weights, settings)
        joint.append(robust.assign(strategy=name))
    return Comparison(
        baseline=strategies.baseline,
        features=gains,
        summary=summary,
        shares=share_differences(strategies, thresholds, settings),
        ranks=rank_strategies(labels, shares, level),
        overlap=whitelist_overlap(pd.concat(joint, ignore_index=True)),
    )


def _gains(strategies: Strategies, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare every other strategy with the baseline, feature by feature and on average."""
    tables: list[pd.DataFrame] = []
    means: list[pd.DataFrame] = []
    members, baseline = strategies.members, strategies.baseline
    n_rows = sum(len(group.features) * max(len(group.conditions) - 1, 1) for group in members[baseline])
    swaps = swap_draws(strategies.n_subjects, n_rows)
    for strategy in strategies.others:
        relearned = (strategies.anew.get(baseline), strategies.anew.get(strategy))
        untested = strategies.untested(strategy)
        gains = Gains.of(members[baseline], members[strategy], settings, swaps, relearned)
        if any(relearned) and not untested and not strategies.same_before(strategy):
            gains = replace(
                gains, steps=Gains.of(strategies.before(baseline), strategies.before(strategy), settings, swaps)
            )
        gains = replace(gains, untested=untested)
        for parts, part in ((tables, gains.table(settings.level)), (means, gains.means(settings.level))):
            part.insert(0, "strategy", strategy)
            parts.append(part)
        del gains  # of a thousand subjects some 100 MB, beside those of the next strategy
    summary = pd.concat(means, ignore_index=True)
    q = summary.groupby(["statistic", "by"], sort=False)["p"].transform(benjamini_hochberg)
    summary.insert(summary.columns.get_loc("p") + 1, "q", q)
    return pd.concat(tables, ignore_index=True), summary
