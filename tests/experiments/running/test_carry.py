"""ROIs drawn on the reference alone: carried to the other conditions, refused where nothing can be trusted."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
import yaml
from scipy import ndimage

from experiments.audit.audit import audit
from experiments.executors import Serial
from experiments.running.between import read_usable
from experiments.running.carry import register_scan, register_scans
from experiments.running.runner import run_study
from experiments.running.store.finished import REGISTRATION, Store
from experiments.running.survey.survey import survey
from experiments.study.roi_sources import CarriedSource
from experiments.study.study import Study
from harmonize.errors import ScanError
from harmonize.formats import MaskSource, write_image
from harmonize.image.volume import Grid, to_itk
from harmonize.registration import Registered, Registration

GRID = Grid((64, 64, 6), (2.0, 2.0, 5.0))
MOTION = sitk.Euler3DTransform((64.0, 64.0, 12.0), 0.0, 0.0, 0.05, (6.0, -4.0, 0.0))


def anatomy(seed: int) -> np.ndarray:
    """Blobs in a body, different for each subject."""
    rng = np.random.default_rng(seed)
    blobs = ndimage.gaussian_filter(rng.normal(0, 1, GRID.shape), (0.7, 3, 3))
    y, x = np.indices((64, 64)) - 31.5
    return (300 + 80 * blobs / blobs.std()) * (np.hypot(y / 26, x / 29) < 1)


def scanned(image: np.ndarray, seed: int) -> np.ndarray:
    return np.abs(image + np.random.default_rng(seed).normal(0, 6, image.shape))


def moved(image: np.ndarray) -> np.ndarray:
    itk = to_itk(image, GRID)
    return sitk.GetArrayFromImage(sitk.Resample(itk, itk, MOTION.GetInverse(), sitk.sitkBSpline))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three subjects whose organs are drawn on the first scan; the second is moved, and of S3 it shows nothing."""
    folder = tmp_path_factory.mktemp("carried")
    labels = np.zeros(GRID.shape, np.uint8)
    labels[1:5, 20:38, 14:30], labels[2:4, 24:36, 38:48] = 1, 2
    sitk.WriteImage(to_itk(labels, GRID), str(folder / "rois.nii.gz"))
    rows = ["subject,sequence,run,image,mask"]
    for number, subject in enumerate(("S1", "S2", "S3")):
        image = anatomy(number)
        again = moved(image) if subject != "S3" else np.full(GRID.shape, 50.0)
        write_image(scanned(image, 10 + number), GRID, folder / f"{subject}_a.nii.gz")
        write_image(scanned(again, 20 + number), GRID, folder / f"{subject}_b.nii.gz")
        rows += [f"{subject},T2,a,{subject}_a.nii.gz,rois.nii.gz", f"{subject},T2,b,{subject}_b.nii.gz,"]
    (folder / "images.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def study(folder, registration, **changes) -> Study:
    values = {
        "images": "images.csv",
        "reference": "a",
        "factors": ["run"],
        "rois": {"labels": {"liver": 1, "kidney": 2}},
        "registration": registration,
        "extraction": {"setting": {"binWidth": 12}, "featureClass": {"firstorder": ["Mean", "Energy"]}},
        "strategies": {"raw": None},
        **changes,
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return Study.from_yaml(path)


SETTINGS = {"from": "reference", "metric": "correlation", "most_residual": 1.5}


@pytest.mark.usefixtures("no_page")
def test_a_run_carries_them_and_leaves_what_it_found(folder, tmp_path, opened):
    found = study(folder, SETTINGS)
    run = run_study(found, tmp_path, track=False)
    assert {str(scan.image): opened[str(scan.image)] for scan in found.scans} == {
        str(scan.image): 1 for scan in found.scans
    }
    table = pd.read_csv(tmp_path / "registration.csv")
    assert table["status"].tolist() == ["carried", "carried", "refused"]
    assert run.record["registration"]["metric"] == "correlation"
    assert table["rois"].tolist() == ["liver, kidney"] * 3
    assert (table["translation_mm"][:2] > 4).all()
    assert (table["rotation_degrees"][:2] - np.rad2deg(0.05)).abs().max() < 0.5
    assert (table["residual_mm"][:2] < 1).all()
    assert "the registration" in table["problem"][2]
    assert "expected at most 1.5" in table["problem"][2]
    assert table["beyond"].fillna("").tolist() == ["", "", "residual"]
    assert table["residual_mm"][2] > 1.5
    assert (
        table.notna().loc[2, ["translation_mm", "rotation_degrees", "overlap", "metric_before", "metric_after"]].all()
    )
    overlays = [tmp_path / "pictures" / "registration" / name for name in table["picture"]]
    drawn = [path.read_bytes() for path in overlays]
    assert all(content.startswith(b"\xff\xd8\xff") for content in drawn)  # of the refused pair, too
    transforms = json.loads((tmp_path / "registration" / table["transforms"][0]).read_text(encoding="utf-8"))
    assert list(transforms) == ["liver", "kidney"]
    features = pd.read_parquet(tmp_path / "features.parquet")
    assert len(features) == 3 * 2 + 2 * 2
    failures = pd.read_csv(tmp_path / "failures.csv")
    assert failures[["subject", "condition", "roi"]].to_numpy().tolist() == [
        ["S3", "b", "kidney"],
        ["S3", "b", "liver"],
    ]
    assert set(failures["step"]) == {"registration"}  # the mask of the reference was named, as one that is not read
    assert {Path(file).name for file in failures["file"]} == {found.scans[-1].image.name}
    means = features.pivot_table(index=["subject", "roi"], columns="condition", values="original_firstorder_Mean")
    moved_only = means.loc[["S1", "S2"]]
    np.testing.assert_allclose(moved_only["b"], moved_only["a"], rtol=0.01)
    audited = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert audited["cells"] == {"expected": 12, "present": 10}  # what was refused does not count as usable
    refused = [finding for finding in audited["findings"] if finding["kind"] == "refused_roi"]
    assert [(finding["subject"], finding["roi"]) for finding in refused] == [("S3", "liver"), ("S3", "kidney")]
    (tmp_path / "registration.csv").unlink()
    overlays[0].unlink()
    again = run_study(study(folder, SETTINGS), tmp_path, track=False)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "registration.csv"), table)
    assert [path.read_bytes() for path in overlays] == drawn  # not drawn again: they wait beside the motion
    assert again.reused == 3 + 2
    assert len(run.failures) == len(again.failures) == 2


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("cohort", [["a"], ["a", "b"]])
def test_every_file_is_opened_once_where_a_step_learns_too(folder, tmp_path, opened, cohort):
    """Masks were opened again in every pass."""
    strategies = {"raw": None, "nyul": {"steps": ["n4", {"nyul": {"fit_on": {"run": cohort}}}]}}
    found = study(folder, SETTINGS, strategies=strategies)
    run = run_study(found, tmp_path, track=False)
    assert set(run.features["strategy"]) == {"raw", "nyul"}
    files = {str(scan.image) for scan in found.scans} | {str(folder / "rois.nii.gz")}
    assert dict(opened) == dict.fromkeys(files, 1)


