"""A feature table with perturbed scans, as what two judge alike: real conditions, and the perturbations of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.reliability.contrasts import Group, GroupsByStrategy
from evaluation.tables import PERTURBATION, UNPERTURBED, as_taken, feature_columns
from harmonize.errors import ConfigurationError
from harmonize.words import some


@dataclass(frozen=True)
class Sides:
    """What is judged for one chain of perturbations.

    Parameters
    ----------
    strategy, chain : str
    condition : str
        The one whose scans were perturbed.
    groups : list of (Group, Group)
        By sequence and ROI: over the real conditions, and over the perturbations, the scan as it is among them; with
        the same features and subjects.
    """

    strategy: str
    chain: str
    condition: str
    groups: list[tuple[Group, Group]]


def chain_of(level: str) -> str:
    """Give the chain of which a level of the column `perturbation` is a draw.

    Examples
    --------
    >>> chain_of("RVC-12"), chain_of("noise+rotation-1"), chain_of("bin 20")
    ('RVC', 'noise+rotation', 'bin 20')
    """
    name, dash, number = level.rpartition("-")
    return name if dash and name and number.isdigit() else level


def sides(features: pd.DataFrame, columns: Sequence[str] | None = None) -> Iterator[Sides]:
    """Take a table apart, chain by chain in its order, then strategy by strategy.

    Parameters
    ----------
    features : DataFrame
        A feature table with a column `perturbation`, see `evaluation.tables`.
    columns : sequence of str or None
        Its feature columns; None takes `feature_columns`.

    Raises
    ------
    ConfigurationError
        Without that column, without unperturbed or perturbed rows, and without a second real condition.
    """
    names = feature_columns(features) if columns is None else list(columns)
    check_perturbations(features)
    taken = as_taken(features)
    real, perturbed = features[taken], features[~taken]
    if real["condition"].nunique() < 2:
        raise ConfigurationError(
            f"perturbations: unperturbed scans have the condition '{real['condition'].iloc[0]}' alone, so that nothing "
            "shows which features are truly unstable; measure the subjects again, or judge by perturbations alone"
        )
    strangers = set(perturbed["subject"]) - set(real["subject"])
    if strangers == set(perturbed["subject"]):
        raise ConfigurationError(
            f"perturbations: none of the subjects that were perturbed ({some(sorted(map(str, strangers)))}) has a scan "
            f"as it was taken; those are of {some(sorted(map(str, set(real['subject']))))}; call them alike"
        )
    over_conditions, people = GroupsByStrategy(real, names), pd.unique(features["subject"])
    place = pd.Index(people).get_indexer(pd.unique(real["subject"]))
    chains = perturbed[PERTURBATION].map(chain_of)
    for (chain, condition), rows in perturbed.groupby([chains, "condition"], sort=False):
        own = real[(real["condition"] == condition) & real["strategy"].isin(rows["strategy"])]
        table = pd.concat([own, rows], ignore_index=True)
        found = GroupsByStrategy(table.assign(condition=table[PERTURBATION]), names)
        where = pd.Index(people).get_indexer(pd.unique(table["subject"]))
        for strategy in found:
            by_place = {(one.sequence, one.roi): one for one in found[strategy]}
            pairs = [
                _alike(one, place, by_place[(one.sequence, one.roi)], where, len(people))
                for one in over_conditions.get(strategy, [])
                if (one.sequence, one.roi) in by_place
            ]
            yield Sides(strategy, str(chain), str(condition), pairs)


def check_perturbations(features: pd.DataFrame) -> None:
    """Raise a `ConfigurationError` for a table that does not hold both scans as they were taken and perturbed ones."""
    if PERTURBATION not in features.columns:
        raise ConfigurationError(
            f"perturbations: the table has no column '{PERTURBATION}'; it names the perturbation of each row, and says "
            f"'{UNPERTURBED}' of scans as they are"
        )
    taken = as_taken(features)
    for there, what in ((taken, "as they are"), (~taken, "perturbed")):
        if not there.any():
            raise ConfigurationError(
                f"perturbations: column '{PERTURBATION}' has no rows of scans {what}; found "
                f"{', '.join(features[PERTURBATION].astype(str).unique()[:6])}, expected '{UNPERTURBED}' and others, "
                "such as noise-1"
            )


def _alike(
    real: Group, place: NDArray[np.intp], perturbed: Group, where: NDArray[np.intp], count: int
) -> tuple[Group, Group]:
    """Give both with the features that both have, and all subjects; what one lacks is missing."""
    shared = set(perturbed.features)
    kept = [name for name in real.features if name in shared]
    return _spread(real.only(kept), place, count), _spread(perturbed.only(kept), where, count)


def _spread(group: Group, place: NDArray[np.intp], count: int) -> Group:
    values = np.full((len(group.conditions), count, len(group.features)), np.nan)
    values[:, place] = group.values.transpose(2, 1, 0)
    return replace(group, values=values.transpose(2, 1, 0))
