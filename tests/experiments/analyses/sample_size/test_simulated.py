"""The command with the table of a pilot."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.analyses.sample_size.settings import PilotSettings, SampleSizeSettings
from experiments.analyses.sample_size.simulated import run_pilot_sizes
from experiments.cli import radharmony
from harmonize.errors import ConfigurationError


@pytest.fixture
def tables(tmp_path):
    """Two strategies, the second with less error."""
    rng = np.random.default_rng(0)
    truth = rng.normal(10, 2, (12, 15))
    for name, sd in (("a", 0.9), ("b", 0.7)):
        parts = [
            pd.DataFrame(truth + rng.normal(0, sd, truth.shape), columns=[f"glcm_{f}" for f in range(15)]).assign(
                Patient=[f"P{p}" for p in range(12)], Reader=reader
            )
            for reader in ("anna", "ben")
        ]
        pd.concat(parts).to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def run(*options):
    return CliRunner().invoke(radharmony, ["sample-size", *map(str, options)])


def test_power_and_shares_are_simulated(tables):
    result = run(
        *("--pilot", tables / "a.csv", "--pilot", tables / "b.csv", "--threshold", "icc=.8", "--power", ".8"),
        *("--simulations", "40", "--sizes", "10,20,40,80", "--out", tables / "out", "--condition", "Reader"),
    )
    assert result.exit_code == 0, result.output
    sizes = pd.read_csv(tables / "out" / "pilot_sizes.csv")
    assert sizes["subjects"].tolist() == [10, 10, 20, 20, 40, 40, 80, 80]
    assert {path.name for path in (tables / "out").iterdir()} == {
        "pilot_sizes.csv", "pilot_shares.png", "pilot_shares.svg", "pilot_power.png", "pilot_power.svg"}  # fmt: skip
    assert "b: " in result.output
    assert "power of 0.8" in result.output
    assert "--error-ratio plans for a difference of your own" in result.output


def test_a_width_asks_for_the_range_of_the_share(tables):
    found = run_pilot_sizes(
        SampleSizeSettings(pilot=(str(tables / "a.csv"),), width=0.3),
        PilotSettings(condition=("Reader",), threshold={"icc": "0.8"}, simulations=40, sizes=(10, 40, 160)),
    )
    assert len(found.needed()) == 1
    assert 10 <= next(iter(found.needed().values())) <= 160
    assert "percentage points" in found.sentences()[0]
    assert "power" not in found.printed()[1]


@pytest.mark.parametrize(("least", "share"), [(".999999", 0), ("-5", 100)])
def test_studies_that_all_give_nothing_or_all_tell_nothing_of_the_range(tables, least, share):
    found = run_pilot_sizes(
        SampleSizeSettings(pilot=(str(tables / "a.csv"),), width=0.3),
        PilotSettings(condition=("Reader",), threshold={"icc": least}, simulations=20, sizes=(10, 20)),
    )
    (sentence,) = found.sentences()
    assert ": 10 subjects or fewer to find a share" in sentence
    assert f"every study of 10 subjects gave {share} %, so that nothing is told about how the share varies" in sentence


def test_only_the_smallest_size_may_be_more_than_are_needed(tables):
    found = run_pilot_sizes(
        SampleSizeSettings(pilot=(str(tables / "a.csv"),), width=1.0),
        PilotSettings(condition=("Reader",), threshold={"icc": "0.8"}, simulations=20, sizes=(10, 20)),
    )
    assert "10 subjects or fewer" in found.sentences()[0]
    assert "every study" not in found.sentences()[0]
    wide = found.sizes.assign(width=[1.5, 0.5])
    assert ": 15 subjects to find" in replace(found, sizes=wide).sentences()[0]


@pytest.mark.parametrize(
    ("asked", "how"),
    [
        ({"icc": 0.8}, {}),
        ({"lower": 0.8}, {}),
        ({"width": 0.2}, {"power": 0.8}),
        ({}, {"power": 0.8}),
        ({}, {"error_ratio": 0.8}),
        ({}, {"baseline": "c"}),
    ],
)
def test_what_does_not_go_with_a_pilot_is_refused(tables, asked, how, golden):
    with golden.error(ConfigurationError):
        settings = SampleSizeSettings(pilot=(str(tables / "a.csv"),), **asked)
        run_pilot_sizes(settings, PilotSettings(condition=("Reader",), **how))


def test_what_is_about_a_pilot_is_refused_without_one(golden):
    with golden.error(ConfigurationError):
        run_pilot_sizes(SampleSizeSettings(icc=0.8))
    assert "--pilot" in str(run("--icc", ".8", "--width", ".2", "--power", ".8").exception)
    assert run("--icc", ".8", "--sizes", "2").exit_code == 2
    assert run("--icc", ".8", "--sizes", "x").exit_code == 2
