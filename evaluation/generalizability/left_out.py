"""What other subjects would make of coefficients of facets: how far they lie beyond a threshold without each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from evaluation.comparison.margins import Margins, left_out, margins_at
from evaluation.generalizability.components import facet_coefficients
from evaluation.generalizability.facets import FacetDesign
from evaluation.generalizability.table import arranged, over_conditions
from evaluation.reliability.contrasts import Group, GroupsByStrategy
from evaluation.reliability.criteria import Criterion
from harmonize.arrays import FloatArray


@dataclass(frozen=True)
class OverFacets:
    """Measurements over facets.

    Parameters
    ----------
    features : DataFrame
        A feature table with a column for each facet.
    design : FacetDesign
    """

    features: pd.DataFrame
    design: FacetDesign

    def beside(self, table: pd.DataFrame, columns: Sequence[str] | None = None) -> "FacetGroups":
        """Arrange them by the subjects and places of the table whose conditions are compared."""
        over, levels = over_conditions(self.features, self.design)
        among = table.assign(condition=next(iter(levels)))
        return FacetGroups(GroupsByStrategy(over, columns, among), levels, self.design, table["subject"].nunique())


@dataclass(frozen=True)
class FacetGroups:
    """Measurements over facets in each strategy, sequence and ROI, the first `n_subjects` of them those of a table.

    Parameters
    ----------
    groups : GroupsByStrategy
    levels : mapping of str to tuple of str
        Of the facets, by condition of the groups.
    design : FacetDesign
    n_subjects : int
    """

    groups: GroupsByStrategy
    levels: Mapping[str, tuple[str, ...]]
    design: FacetDesign
    n_subjects: int

    def margins(self, group: Group, asked: Sequence[Criterion]) -> Iterator[Margins]:
        """Judge the features of a group by thresholds of coefficients, with all subjects and without each in turn.

        The jackknife of `evaluation.comparison.margins`, of coefficients without limits. A feature of the group that
        was not measured over the facets has no value.
        """
        found = np.full((1 + len(left_out(self.n_subjects)), len(group.features), len(asked)), np.nan)
        place = group.sequence, group.roi
        own = [one for one in self.groups.get(group.strategy, []) if (one.sequence, one.roi) == place]
        for one in own:
            there = [name for name in group.features if name in set(one.features)]
            values = arranged(one.only(there), self.levels, self.design)
            rows = [group.features.index(name) for name in there]
            names = [criterion.statistic for criterion in asked]
            found[:, rows] = coefficients_without_each(values, self.design, names, self.n_subjects)
        for position, criterion in enumerate(asked):
            yield margins_at(criterion, ("",), found[:, None, :, position])


def coefficients_without_each(
    values: FloatArray, design: FacetDesign, names: Sequence[str], n_subjects: int
) -> FloatArray:
    """Give coefficients with all subjects, then without each (or each group of many) of the first `n_subjects`.

    Parameters
    ----------
    values : ndarray
        As for `facet_components`.
    design : FacetDesign
    names : sequence of str
        Of `FacetDesign.coefficients`.
    n_subjects : int
        Subjects behind these stay.

    Returns
    -------
    ndarray, shape (1 + n_left_out, n_features, len(names))

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(0, 3, (1, 6, 1)) + np.random.default_rng(1).normal(0, 1, (1, 6, 4))
    >>> from evaluation.generalizability.facets import Facet
    >>> coefficients_without_each(values, FacetDesign((Facet("reader"),)), ["icc[reader]"], 6).ravel().round(2)
    array([0.84, 0.9 , 0.86, 0.77, 0.86, 0.67, 0.86])
    """
    staying = np.ones((1, values.shape[1] - n_subjects))
    without = [np.concatenate([one[None], staying], axis=1)[0] > 0 for one in left_out(n_subjects)]
    draws = [np.ones(values.shape[1], dtype=bool), *without]
    found = np.full((len(draws), len(values), len(names)), np.nan)
    sizes = np.array([kept.sum() for kept in draws])
    with threadpool_limits(1):  # the matrices are small
        for size in np.unique(sizes):  # together: as features of a study of their own, of so many subjects
            alike = np.flatnonzero(sizes == size)
            stacked = np.concatenate([values[:, draws[one]] for one in alike])
            found[alike] = facet_coefficients(stacked, design, names).reshape(len(alike), len(values), len(names))
    return found
