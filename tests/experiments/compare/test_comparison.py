import json

import numpy as np
import pandas as pd
import pytest

from experiments.compare import compare_runs, opened
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_json, write_parquet
from experiments.tracking.address import default_uri
from experiments.tracking.note import read_note
from harmonize.errors import ConfigurationError


@pytest.fixture
def first(finished):
    return RunFolder.open(finished.folder)


@pytest.fixture
def read(reseal):
    """Give a function that reads a folder whose files were changed, as if a run had left it so."""

    def resealed(folder):
        reseal(folder)
        return RunFolder.open(folder)

    return resealed


def test_a_run_is_the_same_as_itself(first, folder, read):
    found = compare_runs(first, read(folder))
    assert found.same
    assert {table.name: table.rows for table in found.tables} == {
        "features": len(first.features),
        "reliability": len(first.reliability),
        "strategies": 2,
    }
    assert found.to_table().empty
    json.dumps(found.to_mapping(), allow_nan=False)


def test_one_changed_number_is_found_and_named(first, folder, read):
    features = pd.read_parquet(folder / "features.parquet")
    features.loc[7, "original_glcm_Contrast"] *= 1.01
    write_parquet(folder / "features.parquet", features)
    found = compare_runs(first, read(folder))
    assert not found.same
    (row,) = found.tables[0].beyond.to_dict("records")
    keys = ("strategy", "subject", "sequence", "condition", "roi")
    assert {key: row[key] for key in keys} == features.loc[7, list(keys)].to_dict()
    assert row["column"] == "original_glcm_Contrast"
    assert row["size"] == pytest.approx(0.01 / 1.01)
    assert found.tables[1].same


def test_versions_alone_make_no_difference(first, folder, read):
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["versions"]["numpy"] = "0.0"
    write_json(folder / "run.json", record)
    found = compare_runs(first, read(folder))
    assert found.same
    assert [one[0] for one in found.versions] == ["numpy"]


def test_a_missing_subject_is_rows_of_only_one(first, folder, read):
    features = pd.read_parquet(folder / "features.parquet")
    gone = features["subject"] == features["subject"].iloc[0]
    write_parquet(folder / "features.parquet", features[~gone])
    table = compare_runs(first, read(folder)).tables[0]
    assert (table.rows, len(table.only_a), len(table.only_b)) == ((~gone).sum(), gone.sum(), 0)


def test_strategies_of_different_names_can_be_paired(first):
    found = compare_runs(first, first, pairs={"raw": "zscore", "zscore": "raw"})
    assert not found.same
    assert ("strategies.raw.steps.1.zscore.scale", None, 100.0) in found.settings
    beyond = found.tables[2].beyond.query("strategy == 'raw' and column == 'icc_median'").iloc[0]
    table = first.strategies.set_index("strategy")["icc_median"]
    assert (beyond["a"], beyond["b"]) == (table["raw"], table["zscore"])
    lists = found.whitelists.query("strategy == 'raw'")
    assert lists["b"].sum() == first.whitelists["zscore"].size
    everything = found.to_table()
    added = everything.query("table == 'whitelists' and kind == 'only b' and strategy == 'raw'")
    assert len(added) == lists["added"].map(len).sum()
    assert everything["kind"].isin(["number", "missing", "text"]).sum() == sum(len(one.beyond) for one in found.tables)


@pytest.mark.parametrize(
    "pairs",
    [
        {"rav": "zscore"},
        {"raw": "zscor"},
    ],
)
def test_pairs_that_cannot_be(first, pairs, golden):
    with golden.error(ConfigurationError):
        compare_runs(first, first, pairs=pairs)


