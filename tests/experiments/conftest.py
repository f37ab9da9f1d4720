"""Copies of the small study, the command line in this process, and runs that leave something out."""

import csv
import io
import shutil
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest
import SimpleITK as sitk

from experiments.cli import main
from experiments.executors import Serial

WITHOUT_PAGE = """
from experiments.running import conduct, course, stages

course.write_report = conduct.write_report = lambda folder, *_: (folder / "report.html").touch()
stages.write_paper = lambda *_: None

from experiments.cli import main

main()
"""


@pytest.fixture
def study_file(simulated, tmp_path):
    """A copy of the small study, to be changed."""
    shutil.copytree(simulated.parent, tmp_path / "study")
    return tmp_path / "study" / "study.yaml"


@pytest.fixture
def drawn_twice(study_file):
    """The small study, of which a second reader has drawn smaller ROIs on all images but one."""
    table = study_file.parent / "images.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    drawn = []
    for row in rows:
        drawn.append({**row, "segmentation": "anna"})
        other = row["mask"].replace(".nii.gz", "_ben.nii.gz")
        if not (table.parent / other).exists():
            mask = sitk.ReadImage(str(table.parent / row["mask"]))
            border = sitk.BinaryContour(mask > 0, fullyConnected=False)
            sitk.WriteImage(sitk.Mask(mask, border == 0), str(table.parent / other))
        drawn.append({**row, "mask": other, "segmentation": "ben"})
    write_images(study_file, drawn[:-1])
    return study_file


def write_images(study_file, rows):
    """Write a table of images."""
    with (study_file.parent / "images.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


KIDNEYS = {
    "A": "philips_02/01101__B0_map_expiration_volume_2DMS_product_auto",
    "B": "philips_05/00601__B0_map_expiration_volume_2DMS_delTE2.2",
    "E": "siemens_02/0039_bh_b0map_default_bh_b0map_default",
}
"""Kidneys of three scanners, by the subject that they become."""


@pytest.fixture
def kidneys_as_bids(data_root, tmp_path):
    """Give a function that arranges kidneys as a BIDS dataset with masks among its derivatives."""

    def arrange(subjects, echoes):
        for subject in subjects:
            stem = f"{data_root / 'kidney_repeat' / KIDNEYS[subject]}_e"
            anat = tmp_path / "bids" / f"sub-{subject}" / "anat"
            masks = tmp_path / "bids" / "derivatives" / "manual" / f"sub-{subject}" / "anat"
            for folder in (anat, masks):
                folder.mkdir(parents=True)
            for echo in echoes:
                for ending in (".nii.gz", ".json"):
                    shutil.copy(f"{stem}{echo}{ending}", anat / f"sub-{subject}_echo-{echo}_MEGRE{ending}")
            for side in "LR":
                name = f"sub-{subject}_space-MEGRE_label-kidney{side}_mask.nii.gz"
                shutil.copy(f"{stem}1_roi-{side}.nii.gz", masks / name)
        return tmp_path / "bids"

    return arrange


@pytest.fixture
def begun(finished, tmp_path):
    """Give what a run of the small study or of its copy left, for a second run: a copy, too."""
    leave = shutil.ignore_patterns("mlflow.db", "mlruns", "tracking.json")
    return shutil.copytree(finished.folder, tmp_path / "out", ignore=leave)


@pytest.fixture
def radharmony(monkeypatch):
    """Give a function that runs the command line, all of it, in this process: what a process of its own would leave."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["radharmony", *map(str, arguments)])
        handler = signal.getsignal(signal.SIGTERM)
        output, told = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(told), pytest.raises(SystemExit) as ended:
            main()
        signal.signal(signal.SIGTERM, handler)
        return subprocess.CompletedProcess(arguments, ended.value.code, output.getvalue(), told.getvalue())

    return run


@pytest.fixture
def no_workers(monkeypatch):
    """Commands that always start worker processes compute in this one: a worker imports everything anew."""
    monkeypatch.setattr("experiments.executors.Processes", lambda _jobs: Serial())


@pytest.fixture(scope="session")
def pageless():
    """Give the command line as a process of its own, whose runs leave something out as those with `no_page` do."""
    return [sys.executable, "-c", WITHOUT_PAGE]


@pytest.fixture
def no_page(monkeypatch):
    """Runs leave neither report nor tables of a paper, half of the time of a small one: for tests of what is before."""
    for caller in ("course", "conduct"):  # an unchanged run makes a page that is not whole again
        name = f"experiments.running.{caller}.write_report"
        monkeypatch.setattr(name, lambda folder, *_: (folder / "report.html").touch())
    monkeypatch.setattr("experiments.running.stages.write_paper", lambda *_: None)
