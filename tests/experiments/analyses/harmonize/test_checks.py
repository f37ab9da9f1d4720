import pandas as pd
import pytest

from experiments.analyses.harmonize.files import check_targets
from harmonize.errors import ConfigurationError


def change(table, **columns):
    pd.read_csv(table, dtype={"patient": str}).assign(**columns).to_csv(table, index=False)


def test_bad_input_is_refused_before_any_number(refused, table, tmp_path, golden):
    out = tmp_path / "a.csv"
    common = (table, "--out", out)
    change(table, scanner=pd.read_csv(table)["condition"])
    assert "confounded with batch" in refused(*common, "--batch", "condition", "--categorical", "scanner")
    assert "--batch is missing" in refused(*common)
    assert "there is no column 'conditon'; did you mean 'condition'?" in refused(*common, "--batch", "conditon")
    assert "named as batch and as categorical" in refused(*common, "--batch", "condition", "--categorical", "condition")
    twice = refused(*common, "--batch", "condition", "--categorical", "scanner", "--categorical", "scanner")
    assert "'scanner' is named twice as categorical" in twice
    assert "named as batch and as by" in refused(*common, "--batch", "condition", "--by", "condition")
    assert "did you mean 'REF+STD'" in refused(*common, "--batch", "condition", "--reference", "REF+STDD")
    assert "unknown harmonizer 'comba'" in refused(*common, "--batch", "condition", "--method", "comba")
    assert "--mean-only does not belong to batch_zscore, which takes --reference" in refused(
        *common, "--batch", "condition", "--method", "batch_zscore", "--mean-only"
    )
    assert "expected COLUMN=VALUE" in refused(*common, "--batch", "condition", "--fit-on", "train")
    assert "no row has split 'val'; known are: test, train" in refused(
        *common, "--batch", "condition", "--fit-on", "split=val"
    )
    assert "--save: neurocombat cannot be applied to new rows, so that there is nothing to save" in refused(
        *common, "--batch", "condition", "--method", "neurocombat", "--save", tmp_path / "m.json"
    )
    assert "excludes --model" in refused(*common, "--batch", "condition", "--model", tmp_path / "m.json")
    assert "excludes --model" in refused(*common, "--save", tmp_path / "n.json", "--model", tmp_path / "m.json")
    assert "model 'm.json': there is no such file" in refused(*common, "--model", tmp_path / "m.json")
    with golden.error(ConfigurationError):
        check_targets(tmp_path, None, ())
    assert not out.exists()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("original_firstorder_Mean", "high", "expected a number, found 'high' in line 6"),
        ("original_firstorder_Mean", "inf", "1 infinite value in 1 feature, the first is 'original_firstorder_"),
        ("condition", "", "column 'condition' is empty in line 6"),
        ("condition", "DLR", "organ 'liver': batch 'DLR' has 1 row, from which no scale can be estimated"),
        ("organ", "", "column 'organ' is empty in line 6"),
    ],
)
def test_bad_cells_are_named(refused, table, tmp_path, column, value, message):
    frame = pd.read_csv(table, dtype=str)
    frame.loc[4, column] = value
    frame.to_csv(table, index=False)
    assert message in refused(table, "--out", tmp_path / "a.csv", "--batch", "condition")
    assert not (tmp_path / "a.csv").exists()


def test_messages_speak_of_options_of_the_command(refused, table, tmp_path):
    frame = pd.read_csv(table, dtype={"patient": str})
    frame.loc[4, "condition"] = "DLR"
    frame.to_csv(tmp_path / "one.csv", index=False)
    one = (tmp_path / "one.csv", "--out", tmp_path / "a.csv", "--batch", "condition")
    assert "batch 'DLR' has 1 row, from which no scale can be estimated (line 6); leave it out or use --mean-only" in (
        refused(*one)
    )
    assert refused(*one, "--method", "batch_zscore").endswith("leave it out")
    common = (table, "--out", tmp_path / "a.csv", "--batch", "condition")
    assert "--nonparametric does not belong to batch_zscore" in refused(
        *common, "--method", "batch_zscore", "--nonparametric"
    )
    (tmp_path / "no.json").write_text("{")
    assert "save()" not in refused(table, "--out", tmp_path / "a.csv", "--model", tmp_path / "no.json")


def test_roles_are_called_by_their_options(refused, table, tmp_path):
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


def test_a_measured_number_is_no_batch(refused, features, sites, table, tmp_path):
    message = refused(table, "--out", tmp_path / "a.csv", "--batch", features[0])
    assert f"--batch {features[0]}: 96 labels in 96 rows" in message
    assert "is it a batch?" in message
    own = tmp_path / "own.csv"
    sites().drop(columns=["voxels", "age", "dead"]).to_csv(own, index=False)
    assert "--batch a: 90 labels in 90 rows" in refused(own, "--out", tmp_path / "a.csv", "--batch", "a")
