import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from evaluation.diagnostic import HeldOut, auc
from experiments.cli.diagnose import diagnose
from experiments.cli.reliability import reliability
from experiments.cli.select import select
from harmonize.errors import ConfigurationError
from selection import Whitelist

NAMES = [
    *("original_shape_VoxelVolume", "original_firstorder_Mean", "original_firstorder_Entropy"),
    *(f"original_glcm_F{i:02}" for i in range(17)),
]
QUICK = ("--repeats", 1, "--inner-folds", 3, "--resamples", 100, "--jobs", 1)


def patients(n: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n, 20)), columns=NAMES)
    sick = np.arange(n) % 2
    table["original_glcm_F03"] += 2.0 * sick
    table["original_firstorder_Mean"] += 1.0 * sick
    scanner = np.arange(n) // 2 % 2
    table += 3.0 * scanner[:, None]
    return table.assign(
        patient=[f"P{i:03}" for i in range(n)],
        diagnosis=np.where(sick, "malignant", "benign"),
        scanner=np.where(scanner, "B", "A"),
        age=40 + np.arange(n) % 7,
        voxels=1000 + rng.integers(0, 500, n),
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "patients.csv"
    patients().to_csv(path, index=False)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(diagnose, list(map(str, arguments)))


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, ConfigurationError), result.output
    return str(result.exception)


def roles(table: Path, out: Path) -> tuple[object, ...]:
    return (table, "--target", "diagnosis", "--subject", "patient", "--out", out, *QUICK)


