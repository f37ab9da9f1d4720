from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from experiments.cli.harmonize import harmonize
from harmonize import ComBat
from harmonize.errors import ConfigurationError

FEATURES = ["original_firstorder_Mean", "original_glcm_Contrast", "original_glcm_Id"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(harmonize, list(map(str, arguments)))


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, ConfigurationError), result.output
    return str(result.exception)


def scans(n: int = 24, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        [
            {"patient": f"{p:03d}", "condition": scan, "sequence": "T2", "organ": roi, "age": 20 + p, "split": split}
            for p in range(n)
            for split in ["train" if p < n - 4 else "test"]
            for scan in ("REF+STD", "ACC+STD")
            for roi in ("liver", "spleen")
        ]
    )
    truth = pd.Series(rng.normal(size=n), index=[f"{p:03d}" for p in range(n)])
    for name in FEATURES:
        rows[name] = truth[rows["patient"]].to_numpy() + 0.3 * rng.normal(size=len(rows))
        rows[name] += np.where(rows["condition"] == "ACC+STD", 2.0, 0.0) * np.where(rows["organ"] == "liver", 1, -1)
    return rows


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "features.csv"
    scans().to_csv(path, index=False)
    return path


def test_the_same_table_comes_back_with_other_features(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "harmonized.csv"
    result = run(table, "--out", out, "--batch", "condition", "--reference", "REF+STD")
    assert result.exit_code == 0, result.output
    for words in (
        "combat: batch condition (rows REF+STD: 48, ACC+STD: 48), reference REF+STD",
        "groups: 2, by sequence, organ (guessed)",
        "rows: fitted on 96, harmonized 96",
        "features: 3",
        "every row was in the fit: reliability computed from these values is too good",
        "left as they are, not named as a feature: patient, age, split",
        str(out),
    ):
        assert words in result.output
    before, after = (pd.read_csv(path, dtype={"patient": str}) for path in (table, out))
    pd.testing.assert_frame_equal(after.drop(columns=FEATURES), before.drop(columns=FEATURES))
    assert after["patient"][0] == "000"
    reference = before["condition"] == "REF+STD"
    pd.testing.assert_frame_equal(after[reference], before[reference])
    liver = before["organ"] == "liver"
    expected = ComBat("condition", reference="REF+STD").fit_transform(before.loc[liver, ["condition", *FEATURES]])
    np.testing.assert_allclose(after.loc[liver, FEATURES], expected, rtol=1e-12)


def test_a_saved_model_harmonizes_a_new_table_as_the_old(table: Path, tmp_path: Path) -> None:
    model = tmp_path / "models" / "m.json"
    run(table, "--out", tmp_path / "a.csv", "--batch", "condition", "--save", model, "--quiet")
    new = tmp_path / "new.csv"
    few = scans().query("condition == 'ACC+STD'").sample(frac=0.3, random_state=1)
    few[[*FEATURES[::-1], *few.columns.drop(FEATURES)]].to_csv(new, sep=";", decimal=",", index=False)
    result = run(new, "--out", tmp_path / "b.parquet", "--model", model)
    assert result.exit_code == 0, result.output
    assert "nothing fitted" in result.output
    whole = pd.read_csv(tmp_path / "a.csv", dtype={"patient": str}).loc[few.index]
    part = pd.read_parquet(tmp_path / "b.parquet")
    assert part["patient"].tolist() == few["patient"].tolist()
    np.testing.assert_allclose(part[FEATURES], whole[FEATURES], rtol=1e-12)


def test_fitting_on_some_rows_is_blind_to_the_others(table: Path, tmp_path: Path) -> None:
    options = ("--batch", "condition", "--reference", "REF+STD", "--fit-on", "split=train")
    result = run(table, "--out", tmp_path / "a.csv", *options)
    assert "rows: fitted on 80 where split=train, harmonized 96" in result.output
    assert "every row was in the fit" not in result.output
    frame = pd.read_csv(table, dtype=str)
    frame.loc[frame["split"] == "test", FEATURES] = "1e6"
    frame.to_csv(table, index=False)
    run(table, "--out", tmp_path / "b.csv", *options)
    a, b = (pd.read_csv(tmp_path / name) for name in ("a.csv", "b.csv"))
    train = a["split"] == "train"
    pd.testing.assert_frame_equal(a[train], b[train])


def test_two_columns_make_one_batch(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table)
    frame[["acquisition", "reconstruction"]] = frame.pop("condition").str.split("+", expand=True).to_numpy()
    frame.to_csv(table, index=False)
    model = tmp_path / "m.json"
    result = run(
        table, "--out", tmp_path / "a.csv", "--batch", "acquisition,reconstruction", "--reference", "REF+STD",
        "--save", model,
    )  # fmt: skip
    assert "batch acquisition+reconstruction (rows REF+STD: 48, ACC+STD: 48)" in result.output
    assert run(table, "--out", tmp_path / "b.csv", "--model", model).exit_code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize("method", ["covbat", "paired", "neurocombat", "batch_zscore", "quantile_alignment"])
def test_other_methods(table: Path, tmp_path: Path, method: str) -> None:
    reference = ("--reference", "REF+STD") if method == "quantile_alignment" else ()
    result = run(table, "--out", tmp_path / "a.csv", "--batch", "condition", "--method", method, *reference)
    assert result.exit_code == 0, result.exception
    after = pd.read_csv(tmp_path / "a.csv")
    means = after[after["organ"] == "liver"].groupby("condition")[FEATURES].mean()
    assert (means.diff().iloc[1].abs() < 0.3).all()


def test_small_batches_are_noted_once_and_untouched_features_named(tmp_path: Path) -> None:
    frame = scans(12)
    frame.loc[frame["organ"] == "spleen", FEATURES[0]] = 4.0
    frame.to_csv(tmp_path / "t.csv", index=False)
    result = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "condition")
    assert result.output.count("note: batches with fewer than 20 rows: 'ACC+STD' (12), 'REF+STD' (12)") == 1
    assert f"untouched, as they do not vary within some batch: 1, such as {FEATURES[0]} in T2 / spleen" in result.output


