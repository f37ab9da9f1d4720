"""What a run takes over from earlier ones, and what it does not."""

import json

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from experiments.folder.failures import Failure
from experiments.running.runner import run_study
from experiments.running.scan_task import process_image, remember_crash, take_over
from experiments.running.store.finished import Store
from experiments.running.store.known import lasts
from experiments.study.study import Study
from experiments.versions import computing_versions
from harmonize.errors import ScanError

pytestmark = pytest.mark.usefixtures("no_page")


def run(path, out, **options):
    return run_study(Study.from_yaml(path), out, track=False, **options)


def entries(folder):
    return {path.name for path in folder.glob("*.json")}


@pytest.fixture
def without_images(monkeypatch):
    """Give a function after which any attempt to open an image is an error."""
    return lambda: monkeypatch.setattr("experiments.running.between.open_scan", None)


@pytest.fixture
def empty_roi(study_file):
    """The study with one ROI of the first scan empty."""
    mask = next(iter(Study.from_yaml(study_file).scans[0].masks.values())).path
    image = sitk.ReadImage(str(mask))
    array = sitk.GetArrayFromImage(image)
    array[array == 2] = 0
    changed = sitk.GetImageFromArray(array)
    changed.CopyInformation(image)
    sitk.WriteImage(changed, str(mask))
    return study_file


def test_studies_share_a_cache_and_a_changed_strategy_computes_itself_alone(study_file, tmp_path):
    cache = tmp_path / "cache"
    assert run(study_file, tmp_path / "one", cache=cache).reused == 0
    first = entries(cache)
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(text.replace("  zscore:\n", "  renamed:\n").replace("binWidth: 3}", "binWidth: 4}"))
    assert run(study_file, tmp_path / "two", cache=cache).reused == 12  # zscore, whatever it is called
    assert len(entries(cache) - first) == 12
    assert first < entries(cache)
    study_file.write_text(text)
    assert run(study_file, tmp_path / "three", cache=cache).reused == 2 * 12


def test_neither_place_nor_name_nor_covariates_count(study_file, tmp_path):
    cache = tmp_path / "cache"
    run(study_file, tmp_path / "one", cache=cache)
    moved = study_file.parent.rename(tmp_path / "elsewhere") / "study.yaml"
    table = moved.parent / "images.csv"
    lines = table.read_text(encoding="utf-8").replace("sub-0", "P").splitlines()
    images = moved.parent / "images.csv"
    images.write_text("\n".join([lines[0] + ",age", *(line + ",50" for line in lines[1:])]) + "\n")
    for path in sorted(moved.parent.rglob("*sub-0*"), reverse=True):
        path.rename(path.with_name(path.name.replace("sub-0", "P")))
    result = run(moved, tmp_path / "two", cache=cache)
    assert result.reused == 2 * 12
    features = pd.read_parquet(result.folder / "features.parquet")
    assert set(features["subject"]) == {"P1", "P2", "P3"}
    assert set(features["age"]) == {"50"}


def test_other_versions_take_nothing_over(study_file, tmp_path, monkeypatch):
    study, store = Study.from_yaml(study_file), Store(tmp_path)
    scan = study.scans[0]
    process_image([scan], study.strategies, store)
    assert take_over(scan, study.strategies, store).reused == 2
    other = {**computing_versions(), "numpy": "9"}
    monkeypatch.setattr("experiments.running.store.identity.computing_versions", lambda: other)
    assert take_over(scan, study.strategies, store) is None


def test_times_are_kept_with_results_and_change_none(study_file, tmp_path):
    study = Study.from_yaml(study_file)
    scan, strategy = study.scans[0], study.strategies[1]
    results = []
    for name in ("one", "two"):
        store = Store(tmp_path / name)
        process_image([scan], [strategy], store)
        (entry,) = store.entries()
        results.append((entry.key, json.loads(entry.path.read_text(encoding="utf-8"))["entry"]["content"]))
        assert entry.made.voxels == 96 * 96
        ((_, step, spent),) = entry.made.steps
        assert (step, spent > 0, entry.made.extraction[1] > 0) == ("zscore", True, True)
    assert results[0] == results[1]


def test_a_known_failure_is_shown_again_without_computing(empty_roi, tmp_path, without_images):
    first = run(empty_roi, tmp_path / "out")
    failures = (tmp_path / "out" / "failures.csv").read_bytes()
    features = (tmp_path / "out" / "features.parquet").read_bytes()
    assert (len(first.failures) > 0, first.remembered) == (True, 0)
    assert b"is empty: no voxel has its label" in failures
    without_images()
    again = run(empty_roi, tmp_path / "out")
    assert (len(again.failures), again.remembered + again.reused) == (len(first.failures), 2 * 12)
    assert again.remembered > 0
    assert (tmp_path / "out" / "failures.csv").read_bytes() == failures
    assert (tmp_path / "out" / "features.parquet").read_bytes() == features


