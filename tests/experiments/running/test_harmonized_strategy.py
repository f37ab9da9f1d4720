"""What harmonizing a strategy gave comes back from the store bit by bit, and only where it is the same."""

import json

import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects import agreement_table, harmonization_diagnostics, harmonize_values
from evaluation.tables import feature_columns
from experiments.folder.failures import Failure
from experiments.running.harmonized_strategy import HarmonizedStrategy, keep, stored, strategy_key
from experiments.running.store.finished import store_at
from experiments.study.harmonizer import Harmonizer
from experiments.study.study import Study
from harmonize import ComBat

KEY, ANOTHER = "a" * 64, "b" * 64
SUMMARY = pd.DataFrame({"measure": ["robust_share", "icc_median"], "raw": [0.25, np.nan], "n_permutations": [3, 0]})


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        [("s", f"S{i}", "T1", name, roi) for i in range(9) for name in ("A", "B") for roi in ("liver", "spleen")],
        columns=["strategy", "subject", "sequence", "condition", "roi"],
    )
    for number in range(5):
        table[f"original_glcm_F{number}"] = rng.normal(size=len(table)) + 10
    table.loc[table["roi"] == "spleen", "original_glcm_F1"] = np.nan
    values = harmonize_values(table, ComBat("condition", reference="A"), feature_columns(table))
    failure = Failure("s", "", "T1", "", "spleen", "", "harmonization", "too few", "add some")
    diagnosis = harmonization_diagnostics(table, values, "condition", reference="A")
    agreement = agreement_table(table, values, "A")
    return HarmonizedStrategy(values.held_out, (failure,), agreement, SUMMARY, values.fitted, diagnosis)


def test_it_comes_back_bit_by_bit_under_its_own_key_alone(found, tmp_path):
    store = store_at(tmp_path)
    keep(store, KEY, "s", found)
    again = stored(store, KEY, len(found.held_out))
    for name in ("held_out", "agreement", "summary"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name), check_exact=True)
    assert again.failures == found.failures
    assert again.model.to_document() == found.model.to_document()
    assert json.dumps(again.diagnosis.to_mapping()) == json.dumps(found.diagnosis.to_mapping())
    assert stored(store, ANOTHER, len(found.held_out)) is None
    assert stored(store, KEY, len(found.held_out) + 1) is None


def test_rows_that_are_too_many_for_one_entry_lie_in_several(found, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.running.harmonized_strategy.MOST_VALUES", 50)
    store = store_at(tmp_path)
    keep(store, KEY, "s", found)
    assert len(list(store.entries())) == 4  # of 10, 10, 10 and 6 rows
    again = stored(store, KEY, len(found.held_out))
    pd.testing.assert_frame_equal(again.held_out, found.held_out, check_exact=True)
    next(entry.path for entry in store.entries() if entry.key != KEY).unlink()
    assert stored(store, KEY, len(found.held_out)) is None


def test_what_cannot_be_written_is_not_there_for_the_next_run(found, tmp_path):
    store = store_at(tmp_path / "finished")
    store.folder.rmdir()
    store.folder.write_text("a file in its place", encoding="utf-8")
    keep(store, KEY, "s", found)
    assert stored(store, KEY, len(found.held_out)) is None


def test_what_could_not_be_harmonized_comes_back_too(tmp_path):
    held_out = pd.DataFrame({"original_glcm_F": [np.nan, np.nan]})
    nothing = HarmonizedStrategy(held_out, (), pd.DataFrame(), pd.DataFrame(), None, None)
    store = store_at(tmp_path)
    keep(store, KEY, "s", nothing)
    again = stored(store, KEY, 2)
    pd.testing.assert_frame_equal(again.held_out, held_out)
    assert (again.model, again.diagnosis, len(again.agreement), len(again.summary)) == (None, None, 0, 0)


def test_a_damaged_entry_is_absent(found, tmp_path):
    store = store_at(tmp_path)
    keep(store, KEY, "s", found)
    place = store.place(KEY)
    whole = place.read_bytes()
    at = len(whole) // 2
    place.write_bytes(whole[:at] + (b"A" if whole[at : at + 1] != b"A" else b"B") + whole[at + 1 :])
    assert stored(store, KEY, len(found.held_out)) is None


def test_the_key_is_that_of_values_and_settings(simulated):
    study = Study.from_yaml(simulated)
    table = pd.DataFrame({"subject": ["A", "B"], "original_glcm_F": [1.0, np.nan]})
    harmonizer = Harmonizer.parse("combat", "")
    keys = {
        strategy_key(study, harmonizer, "zscore", table),
        strategy_key(study, harmonizer, "another", table),
        strategy_key(study, Harmonizer.parse({"combat": None, "permutations": 3}, ""), "zscore", table),
        strategy_key(study, harmonizer, "zscore", table.assign(original_glcm_F=[1.0, 2.0])),
        strategy_key(study, harmonizer, "zscore", table.assign(subject=["A", "C"])),
    }
    assert len(keys) == 5
    assert strategy_key(study, harmonizer, "zscore", table.copy()) in keys
