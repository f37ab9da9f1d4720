"""Reliability before and after harmonization, side by side, and what of the gain comes by chance."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluation.batch_effects.values import HarmonizedValues, harmonize_values
from evaluation.reliability import Settings
from evaluation.reliability.contrasts import check_reference
from evaluation.reliability.table import reliability_of
from evaluation.tables import RELIABILITY_COLUMNS, check_feature_table
from harmonize.combat.base import BatchHarmonizer
from harmonize.inputs.frames import takes_frames

KINDS = ("raw", "in-sample", "held-out")
"""Of what values reliability was computed; `in-sample` is too good (see `HarmonizedValues`)."""

AGREEMENT = ("icc", "ccc", "icc_c1", "spearman")
"""Agreement, which harmonization can raise, beside consistency and rank agreement, which show what it cannot."""

SHARE = "robust_share"

Passing = Callable[[pd.DataFrame], pd.DataFrame]
"""Says of a reliability table what is robust: columns ``strategy`` and ``passes``, such as `Thresholds.passing`."""


@takes_frames
def agreement_table(
    table: pd.DataFrame,
    values: HarmonizedValues,
    reference: str,
    statistics: Sequence[str] = AGREEMENT,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compute the reliability of raw, in-sample and held-out values.

    Parameters
    ----------
    table : DataFrame
        A feature table of one strategy, before harmonization.
    values : HarmonizedValues
        Its features.
    reference : str
        The condition that the others are compared with.
    statistics : sequence of str
        As for `reliability_table`.
    level : float
        Confidence level of the limits.

    Returns
    -------
    DataFrame
        The columns of a reliability table, with ``values`` (one of `KINDS`) after the strategy.
    """
    columns = list(values.raw.columns)
    check_reference(table, reference)
    return _agreement(check_feature_table(table, columns), values, reference, statistics, level)


def _agreement(
    table: pd.DataFrame, values: HarmonizedValues, reference: str, statistics: Sequence[str], level: float = 0.95
) -> pd.DataFrame:
    """Do so for a table that was checked."""
    columns = list(values.raw.columns)
    keys = table.drop(columns=columns)
    parts = (values.raw, values.in_sample, values.held_out)
    stacked = pd.concat(
        [pd.concat([keys.assign(strategy=kind), part], axis=1) for kind, part in zip(KINDS, parts, strict=True)],
        ignore_index=True,
    )
    result = reliability_of(stacked, Settings(reference, level=level), statistics, columns)
    result = result.rename(columns={"strategy": "values"})
    result.insert(0, "strategy", table["strategy"].iloc[0])
    return result[["strategy", "values", *RELIABILITY_COLUMNS[1:]]]


def summarize_agreement(agreement: pd.DataFrame, passing: Passing) -> pd.DataFrame:
    """Give the share of robust features and the median of each statistic, of raw, in-sample and held-out values.

    Parameters
    ----------
    agreement : DataFrame
        From `agreement_table`, with the statistics of the rule.
    passing : callable
        The rule, see `Passing`.

    Returns
    -------
    DataFrame
        Index ``measure`` (``robust_share``, then ``<statistic>_median``), one column for each of `KINDS`.
    """
    as_strategies = agreement.drop(columns="strategy").rename(columns={"values": "strategy"})
    shares = passing(as_strategies).groupby("strategy")["passes"].mean()
    medians = as_strategies.groupby(["statistic", "strategy"], sort=False)["estimate"].median().unstack()
    medians.index = medians.index + "_median"
    summary = pd.concat([shares.rename(SHARE).to_frame().T, medians])
    return summary.reindex(columns=list(KINDS)).rename_axis(index="measure", columns=None)


