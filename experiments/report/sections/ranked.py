"""The order of the strategies, and whether the first is ahead of the others by more than chance."""

from collections.abc import Sequence

from experiments.report import wording
from experiments.report.contents.strategies import Compared, ComparedStrategy, RankedStrategy, StrategyRow
from experiments.report.sections.compared import LEVEL

CLEAR = 0.95
"""A strategy that is first in this share of draws is called ahead if the test agrees."""
FEW = "Draws repeat the same subjects and show less than new subjects would."


def ranked(rows: Sequence[StrategyRow], comparison: Compared | None) -> tuple[RankedStrategy, ...]:
    """Order the strategies by their share of robust features; those that gave none come last."""
    found = {row.name: row for row in comparison.rows} if comparison is not None and comparison.is_rule else {}
    order = sorted(rows, key=lambda row: -1.0 if row.robust.value is None else row.robust.value, reverse=True)
    return tuple(
        RankedStrategy(
            row.name,
            row.robust,
            row.interval,
            found[row.name].rank if row.name in found else None,
            found[row.name].first if row.name in found else None,
        )
        for row in order
    )


def lead(order: Sequence[RankedStrategy], comparison: Compared | None) -> str:
    """Say in a sentence or two whether the first of several strategies is ahead; empty for a single one."""
    order = [row for row in order if row.robust.value is not None]
    if len(order) < 2:
        return ""
    first, second = order[:2]
    if not first.robust.passing:
        return ""
    if first.robust.value == second.robust.value:
        return f"“{first.name}” and “{second.name}” share the first place, so that none is ahead."
    if comparison is None or first.first is None:
        return f"Whether “{first.name}” is really ahead was not tested; the order alone does not tell."
    draws = f"{wording.number(comparison.resamples)} draws from these subjects"
    told = f"first in {wording.percent(first.first)} of {draws}"
    rivals = sorted((row for row in order[1:] if row.first), key=lambda row: -(row.first or 0.0))
    if rivals:
        told += f", “{rivals[0].name}” in {wording.percent(rivals[0].first)}"
    told = f"“{first.name}” comes {told}"
    sure, against = _tested(first.name, second.name, comparison)
    if first.first < CLEAR:
        return f"It is not certain that “{first.name}” is ahead. {told}. {FEW}"
    if not sure:
        return f"It is not certain that “{first.name}” is ahead. {told}, but {against}. {FEW}"
    return f"“{first.name}” is ahead. {told}, and {against}. {FEW}"


def _tested(first: str, second: str, comparison: Compared) -> tuple[bool, str]:
    """Ask the test of the first against the baseline, or of the second where the first is the baseline itself."""
    by_name: dict[str, ComparedStrategy] = {row.name: row for row in comparison.rows}
    baseline = comparison.baseline
    row = by_name.get(second if first == baseline else first)
    q = None if row is None or row.difference is None else row.difference.q
    rival = second if first == baseline else baseline
    if q is None:
        return False, f"its difference from “{rival}” could not be tested"
    apart = "does" if q < LEVEL else "does not"
    told = f"the test {apart} tell it from “{rival}” ({wording.named_p('q', q)})"
    if q < LEVEL and rival != second:
        told += f"; its lead over “{second}” was not tested by itself"
    return q < LEVEL, told
