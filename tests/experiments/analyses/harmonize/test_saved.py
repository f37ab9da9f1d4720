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
    assert "condition ACC+DLR was not learned by m.json" in of(frame.replace("ACC+STD", "ACC+DLR"))
    assert "organ 'kidney': was not fitted on" in of(frame.replace("spleen", "kidney"))
    assert "there is no column 'organ'" in of(frame.drop(columns="organ"))
    assert not out.exists()
    frame.assign(original_glcm_New=1.0).to_csv(tmp_path / "new.csv", index=False)
    result = run(tmp_path / "new.csv", "--out", out, "--model", model, "--exclude", "*_New")
    assert result.exit_code == 0
    assert (pd.read_csv(out)["original_glcm_New"] == 1.0).all()


def test_a_saved_model_learns_one_more_batch(run, refused, features, scans, tmp_path):
    frame = scans()
    extra = frame[frame["condition"] == "ACC+STD"].assign(condition="ACC+DLR")
    extra[features] += 3.0
    new = pd.concat([frame, extra])
    frame.to_csv(tmp_path / "old.csv", index=False)
    new.to_csv(tmp_path / "new.csv", index=False)
    old, taught = tmp_path / "m.json", tmp_path / "taught.json"
    run(tmp_path / "old.csv", "--out", tmp_path / "a.csv", "--batch", "condition", "--save", old, "--quiet")
    options = ("--model", old, "--add", "ACC+DLR", "--save", taught)
    result = run(tmp_path / "new.csv", "--out", tmp_path / "b.csv", *options, "--subject", "patient")
    assert result.exit_code == 0, result.exception
    assert "ACC+DLR was learned from subjects (patient) who were scanned in a known batch" in result.output
    before, after = pd.read_csv(tmp_path / "a.csv"), pd.read_csv(tmp_path / "b.csv")
    pd.testing.assert_frame_equal(after.iloc[: len(before)], before)
    learned = after[after["condition"] == "ACC+DLR"].reset_index(drop=True)
    same = after[after["condition"] == "ACC+STD"].reset_index(drop=True)
    np.testing.assert_allclose(learned[features], same[features], atol=0.3)
    assert run(tmp_path / "new.csv", "--out", tmp_path / "c.csv", "--model", taught).exit_code == 0
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "c.csv"), after)
    assert "no row has condition" in refused(tmp_path / "old.csv", "--out", tmp_path / "d.csv", *options)
    assert "teaches a saved model" in refused(tmp_path / "new.csv", "--out", tmp_path / "d.csv", "--add", "ACC+DLR")


def test_muscle_may_teach_what_the_others_are_harmonized_by(run, features, scans, tmp_path):
    """Regression: ROIs to learn from were refused, as the others were groups of their own."""
    frame = scans()
    frame.to_csv(tmp_path / "t.csv", index=False)
    options = ("--batch", "condition", "--fit-on", "organ=spleen")
    result = run(tmp_path / "t.csv", "--out", tmp_path / "a.csv", *options)
    assert result.exit_code == 0, result.exception
    assert "groups: 1, by sequence (guessed)" in result.output
    after = pd.read_csv(tmp_path / "a.csv").query("organ == 'spleen'").groupby("condition")[features].mean()
    assert (after.diff().iloc[1].abs() < 0.5).all()


def test_where_subjects_travelled_and_are_not_named_it_is_noted(run, table, tmp_path):
    model = tmp_path / "m.json"
    run(table, "--out", tmp_path / "a.csv", "--batch", "condition", "--save", model)
    frame = pd.read_csv(table)
    new = pd.concat([frame, frame[frame["condition"] == "REF+STD"].replace("REF+STD", "new")])
    new.to_csv(tmp_path / "new.csv", index=False)
    options = (tmp_path / "new.csv", "--out", tmp_path / "b.csv", "--model", model, "--add", "new")
    assert "24 subjects of new have rows in other batches, too: with --subject patient" in run(*options).output
    assert "rows in other batches" not in run(*options, "--subject", "patient").output
