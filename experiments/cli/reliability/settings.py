"""Which statistics, which thresholds: what options of `radharmony reliability` mean for the table that was read."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluation.publication import Analysis
from evaluation.publication.terms import IN_UNITS, has_limits
from evaluation.reading import ReadTable
from evaluation.reliability import (
    ALL_STATISTICS,
    DEFAULT_THRESHOLDS,
    DEFAULT_THRESHOLDS_OF_ALL,
    LOWER_IS_BETTER,
    STATISTICS,
    STATISTICS_OF_ALL,
    WITHOUT_REFERENCE,
)
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from selection.thresholds import Thresholds


def statistics_of(further: tuple[str, ...], reference: str | None) -> tuple[str, ...]:
    """Add further statistics to the usual ones."""
    for name in further:
        if name not in ALL_STATISTICS:
            raise ConfigurationError(f"--statistics: unknown '{name}'; {suggest(name, ALL_STATISTICS)}")
        if reference is None and name not in WITHOUT_REFERENCE:
            raise ConfigurationError(f"--statistics: '{name}' compares with a reference; leave it or --reference out")
    return tuple(dict.fromkeys((*(STATISTICS if reference is not None else STATISTICS_OF_ALL), *further)))


def thresholds_of(
    given: dict[str, str], on_limit: bool, statistics: tuple[str, ...], reference: str | None
) -> tuple[dict[str, float], Thresholds]:
    """Give the thresholds of all statistics, and the rule of those that a feature must pass."""
    defaults = DEFAULT_THRESHOLDS if reference is not None else DEFAULT_THRESHOLDS_OF_ALL
    allowed = [name for name in statistics if name not in IN_UNITS]
    values: dict[str, object] = {}
    for name, text in given.items():
        if name not in allowed:
            raise ConfigurationError(
                f"--threshold: '{name}' is not computed or has no common threshold; {suggest(name, allowed)} "
                "(--statistics adds further ones)"
            )
        try:
            values[name] = float(text)
        except ValueError:
            values[name] = text
    if not values:
        values = {name: defaults[name] for name in ("icc", "ccc", "overall_ccc") if name in defaults}
    unusual = {name: "below" if name in LOWER_IS_BETTER else "above" for name in values if name not in STATISTICS}
    wanted = {**values, "direction": unusual} if unusual else values
    if on_limit:
        wanted = {**wanted, "compared": "limit"}
    rule = Thresholds.from_mapping(wanted, "--threshold", tuple(allowed))
    for name in rule.limits:
        if on_limit and not has_limits(name):
            raise ConfigurationError(
                f"--on-limit: {name} has no confidence limits, so that no feature would pass its --threshold; leave "
                "--on-limit out, or give a --threshold of statistics with limits, such as icc=0.9"
            )
    everywhere = {**defaults, **rule.limits}
    for name in ("cv", "qcd"):
        if name in rule.limits and f"{name}_paper" not in rule.limits:
            everywhere[f"{name}_paper"] = rule.limits[name]
    return everywhere, rule


def analysis_of(
    read: ReadTable,
    reference: str | None,
    statistics: tuple[str, ...],
    options: Mapping[str, Any],
    thresholds: dict[str, float],
    rule: dict[str, float],
    computed: pd.DataFrame,
) -> Analysis:
    """Say what was analysed and how, for tables and text of a paper."""
    subjects = len(read.levels("subject"))
    used = computed.loc[computed["estimate"].notna(), "n"]
    incomplete = len(used) and used.min() < subjects
    return Analysis(
        reference=reference,
        conditions=read.levels("condition"),
        subjects=subjects,
        features=len(read.features),
        used=(int(used.min()), int(used.max())) if incomplete else None,
        strategies=read.levels("strategy"),
        sequences=read.levels("sequence"),
        rois=read.levels("roi"),
        icc_form=options["icc_form"],
        icc_interval=options["icc_interval"],
        ccc_interval=options["ccc_interval"],
        level=options["level"],
        quartiles=options["quartiles"],
        thresholds=thresholds,
        rule=rule,
        on="limit" if options["on_limit"] else "estimate",
        statistics=statistics,
    )
