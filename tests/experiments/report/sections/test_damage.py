import re

import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.effect_tables import effects_table, rank_table
from evaluation.reliability.variance import variance_table
from experiments.report.sections.damage import COLORS, effects, rank_note, rank_tests, sources, variance, variance_key

NAMES = ["original_glcm_Contrast", "original_glcm_Id", "original_firstorder_Mean"]
SHIFTS = {"REF+STD": 0.0, "REF+DLR": 0.0, "ACC+STD": 2.0}


def feature_table(both: float, subjects: int = 12) -> pd.DataFrame:
    """Acceleration adds 2; with the other reconstruction as well, `both` remains."""
    rng = np.random.default_rng(2)
    truth = rng.normal(10, 1, (subjects, 3))
    return pd.concat(
        [
            pd.DataFrame(truth + shift + rng.normal(0, 0.01, truth.shape), columns=NAMES).assign(
                strategy="raw", subject=range(subjects), sequence="T2", condition=condition, roi="liver"
            )
            for condition, shift in {**SHIFTS, "ACC+DLR": both}.items()
        ]
    )


@pytest.mark.parametrize(
    ("both", "words"),
    [
        (0.5, "25\u00a0% of the change by speed alone, so that kernel offsets part of it."),
        (2.0, "of the change by speed alone, so that kernel hardly changes it."),
        (3.0, "150\u00a0% of the change by speed alone, so that kernel adds to it."),
    ],
)
def test_what_offsets_what_is_told_by_the_names_of_the_study(both: float, words: str) -> None:
    found = effects(effects_table(feature_table(both), "REF+STD", "ACC+DLR"), "speed", "kernel")
    text = " ".join(found["sentences"])
    assert words in text
    assert "An effect (q < 0.05) of speed is found in 3 of 3 combinations" in text
    assert found["found"]["columns"][2:4] == ["Effect of speed", "Effect of kernel"]
    (panel,) = found["panels"]
    assert panel["sources"] == ["speed", "kernel", "interaction", "residual", "subjects"]
    assert [row["name"] for row in panel["rows"]] == ["all", "glcm", "firstorder", "liver"]
    assert all(sum(row["shares"]) == pytest.approx(1) for row in panel["rows"])


def test_without_an_acquisition_effect_nothing_is_offset() -> None:
    table = feature_table(0.0)
    table.loc[table["condition"] == "ACC+STD", NAMES] -= 2.0
    found = effects(effects_table(table, "REF+STD", "ACC+DLR"), "speed", "kernel")
    assert len(found["sentences"]) == 2
    assert found["found"]["rows"][0][-2:] == ["0 of 0", "–"]


def test_what_could_not_be_computed_is_said() -> None:
    found = effects(effects_table(feature_table(0.5, subjects=1), "REF+STD", "ACC+DLR"), "speed", "kernel")
    assert found["sentences"] == ["Under “raw” no effect could be computed."]
    assert found["panels"][0]["rows"][0]["shares"] == []
    assert found["panels"][0]["numbers"]["rows"][0][2:8] == ["–", "–", "–", "–", "–", "0 of 3"]


def test_rank_tests_are_counted() -> None:
    names = ("ACC+STD", "REF+DLR", "ACC+DLR")
    tested = rank_table(feature_table(2.0), "REF+STD")
    table = rank_tests(tested, names)
    assert table["columns"][1:] == ["any differs (Friedman)", *(f"{name} (Wilcoxon)" for name in names)]
    assert table["rows"][0][:3] == ["raw", "3 of 3", "3 of 3"]
    assert rank_tests(None, ())["rows"] == []


@pytest.mark.parametrize(
    ("subjects", "words"),
    [(5, "cannot be below 0.0625, so that it can find nothing."), (6, "below 0.0312 before it is adjusted."), (12, "")],
)
def test_what_the_number_of_subjects_allows_is_said(subjects: int, words: str) -> None:
    note = rank_note(rank_table(feature_table(2.0, subjects), "REF+STD"))
    assert words in note
    assert bool(note) == bool(words)


SOURCES = ("acquisition", "reconstruction", "interaction", "residual", "subjects")


def test_every_row_has_its_name_and_the_part_of_the_conditions() -> None:
    rows = [
        {"name": "all", "group": "", "shares": [0.1, 0.05, 0.0, 0.25, 0.6]},
        {"name": "glcm", "group": "Feature classes", "shares": [0.2, 0.1, 0.05, 0.05, 0.6]},
        {"name": "a <b>", "group": "ROIs", "shares": []},
    ]
    drawn = variance({"rows": rows}, "variance-0")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert {"all", "glcm", "a &lt;b&gt;", "Feature classes", "ROIs", "15\u00a0%", "35\u00a0%"} <= set(texts)
    assert "nothing computed" in texts
    assert drawn.count(f"fill: {COLORS[0]}") == 2
    assert drawn == variance({"rows": rows}, "variance-0")


def test_the_key_names_every_source() -> None:
    drawn = variance_key(SOURCES)
    assert all(f">{name}</text>" in drawn for name in SOURCES)
    assert all(color in drawn for color in COLORS)
    assert drawn.count("fill: url(#") == 1  # stripes, where two colours are equally dark


def test_other_designs_have_their_sources_of_variance_too() -> None:
    """Only a 2 x 2 was told where its variance came from."""
    features = feature_table(0.5)
    three = features[features["condition"] != "ACC+DLR"]
    found = sources(variance_table(three))
    assert found is not None
    (panel,) = found["panels"]
    assert [row["name"] for row in panel["rows"]] == ["all", "glcm", "firstorder", "liver"]
    assert all(sum(row["shares"]) == pytest.approx(1) for row in panel["rows"])
    # the conditions are at 0, 0 and 2: their variance is 8 / 9; subjects have 1
    condition, residual, _ = panel["rows"][0]["shares"]
    assert condition == pytest.approx(8 / 17, abs=0.12)
    assert residual < 0.001
    assert "of its variance to differences between subjects" in found["sentences"][0]
    drawn = variance(panel, "variance-0")
    assert drawn.count(f"fill: {COLORS[0]}") == 4
    assert COLORS[1] not in drawn
    assert variance_key(panel["sources"]).count("fill: url(#") == 0
    assert sources(None) is None


def test_a_design_whose_variance_cannot_be_computed_says_so() -> None:
    found = sources(variance_table(feature_table(0.5, subjects=1)))
    assert found is not None
    assert found["sentences"] == ["Under “raw” no variance could be computed."]
