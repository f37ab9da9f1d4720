"""What the options of `radharmony reliability` mean for the table that was read."""

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
from harmonize.configuration import suggest
from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds

NONE = "none"
"""Names no reference."""


def reference_of(read: ReadTable, wanted: str | None) -> str | None:
    """Give the reference condition, or nothing where `none` (and no condition of that name) was asked for."""
    conditions = read.levels("condition")
    if wanted == NONE and NONE not in conditions:
        return None
    if wanted is None and len(conditions) > 2:
        raise ConfigurationError(
            f"there are {len(conditions)} conditions, {', '.join(conditions[:12])}; name the one that the others are "
            f"compared with by --reference, or compare all with one another by --reference {NONE}"
        )
    return read.reference(wanted)


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
