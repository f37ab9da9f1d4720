"""What was found, in a few sentences that claim no more than the numbers and tests do."""

from collections.abc import Mapping, Sequence

import pandas as pd

from experiments.report import wording
from experiments.report.contents.quantities import Share
from experiments.report.contents.strategies import Compared, StrategyRow
from experiments.report.sections.compared import verdict
from experiments.report.sections.robust import Members
from experiments.report.wording import number, percent, plural, share


def findings(
    rows: Sequence[StrategyRow],
    rule: str,
    where: str,
    confident: Share | None,
    subjects: str,
    compared: Compared | None,
) -> tuple[str, ...]:
    """Write what was found.

    Parameters
    ----------
    rows : sequence of StrategyRow
    rule : str
        The thresholds in words.
    where : str
        In which conditions and places they must be met, in words.
    confident : Share or None
        Of the robust features of the best strategy, those whose lower confidence limits pass as well.
    subjects : str
        How many subjects an estimate rests on, in words.
    compared : Compared or None
        The comparison of the strategies.
    """
    nothing = tuple(f"“{row.name}” gave no features at all: see the failures." for row in rows if not row.robust.total)
    rows = [row for row in rows if row.robust.total]
    unjudged = [row for row in rows if not row.robust.computed]
    if unjudged:
        names = " and ".join(f"“{row.name}”" for row in unjudged)
        nothing += (f"What {rule} asks could not be computed under {names}, so no share of robust features is known.",)
        rows = [row for row in rows if row.robust.computed]
        if not rows:
            return nothing
    ranked = sorted(rows, key=lambda row: -(row.robust.value or 0.0))
    best = ranked[0]
    if not best.robust.passing:
        found = [
            f"No feature is robust under {'any strategy' if len(rows) > 1 else f'“{best.name}”'}: none of "
            f"{number(best.robust.total)} combinations of sequence, ROI and feature meets {rule} {where}."
        ]
        return (*found, *nothing, *_unequal(rows))
    tied = [row for row in ranked if row.robust.value == best.robust.value]
    names = " and ".join(f"“{row.name}”" for row in tied)
    if len(rows) == 1:
        lead = f"Under {names}, {share(best.robust)} combinations of sequence, ROI and feature are robust: they"
    else:
        verb = "keeps" if len(tied) == 1 else "keep"
        lead = (
            f"{names} {verb} the most robust features: {share(best.robust)} combinations of sequence, ROI and feature"
        )
    limits = wording.limits(best.interval) if len(tied) == 1 else ""
    sure = f" The 95\u00a0% interval of this share, over subjects, is {limits}." if limits else ""
    found = [f"{lead} meet {rule} {where}.{sure}"]
    if len(rows) > len(tied):
        found.append(_gap(best, ranked[len(tied)], ranked[-1], len(rows)))
    if compared is not None:
        found += verdict(compared, best.name)
    if confident is not None and confident.total:
        found.append(
            f"Each estimate rests on {subjects} and is uncertain: for {number(confident.passing)} of the "
            f"{number(confident.total)} robust combinations of “{best.name}” ({percent(confident.value)}) the lower "
            "confidence limits pass the thresholds as well."
        )
    return (*found, *nothing, *_unequal(rows))


def confident(reliability: pd.DataFrame, strategy: str, held: Members, rule: Mapping[str, float]) -> Share | None:
    """Count the robust features whose lower limits pass too, by those statistics of the rule that have limits.

    Only statistics that must be greater than their threshold belong in `rule`. None where there are no limits.
    """
    rows = reliability[(reliability["strategy"] == strategy) & reliability["statistic"].isin(list(rule))]
    keys = pd.MultiIndex.from_frame(rows[["sequence", "roi", "feature"]])
    rows = rows[keys.isin(list(held))] if held else rows.iloc[:0]
    if rows.empty or rows["lower"].isna().all():
        return None
    sure = rows["lower"] > rows["statistic"].map(rule)
    return Share(int(sure.groupby([rows["sequence"], rows["roi"], rows["feature"]]).all().sum()), len(held))


def _gap(best: StrategyRow, second: StrategyRow, last: StrategyRow, count: int) -> str:
    gap = (best.robust.value or 0.0) - (second.robust.value or 0.0)
    text = f"“{second.name}” follows with {percent(second.robust.value, 1)}, {100 * gap:.1f} percentage points behind"
    if count > 2:
        text += f"; the last is “{last.name}” with {percent(last.robust.value, 1)}"
    return f"{text}."


def _unequal(rows: Sequence[StrategyRow]) -> tuple[str, ...]:
    if len({(row.rows, row.failures) for row in rows}) < 2:
        return ()
    most = max(rows, key=lambda row: row.failures)
    least = min(rows, key=lambda row: row.failures)
    if most.failures == least.failures:
        return ("The strategies rest on different numbers of rows, so compare them with care.",)
    return (
        f"The strategies do not rest on the same scans: “{most.name}” has {plural(most.failures, 'failure')}, "
        f"“{least.name}” {number(least.failures)}. Compare them with care.",
    )
