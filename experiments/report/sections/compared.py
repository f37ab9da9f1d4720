"""The strategies against the baseline: differences, ratios of errors and ranks, and what they amount to in words."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.report import wording
from experiments.report.contents.quantities import EstimateWithTest, Interval
from experiments.report.contents.strategies import Compared, ComparedStrategy
from experiments.report.files.run import RunFiles

ERRORS = {"icc": "1 − ICC", "ccc": "1 − CCC", "cv": "CV", "qcd": "QCD"}
"""The error that a ratio is of, by statistic."""
JOINT = "reproducible"
LEVEL = 0.05


def compared(files: RunFiles, totals: Mapping[str, int]) -> Compared | None:
    """Put the comparison together; None where there is none. `totals` counts the combinations of each strategy."""
    if not files.comparison:
        return None
    record = files.run["inference"]
    summary, shares, ranks = (files.comparison[name] for name in ("summary", "shares", "ranks"))
    summary = summary[summary["by"] == "overall"].set_index(["strategy", "statistic"])
    shares = shares[(shares["by"] == "overall") & (shares["statistic"] == JOINT)].set_index("strategy")
    statistics = tuple(name for name in ERRORS if name in set(summary.index.get_level_values("statistic")))
    baseline = str(record["baseline"])
    unknown = {row["strategy"] for row in files.strategies.to_dict("records") if not row.get("robust_share")}
    unknown = unknown if record["is_rule"] else set()
    rows = []
    for rank in ranks[ranks["statistic"] == JOINT].to_dict("records"):
        name = rank["strategy"]
        ratios = (
            _tested(summary.loc[(name, of)], "ratio", "ratio_") if (name, of) in summary.index else None
            for of in statistics
        )
        rows.append(
            ComparedStrategy(
                name,
                _tested(shares.loc[name], "difference")
                if name in shares.index and not unknown & {name, baseline}
                else None,
                tuple(ratios),
                Interval(rank["rank"], rank["lower"], rank["upper"]),
                rank["first"],
                _common(shares.loc[name], {totals[name], totals[baseline]}) if name in shares.index else None,
            )
        )
    judged = " and ".join(
        f"{wording.label(name)} {wording.threshold(name, '<' if name in ('cv', 'qcd') else '>', value)}"
        for name, value in record["thresholds"].items()
    )
    return Compared(baseline, statistics, judged, record["is_rule"], record["resamples"], tuple(rows))


def verdict(comparison: Compared, best: str) -> tuple[str, ...]:
    """Say how the best strategy compares with the baseline, in one or two sentences.

    Parameters
    ----------
    comparison : Compared
    best : str
        The strategy with the most robust features.
    """
    by_name = {row.name: row for row in comparison.rows}
    if best not in by_name:
        return ()
    if not comparison.is_rule:
        return (
            "The rule of this study asks for more than thresholds on estimates, so the differences of these shares "
            f"were not tested; the comparison below takes {comparison.judged} on estimates instead.",
        )
    row = by_name[best]
    if best == comparison.baseline:
        lower = [
            other.name
            for other in comparison.rows
            if other.difference is not None and sure(other.difference) and other.difference.interval.value < 0
        ]
        names = ", ".join(f"“{name}”" for name in lower) if lower else "none of them"
        return (
            f"“{best}” is the baseline that the others were tested against: {names} "
            f"{'has' if len(lower) < 2 else 'have'} fewer robust features by more than the choice of subjects explains "
            f"(q < {LEVEL:g}).",
        )
    if row.difference is None:
        return ()
    judged = (
        "this is more than the choice of subjects explains"
        if sure(row.difference)
        else "the choice of subjects alone could explain this"
    )
    among = f" in the {wording.number(row.common)} combinations that both have" if row.common is not None else ""
    text = (
        f"Against the baseline “{comparison.baseline}” it gains{among} "
        f"{wording.estimate(row.difference.interval, 1, 100)} percentage points (95\u00a0% interval; "
        f"{wording.named_p('p', row.difference.p)}, {wording.named_p('q', row.difference.q)}): {judged}."
    )
    ratios = [
        f"{ERRORS[name]} {wording.estimate(ratio.interval)}, {wording.named_p('q', ratio.q)}"
        for name, ratio in zip(comparison.statistics, row.ratios, strict=True)
        if ratio is not None and not math.isnan(ratio.interval.value)
    ]
    if not ratios:
        return (text,)
    return (
        text,
        f"Over all features, its errors are on average these multiples of those of “{comparison.baseline}” (below 1 is "
        f"better): {'; '.join(ratios)}.",
    )


def _common(row: pd.Series, totals: set[int]) -> int | None:
    number = int(row["n_total"])
    return None if totals == {number} else number


def sure(tested: EstimateWithTest) -> bool:
    """Ask the test and the limits: of a harmonized strategy they ask different things."""
    lower, upper = tested.interval.lower, tested.interval.upper
    apart = lower is None or upper is None or not lower <= 0 <= upper
    return tested.q is not None and tested.q < LEVEL and apart


def _tested(row: pd.Series, name: str, limits: str = "") -> EstimateWithTest | None:
    values: Mapping[str, Any] = row.to_dict()
    if math.isnan(values[name]):
        return None
    lower, upper = _number(values[f"{limits}lower"]), _number(values[f"{limits}upper"])
    return EstimateWithTest(Interval(float(values[name]), lower, upper), _number(values["p"]), _number(values["q"]))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