def test_missing_values_stay_missing_and_do_not_spread(tmp_path: Path) -> None:
    frame = scans()
    frame.loc[[0, 7, 30], FEATURES[1]] = np.nan
    frame.loc[frame["organ"] == "liver", FEATURES[2]] = np.nan
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "condition").exit_code == 0
    after = pd.read_csv(tmp_path / "a.csv")
    pd.testing.assert_frame_equal(after[FEATURES].isna(), frame[FEATURES].isna())


def change(table: Path, **columns: object) -> None:
    pd.read_csv(table, dtype={"patient": str}).assign(**columns).to_csv(table, index=False)


def test_bad_input_is_refused_before_any_number(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    common = (table, "--out", out)
    change(table, scanner=pd.read_csv(table)["condition"])
    assert "confounded with batch" in refused(*common, "--batch", "condition", "--categorical", "scanner")
    assert "--batch is missing" in refused(*common)
    assert "there is no column 'conditon'; did you mean 'condition'?" in refused(*common, "--batch", "conditon")
    assert "named as batch and as categorical" in refused(*common, "--batch", "condition", "--categorical", "condition")
    assert "named as batch and as by" in refused(*common, "--batch", "condition", "--by", "condition")
    assert "did you mean 'REF+STD'" in refused(*common, "--batch", "condition", "--reference", "REF+STDD")
    assert "unknown harmonizer 'comba'" in refused(*common, "--batch", "condition", "--method", "comba")
    assert "--mean-only does not belong to batch_zscore, which takes --reference" in refused(
        *common, "--batch", "condition", "--method", "batch_zscore", "--mean-only"
    )
    assert "expected COLUMN=VALUE" in refused(*common, "--batch", "condition", "--fit-on", "train")
    assert "no row has split=val; found are test, train" in refused(
        *common, "--batch", "condition", "--fit-on", "split=val"
    )
    assert "--save: batch_zscore cannot be saved, only combat and covbat can" in refused(
        *common, "--batch", "condition", "--method", "batch_zscore", "--save", tmp_path / "m.json"
    )
    assert "excludes --model" in refused(*common, "--batch", "condition", "--model", tmp_path / "m.json")
    assert "excludes --model" in refused(*common, "--save", tmp_path / "n.json", "--model", tmp_path / "m.json")
    assert "model 'm.json': there is no such file" in refused(*common, "--model", tmp_path / "m.json")
    assert "expected a file named .csv or .parquet" in refused(table, "--out", tmp_path, "--batch", "condition")
    assert not out.exists()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (FEATURES[0], "high", "expected a number, found 'high' in line 6"),
        (FEATURES[0], "inf", "are infinite, the first is 'original_firstorder_Mean' in line 6"),
        ("condition", "", "column 'condition' is empty in line 6"),
        ("condition", "DLR", "organ 'liver': batch 'DLR' has 1 row, from which no scale can be estimated"),
        ("organ", "", "column 'organ' is empty in line 6"),
    ],
)
def test_bad_cells_are_named(table: Path, tmp_path: Path, column: str, value: str, message: str) -> None:
    frame = pd.read_csv(table, dtype=str)
    frame.loc[4, column] = value
    frame.to_csv(table, index=False)
    assert message in refused(table, "--out", tmp_path / "a.csv", "--batch", "condition")
    assert not (tmp_path / "a.csv").exists()


