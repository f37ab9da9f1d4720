import numpy as np
import pandas as pd


def test_a_saved_model_harmonizes_a_new_table_as_the_old(run, features, scans, table, tmp_path):
    model = tmp_path / "models" / "m.json"
    run(table, "--out", tmp_path / "a.csv", "--batch", "condition", "--save", model, "--quiet")
    new = tmp_path / "new.csv"
    few = scans().query("condition == 'ACC+STD'").sample(frac=0.3, random_state=1)
    few[[*features[::-1], *few.columns.drop(features)]].to_csv(new, sep=";", decimal=",", index=False)
    result = run(new, "--out", tmp_path / "b.parquet", "--model", model)
    assert result.exit_code == 0, result.output
    assert "nothing fitted" in result.output
    whole = pd.read_csv(tmp_path / "a.csv", dtype={"patient": str}).loc[few.index]
    part = pd.read_parquet(tmp_path / "b.parquet")
    assert part["patient"].tolist() == few["patient"].tolist()
    np.testing.assert_allclose(part[features], whole[features], rtol=1e-12)


def test_a_table_that_does_not_fit_the_model_is_refused(run, refused, features, table, tmp_path):
    model, out = tmp_path / "m.json", tmp_path / "b.csv"
    run(table, "--out", tmp_path / "a.csv", "--batch", "condition", "--save", model)
    frame = pd.read_csv(table)

    def of(changed: pd.DataFrame, *options: str) -> str:
        changed.to_csv(tmp_path / "new.csv", index=False)
        return refused(tmp_path / "new.csv", "--out", out, "--model", model, *options)

    assert f"feature '{features[1]}' of m.json is absent" in of(frame.drop(columns=features[1]))
    assert "feature 'original_glcm_New' is not in m.json" in of(frame.assign(original_glcm_New=1.0))
    assert "'ACC+DLR' was not among the rows fitted on" in of(frame.replace("ACC+STD", "ACC+DLR"))
    assert "organ 'kidney': was not fitted on" in of(frame.replace("spleen", "kidney"))
    assert "there is no column 'organ'" in of(frame.drop(columns="organ"))
    assert not out.exists()
    frame.assign(original_glcm_New=1.0).to_csv(tmp_path / "new.csv", index=False)
    result = run(tmp_path / "new.csv", "--out", out, "--model", model, "--exclude", "*_New")
    assert result.exit_code == 0
    assert (pd.read_csv(out)["original_glcm_New"] == 1.0).all()
