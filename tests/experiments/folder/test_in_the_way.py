"""A folder in the place of a file of a run is named before anything is written."""

import shutil

import pytest

from experiments.folder.in_the_way import refuse_in_the_way
from experiments.report import write_report
from experiments.running.runner import run_study
from harmonize.errors import ConfigurationError


def test_what_a_run_left_and_what_others_keep_is_in_nobodys_way(finished, tmp_path):
    for name in ("my.csv", "tables/old", "pictures/v1.json", "finished/x.json"):
        (tmp_path / name).mkdir(parents=True)
    refuse_in_the_way(finished.folder)
    refuse_in_the_way(tmp_path)
    refuse_in_the_way(tmp_path / "absent")


@pytest.mark.parametrize(
    "name",
    [
        *("failures.csv", "features.parquet", "run.json", "report.html", "run.log", "comparison/ranks.csv"),
        *("tables/reliability.tex", "figures/shares.svg", "fitted/nyul.json", "whitelists/raw.json"),
    ],
)
def test_a_folder_in_the_place_of_a_file_is_refused_by_name(tmp_path, name, golden):
    (tmp_path / name).mkdir(parents=True)
    with golden.error(ConfigurationError):
        refuse_in_the_way(tmp_path)


@pytest.mark.parametrize("name", ["tables", "figures", "fitted", "pictures"])
def test_a_file_in_the_place_of_a_folder_is_refused_by_name(tmp_path, name, golden):
    (tmp_path / name).write_text("", encoding="utf-8")
    with golden.error(ConfigurationError):
        refuse_in_the_way(tmp_path)


def test_a_link_is_replaced_and_stands_in_no_way(tmp_path):
    (tmp_path / "failures.csv").symlink_to(tmp_path)
    refuse_in_the_way(tmp_path)


@pytest.mark.parametrize("name", ["failures.csv", "tables/reliability.csv"])
def test_a_run_is_refused_before_it_changes_anything(finished, simulated, tmp_path, name, golden):
    """It ended with a bare IsADirectoryError after run.json and report.html were gone."""
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for command in (lambda: run_study(simulated, folder), lambda: write_report(folder)):
        with golden.error(ConfigurationError):
            command()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
