import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from evaluation.tables import RELIABILITY_COLUMNS
from experiments.folder.run_folder import RunFolder
from experiments.page import Content
from experiments.page.quantities import counted
from experiments.page.rule import RuleInWords
from experiments.report import write_report
from experiments.report.sections.found import alike, confident, findings, measured_once, ranking, without_interval
from selection.thresholds import Thresholds

RULE = "ICC > 0.90"
CONTEXT = SimpleNamespace(
    words=RuleInWords(RULE, "in every condition compared with REF", ""), rule=Thresholds({"icc": 0.9}, combine="any")
)


def interval(value: float, half: float) -> Content:
    return {"value": value, "lower": value - half, "upper": value + half}


def row(name: str, passing: int, failures: int = 0, total: int = 1000) -> Content:
    limits = interval(passing / total, 0.1) if total else None
    return {
        "name": name,
        "robust": counted(passing, total),
        "interval": limits,
        "rows": 40,
        "failures": failures,
    }


def told(*rows: Content, compared: Content | None = None) -> str:
    return " ".join(findings(CONTEXT, rows, compared))


def comparison(difference: float, half: float, q: float, *, is_rule: bool = True) -> Content:
    tested = interval(difference, half) | {"p": q / 2, "q": q}
    ratio = {"value": 0.5, "lower": 0.4, "upper": 0.625, "p": 0.001, "q": 0.002, "of": None, "total": 930}
    rows = [
        {"name": "a", "difference": None, "ratios": [None], "rank": interval(1.5, 0.5), "first": 0.1, "common": None},
        {
            "name": "b",
            "difference": tested,
            "ratios": [ratio],
            "rank": interval(1.5, 0.5),
            "first": 0.9,
            "common": None,
        },
    ]
    named = {"baseline": "a", "errors": ["1 − ICC"], "judged": RULE}
    return {**named, "is_rule": is_rule, "resamples": 500, "rows": rows}


def test_the_lead_is_told_with_its_interval() -> None:
    text = told(row("a", 500), row("b", 510), row("c", 505))
    assert "“b” keeps the most robust features: 510 of 1\u202f000 (51\u00a0%)" in text
    assert "“c” follows with 50.5\u00a0%, 0.5 percentage points behind; the last is “a” with 50.0\u00a0%." in text
    assert "The 95\u00a0% interval of this share, over subjects, is 41 to 61\u00a0%." in text


def test_a_lead_is_called_sure_only_where_the_test_says_so() -> None:
    sure = told(row("a", 400), row("b", 500), compared=comparison(0.1, 0.05, 0.01))
    assert "Against the baseline “a” it gains 10.0 (5.0 to 15.0) percentage points" in sure
    assert "q = 0.010): this is more than the choice of subjects explains." in sure
    assert "(below 1 is better): 1 − ICC 0.50 (0.40 to 0.62), q = 0.002." in sure
    unsure = told(row("a", 400), row("b", 500), compared=comparison(0.1, 0.3, 0.4))
    assert "10.0 (−20.0 to 40.0)" in unsure
    assert "the choice of subjects alone could explain this" in unsure


def test_a_baseline_in_the_lead_names_whom_it_beats() -> None:
    beaten = told(row("a", 500), row("b", 400), compared=comparison(-0.1, 0.05, 0.01))
    assert "“a” is the baseline that the others were tested against: “b” has fewer robust features" in beaten
    level = told(row("a", 500), row("b", 400), compared=comparison(-0.1, 0.5, 0.7))
    assert "tested against: none of them has fewer robust features" in level


def test_a_rule_that_was_not_tested_is_said() -> None:
    text = told(row("a", 400), row("b", 500), compared=comparison(0.1, 0.05, 0.01, is_rule=False))
    assert "the differences of these shares were not tested" in text
    assert "percentage points (95" not in text


def test_ties_are_named_together() -> None:
    text = told(row("a", 500), row("b", 500), row("c", 400))
    assert "“a” and “b” keep the most robust features" in text
    assert "“c” follows" in text
    assert "follows" not in told(row("a", 500), row("b", 500))


def test_strategy_that_gave_nothing_is_named_and_not_ranked() -> None:
    text = told(row("a", 500), row("b", 0, total=0))
    assert "Under “a”, 500 of" in text
    assert "“b” gave no features at all" in text


def test_unequal_failures_are_named() -> None:
    text = told(row("a", 500), row("b", 510, failures=3))
    assert "“b” has 3 failures, “a” 0. Compare them with care." in text


def test_caution_stands_before_the_best() -> None:
    """A strategy that had lost a subject was headlined as the best, with the caution at the end."""
    first, second, *_ = findings(CONTEXT, [row("a", 500), row("b", 510, failures=3)], None)
    assert first.startswith("The strategies do not rest on the same scans")
    assert second.startswith("“b” keeps the most robust features")
    first, second = findings(CONTEXT, [row("a", 0), row("b", 0, failures=3)], None)
    assert first.startswith("The strategies do not rest on the same scans")
    assert second.startswith("No feature is robust")


