"""A small study with strategies that learn, what its run left, and patients who were scanned once."""

import csv
import shutil

import pytest
import SimpleITK as sitk
import yaml

from experiments.running.runner import Run, run_study
from experiments.simulate import Simulation, write_study

STRATEGIES = {
    "raw": {"extraction": {"setting": {"binWidth": 3}}},
    "nyul": {"steps": ["nyul"], "extraction": {"setting": {"binWidth": 10}}},
    "combat": {
        "extraction": {"setting": {"binWidth": 3}},
        "harmonizer": {"combat": {"reference": "REF+STD"}, "permutations": 0},
    },
}


def _written(folder, seed, subjects, changes):
    path = write_study(
        folder, Simulation(subjects=subjects, sequences=("HASTE",), rois=2, matrix=96, slices=1, seed=seed)
    )
    study = {**yaml.safe_load(path.read_text(encoding="utf-8")), **changes}
    study = {key: value for key, value in study.items() if value is not None}
    path.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def volunteers(once):
    """Give the study file of three volunteers under four arms; do not change it."""
    changes = {"strategies": STRATEGIES, "thresholds": {"icc": 0.5}, "pictures": 0}
    return once("volunteers", lambda folder: _written(folder, 7, 3, changes)) / "study.yaml"


@pytest.fixture(scope="session")
def measured(volunteers, once):
    """Give the run of the volunteers; do not change it."""
    return Run.open(once("measured", lambda folder: run_study(volunteers, folder / "out", track=False)) / "out")


@pytest.fixture(scope="session")
def _patients(once):
    def make(folder):
        path = _written(folder, 99, 4, {"strategies": None, "extraction": None, "thresholds": None, "reference": None})
        table = path.parent / "images.csv"
        with table.open(encoding="utf-8") as file:
            rows = [
                row for row in csv.DictReader(file) if (row["acquisition"], row["reconstruction"]) == ("REF", "STD")
            ]
        write_rows(table, [{**row, "lesion": "01"[i % 2]} for i, row in enumerate(rows)])

    return once("patients", make)


@pytest.fixture
def patients(_patients, tmp_path):
    """Give the study file of four patients, scanned once, without reference and strategies; to be changed."""
    shutil.copytree(_patients, tmp_path / "patients")
    return tmp_path / "patients" / "study.yaml"


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def change_rows():
    """Give a function that changes each row of a study's table of images."""

    def change(study, changed):
        table = study.parent / "images.csv"
        with table.open(encoding="utf-8") as file:
            rows = [changed(dict(row)) for row in csv.DictReader(file)]
        write_rows(table, rows)

    return change


@pytest.fixture
def liver_of(patients):
    """Give a function that leaves the liver of a label map in a file of its own, and names it as a table does."""

    def write(mask):
        image = sitk.ReadImage(str(patients.parent / mask))
        name = mask.replace(".nii", "_liver.nii")
        sitk.WriteImage(sitk.Cast(image == 1, sitk.sitkUInt8), str(patients.parent / name))
        return name

    return write
