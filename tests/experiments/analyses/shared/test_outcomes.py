"""Numbers and survival through the three analyses that predict: what is found, written, reported and tracked."""

import json

import numpy as np
import pandas as pd
import pytest

from experiments.analyses.diagnose.files import RECORD as DIAGNOSED
from experiments.analyses.diagnose.files import findings, write_diagnosis
from experiments.analyses.diagnose.run import DiagnosisInput, run_diagnosis
from experiments.analyses.diagnose.section import models, summarize
from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.shared.groups import Workers
from experiments.analyses.tradeoff import files as of_tradeoff
from experiments.analyses.tradeoff import section as tradeoff_section
from experiments.analyses.tradeoff.run import run_tradeoff
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.analyses.transfer import files as of_transfer
from experiments.analyses.transfer import section as transfer_section
from experiments.analyses.transfer.run import run_transfer
from experiments.analyses.transfer.settings import TransferSettings
from experiments.folder.added import Added
from harmonize.errors import ConfigurationError

OUTCOMES = {"number": {"target": "years", "outcome": "number"}, "survival": {"time": "months", "event": "status=2"}}
FIRST = {"number": "r2", "survival": "c_index"}
QUICK = {"subject": "patient", "folds": 3, "repeats": 1, "inner_folds": 2, "n_resamples": 100}
WORKERS = Workers(jobs=1)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Give 48 people under two readers; the first feature tells."""
    rng = np.random.default_rng(0)
    names = [f"original_glcm_F{i}" for i in range(4)]
    told = rng.normal(size=(48, 4))
    deaths, ends = rng.exponential(10 / np.exp(1.5 * told[:, 0])), rng.uniform(3, 40, 48)
    known = pd.DataFrame(
        {
            "patient": [f"P{i:02}" for i in range(48)],
            "years": (60 + 8 * told[:, 0] + rng.normal(0, 3, 48)).round(1),
            "months": np.minimum(deaths, ends).round(2),
            "status": np.where(deaths <= ends, 2, 1),
        }
    )
    parts = [
        known.assign(reader=reader, **dict(zip(names, (told + rng.normal(0, 0.2, told.shape)).T, strict=True)))
        for reader in ("A", "B")
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_diagnosis(outcome, people, tmp_path) -> None:
    settings = DiagnosisSettings(**OUTCOMES[outcome], **QUICK, where="reader=A", select="mrmr:2")
    found = run_diagnosis(people, settings, WORKERS)
    write_diagnosis(tmp_path, found)
    files = Added(tmp_path, DIAGNOSED)
    scores = pd.read_csv(tmp_path / "scores.csv").set_index(["model", "score"])["estimate"]
    model = settings.models[0]
    assert scores[(model, FIRST[outcome])] > scores[("dummy", FIRST[outcome])] + 0.15
    assert findings(files).metrics[FIRST[outcome]] == scores[(model, FIRST[outcome])]
    content = summarize(files)
    assert settings.predicted[-1] in content["sentences"][0]
    assert model in models(files).models
    record = json.loads((tmp_path / "diagnosis.json").read_text(encoding="utf-8"))
    assert record["outcome"] == outcome
    assert sum(record["rows"].values()) == (48 if outcome == "survival" else 0)
    assert len(list((tmp_path / "figures").glob("*.svg"))) == 1


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_transfer(outcome, people, tmp_path) -> None:
    settings = TransferSettings(**OUTCOMES[outcome], **QUICK, condition="reader", train="A", test="B")
    of_transfer.write_transfer(tmp_path, run_transfer(people, settings, WORKERS))
    files = Added(tmp_path, of_transfer.RECORD)
    table = files[of_transfer.SCORES].set_index(["score", "tested"])["estimate"]
    chance = {"number": 0.0, "survival": 0.5}[outcome]
    assert (table[FIRST[outcome]][["within", "across", "native"]] > chance + 0.1).all()
    assert table[("moved", "both")] > 0
    assert f"raw_{FIRST[outcome]}_across" in of_transfer.findings(files).metrics
    content = transfer_section.summarize(files)
    assert "how far predictions move" in transfer_section.plot(files, content)["scores"][0].alt
    assert settings.model in transfer_section.models(files).models


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_tradeoff(outcome, people, tmp_path) -> None:
    settings = TradeoffSettings(**OUTCOMES[outcome], **QUICK, condition="reader", thresholds="0,.5", select="mrmr:2")
    of_tradeoff.write_tradeoff(tmp_path, run_tradeoff(people, settings, WORKERS))
    files = Added(tmp_path, of_tradeoff.RECORD)
    table = files[of_tradeoff.TABLE].set_index("name")
    assert table.loc["tuned", FIRST[outcome]] > {"number": 0.4, "survival": 0.6}[outcome]
    assert table.loc["tuned", "prediction_icc"] > 0.8
    assert f"tuned_{FIRST[outcome]}" in of_tradeoff.findings(files).metrics
    assert settings.predicted[-1] in tradeoff_section.summarize(files)["sentences"][0]


def test_an_event_that_may_be_either_is_asked_about(people, golden) -> None:
    with golden.error(ConfigurationError):
        run_diagnosis(people, DiagnosisSettings(time="months", event="status", **QUICK), WORKERS)
    with golden.error(ConfigurationError):
        run_diagnosis(people, DiagnosisSettings(target="years", **QUICK), WORKERS)


def test_times_that_cannot_be_and_that_differ_within_a_subject(people, golden) -> None:
    settings = DiagnosisSettings(**OUTCOMES["survival"], **QUICK)
    changed = people.copy()
    changed.loc[3, "months"] += 5
    golden.text("\n".join(DiagnosisInput.read(changed, settings).notes))
    changed.loc[3, "months"] = -2
    with golden.error(ConfigurationError):
        DiagnosisInput.read(changed, settings)
    changed.loc[3, "months"] = 70
    with golden.error(ConfigurationError):
        of_transfer = TransferSettings(**OUTCOMES["survival"], **QUICK, condition="reader", train="A", test="B")
        run_transfer(changed, of_transfer, WORKERS)
