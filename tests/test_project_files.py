"""What stands beside the code for people and services: each says what pyproject.toml says."""

import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = {one.rsplit(" ", 1)[1] for one in PROJECT["classifiers"] if one.startswith("Programming Language")}


def read(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_citation_is_of_this_version():
    citation = read("CITATION.cff")
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])
    assert citation["authors"] == PROJECT["authors"]


def test_the_tests_run_on_every_system_and_python_that_is_promised():
    jobs = read(".github/workflows/ci.yml")["jobs"]
    assert set(jobs["tests"]["strategy"]["matrix"]["python"]) == PYTHONS
    assert {name.split("-")[0] for name in jobs["tests"]["strategy"]["matrix"]["os"]} == {"ubuntu", "macos", "windows"}


@pytest.mark.parametrize("linter", ["ruff check", "ruff format", "mypy", "lint-imports"])
def test_every_linter_of_the_gate_runs_before_a_commit_and_in_public(linter):
    entries = [hook["entry"] for repo in read(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    steps = [step.get("run", "") for step in read(".github/workflows/ci.yml")["jobs"]["linters"]["steps"]]
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert all(any(line.startswith(linter) for line in lines) for lines in (entries, steps, gate))


def test_a_report_of_a_fault_asks_for_version_and_study_file():
    fields = {field["id"]: field for field in read(".github/ISSUE_TEMPLATE/bug.yml")["body"] if "id" in field}
    assert "radharmony --version" in fields["version"]["attributes"]["description"]
    assert all(fields[name]["validations"]["required"] for name in ("version", "study"))
