"""Shares of features that pass, of strategies whose values were learned from the other subjects."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.comparison.chance import chance_p
from evaluation.comparison.gains import summary_status
from evaluation.comparison.learned import Relearned
from evaluation.reliability.contrasts import Group
from evaluation.reliability.jackknife import jackknife
from harmonize.arrays import FloatArray


def of_labels(
    labels: pd.DataFrame,
    groups: Sequence[Group],
    features: Sequence[Sequence[str]],
    found: Sequence[Mapping[str, NDArray[Any]]],
) -> FloatArray:
    """Add up what is found of the features of single groups to the shares of `draw_shares`: (n_draws, n_labels).

    ``found`` has the features that `features` names on its last axis, of which those of the groups count.
    """
    counts = []
    for group, names, of_group in zip(groups, features, found, strict=True):
        kept = [names.index(name) for name in group.features]
        counts.append(
            {
                name: part[..., kept].reshape(len(part), -1).sum(axis=1, dtype=np.float64)
                for name, part in of_group.items()
            }
        )
    shares = []
    for row in labels.itertuples():
        own = [
            count[row.statistic]
            for group, count in zip(groups, counts, strict=True)
            if row.statistic in count and (row.by == "overall" or getattr(group, row.by) == row.level)
        ]
        shares.append(np.sum(own, axis=0) / row.n_total)
    return np.stack(shares, axis=1)


def put_learned_right(
    differences: pd.DataFrame,
    labels: Mapping[str, pd.DataFrame],
    members: Mapping[str, Sequence[Group]],
    features: Mapping[str, Sequence[Sequence[str]]],
    before: Mapping[str, FloatArray],
    anew: Mapping[str, Sequence[Relearned] | None],
    baseline: str,
) -> pd.DataFrame:
    """Test differences of shares of harmonized strategies against what harmonizers do by chance.

    Parameters
    ----------
    differences : DataFrame
        From `share_differences`.
    labels, members : mapping by strategy
        What `draw_shares` gives, and its groups.
    features : mapping by strategy
        The features that each group had when it was learned anew.
    before : mapping of str to ndarray, shape (1 + n_subjects, n_labels)
        Shares before a harmonizer: of all subjects, then without each.
    anew : mapping of str to Relearned
        Of strategies with a harmonizer; None where it cannot be learned anew.
    baseline : str
        The strategy that the others are compared with.

    Returns
    -------
    DataFrame
        `differences` with ``status``, and p and limits of these strategies put right.
    """
    found = differences.assign(status="")
    keys = ["statistic", "by", "level"]
    chance = {
        name: of_labels(labels[name], members[name], features[name], [group.change for group in groups])
        for name, groups in anew.items()
        if groups is not None and name in labels
    }
    places = {
        name: {key: i for i, key in enumerate(part[keys].itertuples(index=False, name=None))}
        for name, part in labels.items()
    }
    for index, row in differences.iterrows():
        pair = (baseline, str(row["strategy"]))
        untested = any(name in anew and anew[name] is None for name in pair)
        p = row["p"]
        if untested:
            found.loc[index, ["lower", "upper", "p"]] = np.nan
            p = np.nan
        elif any(name in chance for name in pair):
            at = [places[name][tuple(row[keys])] for name in pair]
            draws = [chance[name][:, i] if name in chance else 0.0 for name, i in zip(pair, at, strict=True)]
            steps = np.round(before[pair[1]][:, at[1]] - before[pair[0]][:, at[0]], 12)
            error = float(jackknife(steps[0], steps[1:]).error)
            n = len(steps) - 1
            p = chance_p(row["difference"], np.round(np.asarray(draws[1] - draws[0]), 12), error, n)
            found.loc[index, "p"] = p
        found.loc[index, "status"] = summary_status(p, row["difference"], untested)
    return found
