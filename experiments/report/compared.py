"""The strategies against the baseline: differences, ratios of errors and ranks, and what they amount to in words."""

from collections.abc import Mapping, Sequence

import pandas as pd

from evaluation.reliability.statistics import about, below
from experiments.folder.files import COMPARED_RANKS, COMPARED_SHARES, COMPARED_SUMMARY
from experiments.page import Content, Context, wording
from experiments.page.quantities import Tested, known

JOINT = "reproducible"
LEVEL = 0.05
CLEAR = 0.95
"""A strategy that is first in this share of draws is called ahead if the test agrees."""
NAMED = 3
"""So many of the strategies that come first in some draws are named beside the leader."""
FEW = "Draws repeat the same subjects and show less than new subjects would."


def compared(context: Context, totals: Mapping[str, int]) -> Content | None:
    """Put the comparison together; None where there is none. `totals` counts the combinations of each strategy."""
    run, record = context.run, context.inference
    if record["baseline"] is None:
        return None
    summary, shares, ranks = run[COMPARED_SUMMARY], run[COMPARED_SHARES], run[COMPARED_RANKS]
    summary = summary[summary["by"] == "overall"].set_index(["strategy", "statistic"])
    shares = shares[(shares["by"] == "overall") & (shares["statistic"] == JOINT)].set_index("strategy")
    statistics = list(dict.fromkeys(summary.index.get_level_values("statistic")))
    two = len(context.record["conditions"]) == 2
    repeated = [name for name in statistics if two and about(name).of_two in statistics]
    statistics = [name for name in statistics if name not in repeated]
    baseline = str(record["baseline"])
    judged = run.strategies.reindex(columns=["strategy", "robust_share"])
    unknown = set(judged.loc[judged["robust_share"].isna(), "strategy"]) if record["is_rule"] else set()
    rows = []
    for rank in ranks[ranks["statistic"] == JOINT].to_dict("records"):
        name = rank["strategy"]
        share = shares.loc[name] if name in shares.index else None
        common = None if share is None else int(share["n_total"])
        rows.append(
            {
                "name": name,
                "difference": None
                if share is None or unknown & {name, baseline}
                else _tested(share, "difference", ("lower", "upper")),
                "ratios": [
                    _ratio(summary.loc[(name, of)]) if (name, of) in summary.index else None for of in statistics
                ],
                "rank": {"value": float(rank["rank"]), "lower": known(rank["lower"]), "upper": known(rank["upper"])},
                "first": known(rank["first"]),
                "common": None if {totals[name], totals[baseline]} == {common} else common,
            }
        )
    rule = " and ".join(
        f"{wording.label(name)} {wording.threshold(name, '<' if below(name) else '>', value)}"
        for name, value in record["thresholds"].items()
    )
    return {
        "baseline": baseline,
        "errors": [about(name).error for name in statistics],
        "repeated": [about(name).label for name in repeated],
        "judged": rule,
        "is_rule": record["is_rule"],
        "resamples": record["resamples"],
        "rows": rows,
    }


def verdict(comparison: Content, best: str) -> list[str]:
    """Say how the best strategy, with the most robust features, compares with the baseline, in a sentence or two."""
    by_name = {row["name"]: row for row in comparison["rows"]}
    baseline = comparison["baseline"]
    if best not in by_name:
        return []
    if not comparison["is_rule"]:
        return [
            "The rule of this study asks for more than thresholds on estimates, so the differences of these shares "
            f"were not tested; the comparison below takes {comparison['judged']} on estimates instead."
        ]
    difference = by_name[best]["difference"]
    if best == baseline:
        tested = [(name, row["difference"]) for name, row in by_name.items() if row["difference"] is not None]
        lower = [name for name, one in tested if sure(one) and one["value"] < 0]
        names = ", ".join(f"“{name}”" for name in lower) if lower else "none of them"
        return [
            f"“{best}” is the baseline that the others were tested against: {names} "
            f"{'has' if len(lower) < 2 else 'have'} fewer robust features by more than the choice of subjects explains "
            f"(q < {LEVEL:g})."
        ]
    if difference is None:
        return []
    if difference["q"] is None:
        test, judged = "", "whether the choice of subjects alone explains this could not be tested"
    else:
        test = (
            f" ({_limited(difference)}{wording.named_p('p', difference['p'])}, {wording.named_p('q', difference['q'])})"
        )
        judged = (
            "this is more than the choice of subjects explains"
            if sure(difference)
            else "the choice of subjects alone could explain this"
        )
    common = by_name[best]["common"]
    among = f" in the {wording.number(common)} combinations that both have" if common is not None else ""
    sentences = [
        f"Against the baseline “{baseline}” it gains{among} "
        f"{wording.estimate(difference, 1, 100)} percentage points{test}: {judged}."
    ]
    ratios = [
        f"{error} {wording.estimate(ratio)}, {wording.named_p('q', ratio['q'])}{_among(ratio)}"
        for error, ratio in zip(comparison["errors"], by_name[best]["ratios"], strict=True)
        if ratio is not None
    ]
    if ratios:
        sentences.append(
            f"Its errors are on average these multiples of those of “{baseline}” (below 1 is better): "
            f"{'; '.join(ratios)}."
        )
    return sentences


