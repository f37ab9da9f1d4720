"""Tests of the settings of the extraction."""

import json

from experiments.report import write_report
from experiments.report.sections.methods import extraction_settings


def strategy(name, width):
    return {"name": name, "extraction": {"setting": {"binWidth": width}}}


def test_settings_that_strategies_share_stand_once():
    first, second = extraction_settings(
        {"strategies": [strategy("raw", 2.0), strategy("zscore", 5.0), strategy("n4", 2.0)]}
    )
    assert (first[0], first[1]["rows"]) == ("raw, n4", [["setting.binWidth", "2"]])
    assert (second[0], second[1]["rows"]) == ("zscore", [["setting.binWidth", "5"]])


def test_settings_of_all_are_called_so():
    ((name, table),) = extraction_settings({"strategies": [strategy("raw", 2.0), strategy("n4", 2.0)]})
    assert name == "All strategies"
    assert table["rows"] == [["setting.binWidth", "2"]]


def test_settings_of_the_registration_can_be_read(run_writer, reseal, tmp_path):
    """They stood in no record: only a digest covered them."""
    folder = run_writer(tmp_path / "run")
    assert "Settings of the registration" not in write_report(folder).read_text(encoding="utf-8")
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["registration"] = {"metric": "correlation", "margin": 12.5}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    reseal(folder)
    page = write_report(folder).read_text(encoding="utf-8")
    assert "Settings of the registration" in page
    assert "12.5" in page


def test_chains_of_perturbations_can_be_read(run_writer, reseal, tmp_path):
    folder = run_writer(tmp_path / "run")
    assert "Settings of the perturbations" not in write_report(folder).read_text(encoding="utf-8")
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    draws = {f"G-{i}": [{"gamma": {"exponent": value}}] for i, value in enumerate((0.8, 1.2), start=1)}
    chain = {"seed": 17, "before": "", "after": "n4", "conditions": ["REF+STD"], "draws": draws}
    record["perturbations"] = {"G": chain}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    reseal(folder)
    page = write_report(folder).read_text(encoding="utf-8")
    assert "Settings of the perturbations" in page
    for words in ("gamma curve (exponent 0.8 and 1.2)", "after n4", "2 draws", ">17<"):
        assert words in page
