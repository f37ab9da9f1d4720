import numpy as np
import pandas as pd


def test_patient_number_age_and_outcome_are_never_harmonized_without_a_word(run, refused, sites, tmp_path):
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


def test_named_features_are_taken_at_their_word(run, sites, tmp_path):
    table = tmp_path / "own.csv"
    sites().to_csv(table, index=False)
    result = run(table, "--out", tmp_path / "a.csv", "--batch", "site", "--features", "a,b,c,voxels")
    assert result.exit_code == 0, result.exception
    assert "features: 4, voxels, a, b, c\n" in result.output


def test_many_features_without_known_names_are_counted(run, tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 20))).add_prefix("f").assign(site=["x", "y"] * 30)
    frame.to_csv(tmp_path / "t.csv", index=False)
    result = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", "--batch", "site")
    assert "features: 20, " + ", ".join(f"f{i}" for i in range(15)) + " and 5 more\n" in result.output


def test_a_missing_covariate_is_named_with_the_line_of_the_file(refused, sites, tmp_path):
    # It was "row 5", counted from 0 below the header.
    table = tmp_path / "own.csv"
    frame = sites()[["site", "age", "a", "b"]].astype({"age": float})
    frame.loc[4, "age"] = float("nan")
    table.write_text("\n" + frame.to_csv(index=False))
    message = refused(table, "--out", tmp_path / "a.csv", "--batch", "site", "--continuous", "age")
    assert "column 'age' is empty in line 7 (1 cell)" in message


def test_columns_that_are_no_features_come_back_letter_by_letter(run, sites, tmp_path):
    table, out = tmp_path / "own.csv", tmp_path / "a.csv"
    cells = [" 007", "1.10", "TRUE", "NA", "1e5", "", "None", "x", "#N/A"] * 10
    frame = sites()[["site", "a", "b"]].assign(patient=cells)
    frame.to_csv(table, index=False)
    result = run(table, "--out", out, "--batch", "site", "--quiet")
    assert result.exit_code == 0, result.exception
    assert pd.read_csv(out, dtype=str, keep_default_na=False)["patient"].tolist() == cells
