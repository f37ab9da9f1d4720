import json
import shutil

import numpy as np
import pandas as pd
import pytest

from evaluation.classification import HeldOut, auc


def test_everything_is_written_and_agrees(run, names, roles, table, tmp_path):
    out = tmp_path / "out"
    further = ("--select", "mrmr:3", "--model", "logistic,svm", "--harmonize", "combat", "--batch", "scanner")
    result = run(*roles(table, out)[:-1], *further)
    assert result.exit_code == 0, result.output
    for words in ("60 subjects, 'malignant' against 'benign'", "logistic", "svm", "dummy", "random features",
                  "ROI volume", "first-order"):  # fmt: skip
        assert words in result.output
    scores = pd.read_csv(out / "scores.csv").set_index(["model", "score"])
    predictions = pd.read_parquet(out / "predictions.parquet")
    for name in ("logistic", "svm", "dummy"):
        held_out = HeldOut.from_frame(predictions[predictions["model"] == name].drop(columns="model"))
        assert scores.loc[(name, "auc"), "estimate"] == pytest.approx(float(auc(held_out)))
        assert held_out.classes == ("benign", "malignant")
    estimates = scores.xs("auc", level="score")["estimate"]
    assert estimates["logistic"] > 0.85 > estimates["first-order"] > estimates["dummy"] == 0.5
    selected = pd.read_csv(out / "selected.csv")
    assert ["logistic", "original_glcm_F03", 1.0] in selected.to_numpy().tolist()
    assert set(selected["feature"]) <= set(names)
    differences = pd.read_csv(out / "differences.csv").set_index(["model", "baseline", "score"])
    assert differences.loc[("logistic", "dummy", "auc"), "difference"] == pytest.approx(estimates["logistic"] - 0.5)
    assert differences.loc[("logistic", "ROI volume", "auc"), "lower"] > 0
    assert {path.name for path in (out / "figures").iterdir()} == {
        f"{name}.{kind}" for name in ("roc", "calibration") for kind in ("svg", "png")
    }
    record = json.loads((out / "diagnosis.json").read_text(encoding="utf-8"))
    assert record["steps"]["logistic"] == [
        *("impute: ColumnTransformer", "harmonize: ComBat", "varies: VarianceThreshold", "prune: CorrelationPruning"),
        *("select: MRMR", "scale: StandardScaler", "model: LogisticRegression"),
    ]
    assert record["rows"] == {"benign": 30, "malignant": 30}
    stability = record["stability"]["logistic"]  # of three selections: no limits
    assert (stability["status"], stability["lower"], stability["upper"]) == ("no_interval", None, None)
    assert 0 < stability["nogueira"] <= 1
    assert record["left_out"] == {"not named as a feature": ["age"]}
    assert str(tmp_path) not in (out / "diagnosis.json").read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_files(run, roles, table, tmp_path):
    for name in ("one", "two"):
        assert run(*roles(table, tmp_path / name), "--no-baselines", "--select", "none").exit_code == 0
    for file in ("scores.csv", "selected.csv", "parameters.csv", "diagnosis.json", "figures/roc.png"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_quiet_prints_nothing(run, roles, table, tmp_path):
    result = run(*roles(table, tmp_path / "out"), "--quiet", "--no-baselines")
    assert (result.exit_code, result.output) == (0, "")
    assert "dummy" not in pd.read_csv(tmp_path / "out" / "scores.csv")["model"].tolist()
    assert pd.read_csv(tmp_path / "out" / "differences.csv").empty


def test_three_classes(run, patients, roles, tmp_path):
    path = tmp_path / "patients.csv"
    patients().assign(diagnosis=np.arange(60) % 3).to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert "3 classes" in result.output
    assert "none (not_binary)" in result.output
    assert (tmp_path / "out" / "figures" / "roc_logistic.svg").is_file()


def test_missing_values_are_imputed_from_the_training_rows(run, patients, roles, tmp_path):
    frame = patients()
    frame.loc[::5, "original_glcm_F03"] = np.nan
    frame["original_glcm_F09"] = np.nan
    path = tmp_path / "patients.csv"
    frame.to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out"), "--no-baselines")
    assert result.exit_code == 0, result.output


def test_results_go_into_a_run_and_its_report(run, refused, quick, finished, table, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    arguments = (table, "--target", "diagnosis", "--subject", "patient", "--run", folder, *quick, "--no-baselines")
    result = run(*arguments)
    assert result.exit_code == 0, result.exception
    assert "has no subject of the run" in result.output  # and nothing says how they were made
    assert (folder / "diagnosis" / "scores.csv").is_file()
    assert 'id="diagnosis"' in (folder / "report.html").read_text(encoding="utf-8")
    findings = json.loads((folder / "findings" / "diagnose.json").read_text(encoding="utf-8"))
    scores = pd.read_csv(folder / "diagnosis" / "scores.csv").set_index(["model", "score"])
    assert findings["metrics"]["auc"] == pytest.approx(scores.loc[("logistic", "auc"), "estimate"])
    assert findings["metrics"]["auc_lower"] == pytest.approx(scores.loc[("logistic", "auc"), "lower"])
    assert "--out, or a run with --run" in refused(table, "--target", "diagnosis", "--subject", "patient")


@pytest.mark.data
def test_a_public_cohort(run, quick, data_root, tmp_path):
    table = data_root / "outcome_tables" / "WORC-Lipo.csv.gz"
    result = run(table, "--target", "Target", "--subject", "ID", "--out", tmp_path, *quick[:-1])
    assert result.exit_code == 0, result.output
    scores = pd.read_csv(tmp_path / "scores.csv").set_index(["model", "score"])
    assert scores.loc[("logistic", "auc"), "lower"] > 0.5
    assert set(scores.index.get_level_values("model")) == {
        *("logistic", "dummy", "random features", "ROI volume", "first-order")
    }
