import numpy as np
import pandas as pd
import pytest

from evaluation.reliability import effects_table, rank_table
from experiments.report.files.run import RunFiles
from experiments.report.sections.damage import damage, rank_note, rank_tests

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


def files(effects: pd.DataFrame | None) -> RunFiles:
    nothing = pd.DataFrame()
    run = {"inference": {"factors": ["speed", "kernel"]}}
    return RunFiles(run, {}, nothing, (), nothing, nothing, nothing, nothing, {}, {}, effects, None)


@pytest.mark.parametrize(
    ("both", "words"),
    [
        (0.5, "25\u00a0% of the change by speed alone, so that kernel offsets part of it."),
        (2.0, "of the change by speed alone, so that kernel hardly changes it."),
        (3.0, "150\u00a0% of the change by speed alone, so that kernel adds to it."),
    ],
)
def test_what_offsets_what_is_told_by_the_names_of_the_study(both: float, words: str) -> None:
    found = damage(files(effects_table(feature_table(both), "REF+STD", "ACC+DLR")))
    assert found is not None
    text = " ".join(found.sentences)
    assert words in text
    assert "An effect (q < 0.05) of speed is found in 3 of 3 combinations" in text
    assert found.found.columns[2:4] == ("Effect of speed", "Effect of kernel")
    (panel,) = found.panels
    assert panel.sources == ("speed", "kernel", "interaction", "residual", "subjects")
    assert [row.name for row in panel.rows] == ["all", "glcm", "firstorder", "liver"]
    assert all(sum(row.shares) == pytest.approx(1) for row in panel.rows)


def test_no_effects_no_section() -> None:
    assert damage(files(None)) is None


def test_without_an_acquisition_effect_nothing_is_offset() -> None:
    table = feature_table(0.0)
    table.loc[table["condition"] == "ACC+STD", NAMES] -= 2.0
    found = damage(files(effects_table(table, "REF+STD", "ACC+DLR")))
    assert found is not None
    assert len(found.sentences) == 2
    assert found.found.rows[0][-2:] == ("0 of 0", "–")


def test_what_could_not_be_computed_is_said() -> None:
    found = damage(files(effects_table(feature_table(0.5, subjects=1), "REF+STD", "ACC+DLR")))
    assert found is not None
    assert found.sentences == ("Under “raw” no effect could be computed.",)
    assert found.panels[0].rows[0].shares == ()
    assert found.panels[0].numbers.rows[0][2:8] == ("–", "–", "–", "–", "–", "0 of 3")


def test_rank_tests_are_counted() -> None:
    tested = rank_table(feature_table(2.0), "REF+STD")
    table = rank_tests(tested, ("ACC+STD", "REF+DLR", "ACC+DLR"))
    assert table.columns == ("Strategy", "any differs (Friedman)", *(f"{name} (Wilcoxon)" for name in (
        "ACC+STD", "REF+DLR", "ACC+DLR"
    )))  # fmt: skip
    assert table.rows[0][:3] == ("raw", "3 of 3", "3 of 3")
    assert rank_tests(None, ()).rows == ()


@pytest.mark.parametrize(
    ("subjects", "words"),
    [(5, "cannot be below 0.0625, so that it can find nothing."), (6, "below 0.0312 before it is adjusted."), (12, "")],
)
def test_what_the_number_of_subjects_allows_is_said(subjects: int, words: str) -> None:
    note = rank_note(rank_table(feature_table(2.0, subjects), "REF+STD"))
    assert words in note
    assert bool(note) == bool(words)
