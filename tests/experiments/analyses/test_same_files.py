"""Python and the command give the same files: whatever a command writes, its function and its settings give too."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.analyses import ANALYSES
from experiments.analyses.apply.files import write_applied
from experiments.analyses.apply.run import run_application
from experiments.analyses.apply.settings import ApplicationSettings
from experiments.analyses.diagnose.files import write_diagnosis
from experiments.analyses.diagnose.run import run_diagnosis
from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.harmonize.files import write_harmonized
from experiments.analyses.harmonize.run import run_harmonization
from experiments.analyses.harmonize.settings import HarmonizationSettings
from experiments.analyses.reliability.files import write_reliability
from experiments.analyses.reliability.run import run_reliability
from experiments.analyses.reliability.settings import ReliabilitySettings
from experiments.analyses.select.files import write_whitelist
from experiments.analyses.select.run import run_selection
from experiments.analyses.select.settings import SelectionSettings
from experiments.analyses.shared.groups import Workers
from experiments.analyses.tradeoff.files import write_tradeoff
from experiments.analyses.tradeoff.run import run_tradeoff
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.analyses.transfer.files import write_transfer
from experiments.analyses.transfer.run import run_transfer
from experiments.analyses.transfer.settings import TransferSettings
from experiments.simulate import simulate_cohort
from experiments.simulate.feature_table import FeatureGroup
from harmonize.errors import ConfigurationError

GROUPS = (FeatureGroup("Robust", 3, 1.0, (0.95, 0.95)), FeatureGroup("Fragile", 3, 0.0, (0.3, 0.3), shift=2.0))
QUICK = {"folds": 2, "inner_folds": 2, "repeats": 1, "n_resamples": 100}
FLAGS = {"n_resamples": "--resamples", "limits": "--threshold"}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    path = tmp_path_factory.mktemp("cohort") / "cohort.csv"
    simulate_cohort(30, groups=GROUPS, conditions=("REF", "ACC"), seed=1).table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def reference(cohort):
    path = cohort.with_name("reference.csv")
    table = pd.read_csv(cohort)
    table[table["condition"] == "REF"].to_csv(path, index=False)
    return path


def command(name, *arguments, **settings):
    """Run a command with the options that these settings are."""
    options = [
        part
        for key, value in settings.items()
        for part in (FLAGS.get(key, f"--{key.replace('_', '-')}"), *([] if value is True else [str(value)]))
    ]
    done = CliRunner().invoke(ANALYSES[name].command(), [*map(str, arguments), *options, "--quiet"])
    assert done.exit_code == 0, done.exception


def contents(folder: Path) -> dict[str, bytes]:
    """Give the files of a folder, without the moment at which they were written."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name, data in found.items():
        if name.endswith(".json"):
            record = json.loads(data)
            found[name] = json.dumps({key: value for key, value in record.items() if key != "finished"}).encode()
    return found


def test_transfer(cohort, tmp_path):
    given = {"target": "diagnosis", "train": "REF", "test": "ACC", **QUICK}
    command("transfer", cohort, **given, jobs=1, out=tmp_path / "a")
    write_transfer(tmp_path / "b", run_transfer(cohort, TransferSettings(**given), Workers(jobs=1)))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_diagnose(reference, tmp_path):
    given = {"target": "diagnosis", "no_baselines": True, "select": "none", **QUICK}
    command("diagnose", reference, **given, jobs=1, out=tmp_path / "a")
    write_diagnosis(tmp_path / "b", run_diagnosis(reference, DiagnosisSettings(**given), Workers(jobs=1)))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_tradeoff(cohort, tmp_path):
    given = {"target": "diagnosis", "condition": "condition", "thresholds": "0,0.5", "select": "none", **QUICK}
    command("tradeoff", cohort, **given, jobs=1, out=tmp_path / "a")
    write_tradeoff(tmp_path / "b", run_tradeoff(cohort, TradeoffSettings(**given), Workers(jobs=1)))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_reliability_then_select_then_apply(cohort, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    given = {"reference": "REF", "strategy": "strategy"}
    command("reliability", cohort, **given, out=tmp_path / "a" / "r.parquet")
    write_reliability(tmp_path / "b" / "r.parquet", run_reliability(cohort, ReliabilitySettings(**given)))
    command("select", tmp_path / "a" / "r.parquet", limits="icc=0.5", out=tmp_path / "a" / "w.json")
    chosen = run_selection(tmp_path / "b" / "r.parquet", SelectionSettings(limits={"icc": "0.5"}))
    write_whitelist(tmp_path / "b" / "w.json", chosen)
    command("apply", tmp_path / "a" / "w.json", cohort, allow="unknown", out=tmp_path / "a" / "t.csv")
    applied = run_application(tmp_path / "b" / "w.json", cohort, ApplicationSettings(allow="unknown"))
    assert [path.name for path, _ in write_applied(tmp_path / "b" / "t.csv", applied)] == ["t.csv"]
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_harmonize(cohort, tmp_path):
    given = {"batch": "condition", "reference": "REF", "features": "original_*"}
    command("harmonize", cohort, **given, out=tmp_path / "a" / "h.csv", save=tmp_path / "a" / "m.json")
    settings = HarmonizationSettings(**given, save=tmp_path / "b" / "m.json")
    write_harmonized(tmp_path / "b" / "h.csv", run_harmonization(cohort, settings), settings.save)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_python_has_the_guards_of_the_command(cohort, tmp_path):
    """The guard against features that were chosen from the very scans to be diagnosed stood in the command alone."""
    write_reliability(tmp_path / "r.parquet", run_reliability(cohort, ReliabilitySettings(reference="REF")))
    chosen = run_selection(tmp_path / "r.parquet", SelectionSettings(limits={"icc": "0.5"}))
    write_whitelist(tmp_path / "w.json", chosen)
    asked = {"target": "diagnosis", "whitelist": tmp_path / "w.json", "allow": "unknown"}
    with pytest.raises(ConfigurationError, match=r"`whitelist`: .* was made from the same scans as"):
        run_diagnosis(cohort, DiagnosisSettings(**asked))
    with pytest.raises(ConfigurationError, match=r"`whitelist`: .* was made from the same scans as"):
        run_transfer(cohort, TransferSettings(**asked, train="REF", test="ACC"))
    with pytest.raises(ConfigurationError, match=r"`reliability`: .* was made from the same scans as"):
        run_tradeoff(cohort, TradeoffSettings(target="diagnosis", reliability=tmp_path / "r.parquet", allow="unknown"))
    with pytest.raises(ConfigurationError, match=r"`train`: no row has condition 'REX'"):
        run_transfer(cohort, TransferSettings(target="diagnosis", train="REX", test="ACC"))
