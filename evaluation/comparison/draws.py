"""Statistics of many draws of subjects at once, as far as their entries say how."""

from collections.abc import Collection

from evaluation.reliability.contrasts import Group
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import STATISTICS
from evaluation.reliability.weighted import Draws, WeightedPairs, weighted_dispersion
from harmonize.arrays import FloatArray


def weighted_agreement(
    pairs: FloatArray, names: Collection[str], weights: Draws, settings: Settings
) -> dict[str, FloatArray]:
    """Compute statistics of two conditions for many draws of subjects; those that have no such way are left out.

    Parameters
    ----------
    pairs, weights
        See `WeightedPairs.of`.
    names : collection of str
        Which statistics.
    settings : Settings
        How they are computed.

    Returns
    -------
    dict of str to ndarray, shape (n_draws, ...)
        NaN where there is no estimate.
    """
    ways = {name: STATISTICS[name].of_weighted_pairs for name in names}
    if not any(ways.values()):
        return {}
    squares = WeightedPairs.of(pairs, weights)
    return {name: way(squares, settings) for name, way in ways.items() if way is not None}


def weighted_estimates(
    group: Group, names: Collection[str], weights: Draws, settings: Settings
) -> dict[str, FloatArray]:
    """Compute those statistics of the features of a group that are named, for many draws of subjects.

    Returns
    -------
    dict of str to ndarray
        For each of the names that can be computed of many draws (n_draws, n_contrasts, n_features) or, over all
        conditions, (n_draws, n_features); NaN where there is no estimate. Without any contrast there is no agreement.
    """
    found: dict[str, FloatArray] = {}
    if settings.reference is not None and any(STATISTICS[name].of_weighted_pairs for name in names):
        conditions, pairs = group.against(settings.reference)
        if conditions:
            found |= weighted_agreement(pairs, names, weights, settings)
    for name in names:
        per_subject = STATISTICS[name].per_subject
        if per_subject is not None:
            found[name] = weighted_dispersion(per_subject(group.over_conditions(), settings), weights)
    return {name: found[name] for name in names if name in found}
