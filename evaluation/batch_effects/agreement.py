"""Reliability before and after harmonization, side by side."""

from collections.abc import Callable, Sequence

import pandas as pd

from evaluation.batch_effects.values import HarmonizedValues
from evaluation.reliability import Settings
from evaluation.reliability.contrasts import check_reference
from evaluation.reliability.statistics import with_reference
from evaluation.reliability.table import reliability_of
from evaluation.tables import RELIABILITY_COLUMNS, check_feature_table
from harmonize.inputs.frames import takes_frames

KINDS = ("raw", "in-sample", "held-out")
"""Of what values reliability was computed; `in-sample` is too good (see `HarmonizedValues`)."""

SHARE = "robust_share"

Passing = Callable[[pd.DataFrame], pd.DataFrame]
"""Says of the keys, estimates and limits of a reliability table what is robust: columns ``strategy`` and ``passes``,
such as `selection.verdicts.verdicts`."""


@takes_frames
def agreement_table(
    table: pd.DataFrame,
    values: HarmonizedValues,
    reference: str,
    statistics: Sequence[str] | None = None,
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
    statistics : sequence of str or None
        As for `reliability_table`; None takes agreement, which harmonization can raise, beside consistency and rank
        agreement, which show what it cannot.

    Returns
    -------
    DataFrame
        The columns of a reliability table, with ``values`` (one of `KINDS`) after the strategy.
    """
    columns = list(values.raw.columns)
    check_reference(table, reference)
    table = check_feature_table(table, columns)
    keys = table.drop(columns=columns)
    parts = (values.raw, values.in_sample, values.held_out)
    stacked = pd.concat(
        [pd.concat([keys.assign(strategy=kind), part], axis=1) for kind, part in zip(KINDS, parts, strict=True)],
        ignore_index=True,
    )
    wanted = with_reference() if statistics is None else statistics
    result = reliability_of(stacked, Settings(reference), wanted, columns)
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
