"""Which statistics and which thresholds: what settings mean for the table that was read."""

from collections.abc import Mapping

from evaluation.reliability.statistics import (
    REPRODUCIBLE,
    STATISTICS,
    about,
    completed,
    further,
    usual,
    usual_thresholds,
)
from experiments.analyses.shared.readers import number_or_text
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown, suggest
from selection.thresholds import Thresholds


def statistics_of(further: tuple[str, ...], reference: str | None) -> tuple[str, ...]:
    """Add further statistics to the usual ones."""
    refuse_unknown(further, STATISTICS.names, "`statistics`", "unknown")
    for name in further:
        if reference is None and STATISTICS[name].of == "pairs":
            raise ConfigurationError(f"`statistics`: '{name}' compares with a reference; leave it or `reference` out")
    return tuple(dict.fromkeys((*usual(reference is not None), *further)))


def thresholds_of(
    given: Mapping[str, str], compared: str, statistics: tuple[str, ...], reference: str | None
) -> tuple[dict[str, float], Thresholds]:
    """Give the thresholds of all statistics, and the rule of those that a feature must pass."""
    defaults = usual_thresholds(reference is not None)
    allowed = [name for name in statistics if about(name).unit != "feature"]
    more = "" if set(further()) <= set(statistics) else " (`statistics` adds further ones)"
    values: dict[str, object] = {}
    for name, text in given.items():
        if name not in allowed:
            raise ConfigurationError(
                f"`threshold`: '{name}' is not computed or has no common threshold; {suggest(name, allowed)}{more}"
            )
        values[name] = number_or_text(text)
    if not values:
        names = [name for one in REPRODUCIBLE for name in (one, about(one).over_all)]
        values = {name: defaults[name] for name in names if name in defaults}
    values["compared"] = compared
    rule = Thresholds.from_mapping(values, "`threshold`", tuple(allowed))
    for name in rule.limits:
        if compared == "limit" and not about(name).limits:
            raise ConfigurationError(
                f"`compared=limit`: {name} has no confidence limits, so that no feature would pass its `threshold`; "
                "leave `compared` out, or give a `threshold` of statistics with limits, such as icc=0.9"
            )
    return completed(rule.limits, reference is not None), rule