def test_everything_is_written_and_agrees(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    further = ("--select", "mrmr:3", "--model", "logistic,svm", "--harmonize", "combat", "--batch", "scanner")
    result = run(*roles(table, out), *further)
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
    assert selected.iloc[0].tolist() == ["logistic", "original_glcm_F03", 1.0]
    assert set(selected["feature"]) <= set(NAMES)
    differences = pd.read_csv(out / "differences.csv").set_index(["model", "baseline", "score"])
    assert differences.loc[("logistic", "dummy", "auc"), "difference"] == pytest.approx(estimates["logistic"] - 0.5)
    assert differences.loc[("logistic", "ROI volume", "auc"), "lower"] > 0
    assert {path.name for path in (out / "figures").iterdir()} == {
        f"{name}.{kind}" for name in ("roc", "calibration") for kind in ("svg", "png")
    }
    record = json.loads((out / "diagnosis.json").read_text())
    assert record["steps"]["logistic"] == [
        *("impute: ColumnTransformer", "harmonize: ComBat", "varies: VarianceThreshold", "prune: CorrelationPruning"),
        *("select: MRMR", "scale: StandardScaler", "model: LogisticRegression"),
    ]
    assert record["rows"] == {"benign": 30, "malignant": 30}
    stability = record["stability"]["logistic"]  # of five selections: no limits
    assert (stability["status"], stability["lower"], stability["upper"]) == ("no_interval", None, None)
    assert 0 < stability["nogueira"] <= 1
    assert record["left_out"] == {"not named as a feature": ["age"]}
    assert str(tmp_path) not in (out / "diagnosis.json").read_text()


def test_the_same_seed_gives_the_same_files(table: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run(*roles(table, tmp_path / name), "--no-baselines", "--select", "none").exit_code == 0
    for file in ("scores.csv", "selected.csv", "parameters.csv", "diagnosis.json", "figures/roc.png"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_quiet_prints_nothing(table: Path, tmp_path: Path) -> None:
    result = run(*roles(table, tmp_path / "out"), "--quiet", "--no-baselines")
    assert (result.exit_code, result.output) == (0, "")
    assert "dummy" not in pd.read_csv(tmp_path / "out" / "scores.csv")["model"].tolist()
    assert pd.read_csv(tmp_path / "out" / "differences.csv").empty


def test_a_whitelist_limits_the_features(table: Path, tmp_path: Path) -> None:
    passing = tuple(sorted(name for name in NAMES if name != "original_glcm_F03"))
    whitelist = Whitelist(
        "raw", {"T2": {"liver": passing}}, {"T2": {"liver": 20}}, {}, failing={"T2": {"liver": ("original_glcm_F03",)}}
    )
    path = tmp_path / "whitelist.json"
    path.write_text(whitelist.to_json())
    given = (*roles(table, tmp_path / "out"), "--whitelist", path, "--no-baselines")
    assert "--allow unknown" in refused(*given)
    result = run(*given, "--allow", "unknown")
    assert result.exit_code == 0, result.output
    assert "note: whitelist: 19 of 20 features" in result.output
    assert set(pd.read_csv(tmp_path / "out" / "selected.csv")["feature"]) <= set(passing)


def test_a_whitelist_from_the_same_scans_is_refused(tmp_path: Path) -> None:
    patients().to_parquet(tmp_path / "features.parquet")
    settings = {"steps": [], "extraction": {}}
    record = {"data_digest": "abc", "strategies": [{"name": "raw", "digest": "s", **settings}], "versions": {}}
    (tmp_path / "run.json").write_text(json.dumps(record))
    given = (*roles(tmp_path / "features.parquet", tmp_path / "out"), "--whitelist", tmp_path / "whitelist.json")
    for digest in ("abc", "other"):
        features = {"T2": {"liver": tuple(sorted(NAMES))}}
        whitelist = Whitelist("raw", features, {"T2": {"liver": 20}}, {}, settings=settings, data_digest=digest)
        (tmp_path / "whitelist.json").write_text(whitelist.to_json())
        if digest == "abc":
            assert "was made from the same scans" in refused(*given)
        else:
            assert run(*given, "--no-baselines").exit_code == 0


def test_counts_of_voxels_stand_in_for_the_volume(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    patients().drop(columns="original_shape_VoxelVolume").to_csv(path, index=False)
    assert run(*roles(path, tmp_path / "out")).exit_code == 0
    parameters = pd.read_csv(tmp_path / "out" / "parameters.csv")
    assert (parameters.loc[parameters["model"] == "ROI volume", "n_features"] == 1).all()


def test_several_rows_of_a_subject_are_told_and_stay_together(tmp_path: Path) -> None:
    frame = pd.concat([patients().assign(roi="liver"), patients(seed=1).assign(roi="spleen")])
    path = tmp_path / "patients.csv"
    frame.to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out"), "--no-baselines")
    assert (
        "120 rows of 60 subjects: up to 2 of one subject, which differ in roi (take one with --where)" in result.output
    )
    predictions = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    assert (predictions.groupby(["repeat", "subject"])["fold"].nunique() == 1).all()
    one = run(*roles(path, tmp_path / "out"), "--no-baselines", "--where", "roi=liver")
    assert "up to 2" not in one.output


def test_missing_values_are_imputed_from_the_training_rows(tmp_path: Path) -> None:
    frame = patients()
    frame.loc[::5, "original_glcm_F03"] = np.nan
    frame["original_glcm_F09"] = np.nan
    path = tmp_path / "patients.csv"
    frame.to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out"), "--no-baselines")
    assert result.exit_code == 0, result.output


def test_three_classes(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    patients().assign(diagnosis=np.arange(60) % 3).to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert "3 classes" in result.output
    assert "none (not_binary)" in result.output
    assert (tmp_path / "out" / "figures" / "roc_logistic.svg").is_file()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "forrest"), "did you mean 'forest'"),
        (("--model", "svm,svm"), "'svm' is named twice"),
        (("--select", "mrrm:3"), "did you mean 'mrmr'"),
        (("--harmonize", "combat"), "--harmonize and --batch belong together"),
        (("--batch", "scanner"), "--harmonize and --batch belong together"),
        (("--harmonize", "paired", "--batch", "scanner"), "use combat"),
        (("--reference", "A"), "--reference: names the batch"),
        (("--allow", "unknown"), "--allow: is about --whitelist"),
        (("--where", "scanner=C"), "no row has 'C' in 'scanner'"),
        (("--folds", "1"), "folds: expected 2 or more"),
        (("--features", "*_glcm_*,diag*"), "no column fits 'diag*'"),
    ],
)
def test_wrong_options_are_refused(table: Path, tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    assert words in refused(*roles(table, tmp_path / "out"), *options)
    assert not (tmp_path / "out").exists()


def test_a_batch_that_tells_the_target_is_refused(tmp_path: Path) -> None:
    frame = patients()
    path = tmp_path / "patients.csv"
    frame.assign(scanner=np.where(frame["diagnosis"] == "benign", "A", "B")).to_csv(path, index=False)
    told = refused(*roles(path, tmp_path / "out"), "--harmonize", "combat", "--batch", "scanner")
    assert "column 'scanner' is the target in other words (A: benign, B: malignant)" in told


def test_the_target_among_the_features_is_refused(tmp_path: Path) -> None:
    frame = patients()
    path = tmp_path / "patients.csv"
    frame.assign(original_glcm_Leak=np.where(frame["diagnosis"] == "benign", 2.5, -1)).to_csv(path, index=False)
    assert "'original_glcm_Leak' is the target in other words" in refused(*roles(path, tmp_path / "out"))


@pytest.mark.data
def test_a_public_cohort(data_root: Path, tmp_path: Path) -> None:
    table = data_root / "outcome_tables" / "WORC-Lipo.csv.gz"
    result = run(table, "--target", "Target", "--subject", "ID", "--out", tmp_path, *QUICK)
    assert result.exit_code == 0, result.output
    scores = pd.read_csv(tmp_path / "scores.csv").set_index(["model", "score"])
    assert scores.loc[("logistic", "auc"), "lower"] > 0.5
    assert set(scores.index.get_level_values("model")) == {
        *("logistic", "dummy", "random features", "ROI volume", "first-order")
    }


def coinciding() -> pd.DataFrame:
    """Patients of whom two have the same volume in all sequences, as small lesions on a grid do; nothing else."""
    frame = patients().drop(columns=["voxels", "original_shape_VoxelVolume"])
    volume = 8.0 * np.arange(60)
    volume[6] = volume[5]
    return frame.assign(T1_original_shape_Volume=volume, T2_original_shape_Volume=volume)


def test_baselines_of_few_features_may_coincide_between_patients(tmp_path: Path) -> None:
    """The guard against scans that stand twice ended the whole command at the baseline of volumes."""
    path = tmp_path / "patients.csv"
    coinciding().to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out"))
    assert result.exit_code == 0, result.exception
    assert "ROI volume" in set(pd.read_csv(tmp_path / "out" / "scores.csv")["model"])
    few = run(*roles(path, tmp_path / "few"), "--features", "*_shape_*", "--no-baselines", "--select", "none")
    assert few.exit_code == 0, few.exception


def test_a_scan_that_stands_twice_is_refused_at_once_with_its_lines(tmp_path: Path) -> None:
    frame = patients()
    frame.loc[12, NAMES] = frame.loc[6, NAMES]
    path = tmp_path / "patients.csv"
    frame.to_csv(path, index=False)
    told = refused(*roles(path, tmp_path / "out"), "--where", "diagnosis=benign", "--where", "diagnosis=malignant")
    assert f"{path}: line 8 and line 14 hold the same values, but are of subjects 'P006' and 'P012'" in told
    only = refused(
        *roles(path, tmp_path / "out"), "--where", "scanner=A", "--where", "scanner=B", "--features", "*_glcm_*"
    )
    assert "line 8 and line 14" in only
    assert not (tmp_path / "out").exists()


def test_a_baseline_that_fails_is_a_note(tmp_path: Path) -> None:
    frame = patients().drop(columns="original_shape_VoxelVolume")
    # The count of voxels is no feature of the models; as a baseline it is refused, as it tells the class of every row.
    path = tmp_path / "patients.csv"
    frame.assign(voxels=np.where(frame["diagnosis"] == "benign", 100, 200)).to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out"))
    assert result.exit_code == 0, result.exception
    assert "note: baseline ROI volume was not computed: column 'voxels' is the target in other words" in result.output
    assert "ROI volume" not in set(pd.read_csv(tmp_path / "out" / "scores.csv")["model"])
    assert any("ROI volume was not computed" in note for note in
               json.loads((tmp_path / "out" / "diagnosis.json").read_text())["notes"])  # fmt: skip


def test_a_baseline_of_one_feature_is_calibrated(tmp_path: Path) -> None:
    """With one feature the AUC is the same for every penalty; the largest was taken, and the Brier score was .25."""
    frame = patients(120)
    sick = (frame["diagnosis"] == "malignant").to_numpy()
    volume = np.random.default_rng(3).normal(size=120) + 2.0 * sick
    path = tmp_path / "patients.csv"
    frame.assign(original_shape_VoxelVolume=volume).to_csv(path, index=False)
    assert run(*roles(path, tmp_path / "out")).exit_code == 0
    parameters = pd.read_csv(tmp_path / "out" / "parameters.csv").set_index("model")
    assert parameters.loc["ROI volume", "model__C"].min() >= 0.1
    scores = pd.read_csv(tmp_path / "out" / "scores.csv").set_index(["model", "score"])["estimate"]
    assert scores["ROI volume", "brier"] < 0.18


def test_columns_that_are_left_out_are_told(table: Path, tmp_path: Path) -> None:
    result = run(*roles(table, tmp_path / "out"), "--no-baselines")
    assert "left out, not named as a feature: scanner, age" in result.output


@pytest.mark.parametrize(
    "options", [("--harmonize", "neurocombat"), ("--harmonize", "neurocombat", "--reference", "A")]
)
def test_neurocombat_is_refused_at_the_start(table: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    told = refused(*roles(table, tmp_path / "out"), *options, "--batch", "scanner")
    assert "neurocombat only harmonizes the rows that it was fitted on" in told
    assert "neurocombat" not in refused(*roles(table, tmp_path / "out"), "--harmonize", "xyz", "--batch", "scanner")


def test_a_whitelist_of_the_very_same_table_is_refused(tmp_path: Path) -> None:
    """Whitelists of tables of `radharmony reliability` had no digest, so that the guard could not fire."""
    first, second = patients(), patients()
    noise = np.random.default_rng(5).normal(scale=0.1, size=(60, len(NAMES)))
    second[NAMES] = second[NAMES] + noise
    frame = pd.concat([first.assign(condition="A"), second.assign(condition="B")])
    path = tmp_path / "patients.csv"
    frame.to_csv(path, index=False)
    made = CliRunner().invoke(
        reliability, [str(path), "--subject", "patient", "--condition", "condition", "--out", str(tmp_path / "rel"),
                      "--no-figures", "--no-inference", "--quiet"]
    )  # fmt: skip
    assert made.exit_code == 0, made.exception
    whitelist = tmp_path / "whitelist.json"
    chosen = CliRunner().invoke(select, [str(tmp_path / "rel"), "--out", str(whitelist)])
    assert chosen.exit_code == 0, chosen.exception
    assert "nothing says how the features were made" in chosen.output
    given = (*roles(path, tmp_path / "out"), "--whitelist", whitelist, "--allow", "unknown")
    assert "was made from the same scans as" in refused(*given)
    frame.iloc[:-1].to_csv(path, index=False)  # another table
    assert run(*given, "--no-baselines").exit_code == 0


def test_results_go_into_a_run_and_its_report(finished: Any, table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    arguments = (table, "--target", "diagnosis", "--subject", "patient", "--run", folder, *QUICK, "--no-baselines")
    result = run(*arguments)
    assert result.exit_code == 0, result.exception
    assert "has no subject of the run" in result.output  # and nothing says how they were made
    assert (folder / "diagnosis" / "scores.csv").is_file()
    assert 'id="diagnosis"' in (folder / "report.html").read_text(encoding="utf-8")
    findings = json.loads((folder / "findings" / "diagnose.json").read_text())
    scores = pd.read_csv(folder / "diagnosis" / "scores.csv").set_index(["model", "score"])
    assert findings["metrics"]["auc"] == pytest.approx(scores.loc[("logistic", "auc"), "estimate"])
    assert findings["metrics"]["auc_lower"] == pytest.approx(scores.loc[("logistic", "auc"), "lower"])
    assert "--out, or a run with --run" in refused(table, "--target", "diagnosis", "--subject", "patient")


@pytest.mark.data
def test_a_public_cohort_in_which_volumes_coincide(data_root: Path, tmp_path: Path) -> None:
    """Two patients have the same volume in all sequences; the command ended at the baseline after all its work."""
    source = data_root / "outcome_tables" / "Song2020.csv.gz"
    quick = ("--folds", 3, "--repeats", 1, "--inner-folds", 2, "--resamples", 100, "--jobs", 1, "--select", "none")
    roles = ("--target", "Target", "--subject", "ID", "--out", tmp_path / "out", "--prune", "none", *quick)
    # One scan does stand there twice.
    told = "Song2020.csv.gz: line 124 and line 130 hold the same values, but are of subjects 'N26' and 'N27'"
    assert told in refused(source, *roles)
    once = pd.read_csv(source)
    once[once["ID"] != "N27"].to_csv(tmp_path / "once.csv", index=False)
    result = run(tmp_path / "once.csv", *roles)
    assert result.exit_code == 0, result.exception
    scores = pd.read_csv(tmp_path / "out" / "scores.csv").set_index(["model", "score"])["estimate"]
    assert scores["ROI volume", "auc"] > 0.5
