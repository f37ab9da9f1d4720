"""A pilot's table: every strategy, sequence and ROI with the same complete subjects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.planning.pilot import Pilot
from evaluation.reliability.contrasts import Group, GroupsByStrategy
from evaluation.tables import ALL_CONDITIONS, check_feature_table
from harmonize.arrays import BoolArray
from harmonize.errors import ConfigurationError
from harmonize.words import some

FEWEST = 5
"""Subjects of a pilot; fewer tell too little of how subjects differ."""


@dataclass(frozen=True)
class PilotTable:
    """A pilot's table, complete: every strategy, sequence and ROI with the same subjects.

    Parameters
    ----------
    members : dict of str to list of Group
        By strategy.
    subjects : int
        That have all values.
    left_out : tuple of str
        What was left out to that end, in sentences.
    """

    members: dict[str, list[Group]]
    subjects: int
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, features: pd.DataFrame, columns: Sequence[str] | None = None) -> "PilotTable":
        """Make it of a feature table, without ROIs and features that most subjects lack.

        Raises
        ------
        ConfigurationError
            When fewer than `FEWEST` subjects have all values of the rest, or there is one condition.
        """
        by_strategy = GroupsByStrategy(check_feature_table(features, columns), columns)
        members = {name: list(by_strategy[name]) for name in by_strategy}
        single = [group for groups in members.values() for group in groups if len(group.conditions) < 2]
        if single:
            raise ConfigurationError(
                f"`pilot`: {single[0].sequence} has one condition, '{some(single[0].conditions)}'; a pilot needs two "
                "measurements of each subject or more"
            )
        total, lost = 0, []
        kept: dict[str, list[Group]] = {}
        for name, groups in members.items():
            kept[name] = []
            for group in groups:
                there = np.isfinite(group.values).all(axis=2)
                usual = there.mean(axis=1) > 0.5
                total += len(usual) - int(usual.sum())
                if usual.any():
                    kept[name].append(group.only([one for one, ok in zip(group.features, usual, strict=True) if ok]))
                else:
                    lost.append(" / ".join(part for part in (group.sequence, group.roi) if part != ALL_CONDITIONS))
        complete = _complete([group for groups in kept.values() for group in groups])
        n = int(complete.sum())
        if n < FEWEST:
            raise ConfigurationError(
                f"`pilot`: {n} of {len(complete)} subjects have all values; a pilot needs {FEWEST} or more. Leave out "
                "ROIs or features that others lack"
            )
        told = []
        if lost:
            told.append(f"left out, since most subjects lack it: {some(dict.fromkeys(lost))}")
        elif total:
            told.append(f"left out, since most subjects lack them: {total} features of some ROI")
        if n < len(complete):
            told.append(f"{n} of {len(complete)} subjects have all values; the others are left out")
        members = {
            name: [replace(group, values=group.values[:, complete]) for group in groups]
            for name, groups in kept.items()
        }
        return cls(members, n, tuple(told))

    def pilot(self) -> Pilot:
        """Take all features of all strategies apart together.

        Raises
        ------
        ConfigurationError
            When sequences have other conditions than one another.
        """
        groups = self.groups
        if len({group.conditions for group in groups}) > 1:
            raise ConfigurationError("`pilot`: sequences have different conditions; give one sequence at a time")
        return Pilot.of(np.concatenate([group.values for group in groups]))

    @property
    def groups(self) -> list[Group]:
        """The groups of all strategies."""
        return [group for groups in self.members.values() for group in groups]

    def rows(self, strategy: str) -> slice:
        """Say which of the features of all strategies are those of one."""
        start = 0
        for name, groups in self.members.items():
            stop = start + sum(len(group.features) for group in groups)
            if name == strategy:
                return slice(start, stop)
            start = stop
        raise KeyError(strategy)

    def shared(self, first: str, second: str) -> tuple[list[int], list[int]]:
        """Say where features are that two strategies have in common, in the order of the first."""
        places = []
        for name in (first, second):
            keys = [(group.sequence, group.roi, one) for group in self.members[name] for one in group.features]
            places.append({key: place for place, key in enumerate(keys, self.rows(name).start)})
        both = [key for key in places[0] if key in places[1]]
        return [places[0][key] for key in both], [places[1][key] for key in both]


def _complete(groups: Sequence[Group]) -> BoolArray:
    """Tell which subjects have all values."""
    if not groups:
        return np.zeros(0, dtype=bool)
    return np.asarray(np.logical_and.reduce([np.isfinite(group.values).all(axis=(0, 2)) for group in groups]))
