import json

import pytest

from harmonize.digest import sealed
from harmonize.errors import ConfigurationError
from selection.cohort import Cohort
from selection.whitelist import Whitelist

RECORD = {
    "name": "volunteers",
    "reference": "REF+STD",
    "conditions": ["REF+STD", "ACC+DLR"],
    "data_digest": "d",
    "versions": {"numpy": "2.0"},
    "strategies": [
        {"name": "raw", "description": "as it is", "steps": [], "extraction": {}, "digest": "r"},
        {
            "name": "zscore",
            "description": "",
            "steps": [{"zscore": {}}],
            "extraction": {},
            "harmonizer": {"combat": {}},
        },
    ],
}


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps(sealed(RECORD)), encoding="utf-8")
    return path


def test_a_run_says_how_each_strategy_was_made(run):
    cohort = Cohort.read(run, "raw")
    assert cohort.settings == {"steps": [], "extraction": {}}
    assert (cohort.settings_digest, cohort.data_digest, cohort.study) == ("r", "d", "volunteers")
    assert (cohort.reference, cohort.conditions) == ("REF+STD", ("REF+STD", "ACC+DLR"))
    assert Cohort.read(run, "zscore").settings["harmonizer"] == {"combat": {}}


def test_its_provenance_makes_a_whitelist_that_tells_the_same(run, tmp_path):
    whitelist = Whitelist("raw", {}, {}, {}, **Cohort.read(run, "raw").provenance())
    path = tmp_path / "whitelist.json"
    path.write_text(whitelist.to_json(), encoding="utf-8")
    again = Cohort.read(path)
    assert again.provenance() == Cohort.read(run, "raw").provenance()


def test_settings_that_were_changed_are_refused(run, golden):
    """Changed settings in run.json were passed on, and `apply` compared those."""
    run.write_text(
        run.read_text(encoding="utf-8").replace('"extraction": {}', '"extraction": {"setting": {"binWidth": 5}}')
    )
    with golden.error(ConfigurationError):
        Cohort.read(run, "raw")


def test_a_parameter_file_says_nothing_of_steps(tmp_path):
    path = tmp_path / "parameters.yaml"
    path.write_text("setting: {binWidth: 10}\nfeatureClass: {glcm: [Id]}\n", encoding="utf-8")
    cohort = Cohort.read(path)
    assert "steps" not in cohort.settings
    assert cohort.settings["extraction"]["setting"] == {"binWidth": 10.0}
    assert cohort.versions == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.json", "{}"),
        ("x.json", "[1]"),
        ("x.json", "{"),
        ("x.yaml", "setting: {binWith: 1}"),
        ("x.json", json.dumps({"schema": "radharmony.whitelist/1"})),
    ],
)
def test_what_says_nothing_is_refused(tmp_path, name, text, golden):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with golden.error(ConfigurationError):
        Cohort.read(tmp_path / name)


def test_the_strategy_must_be_known(run, golden):
    with golden.error(ConfigurationError):
        Cohort.read(run)
    with golden.error(ConfigurationError):
        Cohort.read(run, "zscor")
    with golden.error(ConfigurationError):
        Cohort.read(run.with_name("absent.json"))