@takes_frames
def chance_agreement(
    table: pd.DataFrame,
    model: BatchHarmonizer,
    features: Sequence[str],
    reference: str,
    passing: Passing,
    *,
    statistics: Sequence[str] = ("icc", "ccc"),
    by: Sequence[str] = ("sequence", "roi"),
    labels: Sequence[str] = ("condition",),
    n_permutations: int = 20,
    seed: int = 0,
    done: Callable[[], None] = lambda: None,
) -> list[pd.DataFrame]:
    """Repeat harmonization where conditions do not differ: permuted within each subject and sequence.

    All ROIs of a scan keep together. What harmonization gains there comes from fitting noise.

    Parameters
    ----------
    table : DataFrame
        A feature table of one strategy, before harmonization.
    model, features, reference, passing, by
        As for `harmonize_values` and `summarize_agreement`.
    statistics : sequence of str
        What is computed: the ICC and all that the rule needs.
    labels : sequence of str
        Columns that describe the condition, and so are permuted together: the condition and its factors.
    n_permutations, seed : int
        How many, and what makes them repeatable.
    done : callable
        Called after each permutation.

    Returns
    -------
    list of DataFrame
        Of each permutation what `summarize_agreement` gives.
    """
    check_reference(table, reference)
    table = check_feature_table(table, features)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n_permutations):
        permuted = permute_conditions(table, labels, rng)
        values = harmonize_values(permuted, model, features, by=by)
        found.append(summarize_agreement(_agreement(permuted, values, reference, statistics), passing))
        done()
    return found


def permute_conditions(table: pd.DataFrame, labels: Sequence[str], rng: np.random.Generator) -> pd.DataFrame:
    """Permute the conditions of each subject and sequence among the scans that are there.

    Examples
    --------
    >>> table = pd.DataFrame({"subject": ["A"] * 4, "sequence": "T2", "condition": ["X", "X", "Y", "Y"],
    ...                       "roi": ["liver", "spleen"] * 2})
    >>> permute_conditions(table, ["condition"], np.random.default_rng(3))["condition"].tolist()
    ['Y', 'Y', 'X', 'X']
    """
    keys = ["subject", "sequence", "condition"]
    scans = table[list(dict.fromkeys([*keys, *labels]))].drop_duplicates(keys)
    order = np.arange(len(scans))
    for rows in scans.groupby(["subject", "sequence"], sort=False).indices.values():
        order[rows] = rng.permutation(rows)
    drawn = scans[list(labels)].iloc[order].set_axis(pd.MultiIndex.from_frame(scans[keys]))
    new = drawn.loc[pd.MultiIndex.from_frame(table[keys])].set_axis(table.index)
    return table.assign(**{str(name): new[name] for name in labels})


def compare_with_chance(observed: pd.DataFrame, chance: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the medians under permutation and the p of the gain beside what was observed.

    Parameters
    ----------
    observed : DataFrame
        From `summarize_agreement`.
    chance : sequence of DataFrame
        From `chance_agreement`.

    Returns
    -------
    DataFrame
        `observed` with ``null_raw``, ``null_in_sample``, ``null_held_out`` (medians over the permutations),
        ``p_in_sample``, ``p_held_out`` (one-sided: of a gain over raw at least as large where conditions do not
        differ; the data count as one more permutation) and ``n_permutations``. NaN without permutations, for
        measures that were not permuted, and p also where nothing is gained: held-out values lose by chance, so that a
        small loss would otherwise look like a gain.

    References
    ----------
    Phipson B, Smyth GK. Permutation p-values should never be zero. Statistical Applications in Genetics and
    Molecular Biology 2010;9:39.
    """
    rows = []
    for measure, row in observed.iterrows():
        result: dict[str, Any] = {"measure": measure, **{_plain(kind): row[kind] for kind in KINDS}}
        null = {kind: np.array([one.loc[measure, kind] for one in chance if measure in one.index]) for kind in KINDS}
        result |= {f"null_{_plain(kind)}": np.median(null[kind]) if len(null[kind]) else np.nan for kind in KINDS}
        for kind in KINDS[1:]:
            gain, by_chance = row[kind] - row["raw"], null[kind] - null["raw"]
            result[f"p_{_plain(kind)}"] = (
                (1 + np.count_nonzero(by_chance >= gain - 1e-12)) / (1 + len(by_chance))
                if len(by_chance) and gain > 0
                else np.nan
            )
        rows.append({**result, "n_permutations": len(null["raw"])})
    return pd.DataFrame(rows)


def _plain(kind: str) -> str:
    return kind.replace("-", "_")