def test_retry_failed_computes_the_failures_alone(empty_roi, tmp_path, monkeypatch):
    first = run(empty_roi, tmp_path / "out")
    known = run(empty_roi, tmp_path / "out").remembered
    computed = []

    def noting(scans, strategies, *others):
        computed.extend(scans)
        return process_image(scans, strategies, *others)

    monkeypatch.setattr("experiments.running.scans.process_image", noting)
    retried = run(empty_roi, tmp_path / "out", retry_failed=True)
    assert (len(retried.failures), retried.remembered, retried.reused) == (len(first.failures), 0, 2 * 12 - known)
    assert len(computed) == known / 2


def test_a_broken_image_is_tried_again_each_time(study_file, tmp_path):
    Study.from_yaml(study_file).scans[0].image.write_bytes(b"not an image")
    for _ in range(2):
        result = run(study_file, tmp_path / "out")
        assert (len(result.failures), result.remembered) == (1, 0)
    assert not (tmp_path / "out" / "finished" / "failed").exists()


def test_a_failure_that_names_files_is_remembered_for_these_alone(empty_roi, tmp_path):
    cache = tmp_path / "cache"
    run(empty_roi, tmp_path / "one", cache=cache)
    moved = empty_roi.parent.rename(tmp_path / "elsewhere") / "study.yaml"
    result = run(moved, tmp_path / "two", cache=cache)
    assert result.remembered == 0
    failures = pd.read_csv(tmp_path / "two" / "failures.csv")
    assert failures["file"].str.contains("elsewhere").all()


def test_what_came_from_memory_or_a_disk_is_not_remembered():
    def because(cause):
        error = ScanError("the filter failed", "")
        error.__cause__ = cause
        return error

    assert lasts(ScanError("too dark", ""))
    assert lasts(because(RuntimeError("ITK ERROR: no voxel in mask")))
    assert not lasts(because(RuntimeError("Failed to allocate memory for image.")))
    assert not lasts(because(OSError(5, "Input/output error")))
    assert not lasts(MemoryError())
    assert not lasts(RuntimeError("anything"))


def test_a_crash_is_remembered_beside_what_was_finished(study_file, tmp_path):
    study, store = Study.from_yaml(study_file), Store(tmp_path)
    scan, (raw, zscore) = study.scans[0], study.strategies
    process_image([scan], [raw], store)
    told = remember_crash(scan, [raw, zscore], store, ScanError("the worker died", "look at the scan"))
    (failure,) = told.failures
    assert isinstance(failure, Failure)
    assert (failure.strategy, failure.step, failure.problem) == ("zscore", "worker", "the worker died")
    assert {strategy for strategy, *_ in told.rows.cells} == {"raw"}
    again = take_over(scan, [raw, zscore], store)
    assert (again.failures, again.reused, again.remembered) == (told.failures, 1, 1)
    assert take_over(scan, [raw, zscore], Store(tmp_path, retry_failed=True)) is None
    process_image([scan], [raw, zscore], Store(tmp_path, retry_failed=True))
    assert take_over(scan, [raw, zscore], store).reused == 2


@pytest.mark.parametrize("value", [True, 1, "1.0", None, [1.0]])
def test_entries_with_a_right_checksum_and_wrong_content_are_computed_again(study_file, tmp_path, value):
    study, store = Study.from_yaml(study_file), Store(tmp_path)
    scan, strategy = study.scans[0], study.strategies[0]
    process_image([scan], [strategy], store)
    (entry,) = store.entries()
    content = json.loads(entry.path.read_text(encoding="utf-8"))["entry"]["content"]
    sound = json.loads(json.dumps(content))
    roi = next(iter(content["rois"].values()))
    roi["values"]["original_firstorder_Mean"] = value
    store.put("features", entry.key, content)
    assert take_over(scan, [strategy], store) is None
    for other in ({}, {"rois": []}, {"rois": {}}, {"rois": {"liver": sound["rois"]}}):
        store.put("features", entry.key, other)
        assert take_over(scan, [strategy], store) is None
    store.put("features", entry.key, sound)
    assert take_over(scan, [strategy], store).reused == 1
    rows = take_over(scan, [strategy], store).rows
    assert np.isfinite(rows.values[:, rows.features.index("original_firstorder_Mean")]).all()
