"""Reliability of sets of features together, by strategy, sequence and ROI."""

from collections.abc import Mapping, Sequence

import pandas as pd

from evaluation.reliability.contrasts import GroupsByStrategy
from evaluation.reliability.signature import i2c2
from evaluation.tables import check_feature_table, feature_class
from harmonize.inputs.frames import takes_frames

KEYS = ("strategy", "sequence", "roi", "set")
COLUMNS = (*KEYS, "features", "n", "measurements", "estimate", "lower", "upper", "p", "status")
EVERYTHING = "all features"


@takes_frames
def signature_table(
    features: pd.DataFrame,
    sets: Mapping[str, Mapping[tuple[str, str], Sequence[str]]] | None = None,
    *,
    columns: Sequence[str] | None = None,
    level: float = 0.95,
    n_resamples: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Compute I2C2 of all features, of every class of features, and of sets such as whitelists.

    Parameters
    ----------
    features : DataFrame
        A feature table.
    sets : mapping of str to mapping of (sequence, roi) to sequence of str, optional
        Further sets by their name, with the features of each place; places that a set does not name have no row of it.
    columns : sequence of str or None
        As for `reliability_table`.
    level, n_resamples, seed
        See `i2c2`; limits are the jackknife's, and features are standardized.

    Returns
    -------
    DataFrame
        strategy, sequence, roi, set, features, n, measurements, estimate, lower, upper, p, status.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> names = ["original_glcm_Id", "original_glcm_Idm", "original_firstorder_Mean"]
    >>> truth = rng.normal(10, 2, (17, 3))
    >>> table = pd.concat([
    ...     pd.DataFrame(truth + rng.normal(0, 1, (17, 3)), columns=names).assign(
    ...         strategy="none", subject=range(17), sequence="T2", condition=condition, roi="liver"
    ...     )
    ...     for condition in ["REF", "ACC"]
    ... ])
    >>> signature_table(table)[["set", "features", "n", "estimate", "lower"]].round(1)
                set  features   n  estimate  lower
    0  all features         3  17       0.7    0.6
    1          glcm         2  17       0.7    0.5
    """
    by_strategy = GroupsByStrategy(check_feature_table(features, columns), columns)
    rows = []
    for strategy in by_strategy:
        for group in by_strategy[strategy]:
            place = group.sequence, group.roi
            chosen: dict[str, Sequence[str]] = {EVERYTHING: group.features}
            of_class: dict[str, list[str]] = {}
            for one in group.features:
                of_class.setdefault(feature_class(one), []).append(one)
            chosen |= {name: members for name, members in of_class.items() if 1 < len(members) < len(group.features)}
            chosen |= {name: places[place] for name, places in (sets or {}).items() if place in places}
            for name, members in chosen.items():
                there = [one for one in members if one in set(group.features)]
                if not there:
                    continue
                found = i2c2(group.only(there).values, level=level, n_resamples=n_resamples, seed=seed)
                rows.append(
                    {"strategy": strategy, "sequence": group.sequence, "roi": group.roi, "set": name, **vars(found)}
                )
    return pd.DataFrame(rows, columns=list(COLUMNS))
