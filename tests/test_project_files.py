"""What stands beside the code for people and services: each says what pyproject.toml says."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = {one.rsplit(" ", 1)[1] for one in PROJECT["classifiers"] if one.startswith("Programming Language")}
CHANGES = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]  # of keepachangelog.com, in its order


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


def test_the_container_is_of_a_python_that_is_promised_and_holds_every_package():
    """No Docker is needed here: the workflow builds it, and runs a study in it."""
    version = re.findall(r"(?m)^FROM python:([\d.]+)-", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert len(version) == 2
    assert {*version} <= PYTHONS
    rest = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    needed = {"pyproject.toml", PROJECT["readme"], *PROJECT["license-files"], *wheel["packages"]}
    assert {line[1:] for line in rest if line.startswith("!")} == needed
    steps = [step.get("run", "") for step in read(".github/workflows/ci.yml")["jobs"]["container"]["steps"]]
    assert any("docker build" in step for step in steps)


def test_the_recipe_for_conda_needs_what_the_project_needs_and_no_compiler():
    """No conda is needed here: the workflow builds and tests it."""
    recipe = read(".ci/recipe/recipe.yaml")
    assert recipe["package"]["version"] == PROJECT["version"]
    named = {"matplotlib-base": "matplotlib"}
    asked = {
        named.get(one.split(" ")[0], one.split(" ")[0]): one.split(" ")[1] for one in recipe["requirements"]["run"]
    }
    needed = {
        one.group(1).lower(): one.group(2) for one in map(re.compile(r"([\w-]+)(.*)").match, PROJECT["dependencies"])
    }
    own = f"neuroCombat{needed.pop('neurocombat')}"
    assert own in recipe["build"]["script"][1]
    assert asked == {"python": PROJECT["requires-python"], **needed}
    assert not any("compiler" in str(one) for one in recipe["requirements"]["host"])
    assert "pyradiomics-bhklab" not in needed


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


def test_the_changes_are_told_to_users_in_a_few_lines_under_the_usual_headings():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.split(r"(?m)^## ", text)[1:]
    assert releases[0].split()[0] == PROJECT["version"]
    for release in releases:
        headings = re.findall(r"(?m)^### (.*)", release)
        assert headings == [one for one in CHANGES if one in headings]
        entries = re.split(r"(?m)^- ", release)[1:]
        assert [entry for entry in entries if len(entry.split("\n\n")[0].splitlines()) > 4] == []


def test_each_picture_of_the_documentation_is_small_shown_and_made_by_the_script():
    """`python docs/pictures/make.py WORK` makes them anew, of simulated scans."""
    folder = ROOT / "docs" / "pictures"
    shown = {
        name
        for page in (ROOT / "docs").rglob("*.md")
        for name in re.findall(r"!\[[^]]+\]\((?:\.\./)?pictures/(\w+)\.png\)", page.read_text(encoding="utf-8"))
    }
    there = {file.stem: file.stat().st_size for file in folder.glob("*.png")}
    assert {*there} == shown
    assert all(size <= 200_000 for size in there.values())
    script = (folder / "make.py").read_text(encoding="utf-8")
    assert [name for name in there if f'"{name}"' not in script and f'"{name}.png"' not in script] == []
