"""`resample: {to: reference}` in a study: every scan lands on the grid of its own subject's reference."""

import numpy as np
import pandas as pd
import pytest
import yaml

from experiments.running.between import read_usable
from experiments.running.runner import run_study
from experiments.running.store.finished import Store
from experiments.running.store.identity import identify
from experiments.study.study import Study
from harmonize.formats import write_image
from harmonize.image.volume import Grid

FINE, COARSE = Grid((40, 40, 3), (1.0, 1.0, 5.0)), Grid((20, 20, 3), (2.0, 2.0, 5.0), (0.5, 0.5, 0.0))


@pytest.fixture
def folder(tmp_path):
    """S1 under both conditions, the second at half the matrix; S2 under the second alone."""
    rng = np.random.default_rng(0)
    rows = ["subject,sequence,run,image,liver"]
    for subject, run, grid in (("S1", "a", FINE), ("S1", "b", COARSE), ("S2", "b", COARSE)):
        name = f"{subject}_{run}"
        mask = np.zeros(grid.shape, bool)
        quarter = grid.size[0] // 4
        mask[:, quarter:-quarter, quarter:-quarter] = True
        write_image(rng.normal(300, 50, grid.shape), grid, tmp_path / f"{name}.nii.gz")
        write_image(mask, grid, tmp_path / f"{name}_liver.nii.gz")
        rows.append(f"{subject},T2,{run},{name}.nii.gz,{name}_liver.nii.gz")
    (tmp_path / "images.csv").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path


def study(folder, steps) -> Study:
    values = {
        "images": "images.csv",
        "reference": "a",
        "factors": ["run"],
        "rois": {"files": {"liver": "liver"}},
        "extraction": {"setting": {"force2D": True}, "featureClass": {"firstorder": ["Mean"]}},
        "strategies": {"raw": None, "onto": {"steps": steps}},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    return Study.from_yaml(folder / "study.yaml")


def test_scans_know_the_grid_of_their_reference(folder):
    scans = study(folder, [{"resample": {"to": "reference"}}]).scans
    assert [scan.reference for scan in scans] == [folder / "S1_a.nii.gz"] * 2 + [None]
    assert [read_usable(scan)[0].reference for scan in scans] == [FINE, FINE, None]
    assert [scan.reference for scan in study(folder, []).scans] == [None] * 3


def test_a_result_rests_on_the_reference(folder):
    scan = study(folder, [{"resample": {"to": "reference"}}]).scans[1]
    found = identify(scan, Store(folder / "finished"))
    assert str(folder / "S1_a.nii.gz") in found.files
    write_image(np.ones(FINE.shape), Grid(FINE.size, (1.1, 1.1, 5.0)), folder / "S1_a.nii.gz")
    assert identify(scan, Store(folder / "finished")).whole != found.whole


def test_a_broken_reference_stops_only_what_needs_it(folder):
    scan = study(folder, [{"resample": {"to": "reference"}}]).scans[1]
    (folder / "S1_a.nii.gz").write_bytes(b"no image")
    volume, failures = read_usable(scan)
    assert volume.reference is None
    assert not failures


@pytest.mark.usefixtures("no_page")
def test_a_run_compares_voxels_of_one_size(folder, tmp_path):
    run_study(study(folder, [{"resample": {"to": "reference"}}]), tmp_path / "out", track=False)
    features = pd.read_parquet(tmp_path / "out" / "features.parquet").set_index(["strategy", "subject", "condition"])
    voxels = features["voxels"].to_dict()
    assert voxels["raw", "S1", "a"] == 1200
    assert voxels["raw", "S1", "b"] == 300
    assert voxels["onto", "S1", "a"] == 1200
    assert voxels["onto", "S1", "b"] == pytest.approx(1200, rel=0.01)
    failures = pd.read_csv(tmp_path / "out" / "failures.csv")
    assert failures[["strategy", "subject", "step"]].to_numpy().tolist() == [["onto", "S2", "resample"]]
    assert "there is no scan of this subject and sequence under the reference" in failures["problem"][0]
