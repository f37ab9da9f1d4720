from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.analyses.diagnose.files import RECORD, SCORED, STABILITY, findings, write_diagnosis
from experiments.analyses.diagnose.run import run_diagnosis
from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.shared.groups import Workers
from experiments.analyses.tradeoff.run import run_tradeoff
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.analyses.transfer.run import run_transfer
from experiments.analyses.transfer.settings import TransferSettings
from experiments.folder.added import Added
from harmonize.errors import ConfigurationError

ASKED = {"target": "ill", "folds": 3, "repeats": 1, "inner_folds": 2, "n_resamples": 100, "select": "none", "seed": 1}
ONE = Workers(jobs=1)


def cohort(n=30, draws=2):
    """Make subjects with a diagnosis; their scans were perturbed."""
    rng = np.random.default_rng(0)
    values, y = rng.normal(10, 1, (n, 4)), np.arange(n) % 2
    values[:, 0] += y
    keys = {"subject": [f"P{i}" for i in range(n)], "ill": y, "condition": "REF", "roi": "liver"}
    names = [f"original_glcm_F{i}" for i in range(4)]
    return pd.concat(
        pd.DataFrame(values + (0.4 * rng.normal(size=values.shape) if draw else 0), columns=names).assign(
            perturbation=f"noise-{draw}" if draw else "unperturbed", **keys
        )
        for draw in range(draws + 1)
    )


def test_perturbed_rows_are_no_further_subjects(tmp_path):
    """They were used as more rows; scores are those of the table without them."""
    table = cohort()
    plain = table[table["perturbation"] == "unperturbed"].drop(columns="perturbation")
    found, alone = (run_diagnosis(one, DiagnosisSettings(**ASKED), ONE) for one in (table, plain))
    for name, one in found.everything.items():
        pd.testing.assert_frame_equal(one.scores, alone.everything[name].scores)
    assert any("no model learns from them" in note for note in found.notes)
    write_diagnosis(tmp_path, found)
    stability = STABILITY.read(tmp_path).set_index("measure")
    assert 0 < stability.loc["sd", "estimate"] < 0.2
    assert (stability["predictions"].astype(int) == 60).all()
    tracked = findings(Added(tmp_path, RECORD))
    assert tracked.metrics["prediction_sd"] == stability.loc["sd", "estimate"]
    assert tracked.metrics["logistic_prediction_flips_upper"] == stability.loc["flips", "upper"]
    assert "prediction_stability.csv" in {path.name for path in tracked.artifacts}
    assert alone.stability() is None
    write_diagnosis(tmp_path, alone)
    assert not STABILITY.left_in(tmp_path)


def test_augmented_models_are_tested_on_scans_as_they_are(tmp_path):
    found = run_diagnosis(cohort(), DiagnosisSettings(**ASKED, augment=True), ONE)
    write_diagnosis(tmp_path, found)
    (logistic,) = found.models.values()
    assert len(logistic.predictions) == 30
    assert logistic.parameters["n_train"].tolist() == [60] * 3
    assert {"logistic"} < set(SCORED.read(tmp_path)["model"])


def test_perturbations_that_are_the_conditions_are_understood():
    table = cohort()
    table["condition"] = table["perturbation"]
    found = run_diagnosis(table, DiagnosisSettings(**ASKED, augment=True), ONE)
    assert found.stability()["predictions"].tolist() == [60, 60]


def test_a_missing_draw_is_not_predicted():
    table = cohort()
    table = table[~((table["subject"] == "P3") & (table["perturbation"] == "noise-2"))]
    assert run_diagnosis(table, DiagnosisSettings(**ASKED), ONE).stability()["predictions"].tolist() == [59, 59]


def test_rows_that_are_named_count_as_they_are():
    found = run_diagnosis(cohort(), DiagnosisSettings(**ASKED, where=("perturbation=noise-1",)), ONE)
    assert len(found.given.rows.frame) == 30
    assert found.given.perturbed is None


@pytest.mark.parametrize("wrong", ["nothing to augment with", "no scan as it is", "rows that nothing tells apart"])
def test_what_cannot_be_is_refused(golden, wrong):
    table = cohort()
    plain = table["perturbation"] == "unperturbed"
    given, augment = {
        "nothing to augment with": (table[plain], True),
        "no scan as it is": (table[~plain], False),
        "rows that nothing tells apart": (pd.concat([table, table.assign(original_glcm_F1=3.0)]), False),
    }[wrong]
    with golden.error(ConfigurationError):
        run_diagnosis(given, DiagnosisSettings(**ASKED, augment=augment), ONE)


def test_a_tradeoff_leaves_them_out_unless_they_are_the_repeats():
    rest = {name: value for name, value in ASKED.items() if name != "select"}
    table = pd.concat([cohort(), cohort().assign(condition="ACC")])
    settings = TradeoffSettings(**rest, select="none", condition=("condition",), thresholds=(0.0,))
    found = run_tradeoff(table, settings, ONE)
    assert len(found.given.rows.frame) == 60
    assert any("90 rows" in note or "120 rows" in note for note in found.notes)
    found = run_tradeoff(cohort(), replace(settings, condition=("perturbation",)), ONE)
    assert found.result.conditions == ("unperturbed", "noise-1", "noise-2")
    assert len(found.given.rows.frame) == 90


def test_perturbed_scans_are_no_repeats_unless_their_column_is_named(golden):
    rest = {name: value for name, value in ASKED.items() if name != "select"}
    table = cohort().assign(condition=lambda one: one["perturbation"])
    with golden.error(ConfigurationError):
        run_tradeoff(table, TradeoffSettings(**rest, select="none", condition=("condition",), thresholds=(0.0,)), ONE)


def test_a_transfer_leaves_them_out():
    """Results are those of the table without them."""
    table = pd.concat([cohort(), cohort().assign(condition="ACC")])
    table.loc[table["condition"] == "ACC", [f"original_glcm_F{i}" for i in range(4)]] += 0.5
    plain = table[table["perturbation"] == "unperturbed"].drop(columns="perturbation")
    rest = {
        name: value for name, value in ASKED.items() if name in ("target", "folds", "repeats", "inner_folds", "seed")
    }
    settings = TransferSettings(**rest, train="REF", test="ACC")
    found, alone = (run_transfer(one, settings, ONE) for one in (table, plain))
    assert len(found.given.rows.frame) == 60
    assert any("120 rows of perturbed scans are left out" in note for note in found.notes)
    for name, one in found.result.variants.items():
        np.testing.assert_array_equal(one.across.probability, alone.result.variants[name].across.probability)
