import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk

from experiments.simulate import Simulation, write_study
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.image.volume import Grid, Volume
from harmonize.steps.zscore import ZScore

SMALL = Simulation(subjects=2, sequences=("HASTE",), rois=3, matrix=96, slices=1)


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def array_of(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    seen = []
    path = write_study(tmp_path_factory.mktemp("study"), Simulation(subjects=4), lambda *step: seen.append(step))
    return path, seen


def test_every_cell_is_there_once(study):
    path, seen = study
    rows = rows_of(path.parent / "images.csv")
    assert list(rows[0]) == ["subject", "sequence", "acquisition", "reconstruction", "image", "mask"]
    cells = {(row["subject"], row["sequence"], row["acquisition"], row["reconstruction"]) for row in rows}
    assert len(rows) == len(cells) == 4 * 2 * 2 * 2
    assert seen == [(i, 32) for i in range(1, 33)]
    assert all("\\" not in row["image"] and (path.parent / row["image"]).is_file() for row in rows)


def test_the_study_file_is_read_by_the_study(study):
    parsed = Study.from_yaml(study[0])
    assert parsed.conditions == ("REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR")
    assert parsed.rois == ("liver", "spleen", "right_kidney", "left_kidney", "pancreas")
    assert [strategy.name for strategy in parsed.strategies] == ["raw", "zscore", "n4_zscore", "diffusion_zscore"]


def test_images_and_masks_share_a_grid_and_hold_all_labels(study):
    for row in rows_of(study[0].parent / "images.csv"):
        image, mask = (sitk.ReadImage(str(study[0].parent / row[key])) for key in ("image", "mask"))
        assert Grid.of(image).differences(Grid.of(mask)) == []
        assert image.GetPixelID() == sitk.sitkFloat32
        assert set(np.unique(sitk.GetArrayFromImage(mask))) == {0, 1, 2, 3, 4, 5}
    assert image.GetSpacing() == pytest.approx((380 / 128, 380 / 128, 6.0))


def test_bin_widths_give_a_useful_number_of_bins(study):
    path = study[0]
    strategies = {strategy.name: strategy for strategy in Study.from_yaml(path).strategies}
    bins = {"raw": [], "zscore": []}
    for row in rows_of(path.parent / "images.csv"):
        volume = Volume(array_of(path.parent / row["image"]), Grid((128, 128, 3)))
        mask = array_of(path.parent / row["mask"])
        for name, image in (("raw", volume.image), ("zscore", ZScore()(volume).image)):
            width = strategies[name].to_mapping()["extraction"]["setting"]["binWidth"]
            bins[name] += [np.ptp(image[mask == label]) / width for label in range(1, 6)]
    for found in map(np.array, bins.values()):
        assert found.min() >= 12
        assert found.max() <= 256
        assert np.mean((found >= 16) & (found <= 128)) > 0.85


def test_truth_is_in_the_images(tmp_path):
    simulation = Simulation(subjects=3, sequences=("HASTE",), noise=0.0, bias=0.0, aliasing=0.0, seed=4)
    write_study(tmp_path / "s", simulation)
    masks = {f"sub-0{i}": array_of(tmp_path / f"s/masks/sub-0{i}.nii.gz") for i in (1, 2, 3)}
    labels = {"liver": 1, "spleen": 2, "right_kidney": 3, "left_kidney": 4, "pancreas": 5}
    ratios = []
    for row in rows_of(tmp_path / "s/truth.csv"):
        image = array_of(tmp_path / f"s/images/{row['subject']}_HASTE_{row['acquisition']}_STD.nii.gz")
        found = image[masks[row["subject"]] == labels[row["roi"]]].mean()
        ratios.append(found / float(row["expected_signal"]))
    # What remains is the texture of the ROI, and signal that blur brings in from beside small organs.
    assert np.median(ratios) == pytest.approx(1.0, abs=0.05)
    assert np.abs(np.array(ratios) - 1.0).max() < 0.3


def test_noise_of_the_truth_is_in_the_images(tmp_path):
    noisy, clean = (Simulation(subjects=1, sequences=("HASTE",), seed=7, noise=noise) for noise in (0.006, 0.0))
    write_study(tmp_path / "noisy", noisy)
    write_study(tmp_path / "clean", clean)
    mask = array_of(tmp_path / "noisy/masks/sub-01.nii.gz")
    for row in rows_of(tmp_path / "noisy/truth.csv"):
        if row["roi"] == "left_kidney":  # bright: magnitude noise is that of one part of the complex image
            pair = (
                array_of(tmp_path / name / f"images/sub-01_HASTE_{row['acquisition']}_STD.nii.gz")
                for name in ("noisy", "clean")
            )
            difference = np.subtract(*pair)[mask == 4]
            assert difference.std() == pytest.approx(float(row["noise_sigma"]), rel=0.25)


def test_truth_names_every_roi_and_acquisition(study):
    rows = rows_of(study[0].parent / "truth.csv")
    assert len(rows) == 4 * 2 * 2 * 5
    of_one = {row["t2_ms"] for row in rows if row["subject"] == "sub-01" and row["roi"] == "liver"}
    assert len(of_one) == 1  # the subject is the same in all scans
    assert len({row["t2_ms"] for row in rows if row["roi"] == "liver"}) == 4
    truth = json.loads((study[0].parent / "truth.json").read_text(encoding="utf-8"))
    assert "not deep learning" in truth["model"]["DLR"]
    trains = truth["echo_trains"]["HASTE"]
    assert trains["ACC"]["duration_ms"] < trains["REF"]["duration_ms"]


def test_same_seed_same_arrays_other_seed_others(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        write_study(tmp_path / name, Simulation(subjects=1, sequences=("HASTE",), matrix=96, slices=1, seed=seed))
    for file in sorted((tmp_path / "a/images").iterdir()):
        first, again, other = (array_of(tmp_path / name / "images" / file.name) for name in "abc")
        assert first.tobytes() == again.tobytes()
        assert first.tobytes() != other.tobytes()


def test_more_subjects_sequences_or_rois_leave_the_others_as_they_are(tmp_path):
    write_study(tmp_path / "small", SMALL)
    write_study(tmp_path / "large", Simulation(subjects=3, rois=10, matrix=96, slices=1))
    for file in (tmp_path / "small/images").iterdir():
        assert array_of(file).tobytes() == array_of(tmp_path / "large/images" / file.name).tobytes()


def test_refuses_a_folder_that_is_not_empty(tmp_path, golden):
    write_study(tmp_path, SMALL)
    with golden.error(ConfigurationError):
        write_study(tmp_path, SMALL)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/note.txt").write_text("mine")
    with golden.error(ConfigurationError):
        write_study(tmp_path / "other", SMALL)
    with golden.error(ConfigurationError):
        write_study(tmp_path / "other/note.txt", SMALL)
    assert (tmp_path / "other/note.txt").read_text(encoding="utf-8") == "mine"