def test_lower_limits_are_counted_over_all_rows_of_a_feature() -> None:
    rows = pd.DataFrame(
        [
            ("a", "T2", "liver", feature, condition, "icc", 0.95, lower, 1.0, 9, "ok")
            for feature, condition, lower in [
                ("f", "ACC", 0.92),
                ("f", "DLR", 0.91),
                ("g", "ACC", 0.92),
                ("g", "DLR", 0.50),
                ("h", "ACC", 0.99),  # not on the whitelist
            ]
        ],
        columns=list(RELIABILITY_COLUMNS),
    )
    held = frozenset({("T2", "liver", "f"), ("T2", "liver", "g")})
    assert confident(rows, "a", held, {"icc": 0.9}) == counted(1, 2)
    assert confident(rows, "a", frozenset(), {"icc": 0.9}) is None
    assert confident(rows.assign(lower=np.nan), "a", held, {"icc": 0.9}) is None


def test_what_could_not_be_computed_is_not_called_failed() -> None:
    """Two subjects have no CCC; the report said that none of 279 combinations meets it."""
    unknown = row("a", 0) | {"robust": counted(0, 1000, computed=False)}
    assert told(unknown) == (
        "What ICC > 0.90 asks could not be computed under “a”, so no share of robust features is known."
    )
    both = told(unknown, row("b", 510))
    assert "Under “b”, 510 of 1\u202f000 (51\u00a0%) combinations" in both
    assert "could not be computed under “a”" in both


def test_a_gain_on_fewer_common_features_says_so() -> None:
    pair = comparison(0.1, 0.05, 0.01)
    pair["rows"][1]["common"] = 84
    text = told(row("a", 400), row("b", 500), compared=pair)
    assert "it gains in the 84 combinations that both have 10.0 (5.0 to 15.0) percentage points" in text


ORDER = [
    {
        "name": "n4",
        "robust": counted(44, 100),
        "interval": {"value": 0.44, "lower": 0.38, "upper": 0.51},
        "first": 0.61,
    },
    {"name": "raw", "robust": counted(10, 100), "interval": None, "first": None},
    {"name": "broken", "robust": counted(0, 0), "interval": None, "first": None},
]


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_each_strategy_shows_share_interval_and_first_places() -> None:
    found = texts(ranking(ORDER))
    order = [text for text in found if not re.fullmatch(r"\d+ %", text)]
    assert order == [
        "n4",
        "44 (38 to 51\u00a0%)",
        "first in 61\u00a0%",
        "raw",
        "10\u00a0%",
        "broken",
        "nothing computed",
    ]


def test_it_fits_a_phone() -> None:
    assert float(re.search(r'width="([\d.]+)pt"', ranking(ORDER))[1]) < 270


def test_a_share_without_an_interval_is_told_with_the_reason() -> None:
    bare = row("b", 500) | {"interval": None}
    nothing = row("c", 0, total=0)
    assert without_interval([row("a", 500), nothing]) == ""
    assert "facets that the rule asks for" in without_interval([bare], limits_of_facets=True)
    text = without_interval([row("a", 500), bare, nothing])
    assert text.startswith("No interval for “b”: the data do not tell what other subjects would change.")
    assert "5\u00a0% of the features have no value once some subject is left out" in text


def measured(icc: float, cv: float, roi: str, features: int) -> pd.DataFrame:
    rows = [
        ("a", "T2", roi, f"f{at}", condition, statistic, value, np.nan, np.nan, 9, "ok")
        for at in range(features)
        for condition, statistic, value in [("ACC", "icc", icc), ("DLR", "icc", 0.9), ("all", "cv", cv)]
    ]
    return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))


def test_subjects_who_are_alike_are_named_where_icc_is_low_and_cv_is_small() -> None:
    """A map of zeros looked as if the measurement had failed."""
    same, noisy, good = (
        measured(0.05, 0.02, "muscle", 8),
        measured(0.1, 0.4, "liver", 30),
        measured(0.9, 0.02, "fat", 9),
    )
    (told,) = alike(pd.concat([same, noisy, good]), ["a"])
    assert "ICC is near 0 (below 0.2) although CV is small (below 10\u00a0%) in 8 of 47 combinations" in told
    assert "most of them in muscle (8): there the subjects do not differ enough to be told apart" in told
    assert alike(pd.concat([noisy, good]), ["a"]) == []
    assert alike(pd.concat([measured(0.05, 0.02, "muscle", 1), noisy, good]), ["a"]) == []  # one of forty
    assert alike(same.assign(estimate=np.nan), ["a"]) == []


def test_strategies_extracted_otherwise_say_so(run_writer: Any, tmp_path: Path, reseal: Any) -> None:
    """64 bins stood against a bin width of 7.5 with the same steps, ranked without a remark."""
    folder = run_writer(tmp_path / "run", strategies=["as it is", "z-score"])
    entries = RunFolder.open(folder).record["strategies"]
    for entry, setting in zip(entries, ({"binCount": 64}, {"binWidth": 7.5}), strict=True):
        entry["extraction"]["setting"] = {**setting, "force2D": True}
    reseal(folder, strategies=entries)
    page = write_report(folder).read_text(encoding="utf-8")
    assert re.findall("<small>extracted with (.*?)</small>", page) == ["binCount 64", "binWidth 7.5"]
    assert "not extracted alike, “as it is” with binCount 64; “z-score” with binWidth 7.5:" in page


def test_a_study_of_one_scan_says_that_robust_is_to_perturbations() -> None:
    record = {"reference": "unperturbed", "conditions": ["unperturbed", "R-1", "R-2"], "perturbations": {"R": {}}}
    (text,) = measured_once(record)
    assert "compared with 2 computed perturbations of itself. Robust means robust to these, not to another scan" in text
    assert measured_once({**record, "reference": "REF"}) == []
