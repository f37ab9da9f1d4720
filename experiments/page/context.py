"""What the sections of a report share: each computed once, when a section first asks for it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluation.tables import ALL_CONDITIONS, feature_columns
from experiments.folder.added import Added
from experiments.folder.files import RELIABILITY, RUN, SUMMARY, WHITELISTS
from experiments.folder.kinds import PlaceInRun, Record
from experiments.folder.run_folder import RunFolder
from experiments.page.rule import RuleInWords, read_rule, rule_in_words
from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds
from selection.whitelist import Whitelist

if TYPE_CHECKING:
    from experiments.page.section import Content, Section

KEYS = ["strategy", "sequence", "roi", "feature"]
INFERENCE = ("baseline", "resamples", "thresholds", "is_rule", "definition", "factors", "reasons")
"""What run.json says of intervals and tests."""
SIGNS = {"above": ">", "below": "<"}
"""The side of a threshold on which an estimate passes, as summary.csv writes it and as people do."""

Members = frozenset[tuple[str, str, str]]
"""The robust features of one strategy, as sequence, ROI and feature."""


class Context:
    """The folder of a run, and what more than one section asks of it.

    Parameters
    ----------
    run : RunFolder
        The run.
    sections : mapping of str to Section
        All sections of the report by their names.
    added : collection of str
        The places within the folder where commands have added results to this very run.
    """

    def __init__(self, run: RunFolder, sections: "Mapping[str, Section]", added: Collection[str] = ()) -> None:
        self.run = run
        self.sections = sections
        self.added = added
        self._contents: dict[str, Content] = {}
        self._left: dict[str, Added] = {}

    def __getitem__(self, name: str) -> "Content":
        """Give what another section says; empty where it says nothing."""
        if name not in self._contents:
            self._contents[name] = self.sections[name].summarize(self) or {}
        return self._contents[name]

    def left(self, place: PlaceInRun, record: Record | None = None) -> Added | None:
        """Give what an analysis has added to this very run; None where it has not."""
        if place in self.added and place not in self._left:
            self._left[place] = self.run.added(place, record)
        return self._left.get(place)

    @property
    def record(self) -> Mapping[str, Any]:
        """The content of run.json."""
        return self.run.record

    @cached_property
    def inference(self) -> Mapping[str, Any]:
        """What run.json says of intervals and tests."""
        found: Mapping[str, Any] = self.record["inference"]
        absent = [key for key in INFERENCE if key not in found]
        if absent:
            raise ConfigurationError(f"{self.run.path(RUN)}: 'inference' lacks '{absent[0]}'; run the study again")
        return found

    @cached_property
    def features(self) -> tuple[str, ...]:
        """The feature columns."""
        return tuple(feature_columns(self.run.features))

    @cached_property
    def whitelists(self) -> Mapping[str, Whitelist]:
        """The whitelist of every strategy that gave features."""
        computed, found = set(self.run.reliability["strategy"].unique()), self.run.whitelists
        absent = [name for name in self.run.names if name in computed and name not in found]
        if absent:
            raise ConfigurationError(
                f"{self.run.path(WHITELISTS)}: no whitelist of strategy '{absent[0]}'; expected one JSON file for "
                "each strategy with features"
            )
        return {name: found[name] for name in found if name in computed}

    @cached_property
    def robust(self) -> dict[str, Members]:
        """What the whitelist of each strategy holds."""
        return {name: members(whitelist) for name, whitelist in self.whitelists.items()}

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The reliability table of the strategies that gave features."""
        table = self.run.reliability
        if table.empty:
            raise ConfigurationError(f"{self.run.path(RELIABILITY)}: holds no row, so there is nothing to report")
        return table[table["strategy"].isin(list(self.robust))]

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """Everything that could be robust: strategy, sequence, roi, feature."""
        return self.rows[KEYS].drop_duplicates()

    @cached_property
    def summary(self) -> pd.DataFrame:
        """The table summary.csv, with the signs < and > as directions."""
        table = self.run.summary
        strange = table.loc[~table["direction"].isin(list(SIGNS)), "direction"]
        if len(strange):
            expected = ", ".join(SIGNS)
            raise ConfigurationError(f"{self.run.path(SUMMARY)}: direction '{strange.iloc[0]}', expected {expected}")
        return table.assign(direction=table["direction"].map(SIGNS))

    @cached_property
    def rule(self) -> Thresholds:
        """The rule by which features are robust."""
        return read_rule(self.record["rule"], f"{RUN}: rule")

    @cached_property
    def words(self) -> RuleInWords:
        """The rule in words."""
        return rule_in_words(self.rule, self.record["reference"])

    @cached_property
    def passed(self) -> pd.DataFrame:
        """What `passes` says of every row."""
        return passes(self.rows, self.rule)


def members(whitelist: Whitelist) -> Members:
    """List what a whitelist holds."""
    return frozenset(
        (sequence, roi, feature)
        for sequence, rois in whitelist.features.items()
        for roi, features in rois.items()
        for feature in features
    )


def passes(reliability: pd.DataFrame, rule: Thresholds) -> pd.DataFrame:
    """Say of each strategy, sequence, ROI, feature and condition whether it meets the thresholds of the rule.

    Parameters
    ----------
    reliability : DataFrame
        The reliability table.
    rule : Thresholds
        Its limits, what is compared with them, and whether all or any of them must be met; what it asks of
        conditions and places together is not judged here.

    Returns
    -------
    DataFrame
        Columns strategy, sequence, roi, feature, condition, passes. A statistic over all conditions counts in each
        of them. What could not be computed does not pass.
    """
    columns = [*KEYS, "condition", "passes"]
    if not rule.limits:
        return pd.DataFrame(columns=columns)
    single = replace(rule, at_least=None, top=None, by=None, conditions=(), scope="contrast")
    asked = reliability["statistic"].isin(list(rule.limits))
    if (reliability.loc[asked, "condition"] != ALL_CONDITIONS).any():
        return single.passing(reliability)[columns]
    return replace(single, scope="sequence_roi").passing(reliability).assign(condition=ALL_CONDITIONS)[columns]
