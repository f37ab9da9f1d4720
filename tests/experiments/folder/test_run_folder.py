"""A run folder is of one piece: whatever does not belong to its run is refused by every command, and named."""

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.cli import radharmony
from experiments.folder.belonging import check_belonging
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_parquet
from experiments.running import stages
from experiments.running.runner import run_study
from experiments.study.study import Study
from harmonize.digest import digest_of_file
from harmonize.errors import ConfigurationError


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of a finished run, to be changed."""
    return shutil.copytree(finished.folder, tmp_path / "out", ignore=shutil.ignore_patterns("mlruns", "finished"))


def refusals(folder, whole, place, users=None):
    """Give what each command, or those that are users of a file, say of a folder; none may take it."""
    features, whitelist = folder / "features.parquet", folder / "whitelists" / "raw.json"
    cohort = ("--target", "condition", "--quiet")
    commands = {
        "report": ("report", folder),
        "compare": ("compare", whole, folder),
        "select folder": ("select", folder, "--strategy", "raw", "--out", place / "w.json"),
        "select table": ("select", folder / "reliability.parquet", "--strategy", "raw", "--out", place / "w.json"),
        "apply table": ("apply", whole / "whitelists" / "raw.json", features, "--out", place / "t.csv"),
        "apply whitelist": ("apply", whitelist, whole / "features.parquet", "--out", place / "t.csv"),
        "diagnose": ("diagnose", features, *cohort, "--run", folder),
        "transfer": ("transfer", features, *cohort, "--train", "REF+STD", "--test", "ACC+STD", "--run", folder),
        "tradeoff": ("tradeoff", features, *cohort, "--reliability", folder, "--strategy", "raw", "--out", place / "t"),
        "reliability": ("reliability", features, "--out", place / "r"),
        "harmonize": ("harmonize", features, "--batch", "condition", "--out", place / "h.csv"),
    }
    said = {}
    for name, words in ((name, commands[name]) for name in users or commands):
        result = CliRunner().invoke(radharmony, [str(word) for word in words])
        said[name] = str(result.exception) if isinstance(result.exception, ConfigurationError) else ""
    return said


def test_a_run_names_every_file_that_it_wrote(finished):
    record = json.loads((finished.folder / "run.json").read_text(encoding="utf-8"))
    assert set(record["files"]) >= {
        *("features.parquet", "reliability.parquet", "summary.csv", "strategies.csv", "failures.csv", "audit.json"),
        *("whitelists/raw.json", "whitelists/zscore.json", "comparison/summary.csv", "effects.parquet", "methods.md"),
    }
    for name, digest in record["files"].items():
        assert digest_of_file(finished.folder / name) == digest
    RunFolder.open(finished.folder).check()


def test_a_run_that_did_not_come_to_its_end_is_refused_by_every_command(finished, folder, tmp_path):
    """Rerun with other settings and killed, a folder held whitelists of the old ones over the new numbers."""
    (folder / "run.json").unlink()
    for command, said in refusals(folder, finished.folder, tmp_path).items():
        assert "run.json" in said, command
        assert str(folder) in said, command


def test_an_interrupted_rerun_leaves_no_run_json(finished, folder, monkeypatch, simulated):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stages, "infer", full)  # after the whitelists are written
    study = replace(Study.from_yaml(simulated), description="another")
    with pytest.raises(OSError, match="No space left"):
        run_study(study, folder, cache=finished.folder / "finished", track=False)
    assert not (folder / "run.json").exists()
    assert not (folder / "report.html").exists()
    monkeypatch.undo()
    run_study(study, folder, cache=finished.folder / "finished", track=False)
    RunFolder.open(folder).check()


def test_a_flipped_bit_is_refused_and_named(finished, folder, tmp_path):
    """A flipped bit in reliability.parquet changed the whitelist in 4 of 150 tries, without a word."""
    for name, users in {
        "reliability.parquet": {"report", "compare", "select folder", "select table", "diagnose", "tradeoff"},
        "features.parquet": {"report", "compare", "apply table", "diagnose", "transfer", "reliability", "harmonize"},
        "whitelists/raw.json": {"report", "compare", "select folder", "apply whitelist"},
    }.items():
        original = (folder / name).read_bytes()
        at = len(original) // 2
        (folder / name).write_bytes(original[:at] + bytes([original[at] ^ 4]) + original[at + 1 :])
        for command, text in refusals(folder, finished.folder, tmp_path, users).items():
            assert f"{folder / name}: does not belong to the run" in text, (name, command)
        (folder / name).write_bytes(original)


def test_changed_settings_in_run_json_are_refused(finished, folder, tmp_path, golden):
    text = (folder / "run.json").read_text(encoding="utf-8")
    (folder / "run.json").write_text(text.replace('"binWidth": 3', '"binWidth": 4'), encoding="utf-8")
    said = refusals(folder, finished.folder, tmp_path)
    assert all("run.json: was changed after it was written" in text for text in said.values()), said
    (folder / "run.json").write_text(text[: len(text) // 2], encoding="utf-8")
    with golden.error(ConfigurationError, varies=r"line \d+, column \d+"):
        RunFolder.open(folder)


def test_a_whitelist_of_a_strategy_that_is_gone_goes_and_those_of_users_stay(study_file, finished, folder):
    own = folder / "whitelists" / "strict.json"
    shutil.copy(folder / "whitelists" / "raw.json", own)
    text = study_file.read_text(encoding="utf-8").replace("  raw:\n", "  plain:\n")
    study_file.write_text(text, encoding="utf-8")
    run_study(Study.from_yaml(study_file), folder, cache=finished.folder / "finished", track=False)
    assert {path.name for path in own.parent.iterdir()} == {"plain.json", "zscore.json", "strict.json"}
    assert "whitelists/strict.json" not in RunFolder.open(folder).files
    check_belonging(own)  # is whole in itself


def test_what_others_keep_in_the_folder_is_nobodys_business(folder, tmp_path):
    (folder / "patients.csv").write_text("a,b", encoding="utf-8")
    check_belonging(folder / "patients.csv")
    (folder / "run.json").unlink()
    check_belonging(folder / "patients.csv")
    check_belonging(tmp_path / "features.parquet")


def test_a_link_is_followed_to_the_run_it_leads_to(folder, tmp_path, golden):
    (tmp_path / "table.parquet").symlink_to(folder / "features.parquet")
    check_belonging(tmp_path / "table.parquet")
    write_parquet(folder / "features.parquet", pd.read_parquet(folder / "features.parquet").iloc[1:])
    with golden.error(ConfigurationError):
        check_belonging(tmp_path / "table.parquet")


def test_pictures_may_be_deleted(folder, golden):
    shutil.rmtree(folder / "pictures")
    RunFolder.open(folder).check()
    (folder / "summary.csv").unlink()
    with golden.error(ConfigurationError):
        RunFolder.open(folder).check()


def test_the_slice_axis_of_a_parameter_file_is_that_of_the_run(study_file, tmp_path):
    """`select` asked for --slice-axis although all scans of the run had their slices along z."""
    text = study_file.read_text(encoding="utf-8").replace("force2D: true", "force2D: true\n    force2Ddimension: auto")
    study_file.write_text(text, encoding="utf-8")
    run = run_study(Study.from_yaml(study_file), tmp_path / "out", track=False)
    assert RunFolder.open(run.folder).record["slice_axis"] == 0
    out = tmp_path / "robust.yaml"
    words = ("select", run.folder, "--strategy", "zscore", "--threshold", "icc=0", "--at-least", "1", "--out", out)
    result = CliRunner().invoke(radharmony, [str(word) for word in words])
    assert result.exit_code == 0, result.exception
    assert "force2Ddimension: 0" in out.read_text(encoding="utf-8")


def test_a_misspelt_strategy_of_whitelists_is_told_with_the_nearest(finished, golden):
    """It was a KeyError that held no more than the name."""
    whitelists = RunFolder.open(finished.folder).whitelists
    assert whitelists.get("zscor") is None
    with golden.error(KeyError):
        whitelists["zscor"]