def test_the_plan_tells_how_long_registrations_take(folder, tmp_path):
    """From those that were done, refused ones too; without any it does not guess."""
    found, store = study(folder, SETTINGS), Store(tmp_path)
    before = survey(found, store)
    assert (before.registrations, before.registrations_todo, before.registrations_seconds) == (3, 3, None)
    assert "registration" in before.unknown
    for scan in found.scans[3:6:2]:  # of S2, and of S3, which is refused
        register_scan(scan, found.registration, store)
    spent = [entry.made.steps[0][2] for entry in store.entries() if entry.kind == REGISTRATION]
    after = survey(found, store)
    assert len(spent) == 2
    assert (after.registrations_todo, after.registrations_seconds) == (1, pytest.approx(np.median(spent)))
    assert after.seconds == after.registrations_seconds
    each = study(folder, {**SETTINGS, "each": "roi"})
    assert survey(each, store).registrations_seconds == pytest.approx(3 * 2 * np.median(spent))


def test_the_plan_takes_no_longer_for_a_larger_scan(folder, tmp_path):
    """The search looks at so many samples of any image; its time was taken to grow with the voxels."""
    found, store = study(folder, SETTINGS), Store(tmp_path)
    register_scan(found.scans[3], found.registration, store)
    large = replace(found.scans[1], image=tmp_path / "large.nii.gz")
    write_image(np.tile(anatomy(0), (2, 2, 2)), Grid((128, 128, 12), GRID.spacing), large.image)
    scans = (found.scans[0], large, *found.scans[2:4])
    (spent,) = (entry.made.steps[0][2] for entry in store.entries() if entry.kind == REGISTRATION)
    assert survey(replace(found, scans=scans), store).registrations_seconds == pytest.approx(spent)


