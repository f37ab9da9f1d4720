"""The figures of an analysis of facets: sources of variance, agreement by facet, the decision study."""

from collections.abc import Iterator, Mapping

import pandas as pd
from matplotlib.figure import Figure

from evaluation.figures import decision_study, distributions, sources_of_variance
from evaluation.generalizability.mean_shares import mean_shares
from evaluation.generalizability.table import FacetTables
from evaluation.generalizability.verdicts import facet_verdicts
from evaluation.reliability.by_facet import coefficient_name
from evaluation.reliability.statistics import about
from evaluation.tables import feature_class

PLACE = ("strategy", "sequence", "roi")
MOST = 40
"""Bars and rows of one figure; of more places the strategies alone are drawn."""


def facet_figures(
    tables: FacetTables, thresholds: Mapping[str, float] | None = None
) -> Iterator[tuple[tuple[str, ...], Figure]]:
    """Draw sources of variance by place and by feature class, agreement by facet, and decision studies.

    Parameters
    ----------
    tables : FacetTables
    thresholds : mapping of str to float, optional
        As of `facet_verdicts`.

    Yields
    ------
    (tuple of str, Figure)
        The parts of its name, and the figure.
    """
    components = tables.components
    yield ("sources",), sources_of_variance(mean_shares(components, varying(components)), "Sources of variance")
    classes = with_class(components)
    if classes["class"].nunique() > 1:
        by = [name for name in varying(components) if name == "strategy" and components[name].nunique() > 1]
        yield (
            ("sources", "by", "class"),
            sources_of_variance(mean_shares(classes, [*by, "class"]), "Sources of variance by feature class"),
        )
    verdicts = facet_verdicts(tables.coefficients, thresholds)
    for facet, rows in verdicts.groupby("facet", sort=False):
        groups = {
            " / ".join(key): part["estimate"] for key, part in rows.groupby(varying(rows), sort=False) if len(part)
        }
        label = about(coefficient_name(str(facet))).label
        if rows["estimate"].notna().any():
            limit = float(rows["threshold"].iloc[0])
            yield ("agreement", str(facet)), distributions(groups, f"Agreement over {facet}", label, limit)
    for facet in tables.planned["facet"].unique():
        if tables.planned.loc[tables.planned["facet"] == facet, "g"].notna().any():
            yield ("decision_study", facet), decision_study(tables.planned, facet, f"More levels of {facet}")


def varying(rows: pd.DataFrame) -> list[str]:
    """Name the columns of the place that have several levels, the ROI if none has; strategies alone of many places."""
    several = [name for name in PLACE if rows[name].nunique() > 1] or ["roi"]
    return several if rows[several].drop_duplicates().shape[0] <= MOST else ["strategy"]


def with_class(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the feature class, `other` for features that are not named as PyRadiomics names them."""
    classes = {name: feature_class(name) or "other" for name in rows["feature"].unique()}
    return rows.assign(**{"class": rows["feature"].map(classes)})
