import numpy as np
import pandas as pd


def test_fitting_on_some_rows_is_blind_to_the_others(run, features, table, tmp_path):
    options = ("--batch", "condition", "--reference", "REF+STD", "--fit-on", "split=train")
    result = run(table, "--out", tmp_path / "a.csv", *options)
    assert "rows: fitted on 80 where split=train, harmonized 96" in result.output
    assert "every row was in the fit" not in result.output
    frame = pd.read_csv(table, dtype=str)
    frame.loc[frame["split"] == "test", features] = "1e6"
    frame.to_csv(table, index=False)
    run(table, "--out", tmp_path / "b.csv", *options)
    a, b = (pd.read_csv(tmp_path / name) for name in ("a.csv", "b.csv"))
    train = a["split"] == "train"
    pd.testing.assert_frame_equal(a[train], b[train])


def test_two_columns_make_one_batch(run, table, tmp_path):
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


def test_small_batches_are_noted_once_and_untouched_features_named(run, features, scans, tmp_path):
    frame = scans(12)
    frame.loc[frame["organ"] == "spleen", features[0]] = 4.0
    frame.to_csv(tmp_path / "t.csv", index=False)
    result = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "condition")
    assert result.output.count("note: batches with fewer than 20 rows: 'ACC+STD' (12), 'REF+STD' (12)") == 1
    assert f"untouched, as they do not vary within some batch: 1, such as {features[0]} in T2 / spleen" in result.output


def test_a_covariate_that_nearly_is_the_batch_is_noted(run, sites, tmp_path):
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


def test_notes_name_their_group(run, scans, tmp_path):
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


def test_draws_of_perturbations_are_no_batches(run, scans, tmp_path):
    frame = scans(24)
    frame["perturbation"] = frame["condition"].map({"REF+STD": "unperturbed", "ACC+STD": "noise-1"})
    frame.to_csv(tmp_path / "t.csv", index=False)
    told = "batches of perturbed scans alone (noise-1)"
    found = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "perturbation")
    assert told in found.output
    frame["site"] = np.where(frame["patient"] > "012", "x", "y")
    frame.to_csv(tmp_path / "t.csv", index=False)
    found = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "site")
    assert found.exit_code == 0
    assert "perturbed" not in found.output


def test_a_batch_named_as_the_subject_is_asked_about(refused, table, tmp_path):
    message = refused(table, "--out", tmp_path / "a.csv", "--batch", "patient")
    assert "--batch patient: named as the subject (rows 000: 4," in message
    assert "is it a batch?" in message


def test_a_covariate_named_as_an_outcome_is_noted(run, scans, tmp_path):
    frame = scans()
    frame.assign(dead=np.where(np.arange(len(frame)) // 4 % 3, "no", "yes")).to_csv(tmp_path / "t.csv", index=False)
    options = (tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "condition")
    assert "note: dead is kept as a covariate and named as an outcome" in run(*options, "--categorical", "dead").output
    assert "named as an outcome" not in run(*options, "--continuous", "age").output
