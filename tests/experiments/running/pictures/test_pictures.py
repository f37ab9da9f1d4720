"""Tests of the pictures that a run leaves."""

import json
import os

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from experiments.executors import Serial
from experiments.folder.files import FEATURES, PICTURE_LIST, PICTURES
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_json
from experiments.running.pictures.drawing import write_picture
from experiments.running.pictures.montage import Row, Scale, Tile
from experiments.running.pictures.pictures import BUDGET, picture
from experiments.running.pictures.scenes import PictureLayout
from experiments.running.shared_images import image_strategies
from experiments.running.store.finished import Store
from experiments.running.work import Work
from experiments.study.study import Study
from harmonize.errors import ConfigurationError


def records(folder):
    return json.loads((folder / PICTURE_LIST).read_text(encoding="utf-8"))["pictures"]


def draw(study, folder, features):
    """Write pictures and give how many subjects were drawn anew."""
    calls = []
    work = Work(study, RunFolder(folder), Store(folder), Serial(), lambda *call: calls.append(call), ())
    work.features = features
    work.bound = {sequence: image_strategies(study.strategies) for sequence in study.sequences}
    picture(work)
    assert ("pictures", 0, 0) not in calls
    return calls[0][2] if calls else 0


@pytest.fixture
def features(finished):
    return pd.read_parquet(finished.folder / FEATURES)


def test_a_run_leaves_a_picture_of_every_strategy_and_subject(finished):
    found = records(finished.folder)
    assert {(record["strategies"][0], record["subject"]) for record in found} == {
        (strategy, f"sub-0{i}") for strategy in ("raw", "zscore") for i in (1, 2, 3)
    }
    for record in found:
        with Image.open(finished.folder / PICTURES / record["file"]) as image:
            assert image.size == (record["width"], record["height"])
        assert record["conditions"] == ["REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR"]
        assert record["rois"]


def test_pictures_are_taken_over(study_file, features, tmp_path):
    study = Study.from_yaml(study_file)
    assert draw(study, tmp_path / "out", features) == 3
    place = tmp_path / "out" / PICTURES
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*.jpg")}
    assert draw(study, tmp_path / "out", features) == 0
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*.jpg")} == before


def test_a_changed_scan_a_damaged_picture_and_a_damaged_list_are_drawn_again(study_file, features, tmp_path):
    study, out = Study.from_yaml(study_file), tmp_path / "out"
    draw(study, out, features)
    scan = study.scans[0]
    study.scans[1].image.replace(scan.image)
    os.link(scan.image, study.scans[1].image)
    assert draw(study, out, features) == 1
    (out / PICTURES / records(out)[0]["file"]).write_bytes(b"\xff\xd8\xffdamaged")
    assert draw(study, out, features) == 1
    (out / PICTURE_LIST).write_text("{", encoding="utf-8")
    assert draw(study, out, features) == 3


def test_none_are_left_when_none_are_wanted(study_file, features, tmp_path):
    draw(Study.from_yaml(study_file), tmp_path / "out", features)
    kept = tmp_path / "out" / PICTURES / "raw" / "mine.txt"
    kept.write_text("not ours", encoding="utf-8")
    study_file.write_text(study_file.read_text(encoding="utf-8") + "pictures: 0\n", encoding="utf-8")
    draw(Study.from_yaml(study_file), tmp_path / "out", features)
    left = [path for path in (tmp_path / "out" / PICTURES).rglob("*") if path.is_file()]
    assert left == [kept]


def test_a_list_that_leads_out_of_the_folder_removes_nothing(study_file, features, tmp_path):
    victim = tmp_path / "precious.jpg"
    victim.write_bytes(b"x")
    write_json(tmp_path / "out" / PICTURE_LIST, {"pictures": [{"file": "../../precious.jpg"}]})
    draw(Study.from_yaml(study_file), tmp_path / "out", features)
    assert victim.exists()


def test_names_of_subjects_stay_in_the_folder(study_file, features, tmp_path):
    table = study_file.parent / "images.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("sub-01", "../../x", 1), encoding="utf-8")
    rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()]
    study = Study.from_yaml(study_file)
    named = features.assign(subject=features["subject"].replace("sub-01", "../../x"))
    out = tmp_path / "out"
    draw(study, out, named)
    assert rows[1][0] == "../../x"
    assert all((out / PICTURES).resolve() in path.resolve().parents for path in tmp_path.rglob("*.jpg"))


def test_strategies_that_do_the_same_with_images_share_a_picture(study_file, features, tmp_path):
    text = study_file.read_text(encoding="utf-8")
    more = "strategies:\n  raw_bins: {extraction: {setting: {binCount: 32}}}\n"
    study_file.write_text(text.replace("strategies:\n", more, 1), encoding="utf-8")
    rows = pd.concat([features[features["strategy"] == "raw"].assign(strategy="raw_bins"), features])
    draw(Study.from_yaml(study_file), tmp_path / "out", rows)
    assert {tuple(record["strategies"]) for record in records(tmp_path / "out")} == {("raw_bins", "raw"), ("zscore",)}


def test_a_scan_that_cannot_be_read_is_told_in_the_picture(study_file, features, tmp_path):
    study = Study.from_yaml(study_file)
    study.scans[0].image.write_bytes(b"damaged")
    study.scans[5].image.unlink()
    draw(study, tmp_path / "out", features)
    assert len(records(tmp_path / "out")) == 6


@pytest.mark.parametrize("value", ["-1", "yes", "2.5", "true"])
def test_the_number_of_subjects_is_checked(study_file, value, golden):
    study_file.write_text(study_file.read_text(encoding="utf-8") + f"pictures: {value}\n", encoding="utf-8")
    with golden.error(ConfigurationError):
        Study.from_yaml(study_file)


def test_pictures_are_no_part_of_the_results(study_file):
    one = Study.from_yaml(study_file)
    study_file.write_text(study_file.read_text(encoding="utf-8") + "pictures: 1\n", encoding="utf-8")
    assert Study.from_yaml(study_file).settings_digest() == one.settings_digest()


@pytest.mark.parametrize("noise", [True, False])
def test_a_large_study_keeps_to_the_budget(tmp_path, noise):
    # 3 sequences, 4 subjects, 8 strategies, 4 conditions, 4 rows.
    count = 3 * 4 * 8
    per_tile = BUDGET // (count * 4 * 4)
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    rng = np.random.default_rng(0)
    smooth = np.exp(-4 * (x**2 + y**2))
    values = rng.normal(size=(256, 256)) if noise else 2 * smooth + 0.05 * rng.normal(size=(256, 256))
    window = Scale(-2.0, 2.0, ("-2", "0", "2"))
    scales = (window, window, window, Scale(-2.0, 2.0, ("-2", "0", "2"), signed=True))
    rows = tuple(Row("r", s, [Tile(values, (1.0, 1.0)) for _ in range(4)]) for s in scales)
    write_picture(PictureLayout("t", tuple("abcd"), rows, frozenset(), ()), [], per_tile, tmp_path, {"file": "a.jpg"})
    content = (tmp_path / "a.jpg").read_bytes()
    assert count * len(content) <= BUDGET, "as base64 10.7 MB, and the report stays below 15 MB"
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.width > 4 * 140
