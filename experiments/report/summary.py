"""What the report says, as plain frozen data: no table, no picture, no markup."""

from dataclasses import dataclass

from evaluation.harmonization import Diagnosis


@dataclass(frozen=True)
class Share:
    """So many of so many.

    Examples
    --------
    >>> Share(3, 4).value
    0.75
    >>> Share(0, 0).value is None
    True
    """

    passing: int
    total: int

    @property
    def value(self) -> float | None:
        """The share from 0 to 1, or None of nothing."""
        return self.passing / self.total if self.total else None


@dataclass(frozen=True)
class Interval:
    """An estimate with its limits, where it has any (None)."""

    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class EstimateWithTest:
    """An estimate that was tested.

    Attributes
    ----------
    interval : Interval
    p, q : float or None
        Of the test, alone and adjusted; None where it could not be tested.
    """

    interval: Interval
    p: float | None
    q: float | None


@dataclass(frozen=True)
class ComparedStrategy:
    """One strategy against the baseline, or the baseline itself.

    Attributes
    ----------
    name : str
    difference : EstimateWithTest or None
        Of the share of robust features, from 0 to 1; None for the baseline.
    ratios : tuple of (EstimateWithTest or None)
        Error over that of the baseline, by statistic.
    rank : Interval
    first : float
        In how many of the resamples it ranks first, from 0 to 1.
    """

    name: str
    difference: EstimateWithTest | None
    ratios: tuple[EstimateWithTest | None, ...]
    rank: Interval
    first: float


@dataclass(frozen=True)
class Compared:
    """The strategies compared with a baseline; `judged` says in words by what the shares were judged."""

    baseline: str
    statistics: tuple[str, ...]
    judged: str
    is_rule: bool
    resamples: int
    rows: tuple[ComparedStrategy, ...]


@dataclass(frozen=True)
class RankedStrategy:
    """One strategy in the order by its share of robust features.

    Attributes
    ----------
    name : str
    robust : Share
    interval : Interval or None
        Of the share, from 0 to 1.
    rank : Interval or None
        None where the strategies were not compared by the rule.
    first : float or None
        In how many of the resamples it ranks first, from 0 to 1.
    """

    name: str
    robust: Share
    interval: Interval | None
    rank: Interval | None
    first: float | None


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
    numbers: "Table"


@dataclass(frozen=True)
class Damage:
    """What two factors do to the features: sentences, counts of effects that were found, and a panel a strategy."""

    factors: tuple[str, str]
    sentences: tuple[str, ...]
    found: "Table"
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
class StatisticCell:
    """One statistic of one strategy as it is printed."""

    text: str
    threshold: str
    share: Share
    not_computed: int
    interval: Interval | None


@dataclass(frozen=True)
class StrategyRow:
    """One strategy in the comparison.

    Attributes
    ----------
    steps, brief : tuple of str
        Its steps with all parameters, and with those that differ from another strategy's.
    robust : Share
        Of nothing, if the strategy gave no feature.
    interval : Interval or None
        Of the robust share, from 0 to 1.
    """

    name: str
    description: str
    steps: tuple[str, ...]
    brief: tuple[str, ...]
    robust: Share
    interval: Interval | None
    everywhere: int
    rows: int
    failures: int
    statistics: tuple[StatisticCell | None, ...]
    digest: str


@dataclass(frozen=True)
class Completeness:
    """How many ROIs are there, by subject and condition, in one sequence."""

    sequence: str
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    complete: int
    left_out: int


@dataclass(frozen=True)
class Table:
    """A plain table: its columns and rows as they are printed; `numeric` names the columns of numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class WhitelistRow:
    """In how many sequences x ROIs a feature is robust, by strategy."""

    feature: str
    feature_class: str
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class WhitelistCell:
    """The robust features of one sequence and ROI."""

    sequence: str
    roi: str
    share: Share
    features: tuple[str, ...]


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


@dataclass(frozen=True)
class HarmonizedStrategy:
    """What the harmonizer of a strategy did.

    Attributes
    ----------
    method : str
        Method, batch, reference.
    measures : Table
        Raw, held-out and in-sample values of each measure, and what they are by chance.
    optimism : str
        What of it is real, in a sentence or two.
    notes : tuple of str
        Small batches and confounding.
    effects : Table or None
        Effect sizes by group and batch.
    diagnosis : Diagnosis or None
        For the pictures.
    """

    name: str
    method: str
    measures: Table
    optimism: str
    notes: tuple[str, ...]
    effects: Table | None
    diagnosis: Diagnosis | None


@dataclass(frozen=True)
class Summary:
    """Everything that the report says."""

    name: str
    description: str
    facts: tuple[tuple[str, str], ...]
    version: str
    findings: tuple[str, ...]
    reference: str
    conditions: tuple[str, ...]
    all_conditions: tuple[str, ...]
    n_rois: int
    rule: str
    rule_where: str
    rule_note: str
    ranked: tuple[RankedStrategy, ...]
    lead: str
    audit: Table
    audit_text: str
    completeness: tuple[Completeness, ...]
    sizes: Table
    strategies: tuple[StrategyRow, ...]
    statistics: tuple[str, ...]
    further: Table
    detail: Table
    compared: Compared | None
    not_compared: str
    damage: Damage | None
    no_damage: str
    tests: Table
    tests_note: str
    robust: tuple[ShareGrid, ...]
    by_class: ShareGrid
    distributions: tuple[DistributionPanel, ...]
    overlap: Overlap | None
    whitelisted: tuple[WhitelistRow, ...]
    whitelists: tuple[tuple[str, tuple[WhitelistCell, ...]], ...]
    failures: Table
    failure_groups: Table
    n_failures: int
    statuses: Table
    settings: tuple[tuple[str, Table], ...]
    versions: Table
    settings_digest: str
    data_digest: str
    started: str
    finished: str
    cells: Cells
    harmonized: tuple[HarmonizedStrategy, ...] = ()