def test_a_table_that_does_not_fit_the_model_is_refused(table: Path, tmp_path: Path) -> None:
    model, out = tmp_path / "m.json", tmp_path / "b.csv"
    run(table, "--out", tmp_path / "a.csv", "--batch", "condition", "--save", model)
    frame = pd.read_csv(table)

    def of(changed: pd.DataFrame, *options: str) -> str:
        changed.to_csv(tmp_path / "new.csv", index=False)
        return refused(tmp_path / "new.csv", "--out", out, "--model", model, *options)

    assert f"feature '{FEATURES[1]}' of m.json is absent" in of(frame.drop(columns=FEATURES[1]))
    assert "feature 'original_glcm_New' is not in m.json" in of(frame.assign(original_glcm_New=1.0))
    assert "'ACC+DLR' was not among the rows fitted on" in of(frame.replace("ACC+STD", "ACC+DLR"))
    assert "organ 'kidney': was not fitted on" in of(frame.replace("spleen", "kidney"))
    assert "there is no column 'organ'" in of(frame.drop(columns="organ"))
    assert not out.exists()
    frame.assign(original_glcm_New=1.0).to_csv(tmp_path / "new.csv", index=False)
    result = run(tmp_path / "new.csv", "--out", out, "--model", model, "--exclude", "*_New")
    assert result.exit_code == 0
    assert (pd.read_csv(out)["original_glcm_New"] == 1.0).all()


def test_exit_code_2_and_no_traceback_on_the_command_line(table: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", "from experiments.cli import main; main()", "harmonize", str(table), "--out",
         str(tmp_path / "a.csv"), "--batch", "nothing"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("radharmony: ")
    assert "Traceback" not in done.stderr


def test_equals_r_on_the_published_example(data_root: Path, tmp_path: Path) -> None:
    folder = data_root / "combat_fortin"
    table = pd.read_csv(folder / "testdata.csv").T.reset_index(drop=True).add_prefix("g")
    table["scanner"], table["group"] = np.repeat(["one", "two"], 5), ["case", "control"] * 5
    table.to_csv(tmp_path / "t.csv", index=False)
    result = run(
        tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "scanner", "--reference", "one",
        "--categorical", "group", "--together",
    )  # fmt: skip
    assert result.exit_code == 0, result.exception
    expected = pd.read_csv(folder / "outputData" / "testdata_combat_parametric_adjusted_batchref_r.csv").to_numpy().T
    got = pd.read_csv(tmp_path / "a.csv").drop(columns=["scanner", "group"]).to_numpy()
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)


