"""What the pictures and maps of the report show, as plain frozen data."""

from dataclasses import dataclass

from experiments.report.contents.quantities import Share, Table


@dataclass(frozen=True)
class VarianceRow:
    """Where the variance comes from: the shares of `DamagePanel.sources`; empty where nothing was computed."""

    name: str
    group: str
    shares: tuple[float, ...]


@dataclass(frozen=True)
class DamagePanel:
    """The sources of variance under one strategy, by feature class and ROI."""

    strategy: str
    sources: tuple[str, ...]
    rows: tuple[VarianceRow, ...]
    numbers: Table


@dataclass(frozen=True)
class Damage:
    """What two factors do to the features: sentences, counts of effects that were found, and a panel a strategy."""

    factors: tuple[str, str]
    sentences: tuple[str, ...]
    found: Table
    panels: tuple[DamagePanel, ...]


@dataclass(frozen=True)
class ShareGrid:
    """Shares in rows and columns; columns stand in named groups.

    Attributes
    ----------
    title : str
    rows : tuple of str
    columns : tuple of (str, str)
        Group and name; the group is empty where there is only one.
    cells : tuple of tuple of Share or None
        By row, then column; None where nothing was there to count.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    cells: tuple[tuple[Share | None, ...], ...]


@dataclass(frozen=True)
class Distribution:
    """The values of one statistic under one strategy.

    Attributes
    ----------
    strategy : str
    counts : tuple of int
        How many lie in each bin of the panel; values beyond the edges count in the outer bins.
    quantiles : tuple of float
        5, 25, 50, 75 and 95 %; empty without values.
    below, above : int
        How many lie beyond the lower and the upper edge of the panel.
    share : Share
        How many of all pass the threshold.
    """

    strategy: str
    counts: tuple[int, ...]
    quantiles: tuple[float, ...]
    below: int
    above: int
    share: Share


@dataclass(frozen=True)
class DistributionPanel:
    """One statistic under all strategies, on one axis."""

    statistic: str
    label: str
    edges: tuple[float, ...]
    threshold: float
    direction: str
    rows: tuple[Distribution, ...]


@dataclass(frozen=True)
class Overlap:
    """How far the whitelists of the strategies agree.

    Attributes
    ----------
    strategies : tuple of str
    shared : tuple of tuple of int
        Robust under both.
    jaccard : tuple of tuple of (float or None)
        Robust under both, of those robust under either; None where there are none.
    """

    strategies: tuple[str, ...]
    shared: tuple[tuple[int, ...], ...]
    jaccard: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Cells:
    """The values behind the fields of the maps, packed.

    Attributes
    ----------
    json : str
        What cells.js reads; empty where it would be too large.
    statistics : tuple of str
        The statistics in it, as they are called.
    has_limits : bool
        Whether confidence limits are in it.
    """

    json: str
    statistics: tuple[str, ...]
    has_limits: bool
