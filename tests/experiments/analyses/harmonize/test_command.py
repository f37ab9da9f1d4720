from functools import partial

import numpy as np
import pandas as pd
import pytest

from harmonize import ComBat
from harmonize.combat import METHODS, NestedComBat
from harmonize.errors import ConfigurationError


def test_the_same_table_comes_back_with_other_features(run, features, table, tmp_path):
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
    pd.testing.assert_frame_equal(after.drop(columns=features), before.drop(columns=features))
    assert after["patient"][0] == "000"
    reference = before["condition"] == "REF+STD"
    pd.testing.assert_frame_equal(after[reference], before[reference])
    liver = before["organ"] == "liver"
    expected = ComBat("condition", reference="REF+STD").fit_transform(before.loc[liver, ["condition", *features]])
    np.testing.assert_allclose(after.loc[liver, features], expected, rtol=1e-12)


@pytest.mark.parametrize("method", ["covbat", "paired", "neurocombat", "batch_zscore", "quantile_alignment"])
def test_other_methods(run, features, table, tmp_path, method):
    reference = ("--reference", "REF+STD") if method == "quantile_alignment" else ()
    result = run(table, "--out", tmp_path / "a.csv", "--batch", "condition", "--method", method, *reference)
    assert result.exit_code == 0, result.exception
    after = pd.read_csv(tmp_path / "a.csv")
    means = after[after["organ"] == "liver"].groupby("condition")[features].mean()
    assert (means.diff().iloc[1].abs() < 0.3).all()


def test_several_batch_variables_are_taken_one_by_one(run, features, scans, tmp_path):
    """Regression: nested ComBat was public, but no command could name it."""
    frame = scans()
    frame["site"] = np.where(np.arange(len(frame)) // 4 % 2, "east", "west")
    frame[features] += 3.0 * (frame[["site"]] == "east").to_numpy()
    frame.to_csv(tmp_path / "t.csv", index=False)
    result = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "condition,site", "--method", "nested")
    assert result.exit_code == 0, result.output
    after = pd.read_csv(tmp_path / "a.csv")
    liver = frame["organ"] == "liver"
    model = NestedComBat(["condition", "site"])
    expected = model.fit_transform(frame.loc[liver, ["condition", "site", *features]])
    np.testing.assert_allclose(after.loc[liver, features], expected, rtol=1e-9)
    refused = run(tmp_path / "t.csv", "--out", tmp_path / "b.csv", "--batch", "condition,where", "--method", "nested")
    assert isinstance(refused.exception, ConfigurationError)
    assert "there is no column 'where'" in str(refused.exception)


def test_numbers_of_the_protocol_are_taken_out_and_a_saved_model_adjusts_what_lies_between(
    run, features, scans, tmp_path
):
    frame = scans()
    frame["echo_time"] = 80.0 + np.arange(len(frame)) // 2 % 5 * 10
    frame[features] += 0.1 * (frame[["echo_time"]] - 80).to_numpy()
    frame.to_csv(tmp_path / "t.csv", index=False)
    options = ("--method", "protocol", "--batch", "echo_time,condition", "--reference", "80.0+REF+STD", "--mean-only")
    result = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", *options, "--save", tmp_path / "m.json")
    assert result.exit_code == 0, result.output
    after = pd.read_csv(tmp_path / "a.csv")
    stays = (frame["echo_time"] == 80) & (frame["condition"] == "REF+STD")
    pd.testing.assert_frame_equal(after.loc[stays, features], frame.loc[stays, features])
    means = after.groupby("echo_time")[features].mean()
    assert (means.max() - means.min() < 1.0).all()
    frame.assign(echo_time=85.0).to_csv(tmp_path / "new.csv", index=False)
    result = run(tmp_path / "new.csv", "--out", tmp_path / "b.csv", "--model", tmp_path / "m.json")
    assert "m.json: batch echo_time+condition (rows 85.0+REF+STD: 48, 85.0+ACC+STD: 48)" in result.output
    frame.assign(echo_time=130.0).to_csv(tmp_path / "new.csv", index=False)
    result = run(tmp_path / "new.csv", "--out", tmp_path / "b.csv", "--model", tmp_path / "m.json")
    assert "echo_time 130 lies outside of 80 to 120, the range that was learned from" in result.output


