import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.dispersion import cv, qcd
from experiments.page import Content
from experiments.page.quantities import counted
from experiments.report import write_report
from experiments.report.compared import lead, verdict
from experiments.report.sections.found import ranked


def row(name: str, passing: int, total: int = 100) -> Content:
    return {"name": name, "robust": counted(passing, total), "interval": None}


def comparison(first: dict[str, float], q: dict[str, float], *, is_rule: bool = True) -> Content:
    """The baseline is the first that is named."""
    rows = [
        {
            "name": name,
            "difference": {"value": 0.1, "lower": 0.0, "upper": 0.2, "p": q[name], "q": q[name]} if name in q else None,
            "ratios": [],
            "rank": {"value": 1.0, "lower": 1.0, "upper": 2.0},
            "first": share,
            "common": None,
        }
        for name, share in first.items()
    ]
    return {"baseline": next(iter(first)), "errors": [], "is_rule": is_rule, "resamples": 500, "rows": rows}


def told(rows: list[Content], compared: Content | None) -> str:
    return lead(ranked(rows, compared), compared)


def test_the_order_is_by_share_and_those_without_features_come_last() -> None:
    order = ranked([row("a", 10), row("none", 0, 0), row("b", 30), row("zero", 0)], None)
    assert [entry["name"] for entry in order] == ["b", "a", "zero", "none"]


def test_ahead_only_where_draws_and_test_agree() -> None:
    rows = [row("base", 10), row("b", 30), row("c", 20)]
    sure = told(rows, comparison({"base": 0.0, "b": 0.97, "c": 0.03}, {"b": 0.01, "c": 0.4}))
    assert sure.startswith("“b” is ahead. “b” comes first in 97\u00a0% of 500 draws")
    assert "the test does tell it from “base” (q = 0.010); its lead over “c” was not tested by itself" in sure
    few = told(rows, comparison({"base": 0.0, "b": 0.6, "c": 0.4}, {"b": 0.01, "c": 0.4}))
    assert few.startswith("It is not certain that “b” is ahead. “b” comes first in 60\u00a0%")
    assert "“c” in 40\u00a0%" in few
    untold = told(rows, comparison({"base": 0.0, "b": 0.98, "c": 0.02}, {"b": 0.3, "c": 0.4}))
    assert untold.startswith("It is not certain that “b” is ahead.")
    assert "the test does not tell it from “base” (q = 0.300)" in untold


def test_every_strategy_that_comes_first_in_some_draws_is_told() -> None:
    """The second of the order, first in 11 % of the draws, was left out where the third was in 20 %."""
    rows = [row("base", 10), row("b", 30), row("c", 20)]
    text = told(rows, comparison({"base": 0.2, "b": 0.69, "c": 0.11}, {"b": 0.3, "c": 0.4}))
    assert (
        "“b” comes first in 69\u00a0% of 500 draws from these subjects, “base” in 20\u00a0%, “c” in 11\u00a0%." in text
    )
    names = dict.fromkeys("cdefg", 0.05)
    many = comparison({"base": 0.25, "b": 0.5, **names}, {"b": 0.3})
    assert "“base” in 25\u00a0%, “c” in 5\u00a0%, “d” in 5\u00a0%, others in 15\u00a0%." in told(
        [*rows, *(row(name, 1) for name in "defg")], many
    )


def test_a_baseline_in_the_lead_is_tested_by_the_second() -> None:
    rows = [row("base", 30), row("b", 10)]
    text = told(rows, comparison({"base": 0.99, "b": 0.01}, {"b": 0.01}))
    assert "“base” is ahead." in text
    assert "the test does tell it from “b” (q = 0.010). Draws" in text


def test_what_was_not_tested_is_said() -> None:
    rows = [row("a", 10), row("b", 30)]
    assert "was not tested" in told(rows, None)
    assert "was not tested" in told(rows, comparison({"a": 0.0, "b": 1.0}, {"b": 0.01}, is_rule=False))
    lost = told(rows, comparison({"a": 0.0, "b": 1.0}, {}))
    assert lost.startswith("It is not certain")
    assert "could not be tested" in lost


