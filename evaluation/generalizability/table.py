"""Tables of components of variance and coefficients of every feature, per strategy, sequence and ROI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from evaluation.generalizability.components import FacetEstimates, FacetResult, facet_components
from evaluation.generalizability.facets import SUBJECT, FacetDesign
from evaluation.generalizability.levels import facet_levels, refuse_sparse
from evaluation.reliability.by_facet import PHI, G
from evaluation.reliability.contrasts import Group, groups
from evaluation.reliability.status import MEANINGS, Status
from evaluation.tables import ALL_CONDITIONS, RELIABILITY_COLUMNS, check_feature_table
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames
from harmonize.words import some

LOST = (
    Status.TOO_FEW,
    Status.CONSTANT,
    Status.CONFOUNDED,
    Status.NOT_CONVERGED,
    Status.UNDEFINED,
    Status.NOT_REPRESENTABLE,
)
"""Why a component or a coefficient is not given."""


@dataclass(frozen=True)
class FacetTables:
    """Tables with the columns strategy, sequence, roi and feature first.

    Parameters
    ----------
    components : DataFrame
        component, variance, lower, upper (in squared units of the feature), share (of the sum of all components), n
        (subjects), cells (values), status.
    coefficients : DataFrame
        coefficient, estimate, lower, upper, n, status, see `FacetResult`.
    planned : DataFrame
        The decision study: facet, levels (over which measurements are averaged), g, phi, and their limits g_lower,
        g_upper, phi_lower, phi_upper.
    levels : DataFrame
        A row for each facet, see `FacetLevels`; without the columns above.
    """

    components: pd.DataFrame
    coefficients: pd.DataFrame
    planned: pd.DataFrame
    levels: pd.DataFrame

    @property
    def reliability(self) -> pd.DataFrame:
        """The coefficients as rows of a reliability table, which thresholds judge."""
        return as_reliability(self.coefficients)


def as_reliability(coefficients: pd.DataFrame) -> pd.DataFrame:
    """Give coefficients of facets as rows of a reliability table: each is a statistic over all conditions."""
    rows = coefficients.rename(columns={"coefficient": "statistic"}).assign(condition=ALL_CONDITIONS)
    return rows[list(RELIABILITY_COLUMNS)]


def not_computed(table: pd.DataFrame) -> list[str]:
    """Say which components or coefficients could not be computed, of how many features, and why.

    Examples
    --------
    >>> not_computed(pd.DataFrame({"component": ["reader"], "status": ["confounded"]}))[0][:40]
    'reader: not computed for 1 of 1: The cel'
    """
    name = "component" if "component" in table else "coefficient"
    lost = table[table["status"].isin(LOST)].groupby(["status", name], sort=False).size()
    total = len(table) // max(1, table[name].nunique())
    told = []
    for (status, count), names in lost.groupby([lost.index.get_level_values("status"), lost], sort=False):
        which = some(list(names.index.get_level_values(name)), 8)
        advice = " Leave out a facet that goes with another." if status == Status.CONFOUNDED else ""
        told.append(f"{which}: not computed for {count} of {total}: {MEANINGS[Status(status)]}{advice}")
    return told


@takes_frames
def facet_tables(
    features: pd.DataFrame,
    design: FacetDesign,
    levels: Mapping[str, Sequence[str]],
    *,
    columns: Sequence[str] | None = None,
    level: float = 0.95,
) -> FacetTables:
    """Tell apart, for every feature, what varies between subjects, between the levels of facets, and within.

    Parameters
    ----------
    features : DataFrame
        A feature table.
    design : FacetDesign
    levels : mapping of str to sequence of str
        By condition of the table the level of each facet, in the order of the design.
    columns : sequence of str or None
        As for `reliability_table`.
    level : float
        Confidence level.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, a condition has no levels, or a crossed facet has many levels that hardly any
        subjects share, such as dates.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> rows = [(f"S{i}", reader) for i in range(17) for reader in ("A", "B", "C")]
    >>> table = pd.DataFrame(rows, columns=["subject", "condition"]).assign(strategy="none", sequence="T2", roi="liver")
    >>> table["original_glcm_Contrast"] = np.repeat(rng.normal(10, 3, 17), 3) + rng.normal(0, 1, 51)
    >>> from evaluation.generalizability.facets import Facet
    >>> found = facet_tables(table, FacetDesign((Facet("reader"),)), {name: (name,) for name in "ABC"})
    >>> found.components[["component", "variance", "share"]].round(2)
      component  variance  share
    0   subject      7.00   0.92
    1    reader      0.00   0.00
    2  residual      0.64   0.08
    """
    features = check_feature_table(features, columns)
    absent = [str(name) for name in features["condition"].unique() if len(levels.get(name, ())) != len(design.facets)]
    if absent:
        raise ConfigurationError(
            f"levels: condition '{absent[0]}' has {len(levels.get(absent[0], ()))} levels; expected one for each of "
            f"{', '.join(facet.name for facet in design.facets)}"
        )
    together = features[[SUBJECT, "condition"]].drop_duplicates().itertuples(index=False, name=None)
    met = {(str(subject), *map(str, levels[condition])) for subject, condition in together}
    refuse_sparse(met, design)
    parts: list[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]] = []
    with threadpool_limits(1):  # the matrices are small
        for group in groups(features, columns):
            found = facet_components(arranged(group, levels, design), design, level=level)
            keys = {"strategy": group.strategy, "sequence": group.sequence, "roi": group.roi}
            parts.append(tuple(_keyed(group, keys, part) for part in _columns(found)))
    components, coefficients, planned = (pd.concat(one, ignore_index=True) for one in zip(*parts, strict=True))
    return FacetTables(components, coefficients, planned, pd.DataFrame(facet_levels(met, design)))


def arranged(group: Group, levels: Mapping[str, Sequence[str]], design: FacetDesign) -> FloatArray:
    """Give values by subject and the levels of each facet, NaN where there are none.

    Levels of a nested facet are numbered within what they belong to, so that names that stand in one subject alone
    make no axis as long as there are names.
    """
    subject, condition = np.nonzero(np.isfinite(group.values).any(axis=0))
    names = zip(*(levels[name] for name in group.conditions), strict=True)
    codes = pd.DataFrame({SUBJECT: subject})
    for facet, each in zip(design.facets, names, strict=True):
        codes[facet.name] = pd.factorize(np.array(each, dtype=object))[0][condition]
    numbers = [
        codes.groupby(sorted(above))[facet.name].rank("dense").to_numpy(dtype=int) - 1
        if (above := design.above(facet.name))
        else codes[facet.name].to_numpy()
        for facet in design.facets
    ]
    sizes = (1 + each.max(initial=0) for each in numbers)
    arranged = np.full((*group.values.shape[:2], *sizes), np.nan)
    arranged[(slice(None), subject, *numbers)] = group.values[:, subject, condition]
    return arranged


def over_conditions(features: pd.DataFrame, design: FacetDesign) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Take the levels of the facets for the conditions of a feature table with a column for each facet.

    Returns
    -------
    features : DataFrame
    levels : dict of str to tuple of str
        By condition, as of `facet_tables`.
    """
    names = [facet.name for facet in design.facets]
    met = features[names].drop_duplicates().itertuples(index=False, name=None)
    levels = {"+".join(one): one for one in met}  # no name of a level holds a '+'
    return features.assign(condition=features[names[0]].str.cat(features[names[1:]], sep="+")), levels