def _among(ratio: Content) -> str:
    """Say of how many combinations a ratio is, where these are not all: each statistic may leave out others."""
    if ratio["of"] is None:
        return ""
    return f" (in {wording.number(ratio['of'])} of {wording.number(ratio['total'])} combinations)"


def _limited(tested: Tested) -> str:
    """Name the limits that stand before, if any do."""
    return "" if tested["lower"] is None or tested["lower"] == tested["upper"] else "95\u00a0% interval; "


def lead(order: Sequence[Content], comparison: Content | None) -> str:
    """Say in a sentence or two whether the first of several strategies is ahead; empty for a single one."""
    order = [row for row in order if row["robust"]["value"] is not None]
    if len(order) < 2 or not order[0]["robust"]["passing"]:
        return ""
    first, second = order[:2]
    name, draws = first["name"], first["first"]
    if first["robust"]["value"] == second["robust"]["value"]:
        return f"“{name}” and “{second['name']}” share the first place, so that none is ahead."
    if comparison is None or draws is None:
        return f"Whether “{name}” is really ahead was not tested; the order alone does not tell."
    told = (
        f"“{name}” comes first in {wording.percent(draws)} of {wording.number(comparison['resamples'])} draws from "
        "these subjects"
    )
    rivals = sorted((row for row in order[1:] if row["first"]), key=lambda row: -row["first"])
    told += "".join(f", “{row['name']}” in {wording.percent(row['first'])}" for row in rivals[:NAMED])
    if rivals[NAMED:]:
        told += f", others in {wording.percent(sum(row['first'] for row in rivals[NAMED:]))}"
    apart, against = _against(name, second["name"], comparison)
    if draws < CLEAR:
        return f"It is not certain that “{name}” is ahead. {told}. {FEW}"
    if not apart:
        return f"It is not certain that “{name}” is ahead. {told}, but {against}. {FEW}"
    return f"“{name}” is ahead. {told}, and {against}. {FEW}"


def sure(tested: Tested) -> bool:
    """Ask the test and the limits: of a harmonized strategy they ask different things."""
    lower, upper = tested["lower"], tested["upper"]
    apart = lower is None or upper is None or not lower <= 0 <= upper
    return tested["q"] is not None and tested["q"] < LEVEL and apart


def _against(first: str, second: str, comparison: Content) -> tuple[bool, str]:
    """Ask the test of the first against the baseline, or of the second where the first is the baseline itself."""
    baseline = comparison["baseline"]
    rival = second if first == baseline else baseline
    rows = {row["name"]: row for row in comparison["rows"]}
    row = rows.get(second if first == baseline else first)
    q = None if row is None or row["difference"] is None else row["difference"]["q"]
    if q is None:
        return False, f"its difference from “{rival}” could not be tested"
    apart = "does" if q < LEVEL else "does not"
    told = f"the test {apart} tell it from “{rival}” ({wording.named_p('q', q)})"
    if q < LEVEL and rival != second:
        told += f"; its lead over “{second}” was not tested by itself"
    return q < LEVEL, told


def _tested(row: pd.Series, name: str, limits: tuple[str, str]) -> Tested | None:
    value = known(row[name])
    if value is None:
        return None
    lower, upper, p, q = (known(row[key]) for key in (*limits, "p", "q"))
    return {"value": value, "lower": lower, "upper": upper, "p": p, "q": q}


def _ratio(row: pd.Series) -> Content | None:
    tested = _tested(row, "ratio", ("ratio_lower", "ratio_upper"))
    if tested is None:
        return None
    used, total = int(row["n_ratio"]), int(row["n_total"])
    return {**tested, "of": None if used == total else used, "total": total}
