import json

import numpy as np
import pytest
import yaml

from experiments.running.extracting.preprocessing import run_preprocessing
from experiments.study.opened import open_scan
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import read_image
from harmonize.steps import Fits, FittedNyul


def test_images_are_those_that_features_are_taken_from(measured, patients, tmp_path):
    made = run_preprocessing(patients, tmp_path / "out", "nyul", like=measured.folder)
    assert len(made.images) == 4
    step = Fits.read(measured.folder / "fitted" / "nyul_nyul.json", "nyul", FittedNyul).for_sequence("HASTE")
    scans = {scan.subject: scan for scan in Study.from_yaml(patients, compared=False).scans}
    for path in made.images:
        scan = scans[path.name.split("_")[0]]
        opened = open_scan(scan.image, scan.masks)
        image, grid = read_image(path)
        np.testing.assert_array_equal(image, step(opened.volume).image.astype(np.float32))
        assert not grid.differences(opened.grid)
        for roi, mask in opened.masks.items():
            name = f"{scan.subject}_acq-REFSTD_mod-HASTE_label-{roi}_desc-nyul_mask.nii.gz"
            np.testing.assert_array_equal(read_image(path.with_name(name))[0] > 0, mask)


def test_it_is_a_bids_derivative_that_says_what_was_done(measured, patients, tmp_path):
    made = run_preprocessing(patients, tmp_path / "out", "nyul", like=measured.folder)
    about = json.loads((made.folder / "dataset_description.json").read_text(encoding="utf-8"))
    assert (about["DatasetType"], about["GeneratedBy"][0]["Name"]) == ("derivative", "radharmony")
    (image,) = (path for path in made.images if "sub-01" in path.name)
    assert image.relative_to(made.folder).as_posix() == "sub-01/anat/sub-01_acq-REFSTD_desc-nyul_HASTE.nii.gz"
    text = image.with_name(image.name.replace(".nii.gz", ".json")).read_text(encoding="utf-8")
    assert json.loads(text)["Steps"][0]["nyul"]["standard_scale"]
    assert str(tmp_path) not in text


def test_what_is_there_is_not_written_again_and_what_was_damaged_is(measured, patients, tmp_path):
    first, second, *_ = run_preprocessing(patients, tmp_path / "out", "nyul", like=measured.folder).images
    whole, stamp = second.read_bytes(), first.stat().st_mtime_ns
    second.write_bytes(whole[:-20])
    run_preprocessing(patients, tmp_path / "out", "nyul", like=measured.folder)
    assert first.stat().st_mtime_ns == stamp
    assert second.read_bytes() == whole


def test_a_scan_that_fails_leaves_no_image_and_a_row(measured, patients, tmp_path):
    out = tmp_path / "out"
    gone = run_preprocessing(patients, out, "raw", like=measured.folder).images[0]
    scan = next(scan for scan in Study.from_yaml(patients, compared=False).scans if scan.subject in gone.name)
    scan.image.write_bytes(b"no image")
    made = run_preprocessing(patients, out, "raw", like=measured.folder)
    assert not gone.exists()
    assert len(made.images) == 3
    assert made.failures["subject"].tolist() == [scan.subject]
    assert (out / "failures.csv").is_file()


def test_the_harmonizer_of_a_strategy_does_not_matter(volunteers, tmp_path):
    assert len(run_preprocessing(volunteers, tmp_path / "out", "combat").images) == 12


def test_the_folder_of_a_run_is_left_alone(volunteers, measured, golden):
    with golden.error(ConfigurationError):
        run_preprocessing(volunteers, measured.folder, "raw")


@pytest.fixture
def readers(drawn_twice):
    """Two readers, and a strategy that measures in what they drew."""
    values = {**yaml.safe_load(drawn_twice.read_text(encoding="utf-8")), "segmentation": "anna"}
    values["strategies"] = {"whole": {"steps": ["zscore"]}, "within": {"steps": [{"zscore": {"region": "liver"}}]}}
    drawn_twice.write_text(yaml.safe_dump(values), encoding="utf-8")
    return drawn_twice


def test_an_image_is_written_once_with_the_masks_of_every_reader(readers, tmp_path):
    """Each reader's masks took the place of the other's."""
    made = run_preprocessing(readers, tmp_path / "out", "whole")
    assert len(made.images) == 12
    scans = [scan for scan in Study.from_yaml(readers).scans if scan.subject == "sub-01"][:2]
    for scan in scans:
        acquisition = scan.condition.replace("+", "")
        for roi, mask in open_scan(scan.image, scan.masks).masks.items():
            name = f"sub-01_acq-{acquisition}_mod-HASTE_seg-{scan.segmentation}_label-{roi}_desc-whole_mask"
            path = tmp_path / "out" / "sub-01" / "anat" / f"{name}.nii.gz"
            np.testing.assert_array_equal(read_image(path)[0] > 0, mask)
            assert json.loads(path.with_name(f"{name}.json").read_text(encoding="utf-8")) == {
                "Type": "ROI",
                "ROI": roi,
                "Segmentation": scan.segmentation,
            }


def test_steps_that_measure_in_an_roi_make_an_image_of_each_reader(readers, tmp_path):
    made = run_preprocessing(readers, tmp_path / "out", "within")
    assert len(made.images) == 23
    drawn = [path for path in made.images if path.name.startswith("sub-01_acq-REFSTD_")]
    assert [path.name.partition("_seg-")[2] for path in drawn] == [
        f"{name}_desc-within_HASTE.nii.gz" for name in ("anna", "ben")
    ]
    first, second = (read_image(path)[0] for path in drawn)
    assert not np.allclose(first, second)


def test_what_fails_is_told_of_the_reader_who_drew_it(readers, tmp_path):
    scan = next(scan for scan in Study.from_yaml(readers).scans if scan.segmentation == "ben")
    scan.masks["liver"].path.write_bytes(b"no mask")
    found = run_preprocessing(readers, tmp_path / "out", "whole").failures
    assert set(found["segmentation"]) == {"ben"}
    assert set(found["roi"]) == {"liver", "spleen"}