def test_an_earlier_registration_counts_for_the_same_input_only(folder, tmp_path, monkeypatch):
    scan = study(folder, SETTINGS).scans[1]
    settings = Registration(metric="correlation")
    store = Store(tmp_path)
    first = register_scan(scan, settings, store)
    (place,) = tmp_path.iterdir()
    calls = []
    monkeypatch.setattr("experiments.running.carry.register", lambda *_, **__: calls.append(1) or ScanError("x", "y"))
    assert register_scan(scan, settings, store) == first
    assert not calls
    register_scan(scan, Registration(metric="correlation", margin=30.0), store)
    with monkeypatch.context() as patch:
        patch.setattr("experiments.running.carry.computing_versions", lambda: {"SimpleITK": "other"})
        register_scan(scan, settings, store)
    place.write_text(place.read_text(encoding="utf-8").replace('"residual":', '"residual":1'), encoding="utf-8")
    register_scan(scan, settings, store)
    assert len(calls) == 3


def test_a_refusal_is_remembered_until_asked_to_try_again(folder, tmp_path, monkeypatch):
    scan = study(folder, SETTINGS).scans[1]
    calls = []
    monkeypatch.setattr("experiments.running.carry.register", lambda *_, **__: calls.append(1) or ScanError("x", "y"))
    for store in (Store(tmp_path), Store(tmp_path), Store(tmp_path, retry_failed=True)):
        (motion, *_) = register_scan(scan, Registration(), store).values()
        assert (motion.problem, motion.advice) == ("x", "y")
    assert len(calls) == 2


def test_each_roi_may_move_by_itself(folder, tmp_path):
    scans = study(folder, SETTINGS).scans[:2]
    settings = Registration(metric="correlation", each="roi")
    store = Store(tmp_path / "finished")
    carried = register_scans(scans, settings, tmp_path / "json", store, Serial(), lambda *_: None)
    assert carried.table["rois"].tolist() == ["liver", "kidney"]
    motions = [source.motion for source in carried.scans[1].masks.values()]
    assert all(isinstance(motion, Registered) for motion in motions)
    assert motions[0] != motions[1]
    volume, failures = read_usable(carried.scans[1])
    assert not failures
    assert list(volume.masks) == ["liver", "kidney"]


def test_a_broken_reference_is_a_reason(folder, tmp_path):
    scan = study(folder, SETTINGS).scans[1]
    empty = {roi: CarriedSource(MaskSource(source.path, 9), source.reference) for roi, source in scan.masks.items()}
    for masks, message in (
        (empty, "all are empty on the reference"),
        ({"liver": CarriedSource(scan.masks["liver"].source, folder / "no.nii")}, "no.nii cannot be read"),
    ):
        broken = type(scan)(**{**vars(scan), "masks": masks})
        (motion, *_) = register_scan(broken, Registration(), Store(tmp_path)).values()
        assert isinstance(motion, ScanError)
        assert message in str(motion)


def test_the_audit_counts_on_them_and_says_so(folder):
    found = audit(study(folder, SETTINGS))
    assert found.present == found.expected == 12
    (finding,) = (finding for finding in found.findings if finding.kind == "carried_rois")
    assert "6 ROIs of 3 scans will be carried from a by rigid registration in 3 dimensions" in finding.problem
    assert not [finding for finding in found.findings if finding.level == "error"]
    without = audit(study(folder, None))
    assert (without.present, without.expected) == (6, 12)


def test_a_scan_of_the_same_acquisition_lies_still_while_its_sidecar_says_so(folder, tmp_path):
    """What was known by a sidecar is not known any longer when that says something else."""
    own = tmp_path / "study"
    shutil.copytree(folder, own)
    found = study(own, {**SETTINGS, "same_acquisition": "still"})
    stated = {"StudyInstanceUID": "1.2.3", "AcquisitionNumber": 4, "AcquisitionTime": "10:11:12.130000"}
    ways = []
    for change in ({}, {"AcquisitionNumber": 5}):
        for run, more in (("a", {}), ("b", change)):
            (own / f"S1_{run}.json").write_text(json.dumps({**stated, **more}), encoding="utf-8")
        motions = register_scan(found.scans[1], found.registration, Store(tmp_path / "store"))
        ways.append((motions["liver"].by, round(motions["liver"].translation)))
    assert ways == [("same acquisition", 0), ("search", 8)]