def _columns(found: FacetResult) -> tuple[dict[str, object], dict[str, object], dict[str, object]]:
    """Give the columns of each table, arrays of shape (n_features, rows of a feature)."""
    plans = [(facet, count) for facet, count in found.planned]
    planned = np.stack([found.planned[plan] for plan in plans], axis=1) if plans else np.empty((len(found.n), 0, 2, 3))
    return (
        _estimates("component", "variance", found.components, share=found.share, n=found.n, cells=found.cells),
        _estimates("coefficient", "estimate", found.coefficients, n=found.n),
        {
            "facet": [facet for facet, _ in plans],
            "levels": [count for _, count in plans],
            **{
                f"{name}{suffix}": planned[..., place, end]
                for place, name in enumerate((G, PHI))
                for end, suffix in enumerate(("", "_lower", "_upper"))
            },
        },
    )


def _estimates(key: str, value: str, found: FacetEstimates, **further: FloatArray | IntArray) -> dict[str, object]:
    status = found.status.astype(object)
    return {
        key: list(found.names),
        value: found.estimate,
        "lower": found.lower,
        "upper": found.upper,
        **{name: each if each.ndim == 2 else each[:, None] for name, each in further.items()},
        "status": status,
    }


def _keyed(group: Group, keys: Mapping[str, str], columns: Mapping[str, object]) -> pd.DataFrame:
    """Make a table of columns that hold a value for each feature, for each row of a feature, or for both."""
    rows = len(next(iter(columns.values())))  # type: ignore[arg-type]
    shape = len(group.features), rows
    named = np.repeat(np.array(group.features, dtype=object), rows)
    flat = {name: np.broadcast_to(np.asarray(column), shape).ravel() for name, column in columns.items()}
    return pd.DataFrame({**keys, "feature": named, **flat})
