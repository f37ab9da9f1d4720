"""What varies over the facets of measurement, and to which of them features are robust."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from evaluation.figures import decision_study, sources_of_variance
from evaluation.figures.decision_study import HEIGHT, LOOKS, typical
from evaluation.figures.sources import height_of
from evaluation.generalizability.levels import met_in
from evaluation.generalizability.mean_shares import mean_shares
from evaluation.generalizability.table import not_computed
from evaluation.generalizability.verdicts import ESTIMATE, NOT_COMPUTED, YES
from evaluation.publication.facet_figures import varying, with_class
from evaluation.reliability.by_facet import coefficient_name
from evaluation.reliability.statistics import about
from evaluation.written import signed, with_limits
from experiments.folder.files import COEFFICIENTS, COMPONENTS, FACET_LEVELS, PLANNED, ROBUST_TO
from experiments.page import Content, Context, Picture, Pictures, Section
from experiments.page.quantities import Table, known, table
from experiments.page.svg import WIDTH, to_svg
from experiments.page.wording import percent
from experiments.report.sections.spread import distribution, panel_of
from harmonize.words import listed

PLACE = ["strategy", "sequence", "roi"]
PASSING = (YES, ESTIMATE)
WORDS = {ESTIMATE: "by estimate"}
TABLES = (COMPONENTS, COEFFICIENTS, PLANNED, ROBUST_TO, FACET_LEVELS)
"""What an analysis of facets leaves for the page, in the order of `FacetFiles`."""


@dataclass(frozen=True)
class FacetFiles:
    """The tables of an analysis of facets, of a run or of a folder of its own."""

    components: pd.DataFrame
    coefficients: pd.DataFrame
    planned: pd.DataFrame
    verdicts: pd.DataFrame
    levels: pd.DataFrame

    @classmethod
    def of(cls, found: Iterable[pd.DataFrame | None]) -> "FacetFiles | None":
        """Take what there is of `TABLES`; None if one is not there."""
        there = [table for table in found if table is not None]
        return cls(*there) if len(there) == len(TABLES) else None


def files_of(context: Context) -> FacetFiles | None:
    """Give the tables of a run; None where the study has no facets."""
    return FacetFiles.of(map(context.run.get, TABLES))


def summarize(context: Context) -> Content | None:
    """Say to which facets features are robust."""
    files = files_of(context)
    return None if files is None else condense(files)


def condense(files: FacetFiles) -> Content:
    """Count what is robust to each facet, by place and by feature."""
    verdicts = files.verdicts
    facets = list(dict.fromkeys(verdicts["facet"]))
    limits = verdicts.drop_duplicates("facet").set_index("facet")["threshold"].to_dict()
    met = met_in(files.levels)
    whole = ["strategy"] if verdicts["strategy"].nunique() > 1 else varying(verdicts)
    rules = [f"{about(coefficient_name(facet)).label} > {limits[facet]:.2f}" for facet in facets]
    return {
        "rules": listed(rules),
        "facets": facets,
        "met": [one.words for one in met],
        "remarks": [one.remark for one in met if one.remark],
        "strategies": list(dict.fromkeys(verdicts["strategy"])),
        "shares": _shares(verdicts, facets, whole),
        "places": None if whole == varying(verdicts) else _shares(verdicts, facets, varying(verdicts)),
        "features": _features(verdicts, facets),
        "not_computed": [*not_computed(files.components), *not_computed(files.coefficients)],
    }


def _shares(verdicts: pd.DataFrame, facets: list[str], keys: list[str]) -> Table:
    """Give for each level of the keys the share of features robust to each facet, and to all."""
    wide = _wide(verdicts, facets)
    rows = []
    for key, part in wide.groupby(keys, sort=False):
        passing, sure, lost = part.isin(PASSING), part == YES, (part == NOT_COMPUTED).all()
        columns = [(passing[facet].mean(), sure[facet].mean(), lost[facet]) for facet in facets]
        columns.append((passing.all(axis=1).mean(), sure.all(axis=1).mean(), lost.any()))
        shares = (NOT_COMPUTED if none else f"{percent(share)} ({percent(limit)})" for share, limit, none in columns)
        rows.append((*(key if isinstance(key, tuple) else (key,)), *shares, str(len(part))))
    return table((*map(_title, keys), *facets, "All", "Features"), rows, range(len(keys), len(keys) + len(facets) + 2))


def _features(verdicts: pd.DataFrame, facets: list[str]) -> Table:
    """Give for each feature the verdict of each facet; of several places in how many it is robust."""
    wide = _wide(verdicts, facets)
    keys = [*(["strategy"] if verdicts["strategy"].nunique() > 1 else []), "feature"]
    estimates = verdicts.groupby([*keys, "facet"], sort=False)["estimate"].median()
    rows = []
    for key, part in wide.groupby(keys, sort=False):
        names = key if isinstance(key, tuple) else (key,)
        cells = [_cell(part[facet], estimates.loc[(*names, facet)]) for facet in facets]
        rows.append((*names[::-1], *cells))
    return table((*map(_title, keys[::-1]), *facets), rows)


def _cell(verdicts: pd.Series, estimate: float) -> str:
    """Give the verdict of one place, or in how many of several the estimate passes; and the median estimate."""
    if verdicts.eq(NOT_COMPUTED).all():
        return NOT_COMPUTED
    only = str(verdicts.iloc[0])
    several = f"{verdicts.isin(PASSING).sum()} of {len(verdicts)}"
    return f"{WORDS.get(only, only) if len(verdicts) == 1 else several}, {signed(estimate)}"


def _wide(verdicts: pd.DataFrame, facets: list[str]) -> pd.DataFrame:
    keys = [*PLACE, "feature"]
    order = pd.MultiIndex.from_frame(verdicts[keys].drop_duplicates())  # a pivot sorts
    return verdicts.pivot(index=keys, columns="facet", values="verdict").loc[order, facets]


def _title(name: str) -> str:
    return {"roi": "ROI"}.get(name, name.capitalize())


def plot(context: Context, content: Content) -> Pictures:
    """Draw sources of variance, agreement and decision studies."""
    files = files_of(context)
    return {} if files is None else draw(files, content)


def draw(files: FacetFiles, content: Content) -> Pictures:
    """Draw them from the tables."""
    pictures: Pictures = {"sources": [], "classes": [], "agreement": [], "planned": []}
    several = len(content["strategies"]) > 1
    for number, strategy in enumerate(content["strategies"]):
        own = files.components[files.components["strategy"] == strategy]
        place = [name for name in varying(own) if name != "strategy"] or ["roi"]
        title = strategy if several else ""
        pictures["sources"].append(_sources(mean_shares(own, place), f"sources-{number}", title))
        classes = with_class(own)
        if classes["class"].nunique() > 1:
            pictures["classes"].append(_sources(mean_shares(classes, ["class"]), f"sources-class-{number}", title))
    for number, facet in enumerate(content["facets"]):
        own = files.verdicts[files.verdicts["facet"] == facet]
        if own["estimate"].notna().any():
            name = coefficient_name(facet)
            panel = panel_of(own, name, ">", float(own["threshold"].iloc[0]), content["strategies"])
            alt = f"Histograms of {panel['label']} under each strategy; what passes is dark."
            drawn = distribution(panel, f"agreement-{number}")
            pictures["agreement"].append(Picture(f"agreement-{number}", panel["label"], drawn, alt))
    for number, (strategy, facet) in enumerate(
        (strategy, facet) for strategy in content["strategies"] for facet in files.planned["facet"].unique()
    ):
        own = files.planned[(files.planned["strategy"] == strategy) & (files.planned["facet"] == facet)]
        if own["g"].notna().any():
            title = f"{strategy}, {facet}" if several else facet
            pictures["planned"].append(_planned(own, facet, f"decision-{number}", title))
    return pictures


def _sources(shares: pd.DataFrame, name: str, title: str) -> Picture:
    svg = to_svg(lambda figure: sources_of_variance(shares, figure=figure), WIDTH, height_of(shares), name)
    names = [" / ".join(map(str, key)) if isinstance(key, tuple) else str(key) for key in shares.index]
    parts = zip(names, shares.to_numpy().tolist(), strict=True)
    rows = ((place, *(percent(known(share)) for share in row)) for place, row in parts)
    numbers = table(("Group", *map(str, shares.columns)), rows, range(1, shares.shape[1] + 1))
    return Picture(name, title, svg, "Bars of the shares of variance of each source.", numbers)


def _planned(planned: pd.DataFrame, facet: str, name: str, title: str) -> Picture:
    svg = to_svg(lambda figure: decision_study(planned, facet, figure=figure), WIDTH, HEIGHT, name)
    medians = typical(planned, facet)
    limits = {one: medians[[one, f"{one}_lower", f"{one}_upper"]].to_numpy().tolist() for one in LOOKS}
    rows = (
        (str(levels), *(with_limits(*limits[one][place]) for one in LOOKS))
        for place, levels in enumerate(medians.index)
    )
    numbers = table((f"Levels of {facet}", *(about(one).label for one in LOOKS)), rows, (1, 2))
    alt = f"Generalizability and dependability against the number of levels of {facet}."
    return Picture(name, title, svg, alt, numbers)


SECTION = Section(__name__, "facets", "Robust to what", summarize, plot)