def test_a_published_table_of_test_and_retest(data_root: Path, tmp_path: Path) -> None:
    name = "pyRadiomicsFeatures_biasCorrectedT2AX_FullStudySettings_2D_bin10.csv.gz"
    frame = pd.read_csv(data_root / "qin_prostate_repeat" / name, sep=";")
    subject = frame["study"].str.rsplit("_", n=2).str[0]
    repeat = frame.groupby(subject)["study"].rank(method="dense").map({1: "first", 2: "second"}).rename("repeat")
    frame = pd.concat([frame, repeat], axis=1)
    frame = frame[frame["segmentedStructure"] == "WholeGland"]
    frame.to_csv(tmp_path / "t.csv", sep=";", index=False)
    result = run(
        tmp_path / "t.csv", "--out", tmp_path / "a.parquet", "--batch", "repeat", "--reference", "first",
        "--features", "original_*", "--save", tmp_path / "m.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.exception
    assert "note: batches with fewer than 20 rows: 'first' (15), 'second' (15)" in result.output
    after = pd.read_parquet(tmp_path / "a.parquet")
    first = (frame["repeat"] == "first").to_numpy()
    columns = [column for column in frame.columns if column.startswith("original_")]
    np.testing.assert_array_equal(after.loc[first, columns], frame.loc[first, columns])
    assert list(after.columns) == list(frame.columns)


def test_the_table_or_model_that_is_read_is_never_written_over(table: Path, tmp_path: Path) -> None:
    before = table.read_bytes()
    for options in (("--out", table), ("--out", tmp_path / "a.csv", "--save", table)):
        result = run(table, "--batch", "condition", *options)
        assert "is read by this command" in str(result.exception)
        assert table.read_bytes() == before


def sites(n: int = 90, seed: int = 0) -> pd.DataFrame:
    """A table of a tool with names of its own: three sites with patients of their own."""
    rng = np.random.default_rng(seed)
    site = np.repeat(["x", "y", "z"], n // 3)
    rows = pd.DataFrame({"patient": np.arange(1000, 1000 + n), "site": site, "voxels": rng.permutation(n) + 500})
    for name in "abc":
        rows[name] = rng.normal(size=n) + np.where(site == "y", 2.0, 0.0)
    return rows.assign(age=rng.integers(30, 60, n), dead=rng.integers(0, 2, n), visits=np.arange(n) % 4)


def test_patient_number_age_and_outcome_are_never_harmonized_without_a_word(tmp_path: Path) -> None:
    table, out, model = tmp_path / "own.csv", tmp_path / "a.csv", tmp_path / "m.json"
    frame = sites().rename(columns={"dead": "y", "voxels": "q"})
    frame.to_csv(table, index=False)
    message = refused(table, "--out", out, "--batch", "site")
    assert "q (whole numbers, all different), age (by its name), y (two whole numbers)." in message
    for words in ("--exclude q,age,y", "--continuous or --categorical", "--features to confirm"):
        assert words in message
    assert not out.exists()
    result = run(table, "--out", out, "--batch", "site", "--exclude", "q,y", "--continuous", "age", "--save", model)
    assert result.exit_code == 0, result.exception
    assert "features: 4, a, b, c, visits\n" in result.output
    assert "left as they are, named as the subject: patient" in result.output
    after = pd.read_csv(out)
    for name in ("patient", "q", "age", "y"):
        assert after[name].tolist() == frame[name].tolist()
    assert (after.groupby("site")[["a", "b", "c"]].mean().std() < 0.2).all()
    # the model knows its features, so that nothing has to be left out again
    result = run(table, "--out", tmp_path / "b.csv", "--model", model)
    assert result.exit_code == 0, result.exception
    assert "left as they are, not in m.json: patient, q, y" in result.output
    assert (tmp_path / "b.csv").read_bytes() == out.read_bytes()


def test_named_features_are_taken_at_their_word(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    sites().to_csv(table, index=False)
    result = run(table, "--out", tmp_path / "a.csv", "--batch", "site", "--features", "a,b,c,voxels")
    assert result.exit_code == 0, result.exception
    assert "features: 4, voxels, a, b, c\n" in result.output


def test_many_features_without_known_names_are_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 20))).add_prefix("f").assign(site=["x", "y"] * 30)
    frame.to_csv(tmp_path / "t.csv", index=False)
    result = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "site")
    assert "features: 20, " + ", ".join(f"f{i}" for i in range(15)) + ", ...\n" in result.output


