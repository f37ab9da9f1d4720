import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from evaluation.diagnostic import HeldOut, auc
from experiments.cli.diagnose import diagnose
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
    assert record["stability"]["logistic"]["status"] == "ok"
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
