"""What the report says of strategies side by side, as plain frozen data."""

from dataclasses import dataclass

from experiments.report.contents.quantities import EstimateWithTest, Interval, Share


@dataclass(frozen=True)
class ComparedStrategy:
    """One strategy against the baseline, or the baseline itself.

    Attributes
    ----------
    name : str
    difference : EstimateWithTest or None
        Of the share of robust features, from 0 to 1; None for the baseline, and where it could not be computed.
    ratios : tuple of (EstimateWithTest or None)
        Error over that of the baseline, by statistic.
    rank : Interval
    first : float
        In how many of the resamples it ranks first, from 0 to 1.
    common : int or None
        Combinations of sequence, ROI and feature that it and the baseline have, if not all of both.
    """

    name: str
    difference: EstimateWithTest | None
    ratios: tuple[EstimateWithTest | None, ...]
    rank: Interval
    first: float
    common: int | None = None


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
