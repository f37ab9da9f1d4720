import pandas as pd


def test_an_empty_feature_is_spoken_of_and_so_is_a_guessed_subject(run, table, tmp_path):
    pd.read_csv(table, dtype={"patient": str}).assign(original_glcm_Empty="").to_csv(table, index=False)
    result = run(table, "--out", tmp_path / "a.csv", "--batch", "condition", "--method", "paired")
    assert result.exit_code == 0, result.exception
    assert "subject: patient (guessed)" in result.output
    assert "left as they are, no value in any row fitted on: original_glcm_Empty" in result.output
    assert pd.read_csv(tmp_path / "a.csv")["original_glcm_Empty"].isna().all()