def test_a_covariate_that_nearly_is_the_batch_is_noted(tmp_path: Path) -> None:
    frame = sites().drop(columns="age")
    frame["near"] = frame["site"].map({"x": 50.0, "y": 60.0, "z": 70.0}) + np.tile([-0.01, 0.01], 45)
    frame["age"] = frame["site"].map({"x": 30.0, "y": 50.0, "z": 70.0}) + np.tile([-2.0, 0.0, 2.0], 30)
    frame.to_csv(tmp_path / "t.csv", index=False)
    for name in ("near", "age"):
        result = run(
            tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "site", "--features", "a,b,c",
            "--continuous", name,
        )  # fmt: skip
        assert f"note: covariate {name} is nearly confounded with site" in result.output, result.exception
    assert "subjects are not in every" not in result.output


def test_notes_name_their_group(tmp_path: Path) -> None:
    frame = scans(24)
    gone = (frame["organ"] == "spleen") & (frame["condition"] == "ACC+STD") & frame["patient"].isin(["001", "002"])
    few = (frame["organ"] == "liver") & (frame["patient"] > "014")
    frame[~gone & ~few].to_csv(tmp_path / "t.csv", index=False)
    result = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "condition")
    notes = [line for line in result.output.splitlines() if line.startswith("note:")]
    assert len(notes) == 2
    assert notes[0].startswith("note: batches with fewer than 20 rows: 'ACC+STD' (15), 'REF+STD' (15)")
    assert notes[0].endswith("(in T2 / liver)")
    assert notes[1].startswith("note: 2 of 24 subjects are not in every condition")
    assert notes[1].endswith("(in T2 / spleen)")


def test_messages_speak_of_options_of_the_command(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table, dtype={"patient": str})
    frame.loc[4, "condition"] = "DLR"
    frame.to_csv(tmp_path / "one.csv", index=False)
    one = (tmp_path / "one.csv", "--out", tmp_path / "a.csv", "--batch", "condition")
    assert "batch 'DLR' has 1 row, from which no scale can be estimated (line 6); leave it out or use --mean-only" in (
        refused(*one)
    )
    assert refused(*one, "--method", "batch_zscore").endswith("leave it out")
    common = (table, "--out", tmp_path / "a.csv", "--batch", "condition")
    assert "--save: paired cannot be saved" in refused(*common, "--method", "paired", "--save", tmp_path / "m.json")
    assert "--nonparametric does not belong to batch_zscore" in refused(
        *common, "--method", "batch_zscore", "--nonparametric"
    )
    (tmp_path / "no.json").write_text("{")
    assert "save()" not in refused(table, "--out", tmp_path / "a.csv", "--model", tmp_path / "no.json")


def test_roles_are_called_by_their_options(table: Path, tmp_path: Path) -> None:
    common = (table, "--out", tmp_path / "a.csv", "--batch", "condition")
    assert "continuous: there is no column 'nope'" in refused(*common, "--continuous", "nope")
    assert "named as continuous and as smooth" in refused(*common, "--continuous", "age", "--smooth", "age")
    message = refused(*common, "--continuous", "split")
    assert "continuous: column 'split': expected a number, found 'train' in line 2" in message
    assert "name a column of numbers as continuous" in message
    assert "--exclude" not in message
    assert "--exclude: 'age' fits the column 'age', which --continuous names" in refused(
        *common, "--continuous", "age", "--exclude", "age"
    )


def test_a_measured_number_is_no_batch(table: Path, tmp_path: Path) -> None:
    message = refused(table, "--out", tmp_path / "a.csv", "--batch", FEATURES[0])
    assert f"--batch {FEATURES[0]}: 96 labels in 96 rows" in message
    assert "is it a batch?" in message
    own = tmp_path / "own.csv"
    sites().to_csv(own, index=False)
    assert "--batch a: 90 labels in 90 rows" in refused(own, "--out", tmp_path / "a.csv", "--batch", "a")


def test_an_empty_feature_is_spoken_of_and_so_is_a_guessed_subject(table: Path, tmp_path: Path) -> None:
    change(table, original_glcm_Empty="")
    result = run(table, "--out", tmp_path / "a.csv", "--batch", "condition", "--method", "paired")
    assert result.exit_code == 0, result.exception
    assert "subject: patient (guessed)" in result.output
    assert "left as they are, no value in any row fitted on: original_glcm_Empty" in result.output
    assert pd.read_csv(tmp_path / "a.csv")["original_glcm_Empty"].isna().all()
