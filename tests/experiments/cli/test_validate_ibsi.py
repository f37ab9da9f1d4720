import json
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from evaluation.ibsi.by_mirp import MERGING
from evaluation.ibsi.phantom import consensus
from experiments.cli.validate_ibsi import validate_ibsi


def test_prints_every_feature_and_counts():
    result = CliRunner().invoke(validate_ibsi, [])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    energy = next(line for line in lines if line.startswith("original_glcm_JointEnergy"))
    assert energy.split() == [
        "original_glcm_JointEnergy",
        "8ZQL",
        "3D:",
        "averaged",
        "0.302975",
        "0.303",
        "0",
        "agrees",
    ]
    kurtosis = next(line for line in lines if line.startswith("original_firstorder_Kurtosis"))
    assert kurtosis.endswith("deviates, -0.35462 after conversion agrees: not the excess; subtract 3")
    assert " 250  agree" in lines
    assert "   4  deviate by definition, agree after conversion" in lines
    assert "   0  disagree" in lines
    assert "   8  have no IBSI feature" in lines
    assert "pyradiomics-bhklab" in lines[-1]


def test_json_says_the_same():
    result = CliRunner().invoke(validate_ibsi, ["--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert sum(document["counts"].values()) == len(document["features"]) == 262
    mcc = next(row for row in document["features"] if row["feature"] == "original_glcm_MCC")
    assert (mcc["consensus"], mcc["ok"], mcc["agreement"]) == (None, None, "none")


def test_a_feature_that_does_not_agree_gives_exit_code_1(monkeypatch):
    wrong = dict(consensus()) | {("ACUI", "ITBB"): (5.33, 0.0)}
    monkeypatch.setattr("evaluation.ibsi.validation.consensus", lambda: wrong)
    for arguments in ([], ["--json"]):
        result = CliRunner().invoke(validate_ibsi, arguments)
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit)
    assert json.loads(result.output)["counts"]["disagree"] == 1
    plain = CliRunner().invoke(validate_ibsi, []).output
    assert [line.split()[0] for line in plain.splitlines() if line.endswith("DISAGREES")] == ["original_glcm_Contrast"]


@pytest.mark.skipif(find_spec("mirp") is None, reason="needs the extra mirp")
def test_mirp_is_compared_too(monkeypatch):
    monkeypatch.setattr("evaluation.ibsi.by_mirp.MERGING", {"3d_average": MERGING["3d_average"]})
    result = CliRunner().invoke(validate_ibsi, ["--engine", "mirp"])
    assert result.exit_code == 0, result.output
    assert " 169  agree" in result.output.splitlines()
    assert result.output.rstrip().endswith("mirp 2.7.0")
