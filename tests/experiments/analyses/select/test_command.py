from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner, Result

from evaluation.tables import RELIABILITY_COLUMNS
from experiments.analyses.select.command import select
from experiments.running.runner import Run
from harmonize.errors import ConfigurationError
from selection import Whitelist


def run(*arguments: object) -> Result:
    return CliRunner().invoke(select, list(map(str, arguments)))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [
        (
            "raw",
            sequence,
            roi,
            f"original_glcm_{feature}",
            "ACC",
            statistic,
            estimate + shift,
            estimate - 0.1,
            1.0,
            17,
            "ok",
        )
        for sequence, shift in (("T1", 0.0), ("T2", 0.02))
        for roi in ("01", "02")
        for feature, estimate in (("Id", 0.95), ("Idm", 0.89), ("Idn", 0.70))
        for statistic in ("icc", "ccc")
    ]
    path = tmp_path / "reliability.csv"
    pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS)).to_csv(path, index=False)
    return path


def features(path: Path) -> dict[str, list[str]]:
    lists = Whitelist.read(path).features
    return {
        f"{sequence}/{roi}": [name.rpartition("_")[2] for name in names]
        for sequence, rois in lists.items()
        for roi, names in rois.items()
    }


def test_without_options_icc_and_ccc_must_exceed_090(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "whitelist.json"
    result = run(table, "--out", out)
    assert result.exit_code == 0, result.output
    assert features(out) == {"T1/01": ["Id"], "T1/02": ["Id"], "T2/01": ["Id", "Idm"], "T2/02": ["Id", "Idm"]}
    assert "T1 / 01: 1 of 3 features (33.3%)" in result.output
    assert "in all of them: 1 of 3" in result.output
    assert "nothing says how the features were made" in result.output


@pytest.mark.parametrize(
    ("options", "t1", "t2"),
    [
        (["--threshold", "icc=0.8"], "Id Idm", "Id Idm"),
        (["--threshold", "icc=0.8", "--on", "limit"], "Id", "Id"),
        (["--threshold", "icc=0.9", "--threshold", "ccc=0.6", "--any"], "Id Idm Idn", "Id Idm Idn"),
        (["--threshold", "icc=0.9", "--scope", "roi"], "Id", "Id"),
        (["--threshold", "icc=0.9", "--at-least", 2], "Id Idm", "Id Idm"),
        (["--top", 2, "--by", "icc"], "Id Idm", "Id Idm"),
        (["--threshold", "icc=0.6", "--on", "icc=limit", "--condition", "ACC"], "Id Idm", "Id Idm"),
    ],
)
def test_every_option_of_the_rule(table: Path, tmp_path: Path, options: list[object], t1: str, t2: str) -> None:
    out = tmp_path / "whitelist.json"
    result = run(table, "--out", out, "--quiet", *options)
    assert result.exit_code == 0, result.output
    expected = {"T1/01": t1.split(), "T1/02": t1.split(), "T2/01": t2.split(), "T2/02": t2.split()}
    assert features(out) == expected


def test_a_run_gives_settings_digests_and_versions(finished: Run, tmp_path: Path) -> None:
    out = tmp_path / "whitelist.json"
    result = run(finished.folder, "--strategy", "zscore", "--threshold", "icc=0.5", "--out", out)
    assert result.exit_code == 0, result.output
    made = Whitelist.read(out)
    of_the_run = Whitelist.read(finished.folder / "whitelists" / "zscore.json")
    for name in ("settings", "settings_digest", "data_digest", "versions", "study", "reference", "conditions"):
        assert getattr(made, name) == getattr(of_the_run, name) != type(getattr(made, name))()
    assert "warning" not in result.output


def test_features_that_the_settings_do_not_compute_are_told_of_json(table: Path, tmp_path: Path) -> None:
    # Only PyRadiomics parameters were refused; as JSON the list went to another cohort without a word.
    parameters = tmp_path / "parameters.yaml"
    parameters.write_text("featureClass: {glcm: [Id]}\n", encoding="utf-8")
    result = run(table, "--settings", parameters, "--threshold", "icc=.8", "--out", tmp_path / "whitelist.json")
    assert result.exit_code == 0, result.output
    assert "do not compute 1 of its features, the first is 'original_glcm_Idm'" in result.output
    assert "name the right ones with --settings" in result.output


def test_the_same_rule_gives_the_whitelist_of_the_run(finished: Run, tmp_path: Path) -> None:
    of_the_run = Whitelist.read(finished.folder / "whitelists" / "raw.json")
    limits = of_the_run.rule["thresholds"]
    options = [word for name, value in limits.items() for word in ("--threshold", f"{name}={value}")]
    result = run(finished.folder, "--strategy", "raw", *options, "--out", tmp_path / "whitelist.json")
    assert result.exit_code == 0, result.output
    assert Whitelist.read(tmp_path / "whitelist.json") == of_the_run


def test_other_forms(finished: Run, tmp_path: Path) -> None:
    csv, parameters = tmp_path / "whitelist.csv", tmp_path / "parameters.yaml"
    result = run(
        finished.folder, "--strategy", "zscore", "--top", 3, "--by", "icc", "--scope", "overall", "--slice-axis", 0,
        "--out", csv, "--out", parameters,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    names = sorted(pd.read_csv(csv)["feature"].unique())
    assert len(names) == 3
    written = yaml.safe_load(parameters.read_text(encoding="utf-8"))["featureClass"]
    assert sorted(f"original_{kind}_{name}" for kind, ones in written.items() for name in ones) == names


def test_one_list_for_each_condition(finished: Run, tmp_path: Path) -> None:
    out = tmp_path / "whitelist.json"
    result = run(finished.folder, "--strategy", "raw", "--scope", "contrast", "--threshold", "icc=0.5", "--out", out)
    assert result.exit_code == 0, result.output
    made = Whitelist.read(out)
    assert set(made.contrasts) == set(made.conditions) - {made.reference}
    assert "under ACC+DLR: " in result.output


@pytest.mark.parametrize(
    "options",
    [
        ["--threshold", "ic=0.9"],
        ["--threshold", "icc=high"],
        ["--strategy", "row"],
        ["--at-least", 9],
        ["--condition", "AC"],
        ["--on", "limit", "--on", "icc=estimate"],
        ["--on", "lower"],
        ["--on", "icc=lower"],
    ],
)
def test_mistakes_are_refused(table: Path, tmp_path: Path, options: list[object], golden) -> None:
    result = run(table, "--out", tmp_path / "whitelist.json", *options)
    with golden.error(ConfigurationError):
        raise result.exception
    assert not (tmp_path / "whitelist.json").exists()


@pytest.mark.parametrize(
    "options", [["--settings", "absent.json"], ["--top", "5", "--threshold"], ["--out", "whitelist.txt"]]
)
def test_what_is_no_command_is_refused(table: Path, tmp_path: Path, options: list[str]) -> None:
    result = run(table, "--out", tmp_path / "whitelist.json", *options)
    assert (result.exit_code, type(result.exception)) == (2, SystemExit)
    assert not (tmp_path / "whitelist.json").exists()


def test_what_is_no_reliability_table_is_refused(tmp_path: Path, golden) -> None:
    path = tmp_path / "features.csv"
    path.write_text("subject,original_glcm_Id\nA,1\n")
    with golden.error(ConfigurationError):
        raise run(path, "--out", tmp_path / "w.json").exception


def test_a_statistic_from_elsewhere(table: Path, tmp_path: Path, golden) -> None:
    frame = pd.read_csv(table, dtype={"roi": str})
    more = frame[frame["statistic"] == "icc"].assign(statistic="own", estimate=np.tile([1.0, 2.0, 3.0], 4))
    pd.concat([frame, more]).to_csv(table, index=False)
    out = tmp_path / "whitelist.json"
    with golden.error(ConfigurationError):
        raise run(table, "--threshold", "own=2.5", "--out", out).exception
    assert run(table, "--threshold", "own=2.5", "--below", "own", "--out", out).exit_code == 0
    assert features(out)["T1/01"] == ["Id", "Idm"]


def test_an_roi_without_any_estimate_is_told(table: Path, tmp_path: Path) -> None:
    """It stood there as 0 of 93 features, as if they had been judged."""
    rows = pd.read_csv(table, dtype={"roi": str})
    lost = (rows["roi"] == "02") & (rows["statistic"] == "icc") & (rows["sequence"] == "T1")
    rows.loc[lost, ["estimate", "lower", "upper"]] = np.nan
    rows.loc[lost, "status"] = "too_few"
    rows.to_csv(table, index=False)
    told = run(table, "--out", tmp_path / "whitelist.json")
    assert told.exit_code == 0, told.output
    assert (
        "T1 / 02: ICC under ACC could be computed for none of 3 features (too_few), so that none passes" in told.output
    )
    assert told.output.count("could be computed for none") == 1
    either = run(table, "--threshold", "icc=0.9", "--threshold", "ccc=0.9", "--any", "--out", tmp_path / "any.json")
    assert either.exit_code == 0, either.output
    assert "could be computed for none" not in either.output
