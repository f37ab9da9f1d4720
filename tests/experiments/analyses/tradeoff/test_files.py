import json

import numpy as np
import pandas as pd
import pytest

from evaluation.reading import Rows
from experiments.analyses.shared.table_files import describe_file
from experiments.analyses.tradeoff.files import ADDING, RECORD, TABLE, write_tradeoff
from experiments.analyses.tradeoff.run import TradeoffFound, TradeoffInput
from experiments.analyses.tradeoff.section import SECTION, cells
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.folder.added import Added
from experiments.folder.run_folder import RunFolder
from experiments.page import Context
from harmonize.errors import ConfigurationError
from selection import Sweep, tradeoff


def context_of(folder, added=("tradeoff",)):
    return Context(RunFolder(folder), {}, added)


def read(folder):
    return Added(folder / "tradeoff", RECORD)


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    target = np.repeat([0, 1], 20)
    frame = pd.DataFrame(rng.normal(size=(40, 6)) + target[:, None], columns=[f"f{i}" for i in range(6)])
    reliability = pd.Series(np.linspace(0.3, 0.9, 6), index=frame.columns)
    sweep = Sweep(thresholds=(0.0, 0.65, 0.95), repeats=1, folds=3, inner_folds=2, n_resamples=100)
    return tradeoff(frame, target, np.arange(40), reliability=reliability, sweep=sweep)


@pytest.fixture
def folder(found, tmp_path):
    (tmp_path / "a.csv").write_text("x\n", encoding="utf-8")
    rows = Rows(pd.DataFrame(), pd.DataFrame(), (), {})
    source = {"file": "r.csv", "strategy": "raw"}
    settings = TradeoffSettings(target="x", condition="scan")
    given = TradeoffInput(
        described={"file": "a.csv", "sha256": "0"},
        settings=settings,
        rows=rows,
        features=(),
        sweep=found.sweep,
        source=source,
    )
    write_tradeoff(tmp_path / "tradeoff", TradeoffFound(found, given))
    return tmp_path


def test_what_is_written_is_read(found, folder):
    files = read(folder)
    pd.testing.assert_frame_equal(files[TABLE], found.table, check_dtype=False)
    assert files.record["settings"]["thresholds"] == [0.0, 0.65, 0.95]
    frequencies = pd.read_csv(folder / "tradeoff" / "features.csv")
    assert frequencies["feature"].tolist() == sorted(found.frequencies.index)


def test_a_folder_without_has_none(tmp_path, golden):
    assert SECTION.summarize(context_of(tmp_path, added=())) is None
    assert SECTION.models(context_of(tmp_path, added=())) is None
    with golden.error(ConfigurationError):
        ADDING.found_in(RunFolder(tmp_path))


def test_findings_hold_the_tuned_row_and_curves_without_gaps(found, folder):
    findings = ADDING.found_in(RunFolder(folder))
    tuned = found.table.iloc[-1]
    assert findings.metrics["tuned_auc"] == pytest.approx(tuned["auc"])
    assert findings.metrics["tuned_auc_lower"] == pytest.approx(tuned["auc_lower"])
    assert [step for step, _ in findings.curves["auc_by_threshold"]] == [0, 65]  # nothing reaches 0.95
    assert "prediction_icc_by_threshold" not in findings.curves
    assert all(path.is_file() for path in findings.artifacts)


def test_the_report_says_what_is_in_the_table(found, folder):
    context = context_of(folder)
    section = SECTION.summarize(context)
    tuned = found.table.iloc[-1]
    assert f"{tuned['auc']:.2f} ({tuned['auc_lower']:.2f} to {tuned['auc_upper']:.2f})" in section["sentences"][1]
    assert SECTION.plot(context, section)["curves"][0].svg.startswith("<svg")
    rows = {row[0]: row for row in section["numbers"]["rows"]}
    assert rows["0.95"][1:4] == ["no feature left", "no repeats", "no feature left"]
    assert rows["tuned"][6] == ""
    assert list(map(list, cells(found.table))) == section["numbers"]["rows"]
    assert ["Reliability of features", "r.csv, strategy raw"] in section["settings"]["rows"]


@pytest.mark.parametrize("name", ["tradeoff.csv", "tradeoff.json"])
def test_damaged_files_are_named(folder, name, golden):
    (folder / "tradeoff" / name).write_text("{", encoding="utf-8")
    with golden.error(ConfigurationError):
        read(folder)[TABLE]


def test_a_record_that_lacks_a_part_is_named(folder, golden):
    path = folder / "tradeoff" / "tradeoff.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["rule"]
    path.write_text(json.dumps(record), encoding="utf-8")
    with golden.error(ConfigurationError):
        read(folder)


def test_a_record_whose_parts_are_of_another_kind_is_named(folder, golden):
    path = folder / "tradeoff" / "tradeoff.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**record, "settings": []}), encoding="utf-8")
    with golden.error(ConfigurationError):
        read(folder)
    path.write_text(json.dumps({**record, "settings": {"level": "high"}}), encoding="utf-8")
    with golden.error(ConfigurationError):
        SECTION.summarize(context_of(folder))


def test_a_file_is_described_by_name_and_content(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    assert describe_file(tmp_path / "empty.csv") == {
        "file": "empty.csv",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
