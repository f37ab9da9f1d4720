"""An analysis of facets: sources of variance of every feature, and how reliable measurements over them are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.levels import met_in
from evaluation.generalizability.table import FacetTables, facet_tables, over_conditions
from evaluation.reading import ReadTable, Table
from evaluation.reliability.by_facet import coefficient_name
from evaluation.reliability.statistics import about
from experiments.analyses.reliability.run import empty_features, given_tables, read_given, sources_of
from experiments.analyses.reliability.settings import FacetSettings, ReliabilitySettings
from experiments.analyses.shared.readers import number_or_text
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.files import one_look
from harmonize.printed import Printed
from harmonize.words import plural
from selection.thresholds import Thresholds

USED = (
    "subject",
    "sequence",
    "roi",
    "strategy",
    "within",
    "extract",
    "long",
    "features",
    "exclude",
    "decimal",
    "level",
    "threshold",
    "no_figures",
)
"""Of the settings of reliability, those that an analysis of facets has, too."""


@dataclass(frozen=True, repr=False)
class FacetsFound(Printed):
    """What an analysis of facets found.

    Parameters
    ----------
    read : ReadTable
    design : FacetDesign
    tables : FacetTables
    level : float
        Of the limits.
    sources : mapping of str to mapping
        By strategy the table that it was computed from: its name and SHA-256.
    thresholds : mapping of str to float
        By facet what the agreement between its levels must exceed, where that is not the usual.
    figures : bool
        Whether they are drawn.
    """

    read: ReadTable
    design: FacetDesign
    tables: FacetTables
    level: float
    sources: Mapping[str, Mapping[str, str]]
    thresholds: Mapping[str, float] = field(default_factory=dict)
    figures: bool = True

    @property
    def computed(self) -> pd.DataFrame:
        """The coefficients as a reliability table."""
        return self.tables.reliability

    def summary(self) -> pd.DataFrame:
        """Give medians and quartiles over features, ROIs and sequences of each strategy.

        Returns
        -------
        DataFrame
            strategy, of (``share`` of variance or ``coefficient``), name, median, q1, q3, n_computed, n_total.
        """
        return summary_of(self.tables)

    @property
    def empty(self) -> tuple[str, ...]:
        """Features without a single value, which count as not extracted."""
        return empty_features(self.read)

    def remarks(self) -> list[str]:
        """Say which facets go with one another, and of which nested ones most groups have one level alone."""
        return list(filter(None, (one.remark for one in met_in(self.tables.levels))))

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give the medians of each strategy."""
        rows = [
            {
                "strategy": row["strategy"],
                "": _label(row),
                "median (Q1, Q3)": f"{row['median']:.2f} ({row['q1']:.2f}, {row['q3']:.2f})"
                if row["n_computed"]
                else "not computed",
                "computed": f"{row['n_computed']}/{row['n_total']}",
            }
            for row in self.summary().to_dict("records")
        ]
        facets = ", ".join(f"{one.name}{' (fixed)' if one.fixed else ''}" for one in self.design.facets)
        subjects = plural(self.read.table["subject"].nunique(), "subject")
        features = plural(len(self.read.features) - len(self.empty), "feature")
        return f"{features}: {subjects}, facets {facets}", pd.DataFrame(rows)


def summary_of(tables: FacetTables) -> pd.DataFrame:
    """Give medians and quartiles over features, ROIs and sequences of each strategy, see `FacetsFound.summary`."""
    parts = []
    for of, table, name, value in (
        ("share", tables.components, "component", "share"),
        ("coefficient", tables.coefficients, "coefficient", "estimate"),
    ):
        grouped = table.groupby(["strategy", name], sort=False)[value]
        quartiles = grouped.quantile([0.5, 0.25, 0.75]).unstack()
        quartiles.columns = pd.Index(["median", "q1", "q3"])
        counts = quartiles.assign(n_computed=grouped.count(), n_total=grouped.size()).reset_index()
        parts.append(counts.rename(columns={name: "name"}).assign(of=of))
    found = pd.concat(parts, ignore_index=True)
    return found[["strategy", "of", "name", "median", "q1", "q3", "n_computed", "n_total"]]


def _label(row: Mapping[str, object]) -> str:
    """Name a row of the summary for reading."""
    name = str(row["name"])
    if row["of"] == "share":
        return f"share of variance: {name}"
    known = about(name)
    return f"{known.label}, {known.remark}" if known.remark else name


@one_look()
def run_generalizability(
    tables: Table | Mapping[str, Table], facets: FacetSettings, settings: ReliabilitySettings | None = None
) -> FacetsFound:
    """Tell apart what varies between subjects, over facets, and in their interactions, for every feature.

    Parameters
    ----------
    tables : str, Path or DataFrame, or mapping of str to one
        As for `run_reliability`, with a column for each facet.
    facets : FacetSettings
    settings : ReliabilitySettings, optional
        Roles, choice of features and the level of limits; other settings are refused.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with tables or settings.

    References
    ----------
    Brennan RL. Generalizability Theory. Springer 2001.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> rows = [(f"S{i}", reader) for i in range(17) for reader in ("A", "B", "C")]
    >>> table = pd.DataFrame(rows, columns=["subject", "reader"])
    >>> table["original_glcm_Contrast"] = np.repeat(rng.normal(10, 3, 17), 3) + rng.normal(0, 1, 51)
    >>> found = run_generalizability(table, FacetSettings(facets=("reader",)))
    >>> found.tables.components[["component", "variance"]].round(1)
      component  variance
    0   subject       7.0
    1    reader       0.0
    2  residual       0.6
    """
    settings = settings or ReliabilitySettings()
    _refuse_unused(settings)
    design = FacetDesign(tuple(map(Facet.parse, facets.facets)), facets.pool)
    names = tuple(one.name for one in design.facets)
    thresholds = _thresholds(settings.threshold, names)
    given = given_tables(tables)
    read = read_given(given, replace(settings, condition=names), "facets")
    found = facet_tables(read.table, design, read.factors, columns=read.features, level=settings.level)
    return FacetsFound(
        read, design, found, settings.level, sources_of(given, read), thresholds, not settings.no_figures
    )


def tables_over(features: pd.DataFrame, design: FacetDesign) -> FacetTables:
    """Tell apart what varies over facets, of a feature table with a column for each."""
    over, levels = over_conditions(features, design)
    return facet_tables(over, design, levels)


def _thresholds(given: Mapping[str, str], facets: Sequence[str]) -> dict[str, float]:
    """Give by facet what was asked of the agreement between its levels."""
    names = {coefficient_name(facet): facet for facet in facets}
    refuse_unknown(given, names, "`threshold`", "there is no coefficient")
    if not given:
        return {}
    rule = Thresholds.from_mapping(
        {name: number_or_text(text) for name, text in given.items()}, "`threshold`", (*names,)
    )
    return {names[name]: limit for name, limit in rule.limits.items()}


def _refuse_unused(settings: ReliabilitySettings) -> None:
    usual = vars(ReliabilitySettings())
    for name, value in vars(settings).items():
        if name not in USED and value != usual[name]:
            raise ConfigurationError(f"`{name}`: is not used with `facets`; leave one of both out")
