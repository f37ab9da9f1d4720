"""Thresholds on statistics of reliability, and the features that reach them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from evaluation.reliability import LOWER_IS_BETTER, REPRODUCIBLE, STATISTICS, reproducible
from harmonize.configuration import refuse_unknown
from harmonize.errors import ConfigurationError


@dataclass(frozen=True)
class Thresholds:
    """What a feature must reach, in every compared condition, to count as robust.

    Parameters
    ----------
    limits : mapping of str to float
        For each statistic its threshold: the estimate must be above it for agreement (ICC, CCC), below it for
        dispersion (CV, QCD).

    Raises
    ------
    ValueError
        If there is no threshold, or one that no estimate can reach.

    Examples
    --------
    >>> Thresholds.from_mapping({"icc": 0.9, "cv": 0.1}, "study.yaml: thresholds").describe()
    'icc > 0.9 and cv < 0.1'
    """

    limits: Mapping[str, float] = field(default_factory=lambda: dict(REPRODUCIBLE))

    def __post_init__(self) -> None:
        if not self.limits:
            raise ValueError("expected at least one threshold, such as icc: 0.9")
        for name, value in self.limits.items():
            if name not in LOWER_IS_BETTER and not value < 1:
                raise ValueError(f"{name}: no estimate is above {value:g}; expected less than 1")
            if name in LOWER_IS_BETTER and not value > 0:
                raise ValueError(f"{name}: no estimate is below {value:g}; expected more than 0")

    @classmethod
    def from_mapping(cls, values: object, where: str) -> "Thresholds":
        """Read thresholds from a study file; without any, ICC and CCC above 0.90.

        Raises
        ------
        ConfigurationError
            For an unknown statistic (with the nearest right name) or a threshold out of range.
        """
        if values is None:
            return cls()
        if not isinstance(values, Mapping):
            raise ConfigurationError(f"{where}: expected statistics and their thresholds, found {values!r}")
        refuse_unknown(values, STATISTICS, where)
        for name, value in values.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ConfigurationError(f"{where}: {name}: expected a number, found {value!r}")
        try:
            return cls({name: float(value) for name, value in values.items()})
        except ValueError as error:
            raise ConfigurationError(f"{where}: {error}") from error

    def to_mapping(self) -> dict[str, float]:
        """Give the thresholds as plain values."""
        return dict(self.limits)

    def describe(self) -> str:
        """Say the rule in one line."""
        signs = {name: "<" if name in LOWER_IS_BETTER else ">" for name in self.limits}
        return " and ".join(f"{name} {signs[name]} {value:g}" for name, value in self.limits.items())

    def passing(self, reliability: pd.DataFrame) -> pd.DataFrame:
        """Say of every feature in every strategy, sequence and ROI whether it passes.

        Parameters
        ----------
        reliability : DataFrame
            A reliability table.

        Returns
        -------
        DataFrame
            Columns strategy, sequence, roi, feature, passes. A feature passes if each statistic of the rule was
            computed for every condition and lies beyond its threshold; one that could not be computed fails.

        Raises
        ------
        ConfigurationError
            If the table breaks its schema or lacks a statistic of the rule.
        """
        joint = reproducible(reliability, self.limits)
        return joint.rename(columns={"reproducible": "passes"})[["strategy", "sequence", "roi", "feature", "passes"]]
