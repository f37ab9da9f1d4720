"""Settings are refused when they are made, before any table is read."""

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.analyses.diagnose.command import diagnose
from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.reliability.settings import ReliabilitySettings
from experiments.analyses.select.settings import SelectionSettings
from experiments.analyses.shared.groups import Workers
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.analyses.transfer.settings import TransferSettings
from harmonize.errors import ConfigurationError

TRANSFER = {"target": "y", "train": "A", "test": "B"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"folds": 0}, "`folds`: expected 2 or more, found 0"),
        ({"repeats": 0}, "`repeats`: expected 1 or more, found 0"),
        ({"inner_folds": 1}, "`inner_folds`: expected 2 or more, found 1"),
        ({"level": 95}, "`level`: expected more than 0 and less than 1, found 95.0"),
        ({"seed": -1}, "`seed`: expected 0 or more, found -1"),
        ({"prune": True}, "`prune`: expected a number or none, found 'True'"),
        ({"prune": float("nan")}, "`prune`: expected more than 0 and at most 1, found nan"),
        ({"prune": -3}, "`prune`: expected more than 0 and at most 1, found -3.0"),
        ({"models": [""]}, "`models`: is empty; name at least one"),
        ({"models": "bogus"}, "`models`: unknown key 'bogus'"),
        ({"select": "bogus"}, "`select`: unknown key 'bogus'"),
        ({"select": "mrmr:x"}, "`select`: mrmr: n_features: expected a whole number, found 'x'"),
        ({"select": "mrmr:2.5"}, "`select`: mrmr: n_features: expected a whole number, found 2.5"),
        ({"select": "mrmr:0"}, "`select`: mrmr: n_features: expected 1 or more, found 0"),
        ({"select": "fdr:1.5"}, "`select`: fdr: alpha: expected more than 0 and at most 1, found 1.5"),
        ({"select": "stability_selection:0.5"}, "threshold: expected more than 0.5 and at most 1, found 0.5"),
        ({"select": "rfe:step=.1,step=.2"}, "`select`: 'step' is given twice"),
        ({"select": "mrmr:["}, "`select`: "),
    ],
)
def test_a_diagnosis_is_refused_when_it_is_asked_for(values, words):
    with pytest.raises(ConfigurationError) as raised:
        DiagnosisSettings(target="y", **values)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "values",
    [
        {"condition": ()},
        {"test": "A"},
        {"model": "bogus"},
        {"allow": "steps"},
        {"settings": "run.json"},
    ],
)
def test_a_transfer_is_refused_when_it_is_asked_for(values, golden):
    with golden.error(ConfigurationError):
        TransferSettings(**{**TRANSFER, **values})


@pytest.mark.parametrize("values", [{"model": "bogus"}, {"select": "mrmr:x"}, {"level": 1}, {"thresholds": "2"}])
def test_a_tradeoff_is_refused_when_it_is_asked_for(values, golden):
    with golden.error(ConfigurationError):
        TradeoffSettings(target="y", condition="visit", **values)


def test_the_command_line_says_what_python_says(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("not a table that anything can be done with\n", encoding="utf-8")
    rest = ["--target", "y", "--out", str(tmp_path / "o")]
    for options, words in [
        (["--folds", "0"], "--folds': expected 2 or more, found 0"),
        (["--select", "mrmr:x"], "--select: mrmr: n_features: expected a whole number, found 'x'"),
        (["--level", "95"], "--level': expected more than 0 and less than 1, found 95.0"),
    ]:
        result = CliRunner().invoke(diagnose, [str(table), *rest, *options])
        assert result.exit_code == 2 or isinstance(result.exception, ConfigurationError), result.output
        assert words in result.output + str(result.exception)


@pytest.mark.parametrize(
    "make",
    [
        lambda given: ReliabilitySettings(threshold=given),
        lambda given: SelectionSettings(threshold=given),
    ],
)
def test_a_threshold_is_given_once(make, golden):
    with golden.error(ConfigurationError):
        make(["icc=.9", "icc=.1"])
    assert make(["icc=.9", "icc=.9"]) == make({"icc": ".9"})


def test_a_side_is_given_once(golden):
    with golden.error(ConfigurationError):
        SelectionSettings(compared=["icc=limit", "icc=estimate"])


def test_numbers_of_numpy_are_numbers(golden):
    found = DiagnosisSettings(target="y", folds=np.int64(3), level=np.float32(0.5), no_baselines=np.bool_(True))
    assert found.to_mapping()["folds"] == 3
    assert [type(one) for one in (found.folds, found.level, found.no_baselines)] == [int, float, bool]
    assert Workers(jobs=np.int64(2)).jobs == 2
    with golden.error(ConfigurationError):
        Workers(jobs=0)
    with golden.error(ConfigurationError):
        Workers(jobs="2")


def test_a_whole_number_is_a_level(golden):
    # A column of whole numbers is one of texts in a table, but `train=1` was refused.
    assert TransferSettings(**{**TRANSFER, "train": 1, "test": np.int64(2)}).to_mapping()["test"] == "2"
    assert ReliabilitySettings(reference=1) == ReliabilitySettings(reference="1")
    for value in (True, 1.5):
        with golden.error(ConfigurationError):
            TransferSettings(**{**TRANSFER, "train": value})


def test_settings_can_be_hashed_and_share_nothing():
    settings = ReliabilitySettings(threshold={"icc": 0.9}, at={"roi": "liver"})
    assert len({settings, ReliabilitySettings(threshold={"icc": 0.9}, at={"roi": "liver"})}) == 1
    settings.to_mapping()["threshold"]["icc"] = "x"
    assert settings.threshold == {"icc": "0.9"}
    with pytest.raises(TypeError):
        settings.threshold["icc"] = "x"
