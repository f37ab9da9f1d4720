"""What was found, in a few sentences that claim no more than the numbers and tests do, and the strategies in order."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.reliability.statistics import about
from evaluation.tables import UNPERTURBED
from experiments.folder.files import SCANNERS
from experiments.page import Content, Context, Picture, Pictures, Section, wording
from experiments.page.context import Members
from experiments.page.quantities import Share, counted, table
from experiments.page.svg import BOTTOM, FAINT, INK, PASSING, QUIET, WIDTH, fit, row_axes, to_svg
from experiments.page.wording import limits, number, percent, plural, share
from experiments.report.compared import lead, verdict
from experiments.report.scanners import NAMED, mixed, within_scanners
from harmonize.words import some

RIGHT, ROW, TOP = 0.95, 0.36, 0.08
PLACE = ["sequence", "roi", "feature"]
NEAR_ZERO = 0.2
"""Of an ICC: at least four fifths of the variance are not between subjects."""
FEW_ALIKE = 0.05
"""Of the combinations: fewer are not worth a sentence."""


def summarize(context: Context) -> Content:
    """Say what was found, and order the strategies."""
    strategies = context["strategies"]
    rows, comparison = strategies["rows"], strategies["compared"]
    order = ranked(rows, comparison)
    return {
        "sentences": [
            *measured_once(context.record),
            *extracted_unlike(rows),
            *findings(context, rows, comparison),
            *mixed(context.run.audit),
            *within_scanners(context.run.get(SCANNERS), order[0]["name"]),
            *lost(context),
            *alike(context.rows, [row["name"] for row in order if row["robust"]["total"]][:1]),
        ],
        "ranked": order,
        "lead": lead(order, comparison),
        "bare": without_interval(order, any(one.column != "estimate" for one in context.rule.of_facets)),
    }


def measured_once(record: Mapping[str, Any]) -> list[str]:
    """Say of a study whose conditions are perturbations of the one that was measured what robust means there."""
    if "perturbations" not in record or record["reference"] != UNPERTURBED:
        return []
    number = plural(len(record["conditions"]) - 1, "computed perturbation")
    return [
        f"Each subject was measured under one condition, and each scan is compared with {number} of itself. Robust "
        "means robust to these, not to another scan: features that no perturbation changes need not agree between "
        "scans of a subject."
    ]


def ranked(rows: Sequence[Content], comparison: Content | None) -> list[Content]:
    """Order the strategies by their share of robust features; those that gave none come last."""
    tested = {row["name"]: row for row in comparison["rows"]} if comparison and comparison["is_rule"] else {}
    order = sorted(rows, key=lambda row: _value(row, -1.0), reverse=True)
    return [
        {key: row[key] for key in ("name", "robust", "interval")}
        | {key: tested[row["name"]][key] if row["name"] in tested else None for key in ("rank", "first")}
        for row in order
    ]


def without_interval(rows: Sequence[Content], limits_of_facets: bool = False) -> str:
    """Say which strategies have a share but no interval of it, and why (`share_limits`); empty where all have one."""
    bare = ["“" + row["name"] + "”" for row in rows if row["robust"]["value"] is not None and row["interval"] is None]
    if not bare:
        return ""
    if limits_of_facets:
        return "No intervals: draws of subjects do not tell the limits of agreement over facets that the rule asks for."
    return (
        f"No interval for {' and '.join(bare)}: the data do not tell what other subjects would change. Either more "
        "than 5\u00a0% of the features have no value once some subject is left out, as with three subjects, or no draw "
        "of the subjects changes the share."
    )


def findings(context: Context, rows: Sequence[Content], comparison: Content | None) -> list[str]:
    """Write what was found; what makes strategies unlike comes before which is best."""
    what, where = context.words.what, context.words.where
    nothing = [
        f"“{row['name']}” gave no features at all: see the failures." for row in rows if not row["robust"]["total"]
    ]
    rows = [row for row in rows if row["robust"]["total"]]
    unjudged = [row for row in rows if not row["robust"]["computed"]]
    if unjudged:
        names = " and ".join(f"“{row['name']}”" for row in unjudged)
        nothing.append(
            f"What {what} asks could not be computed under {names}, so no share of robust features is known."
        )
        rows = [row for row in rows if row["robust"]["computed"]]
        if not rows:
            return nothing
    order = sorted(rows, key=lambda row: -_value(row))
    best = order[0]
    if not best["robust"]["passing"]:
        found = (
            f"No feature is robust under {'any strategy' if len(rows) > 1 else '“' + best['name'] + '”'}: none of "
            f"{number(best['robust']['total'])} combinations of sequence, ROI and feature meets {what} {where}."
        )
        return [*_unequal(rows), found, *nothing]
    tied = [row for row in order if row["robust"]["value"] == best["robust"]["value"]]
    names = " and ".join(f"“{row['name']}”" for row in tied)
    told = f"{share(best['robust'])} combinations of sequence, ROI and feature"
    if len(rows) == 1:
        told = f"Under {names}, {told} are robust: they"
    else:
        told = f"{names} {'keeps' if len(tied) == 1 else 'keep'} the most robust features: {told}"
    interval = limits(best["interval"]) if len(tied) == 1 else ""
    sure = f" The 95\u00a0% interval of this share, over subjects, is {interval}." if interval else ""
    sentences = [f"{told} meet {what} {where}.{sure}"]
    if len(rows) > len(tied):
        sentences.append(_gap(best, order[len(tied)], order[-1], len(rows)))
    if comparison is not None:
        sentences += verdict(comparison, best["name"])
    certain = _certain(context, best["name"])
    if certain is not None and certain["total"]:
        sentences.append(
            f"Each estimate rests on {_subjects(context.rows)} and is uncertain: for {number(certain['passing'])} of "
            f"the {number(certain['total'])} robust combinations of “{best['name']}” ({percent(certain['value'])}) the "
            "lower confidence limits pass the thresholds as well."
        )
    return [*_unequal(rows), *sentences, *nothing]


def extracted_unlike(rows: Sequence[Content]) -> list[str]:
    """Say beside the ranking that strategies were extracted with other settings, which it does not tell from steps."""
    told = [f"“{row['name']}” with {row['extraction']}" for row in rows if row["extraction"]]
    if not told:
        return []
    return [
        f"Features were not extracted alike, {some(told, NAMED, apart='; ')}: the order of the strategies is that of "
        "their steps and of these settings together."
    ]


def lost(context: Context) -> list[str]:
    """Say of harmonized strategies that lose robust features what of that is the price of few subjects."""
    return [one["loss"] for one in context["harmonization"].get("strategies", []) if one["loss"]]


def alike(reliability: pd.DataFrame, strategies: Sequence[str]) -> list[str]:
    """Say of which features ICC is near 0 while CV is small: there subjects do not differ enough to be told apart.

    ICC is the part of the variance between subjects: precise measurements of people who are alike have a low one.

    Parameters
    ----------
    reliability : DataFrame
        The reliability table.
    strategies : sequence of str
        Of which to tell.
    """
    told = []
    small = about("cv").threshold or 0.0
    for strategy in strategies:
        rows = reliability[reliability["strategy"] == strategy].dropna(subset=["estimate"])
        icc, cv = (rows[rows["statistic"] == name].groupby(PLACE)["estimate"].min() for name in ("icc", "cv"))
        both = pd.concat({"icc": icc, "cv": cv}, axis=1, join="inner")
        found = both[(both["icc"] < NEAR_ZERO) & (both["cv"] < small)]
        if len(found) < max(1.0, FEW_ALIKE * len(both)):
            continue
        by_roi = found.groupby("roi").size()
        told.append(
            f"Under “{strategy}” ICC is near 0 (below {NEAR_ZERO:g}) although CV is small (below {percent(small)}) in "
            f"{number(len(found))} of {number(len(both))} combinations, most of them in {by_roi.idxmax()} "
            f"({number(by_roi.max())}): there the subjects do not differ enough to be told apart, which is no fault of "
            "the measurement. Subjects who differ more, such as patients, would show it."
        )
    return told


def _certain(context: Context, strategy: str) -> Share | None:
    """Ask of a rule of thresholds on estimates how many robust features would pass by their lower limits too."""
    rule = context.rule
    if rule.combine != "all" or any(rule.column(name) != "estimate" for name in rule.limits):
        return None
    greater = {name: limit for name, limit in rule.limits.items() if not rule.below(name)}
    return confident(context.rows, strategy, context.robust[strategy], greater)


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
    return counted(sure.groupby([rows["sequence"], rows["roi"], rows["feature"]]).all().sum(), len(held))


def _value(row: Content, nothing: float = 0.0) -> float:
    value = row["robust"]["value"]
    return nothing if value is None else float(value)


def _subjects(reliability: pd.DataFrame) -> str:
    used = reliability.loc[reliability["estimate"].notna(), "n"]
    if used.empty:
        return "no subject"
    least, most = int(used.min()), int(used.max())
    return plural(most, "subject") if least == most else f"{least} to {plural(most, 'subject')}"


def _gap(best: Content, second: Content, last: Content, count: int) -> str:
    behind = 100 * (_value(best) - _value(second))
    text = f"“{second['name']}” follows with {percent(_value(second), 1)}, {behind:.1f} percentage points behind"
    if count > 2:
        text += f"; the last is “{last['name']}” with {percent(_value(last), 1)}"
    return f"{text}."


def _unequal(rows: Sequence[Content]) -> list[str]:
    if len({(row["rows"], row["failures"]) for row in rows}) < 2:
        return []
    most, least = (pick(rows, key=lambda row: row["failures"]) for pick in (max, min))
    if most["failures"] == least["failures"]:
        return ["The strategies rest on different numbers of rows, so compare them with care."]
    return [
        f"The strategies do not rest on the same scans: “{most['name']}” has {plural(most['failures'], 'failure')}, "
        f"“{least['name']}” {number(least['failures'])}. Compare them with care."
    ]


def plot(_context: Context, content: Content) -> Pictures:
    """Draw the order of the strategies."""
    rows = content["ranked"]
    if len(rows) < 2:
        return {}
    columns = ("Strategy", "Robust", "95 % interval", "Rank", "First in")
    texts = (
        (
            row["name"],
            share(row["robust"]),
            limits(row["interval"]) or "–",
            "–" if row["rank"] is None else wording.estimate(row["rank"], 1),
            percent(row["first"]),
        )
        for row in rows
    )
    alt = "Share of robust combinations with its interval, best strategy first."
    return {"ranking": [Picture("ranking", "", ranking(rows), alt, table(columns, texts, 1))]}


def ranking(rows: Sequence[Content]) -> str:
    """Draw a row for each strategy: its share (square), the interval (line), and in how many draws it comes first."""
    low, high = _span(rows)

    def paint(figure: Figure) -> None:
        axes = row_axes(figure, len(rows), ROW, RIGHT, low, high)
        axes.locator_params(axis="x", nbins=4, steps=[1, 2, 5, 10])
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        if rows[0]["robust"]["value"] is not None:
            axes.axvline(_value(rows[0]), color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0)
        for y, row in enumerate(rows):
            _row(axes, row, y + 0.5, low, high)

    return to_svg(paint, WIDTH, TOP + ROW * len(rows) + BOTTOM, "ranking")


def _row(axes: Axes, row: Content, y: float, low: float, high: float) -> None:
    span = high - low
    axes.text(low - 0.05 * span, y, fit(row["name"]), ha="right", va="center", linespacing=1.05)
    value, beside = row["robust"]["value"], high + 0.05 * span
    if value is None:
        axes.text(beside, y, "nothing computed", color=QUIET, ha="left", va="center")
        return
    if (interval := row["interval"]) is not None:
        axes.plot([interval["lower"], interval["upper"]], [y, y], color=INK, linewidth=1.3, solid_capstyle="butt")
        for limit in (interval["lower"], interval["upper"]):
            axes.plot([limit, limit], [y - 0.12, y + 0.12], color=INK, linewidth=1.0)
    axes.plot(value, y, marker="s", markersize=5.5, color=PASSING, clip_on=False, zorder=3)
    told = limits(interval)
    above = f"{percent(value)} ({told})" if told else percent(value)
    axes.text(beside, y - 0.16, above.replace("\u00a0% (", " ("), size=7.5, ha="left", va="center")
    if row["first"] is not None:
        first = f"first in {percent(row['first'])}"
        axes.text(beside, y + 0.22, first, size=7.5, color=QUIET, ha="left", va="center")


def _span(rows: Sequence[Content]) -> tuple[float, float]:
    ends = [row["robust"]["value"] for row in rows if row["robust"]["value"] is not None]
    ends += [row["interval"][side] for row in rows if row["interval"] for side in ("lower", "upper")]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = max(0.02, 0.06 * (high - low))
    return max(0.0, low - room), min(1.0, high + room)


SECTION = Section(__name__, "found", "What was found", summarize, plot)
