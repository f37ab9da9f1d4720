"""The table of trends: slope and test of every feature, per strategy, sequence, ROI and levels of the other factors."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.reliability.contrasts import Group, groups
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.ranks import RankTest, wilcoxon
from evaluation.reliability.statistic import NEAR
from evaluation.tables import check_feature_table, feature_columns
from evaluation.trends.jonckheere import jonckheere
from evaluation.trends.ordered import Ladder, OrderedFactor
from evaluation.trends.page import page
from evaluation.trends.slopes import Slopes, relative_slope, slope, unpaired_slope
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames

KEYS = ("factor", "strategy", "sequence", "roi", "at", "feature")


@takes_frames
def trend_table(
    features: pd.DataFrame,
    factor: OrderedFactor,
    *,
    columns: Sequence[str] | None = None,
    level: float = 0.95,
    unpaired: bool = False,
) -> pd.DataFrame:
    """Say how every feature changes over the levels of a factor.

    Parameters
    ----------
    features : DataFrame
        A feature table.
    factor : OrderedFactor
    columns : sequence of str or None
        As for `reliability_table`.
    level : float
        Confidence level.
    unpaired : bool
        Whether each subject has one level, so that slopes and tests compare different subjects.

    Returns
    -------
    DataFrame
        One row per strategy, sequence, ROI, levels of the other factors (`at`) and feature, also where it has no value:

        - `levels` (how many there are), `n` (subjects with two or more), `cells` (values);
        - `slope` per unit of the level with `lower`, `upper`, `slope_p`, `slope_q`, `slope_status` (see `slope`, or
          `unpaired_slope`);
        - `percent` per unit with `percent_lower`, `percent_upper`, `percent_status` (see `relative_slope`);
        - `test` (``page``; ``wilcoxon`` for two levels; ``jonckheere`` if unpaired), `statistic`, `p`, `q`, `n_test`
          (subjects with all levels, or any if unpaired), `test_status`. Its hypothesis is that the level changes no
          subject's values (unpaired: one distribution at all levels), so that it finds changes that cancel out on
          average, too; whether a feature rises or falls on average says `slope_q`.

        The family of each q (Benjamini and Hochberg) is all rows of a strategy.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, or a subject has several levels although the design is unpaired.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(10, 1, 17)
    >>> table = pd.concat([
    ...     pd.DataFrame({
    ...         "strategy": "none", "subject": [f"S{i}" for i in range(17)], "sequence": "T2", "condition": name,
    ...         "roi": "liver", "original_firstorder_Mean": truth + 0.3 * number + rng.normal(0, 0.1, 17),
    ...     })
    ...     for name, number in [("R2", 2), ("R4", 4), ("R6", 6)]
    ... ])
    >>> levels = {name: (name,) for name in ("R2", "R4", "R6")}
    >>> factor = OrderedFactor.of(("acquisition",), levels, "acquisition", {"R2": 2, "R4": 4, "R6": 6})
    >>> trend_table(table, factor)[["slope", "lower", "upper", "test", "n_test"]].round(2)
       slope  lower  upper  test  n_test
    0    0.3   0.29   0.31  page      17
    """
    features = check_feature_table(features, columns)
    if unpaired:
        _refuse_repeats(features, factor)
    parts = []
    wanted = tuple(feature_columns(features) if columns is None else columns)
    for found in groups(features, columns):
        group = _with_all(found, wanted)
        for ladder in factor.ladders(group.conditions):
            if ladder.conditions:
                parts.append(_of_ladder(group, ladder, factor.name, level, unpaired))
    table = pd.concat(parts, ignore_index=True)
    for p, q in (("slope_p", "slope_q"), ("p", "q")):
        table[q] = table.groupby("strategy", sort=False)[p].transform(benjamini_hochberg)
    return table


def _refuse_repeats(features: pd.DataFrame, factor: OrderedFactor) -> None:
    """Refuse subjects with several levels where each ought to have one."""
    taking = [name for ladder in factor.ladders() for name in ladder.conditions]
    rows = features[features["condition"].isin(taking)]
    at = rows["condition"].map({name: at for name, (_, at) in factor.conditions.items()}).rename("at")
    counts = rows.groupby(["strategy", "subject", "sequence", "roi", at], sort=False)["condition"].nunique()
    if len(counts) and counts.max() > 1:
        _, subject, *_ = counts.idxmax()
        raise ConfigurationError(
            f"`unpaired`: subject '{subject}' has {counts.max()} levels of {factor.name}; leave `unpaired` out, or the "
            "further rows of such subjects"
        )


def _with_all(group: Group, wanted: tuple[str, ...]) -> Group:
    """Add the features of which a strategy has no value at all: each has a row, whose statuses say so."""
    values = np.full((len(wanted), *group.values.shape[1:]), np.nan)
    values[[wanted.index(name) for name in group.features]] = group.values
    return replace(group, features=wanted, values=values)


def _of_ladder(group: Group, ladder: Ladder, name: str, level: float, unpaired: bool) -> pd.DataFrame:
    """Give the rows of one group and one combination of the other factors."""
    values = group.values[..., [group.conditions.index(one) for one in ladder.conditions]]
    columns: dict[str, object] = {
        "factor": name,
        "strategy": group.strategy,
        "sequence": group.sequence,
        "roi": group.roi,
        "at": ladder.at,
        "feature": np.array(group.features, dtype=object),
        "levels": len(ladder.conditions),
    }
    if len(ladder.conditions) < 2:  # this sequence has only one of them
        values = np.concatenate([values, np.full_like(values, np.nan)], axis=-1)
        ladder = Ladder(ladder.at, (*ladder.conditions, ""), (*ladder.numbers, ladder.numbers[0] + 1))
    numbers = np.array(ladder.numbers)
    if unpaired:
        spread = values.reshape(len(values), -1)
        of_values = np.tile(numbers, values.shape[1])
        there = np.isfinite(spread).any(axis=0)
        if len(np.unique(of_values[there])) > 1:
            spread, of_values = spread[:, there], of_values[there]
        absolute = unpaired_slope(spread, of_values, level)
        relative = relative_slope(spread, of_values, level, unpaired=True)
        test, found = "jonckheere", _in_parts(spread, of_values)
    else:
        absolute, relative = slope(values, numbers, level), relative_slope(values, numbers, level)
        rising = values[..., np.argsort(numbers)]
        if len(numbers) > 2:
            test, found = "page", page(rising)
        else:
            test, found = "wilcoxon", wilcoxon(rising[..., 0], rising[..., 1])
    return pd.DataFrame({**columns, **_columns(absolute, relative), "test": test, **_tested(found)})


def _in_parts(values: FloatArray, numbers: FloatArray) -> RankTest:
    """Test some features at a time: pairs of subjects are many."""
    step = max(1, 20 * NEAR // max(values.shape[-1] ** 2, 1))
    parts = [jonckheere(values[start : start + step], numbers) for start in range(0, max(len(values), 1), step)]
    statistic, p, n, status = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("statistic", "p", "n", "status")
    )
    return RankTest(statistic, p, n, status)


def _columns(absolute: Slopes, relative: Slopes) -> dict[str, object]:
    return {
        "n": absolute.n,
        "cells": absolute.cells,
        "slope": absolute.estimate,
        "lower": absolute.lower,
        "upper": absolute.upper,
        "slope_p": absolute.p,
        "slope_q": np.nan,
        "slope_status": absolute.status.astype(object),
        "percent": relative.estimate,
        "percent_lower": relative.lower,
        "percent_upper": relative.upper,
        "percent_status": relative.status.astype(object),
    }


def _tested(found: RankTest) -> dict[str, object]:
    return {
        "statistic": found.statistic,
        "p": found.p,
        "q": np.nan,
        "n_test": found.n,
        "test_status": found.status.astype(object),
    }