def test_a_gain_without_a_test_is_not_judged_and_ratios_say_of_how_many_they_are() -> None:
    """A gain with p = –, q = – was one that "the choice of subjects alone could explain", and the ratio of CCC, of half
    of the combinations, stood beside that of ICC as of "all features"."""
    compared = comparison({"base": 0.2, "b": 0.8}, {"b": 0.01})
    untested = {"lower": None, "upper": None, "p": None, "q": None}
    compared["rows"][1] |= {
        "difference": {"value": 0.016, **untested},
        "ratios": [
            {"value": 0.74, **untested, "of": None, "total": 372},
            {"value": 2.6, **untested, "of": 186, "total": 372},
        ],
    }
    compared["errors"] = ["1 − ICC", "1 − CCC"]
    gain, errors = verdict(compared, "b")
    assert gain.endswith(
        "1.6 percentage points: whether the choice of subjects alone explains this could not be tested."
    )
    assert "1 − ICC 0.74, q = –;" in errors
    assert errors.endswith("1 − CCC 2.60, q = – (in 186 of 372 combinations).")
    assert "all features" not in errors


@pytest.mark.parametrize("rows", [[row("a", 10)], [row("a", 10), row("b", 0, 0)], [row("a", 0), row("b", 0)]])
def test_nothing_is_said_of_no_rival_or_no_robust_feature(rows: list[Content]) -> None:
    assert told(rows, None) == ""


def test_a_tie_has_no_leader() -> None:
    assert "none is ahead" in told([row("a", 10), row("b", 10)], None)


def test_ranks_stand_only_where_the_rule_was_compared() -> None:
    compared = comparison({"a": 0.2, "b": 0.8}, {"b": 0.2})
    assert ranked([row("b", 2)], compared) == [
        row("b", 2) | {"rank": {"value": 1.0, "lower": 1.0, "upper": 2.0}, "first": 0.8}
    ]


def cells(folder: Path) -> str:
    """The text of the page, a bar where a tag stood."""
    return re.sub("(<[^>]*>)+", "|", write_report(folder).read_text(encoding="utf-8"))


def test_with_two_conditions_qcd_is_no_second_witness(run_writer: Callable[..., Path], tmp_path: Path) -> None:
    """The ratio of QCD stood beside that of CV, of which it is a multiple, as if both agreed."""
    two = cells(run_writer(tmp_path / "two", conditions=("REF+STD", "ACC+STD")))
    assert "With two conditions QCD is CV / 2.83" in two
    assert "|CV, ratio|" in two
    assert "|QCD, ratio|" not in two
    assert "|QCD, ratio|" in cells(run_writer(tmp_path / "four"))
    values = np.random.default_rng(1).uniform(1, 9, (6, 20, 2))
    assert cv(values).estimate / qcd(values).estimate == pytest.approx(2 * np.sqrt(2))


def test_no_interval_is_printed_without_width(
    run_writer: Callable[..., Path], reseal: Callable[..., None], tmp_path: Path
) -> None:
    """A strategy that changes nothing had a difference of 0.0 (0.0 to 0.0)."""
    folder = run_writer(tmp_path / "run")
    table = pd.read_csv(folder / "comparison" / "shares.csv")
    numbers = ["difference", "lower", "upper"]
    table[numbers] = [0.0, 0.0, 0.0]
    table.loc[table["strategy"] == "as it is", numbers] = [0.0, -0.0002, 0.0003]
    table.to_csv(folder / "comparison" / "shares.csv", index=False)
    reseal(folder)
    text = cells(folder)
    assert re.search(r"([\d.]+) \(\1 to \1\)", text) is None
    assert re.search(r"as it is\|\n\|0\.00 \(\N{MINUS SIGN}0\.02 to 0\.03\)", text)
    assert re.search(r"curvature diffusion\|\n\|0\.0\|p ", text)
