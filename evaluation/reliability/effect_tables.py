"""Tables of effects and tests: what acquisition and reconstruction do to every feature of a feature table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.reliability.contrasts import Group, check_reference, groups
from evaluation.reliability.effects import COMPONENTS, TERMS, factorial_effects
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.ranks import RankTest, friedman, wilcoxon
from evaluation.tables import ALL_CONDITIONS, check_feature_table
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames

EFFECTS = (*TERMS[1:], "combined")
"""The effects that are tested, see `factorial_effects`."""


@takes_frames
def effects_table(
    features: pd.DataFrame,
    reference: str,
    against: str,
    *,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Fit the 2 x 2 mixed model to every feature, per strategy, sequence and ROI.

    Parameters
    ----------
    features : DataFrame
        A feature table whose conditions read ``<acquisition>+<reconstruction>``.
    reference : str
        The condition with the baseline of both factors, such as ``"REF+STD"``.
    against : str
        The condition with the other level of both, such as ``"ACC+DLR"``.
    columns : sequence of str or None
        As for `reliability_table`.

        Subjects that lack one of the four conditions are left out.

    Returns
    -------
    DataFrame
        One row per strategy, sequence, ROI and feature: n, status; per effect (acquisition, reconstruction,
        interaction, combined) its estimate in units of the feature, ``<effect>_p`` and ``<effect>_q``; per source
        of variance ``share_<source>``. The family of Benjamini and Hochberg's q is one effect over all sequences,
        ROIs and features of a strategy. A group that lacks one of the four conditions is ``too_few``.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema or the two conditions do not differ in both factors.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(10, 1, 17)
    >>> table = pd.concat([
    ...     pd.DataFrame({
    ...         "strategy": "none", "subject": [f"S{i}" for i in range(17)], "sequence": "T2", "condition": name,
    ...         "roi": "liver", "original_firstorder_Mean": truth + shift + rng.normal(0, 0.1, 17),
    ...     })
    ...     for name, shift in [("REF+STD", 0.0), ("REF+DLR", 0.0), ("ACC+STD", 1.0), ("ACC+DLR", 0.2)]
    ... ])
    >>> effects_table(table, "REF+STD", "ACC+DLR")[["acquisition", "interaction", "combined"]].round(1)
       acquisition  interaction  combined
    0          1.0         -0.9       0.2
    """
    features = check_feature_table(features, columns)
    check_reference(features, reference)
    cells = _cells(reference, against)
    parts = []
    for group in groups(features, columns):
        result = factorial_effects(_arranged(group, cells))
        effects = [*np.moveaxis(result.coefficients, -1, 0)[1:], result.combined]
        p_values = [*np.moveaxis(result.p, -1, 0)[1:], result.combined_p]
        found: dict[str, object] = {"n": result.n, "status": result.status.astype(object)}
        for name, effect, p in zip(EFFECTS, effects, p_values, strict=True):
            found |= {name: effect, f"{name}_p": p, f"{name}_q": np.nan}
        for name, share in zip(COMPONENTS, np.moveaxis(result.share, -1, 0), strict=True):
            found[f"share_{name}"] = share
        parts.append(_labelled(group, found))
    table = pd.concat(parts, ignore_index=True)
    for name in EFFECTS:
        table[f"{name}_q"] = table.groupby("strategy", sort=False)[f"{name}_p"].transform(benjamini_hochberg)
    return table


@takes_frames
def rank_table(features: pd.DataFrame, reference: str, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Test every feature by ranks, per strategy, sequence and ROI.

    Friedman's test over all conditions (`condition` is ``all``; from three conditions), and Wilcoxon's signed
    ranks of each condition against the reference.

    Parameters
    ----------
    features : DataFrame
        A feature table.
    reference : str
        The condition that the others are compared with.
    columns : sequence of str or None
        As for `reliability_table`.

    Returns
    -------
    DataFrame
        Columns strategy, sequence, roi, feature, condition, test, statistic, p, q, n and status. The family of
        Benjamini and Hochberg's q is one test over all sequences, ROIs, features and conditions of a strategy.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema or no row has the reference condition.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> table = pd.concat([
    ...     pd.DataFrame({
    ...         "strategy": "none", "subject": [f"S{i}" for i in range(17)], "sequence": "T2", "condition": name,
    ...         "roi": "liver", "original_firstorder_Mean": rng.normal(shift, 1, 17),
    ...     })
    ...     for name, shift in [("REF+STD", 0), ("REF+DLR", 0), ("ACC+STD", 5)]
    ... ])
    >>> rank_table(table, "REF+STD")[["condition", "test", "p", "q"]].round(4)
      condition      test       p       q
    0       all  friedman  0.0000  0.0000
    1   REF+DLR  wilcoxon  0.2633  0.2633
    2   ACC+STD  wilcoxon  0.0000  0.0000
    """
    features = check_feature_table(features, columns)
    check_reference(features, reference)
    parts = []
    for group in groups(features, columns):
        if len(group.conditions) > 2:
            parts.append(_tested(group, ALL_CONDITIONS, "friedman", friedman(group.values)))
        conditions, pairs = group.against(reference)
        for condition, pair in zip(conditions, pairs, strict=True):
            parts.append(_tested(group, condition, "wilcoxon", wilcoxon(pair[..., 0], pair[..., 1])))
    if not parts:
        raise ConfigurationError(f"ranks: the feature table has no condition but the reference '{reference}'")
    table = pd.concat(parts, ignore_index=True)
    table["q"] = table.groupby(["strategy", "test"], sort=False)["p"].transform(benjamini_hochberg)
    return table


def _cells(reference: str, against: str) -> list[list[str]]:
    """Name the four conditions by acquisition and reconstruction."""
    first, second = reference.split("+"), against.split("+")
    if len(first) != 2 or len(second) != 2 or first[0] == second[0] or first[1] == second[1]:
        raise ConfigurationError(
            f"effects: expected two conditions <acquisition>+<reconstruction> that differ in both, such as "
            f"'REF+STD' and 'ACC+DLR', found '{reference}' and '{against}'"
        )
    return [[f"{acquisition}+{reconstruction}" for reconstruction in (first[1], second[1])]
            for acquisition in (first[0], second[0])]  # fmt: skip


def _arranged(group: Group, cells: list[list[str]]) -> FloatArray:
    """Arrange a group as (features, subjects, acquisitions, reconstructions)."""
    values = np.full((*group.values.shape[:2], 2, 2), np.nan)
    for row, names in enumerate(cells):
        for column, name in enumerate(names):
            if name in group.conditions:
                values[..., row, column] = group.values[..., group.conditions.index(name)]
    return values


def _tested(group: Group, condition: str, test: str, result: RankTest) -> pd.DataFrame:
    return _labelled(
        group,
        {
            "condition": condition,
            "test": test,
            "statistic": result.statistic,
            "p": result.p,
            "q": np.nan,
            "n": result.n,
            "status": result.status.astype(object),
        },
    )


def _labelled(group: Group, columns: dict[str, object]) -> pd.DataFrame:
    """Put what the rows are about in front."""
    labels = {
        "strategy": group.strategy,
        "sequence": group.sequence,
        "roi": group.roi,
        "feature": np.array(group.features, dtype=object),
    }
    return pd.DataFrame({**labels, **columns})
