"""The audit as people see it, on wide and narrow terminals and in pipes."""

import io

import pytest
from rich.console import Console

from experiments.audit.findings import Audit, Completeness, Finding
from experiments.cli.audited import MOST_ALIKE, show


def shown(audit, **console):
    out = io.StringIO()
    show(audit, Console(file=out, highlight=False, **console))
    return out.getvalue()


def cells(subjects, missing=0):
    return tuple(
        Completeness(f"S{i:03}", "T2", condition, 0 if i < missing and condition != "REF" else 3, 3)
        for i in range(subjects)
        for condition in ("REF", "ACC")
    )


LONG = Finding("error", "empty_roi", "[S01], T2", "no voxel" + " of [red]label[/red]" * 12, "draw" + " it" * 10)


@pytest.mark.parametrize(
    "console",
    [
        {"width": 1000},
        {"width": 40, "force_terminal": True},
        {"width": 160, "force_terminal": True},
    ],
    ids=["pipe", "narrow", "wide"],
)
def test_every_word_is_there_at_every_width(console):
    text = shown(Audit((LONG,), cells(2, missing=1)), color_system=None, **console)
    words = text.replace("│", " ").split()
    for word in ("error", "[S01],", "of", "[red]label[/red]", "draw", "0/3", "REF", "S000"):
        assert word in words
    assert text.strip().endswith("1 error, 0 warnings, 0 notes; 9 of 12 ROIs can be used")
    assert text.count("[red]label[/red]") == 12


def test_a_pipe_gets_one_line_a_text_and_no_colours():
    text = shown(Audit((LONG,), cells(2)), width=1000)
    assert text.splitlines()[:3] == [f"error empty_roi: {LONG.where}", f"  {LONG.problem}", f"  -> {LONG.advice}"]
    assert "\x1b" not in text


def test_only_the_first_of_many_alike_are_shown_and_the_others_counted():
    many = tuple(Finding("warning", "tiny_roi", f"S{i}", "small", "draw") for i in range(100))
    text = shown(Audit((*many, LONG), cells(2)), width=1000)
    assert text.count("warning tiny_roi") == MOST_ALIKE
    assert f"and {100 - MOST_ALIKE} more of tiny_roi" in text
    assert "100 warnings" in text
    assert "error empty_roi" in text


def test_a_complete_sequence_is_one_line():
    assert "T2: complete (200 subjects, 2 conditions, 3 ROIs)" in shown(Audit((), cells(200)), width=1000)


def test_of_many_subjects_only_incomplete_ones_are_rows():
    text = shown(Audit((), cells(200, missing=2)), width=1000)
    assert "S001" in text
    assert "S002" not in text
    assert "the other 198 subjects complete" in text


def test_what_one_strategy_refuses_is_not_called_usable_without_a_word():
    """24 of 24 ROIs could be used, although an error said that a strategy will refuse 5 of them."""
    refused = Finding("error", "too_few_bins", "strategy raw", "5 of 24 ROIs have 3 gray levels", "set binWidth")
    found = Audit((refused,), (Completeness("S01", "T2", "REF", 2, 2),))
    assert shown(found, width=1000).strip().endswith("2 of 2 ROIs can be used, but not all of them by strategy raw")


@pytest.mark.parametrize("console", [{"width": 1000}, {"width": 160, "force_terminal": True}], ids=["pipe", "wide"])
def test_advice_that_several_places_share_is_given_once(console):
    """Eight scans with one fault gave the same line of advice eight times."""
    alike = [Finding("warning", "tiny_roi", f"S{i}", f"{i} voxels", "draw") for i in range(3)]
    other = Finding("warning", "few_bins", "zscore", "13 gray levels", "narrow")
    text = shown(Audit((alike[0], other, *alike[1:]), cells(2)), color_system=None, **console)
    assert (text.count("draw"), text.count("narrow")) == (1, 1)
    assert all(f"{i} voxels" in text for i in range(3))
    assert text.index("2 voxels") < text.index("13 gray levels")