def test_namesakes_of_a_pair_are_left_out_and_named(first):
    found = compare_runs(first, first, pairs={"raw": "zscore"})
    assert found.left_out == (("zscore",), ("raw",))
    features, reliability, strategies = found.tables
    assert (features.rows, reliability.rows, strategies.rows) == (
        (first.features["strategy"] == "raw").sum(),
        (first.reliability["strategy"] == "raw").sum(),
        1,
    )
    assert all(table.only_a.empty and table.only_b.empty for table in found.tables)
    assert set(found.whitelists["strategy"]) == {"raw"}
    assert {setting.split(".")[1] for setting, _, _ in found.settings if setting.startswith("strategies")} == {"raw"}
    assert found.to_mapping()["left_out"] == {"a": ["zscore"], "b": ["raw"]}


def test_a_strategy_paired_with_its_namesake_leaves_out_nothing(first):
    found = compare_runs(first, first, pairs={"raw": "raw"})
    assert found.same
    assert found.left_out == ((), ())


def test_a_status_does_not_hide_the_largest_difference_of_an_icc(first, folder, read):
    table = pd.read_parquet(folder / "reliability.parquet")
    fine = table.index[(table["statistic"] == "icc") & (table["status"] == "ok")]
    table.loc[fine[:20], "status"] = "few_subjects"
    table.loc[fine[20:30], ["estimate", "status"]] = [np.nan, "undefined"]
    table.loc[fine[40], "estimate"] -= 0.5
    table.loc[fine[41], "estimate"] -= 0.25
    table.loc[fine[42], "lower"] -= 0.75
    write_parquet(folder / "reliability.parquet", table)
    found = compare_runs(first, read(folder)).to_mapping()["tables"]["reliability"]
    assert found["kinds"] == {"number": 3, "missing": 10, "text": 30}
    names = ["estimate", "estimate", "lower"]
    assert [(row["column"], row["feature"]) for row in found["worst"]] == list(
        zip(names, table.loc[fine[40:43], "feature"], strict=True)
    )
    assert [(one["b"], one["count"]) for one in found["text_changes"]] == [("few_subjects", 20), ("undefined", 10)]


def test_a_run_by_its_mlflow_id_is_its_folder(finished, first):
    run = read_note(finished.folder)["run_id"]
    with opened(run, default_uri(finished.folder)) as tracked:
        assert compare_runs(first, tracked).same
        assert set(tracked.whitelists) == set(first.whitelists)


def test_no_database_is_made(tmp_path, golden):
    run = "0" * 32
    with (
        golden.error(ConfigurationError),
        opened(run, f"sqlite:///{tmp_path}/no/such.db"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
    for name, content in (("empty.db", b""), ("text.db", b"text" * 999)):
        (tmp_path / name).write_bytes(content)
        with golden.error(ConfigurationError), opened(run, f"sqlite:///{tmp_path / name}"):
            pass
        assert (tmp_path / name).read_bytes() == content


def test_what_is_no_run_is_told(tmp_path, folder, reseal, golden):
    with golden.error(ConfigurationError), opened("absent"):
        pass
    with golden.error(ConfigurationError), opened("0" * 32):
        pass
    with (
        golden.error(ConfigurationError),
        opened(str(tmp_path)),
    ):
        pass
    (folder / "features.parquet").write_bytes(b"PAR1 is not all of it")
    with (
        golden.error(ConfigurationError),
        opened(str(folder)) as run,
    ):
        compare_runs(run, run)
    reseal(folder)
    with golden.error(ConfigurationError, varies=r"(?<=readable \().*(?=\);)"), opened(str(folder)) as run:
        compare_runs(run, run)
    (folder / "run.json").write_text("[]")
    with golden.error(ConfigurationError), opened(str(folder)):
        pass


def test_missing_numbers_become_null_in_json(first, folder, read):
    features = pd.read_parquet(folder / "features.parquet")
    features.loc[0, "original_glcm_Contrast"] = np.nan
    write_parquet(folder / "features.parquet", features)
    found = compare_runs(first, read(folder)).to_mapping()["tables"]["features"]
    assert found["worst"] == []
    assert (found["first_missing"][0]["b"], found["first_missing"][0]["size"]) == (None, None)
