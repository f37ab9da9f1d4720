import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest


def process(*arguments):
    return subprocess.run(
        [sys.executable, "-c", "from experiments.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def changed(finished, reseal, tmp_path):
    """The same run, one number of one ROI changed, and one whitelist from another strategy's numbers."""
    folder = tmp_path / "changed"
    shutil.copytree(finished.folder, folder, ignore=shutil.ignore_patterns("mlruns", "mlflow.db", "finished"))
    table = pd.read_parquet(folder / "reliability.parquet")
    place = table.index[(table["statistic"] == "icc") & (table["status"] == "ok")][5]
    table.loc[place, "estimate"] -= 0.25
    table.to_parquet(folder / "reliability.parquet", index=False)
    reseal(folder)
    return folder, table.loc[place]


def test_the_same_run_gives_exit_code_0(finished):
    result = process("compare", finished.folder, finished.folder)
    assert result.returncode == 0, result.stderr
    assert "the runs are the same" in result.stdout


def test_another_number_gives_exit_code_1_and_its_place(finished, radharmony, changed, tmp_path):
    folder, row = changed
    result = radharmony("compare", finished.folder, folder, "--out", tmp_path / "found.csv")
    assert result.returncode == 1, result.stderr
    assert row["feature"] in result.stdout
    (found,) = pd.read_csv(tmp_path / "found.csv").to_dict("records")
    assert {name: found[name] for name in ("strategy", "roi", "feature", "condition", "column")} == {
        **{name: row[name] for name in ("strategy", "roi", "feature", "condition")},
        "column": "estimate",
    }
    assert float(found["b"]) == pytest.approx(row["estimate"])
    assert radharmony("compare", finished.folder, folder, "--atol", 0.3).returncode == 0


def test_a_pair_compares_these_two_and_names_what_is_left_out(finished, radharmony):
    result = radharmony("compare", finished.folder, finished.folder, "--pair", "zscore=raw")
    assert result.returncode == 1, result.stderr
    assert "zscore of a is compared with raw of b" in result.stdout
    assert "not compared, as the namesake stands in a pair: raw of a" in result.stdout
    assert "not compared, as the namesake stands in a pair: zscore of b" in result.stdout
    assert "rows only in" not in result.stdout


def test_runs_that_share_nothing_say_so(finished, radharmony, changed, reseal):
    folder, _ = changed
    for name in ("features", "reliability"):
        table = pd.read_parquet(folder / f"{name}.parquet")
        table.assign(sequence="OTHER").to_parquet(folder / f"{name}.parquet", index=False)
    reseal(folder)
    result = radharmony("compare", finished.folder, folder)
    assert result.returncode == 1, result.stderr
    assert "the runs share nothing: no row of features and reliability is of both" in result.stdout
    assert "0 rows of both" not in result.stdout
    assert json.loads(radharmony("compare", finished.folder, folder, "--json").stdout)["nothing_shared"]
    assert "share nothing" not in radharmony("compare", finished.folder, finished.folder).stdout


def test_shares_of_two_rules_are_told_beside_them(finished, radharmony, changed, reseal):
    """A share by ICC > 0.75 was taken from one by ICC and CCC > 0.90 as if a strategy had gained it."""
    folder, _ = changed
    reseal(folder, rule={"icc": 0.75})
    told = "robust is not the same in both"
    shares, _, rest = radharmony("compare", finished.folder, folder).stdout.partition(told)
    assert "robust share" in shares
    assert "images and masks" not in shares
    assert "rule.ccc" in rest
    assert told not in radharmony("compare", finished.folder, finished.folder).stdout
    assert not json.loads(radharmony("compare", finished.folder, folder, "--json").stdout)["same_rule"]


def test_changes_of_the_status_are_counted_apart(finished, radharmony, changed, reseal):
    folder, row = changed
    table = pd.read_parquet(folder / "reliability.parquet")
    fine = table.index[table["status"] == "ok"]
    table.loc[fine[-30:], "status"] = "few_subjects"
    table.to_parquet(folder / "reliability.parquet", index=False)
    reseal(folder)
    result = radharmony("compare", finished.folder, folder)
    assert "status: ok became few_subjects in 30 rows, such as " in result.stdout
    shown = result.stdout.split("the largest differences of 1 numbers:")[1]
    assert row["feature"][:10] in shown
    assert "few_subjects" not in shown


def test_scans_of_one_run_alone_are_named_and_that_the_others_are_the_same(finished, radharmony, reseal, tmp_path):
    """ "images and masks: different" was all that was said where one subject was missing."""
    folder = tmp_path / "fewer"
    shutil.copytree(finished.folder, folder, ignore=shutil.ignore_patterns("mlruns", "mlflow.db", "finished"))
    features = pd.read_parquet(folder / "features.parquet")
    gone = features["subject"] == features["subject"].iloc[0]
    features[~gone].to_parquet(folder / "features.parquet", index=False)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps({**record, "data_digest": "0" * 64}), encoding="utf-8")
    reseal(folder)
    scans = len(features[gone].drop_duplicates(["sequence", "condition"]))
    (line,) = [one for one in radharmony("compare", finished.folder, folder).stdout.splitlines() if "masks:" in one]
    assert line.startswith(f"images and masks: different; {scans} scans only in a ({features['subject'].iloc[0]} ")
    assert line.endswith("; those of both give the same features")


def test_json_alone(finished, radharmony, changed):
    result = radharmony("compare", finished.folder, changed[0], "--json")
    assert result.returncode == 1
    found = json.loads(result.stdout)
    assert found["tables"]["reliability"]["beyond"] == 1
    assert found["tables"]["reliability"]["most"]["roi"] == {"name": changed[1]["roi"], "beyond": 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("absent", "absent"), "there is no such folder"),
        (("--pair", "raw", ".", "."), "expected NAME=NAME"),
        (("--pair", "a=b", "--pair", "c=b", ".", "."), "stands in two pairs"),
        (("--rtol", "-1", ".", "."), "--rtol"),
        (("0" * 32, "0" * 32, "--tracking-uri", "htp://x"), "did you mean 'http'"),
        (("0" * 32, "0" * 32, "--tracking-uri", "sqlite:///nosuch.db"), "nosuch.db: there is no such file"),
    ],
)
def test_bad_input_gives_exit_code_2(arguments, message, radharmony):
    result = radharmony("compare", *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