def test_batches_that_no_column_names_are_found(run, refused, features, scans, tmp_path):
    frame = scans()
    frame.loc[frame["patient"] < "008", features] += [9.0, -9.0, 6.0]
    frame.to_csv(tmp_path / "t.csv", index=False)
    saved = ("--save", tmp_path / "m.json")
    result = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--method", "mixture", *saved)
    assert result.exit_code == 0, result.exception
    for words in (
        "mixture: batch not known",
        "batches were found in the features alone",
        "of what tells the found batches apart lies between subjects",
    ):
        assert words in result.output
    result = run(tmp_path / "t.csv", "--out", tmp_path / "b.csv", "--model", tmp_path / "m.json")
    assert "m.json: batch not known" in result.output
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "a.csv"), pd.read_csv(tmp_path / "b.csv"))
    assert "`batch` is missing" in refused(tmp_path / "t.csv", "--out", tmp_path / "c.csv").replace(
        "--batch", "`batch`"
    )
    scans().to_csv(tmp_path / "one.csv", index=False)
    result = run(tmp_path / "one.csv", "--out", tmp_path / "d.csv", "--method", "mixture")
    assert "untouched, as they do not vary within some batch, or none but one was found: 6, such as" in result.output


def test_a_saved_nested_model_reads_all_its_batch_variables(run, scans, tmp_path):
    """Regression: of several batch variables the first alone was read from a new table."""
    frame = scans()
    frame["site"] = np.where(np.arange(len(frame)) // 4 % 2, "east", "west")
    frame.to_csv(tmp_path / "t.csv", index=False)
    options = ("--batch", "condition,site", "--method", "nested", "--save", tmp_path / "m.json")
    assert run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", *options).exit_code == 0
    result = run(tmp_path / "t.csv", "--out", tmp_path / "b.csv", "--model", tmp_path / "m.json")
    assert result.exit_code == 0, result.exception
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "a.csv"), pd.read_csv(tmp_path / "b.csv"))


def test_missing_values_stay_missing_and_do_not_spread(run, features, scans, tmp_path):
    frame = scans()
    frame.loc[[0, 7, 30], features[1]] = np.nan
    frame.loc[frame["organ"] == "liver", features[2]] = np.nan
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "condition").exit_code == 0
    after = pd.read_csv(tmp_path / "a.csv")
    pd.testing.assert_frame_equal(after[features].isna(), frame[features].isna())


def test_columns_that_are_no_feature_keep_their_types_and_names(run, features, scans, tmp_path):
    """Regression: whole numbers with a gap came back as floats, and a column without a name as `(column 1)`."""
    frame = scans()
    big = pd.array([2**60 + 1, None] * (len(frame) // 2), dtype="Int64")
    frame = frame.assign(big=big, seen=pd.array(big > 0, dtype="boolean"))
    frame.insert(0, "", [str(row + 1) for row in range(len(frame))])
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    for suffix in ("parquet", "csv"):
        out = tmp_path / f"out.{suffix}"
        result = run(tmp_path / f"t.{suffix}", "--out", out, "--batch", "condition")
        assert result.exit_code == 0, result.output
        assert "without a name: (column 1)" in result.output
        read = pd.read_parquet if suffix == "parquet" else partial(pd.read_csv, dtype=str, keep_default_na=False)
        before, after = read(tmp_path / f"t.{suffix}"), read(out)
        assert after.columns.tolist() == before.columns.tolist()
        others = before.columns.difference(features)
        pd.testing.assert_frame_equal(after[others], before[others])


def test_exit_code_2_and_no_traceback_on_the_command_line(radharmony, table, tmp_path):
    done = radharmony("harmonize", table, "--out", tmp_path / "a.csv", "--batch", "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("radharmony: ")


def test_the_table_or_model_that_is_read_is_never_written_over(run, table, tmp_path):
    before = table.read_bytes()
    for options in (("--out", table), ("--out", tmp_path / "a.csv", "--save", table)):
        result = run(table, "--batch", "condition", *options)
        assert "is read by this command" in str(result.exception)
        assert table.read_bytes() == before


def test_equals_r_on_the_published_example(run, data_root, tmp_path):
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


def test_a_published_table_of_test_and_retest(run, data_root, tmp_path):
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


def test_help_names_every_method_as_its_entry_tells_it(run):
    said = " ".join(run("--help").output.split())
    assert f"{', '.join(METHODS)} [default: combat]." in said
    assert "The subject, for paired and reference_regression." in said
    assert "stay apart (--method nested and --method protocol)." in said
