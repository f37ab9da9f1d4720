"""The command and what Python users call instead: answers, files, refusals."""

import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.analyses.sample_size.files import write_sample_size
from experiments.analyses.sample_size.run import run_sample_size
from experiments.analyses.sample_size.settings import SampleSizeSettings
from experiments.cli import radharmony
from harmonize.errors import ConfigurationError


def run(*options):
    return CliRunner().invoke(radharmony, ["sample-size", *map(str, options)])


def test_the_command_says_how_many_subjects(golden):
    result = run("--icc", ".8", "--width", ".2", "--conditions", "2")
    assert result.exit_code == 0
    golden.text(result.output)


@pytest.mark.parametrize(
    ("options", "subjects", "conditions"),
    [
        (("--icc", ".8", "--width", ".2", "--subjects", "30"), 30, 5),
        (("--icc", ".9", "--lower", ".75"), 33, 2),
        (("--wcv", ".1", "--upper", ".13"), 63, 2),
        (("--ccc", ".9", "--width", ".1", "--accuracy", ".95"), 51, 2),
        (("--icc", ".8", "--subjects", "17", "--conditions", "4"), 17, 4),
        (("--wcv", "1e-5", "--width", "1e-6"), 772, 2),
        (("--icc", ".8", "--lower", "-.5"), 5, 2),
        (("--icc", ".8", "--width", "1.4"), 3, 2),
    ],
)
def test_two_are_given_and_the_third_is_found(options, subjects, conditions, golden):
    result = run(*options)
    assert result.output.startswith(f"{subjects} subjects x {conditions} conditions: ")
    golden.text(result.output.splitlines()[0])


def test_the_files_hold_the_answer_the_alternatives_and_the_picture(tmp_path):
    assert run("--icc", ".8", "--width", ".2", "--quiet", "--out", tmp_path / "plan").output == ""
    table = pd.read_csv(tmp_path / "plan" / "sample_size.csv")
    assert table["subjects"].tolist() == [54, 36, 31, 28]
    assert table["measurements"].tolist() == [108, 108, 124, 140]
    curve = pd.read_csv(tmp_path / "plan" / "sample_size_curve.csv")
    assert set(curve["series"]) == {"2 conditions", "3 conditions", "4 conditions", "5 conditions"}
    of_two = curve[curve["conditions"] == 2]
    assert of_two["subjects"].min() < 54 < of_two["subjects"].max()
    assert of_two["width"].is_monotonic_decreasing
    assert {path.name for path in (tmp_path / "plan").iterdir()} == {
        "sample_size.csv", "sample_size_curve.csv", "sample_size.png", "sample_size.svg"}  # fmt: skip


def test_python_users_get_the_same(tmp_path):
    found = run_sample_size(SampleSizeSettings(icc=0.9, lower=0.8, conditions=3, assurance=0.9))
    assert found.target == ("probability", 0.9)
    assert found.answer["probability"] >= 0.9
    assert "reached in" in found.printed()[1]
    write_sample_size(tmp_path, found)
    assert (tmp_path / "sample_size.svg").is_file()


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"icc": 0.8},
        {"icc": 0.8, "ccc": 0.8, "width": 0.2},
        {"icc": 0.8, "width": 0.05, "subjects": 12},
        {"icc": 0.8, "lower": 0.7999999},
        {"ccc": 0.8, "width": 0.1, "form": "C,1"},
        {"icc": 0.8, "width": 0.1, "accuracy": 0.9},
    ],
)
def test_what_contradicts_itself_or_cannot_be_is_refused(asked, golden):
    with golden.error(ConfigurationError):
        run_sample_size(SampleSizeSettings(**asked))


def test_the_command_names_its_options():
    result = run("--icc", ".8", "--width", ".2", "--subjects", "9", "--conditions", "3")
    assert "--subjects: with --conditions" in str(result.exception)
