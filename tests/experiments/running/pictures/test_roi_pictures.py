"""The pictures of an extraction: as many subjects as are asked for, drawn once, from scans that were read once."""

import json

from experiments.folder.files import PICTURE_LIST, PICTURES, REPORT
from experiments.running import between
from experiments.running.extracting.extraction import run_extraction
from experiments.running.pictures.roi_pictures import pictured_cells
from experiments.study.study import Study


def records(folder):
    return json.loads((folder / PICTURE_LIST).read_text(encoding="utf-8"))["pictures"]


def pictures(folder):
    return {path: path.stat().st_mtime_ns for path in (folder / PICTURES).glob("*.jpg")}


def extract(study_file, out, count, **how):
    text = "\n".join(line for line in study_file.read_text(encoding="utf-8").splitlines() if "pictures" not in line)
    study_file.write_text(f"{text}\npictures: {count}\n", encoding="utf-8")
    return run_extraction(study_file, out, **{"track": False, "strategies": ["raw"], **how})


def test_the_report_folds_as_many_subjects_as_are_asked_for_with_all_their_rois(study_file, tmp_path):
    found = extract(study_file, tmp_path / "out", 2)
    listed = records(found.folder)
    rois = list(Study.from_yaml(study_file, compared=False).rois)
    assert [one["subject"] for one in listed] == ["sub-01", "sub-02"]
    assert all(one["rois"] == rois and one["strategies"] == [] for one in listed)
    assert {found.folder / PICTURES / one["file"] for one in listed} == set(pictures(found.folder))
    page = (found.folder / REPORT).read_text(encoding="utf-8")
    assert "<summary>ROIs of sub-01, sub-02</summary>" in page
    assert page.count('<img class="scan"') == 2
    assert "before and after each strategy" not in page


def test_a_picture_opens_no_scan_a_second_time(study_file, tmp_path, monkeypatch):
    opened = []
    real = between.open_scan
    monkeypatch.setattr(between, "open_scan", lambda image, *given: opened.append(image) or real(image, *given))
    extract(study_file, tmp_path / "out", 2)
    assert len(opened) == len(set(opened)) == 12


def test_pictures_that_are_there_are_taken_over_and_those_not_asked_for_go(study_file, tmp_path):
    out = tmp_path / "out"
    extract(study_file, out, 2)
    first = pictures(out)
    extract(study_file, out, 3)
    assert first.items() <= pictures(out).items()
    assert len(pictures(out)) == 3
    next(iter(pictures(out))).write_bytes(b"\xff\xd8\xffdamaged")
    extract(study_file, out, 3)
    assert all(len(path.read_bytes()) > 1000 for path in pictures(out))
    extract(study_file, out, 0)
    assert not pictures(out)
    assert "Example slices" not in (out / REPORT).read_text(encoding="utf-8")


def test_who_gave_no_feature_is_not_pictured(study_file, tmp_path):
    found = extract(study_file, tmp_path / "out", 0)
    study = Study.from_yaml(study_file, compared=False)
    rest = found.features[found.features["subject"] != "sub-01"]
    assert pictured_cells(study, found.features) == []
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(text.replace("pictures: 0", "pictures: 1"), encoding="utf-8")
    assert pictured_cells(Study.from_yaml(study_file, compared=False), rest) == [("sub-02", study.sequences[0])]


def test_every_strategy_has_them_in_mlflow_without_taking_room_twice(study_file, tmp_path):
    """Runs of single strategies had no picture of an extraction, of which the folder has one a subject."""
    out = tmp_path / "out"
    extract(study_file, out, 2, track=True, strategies=["raw", "zscore"])
    in_mlflow = sorted((out / "mlruns").rglob("pictures/*.jpg"), key=lambda path: path.name)
    assert [path.name for path in in_mlflow] == sorted(2 * [path.name for path in pictures(out)])
    for path in in_mlflow:
        assert path.samefile(out / PICTURES / path.name)
