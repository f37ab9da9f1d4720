"""`radharmony check` on the kidney study, as it is and broken in the ways real studies are."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import ConfigurationError

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("no_workers")]

STUDIES = Path(__file__).resolve().parents[3] / "docs" / "studies"


@pytest.fixture(scope="module")
def copied(data_root, copy_of):
    """Give a function that copies the study and its data to a folder."""

    def copy(folder):
        shutil.copytree(STUDIES / "kidney_repeat", folder / "study")
        made = copy_of(folder / "study" / "study.yaml", folder / "data")
        for row in made.rows():
            for column in ("image", "mask_left", "mask_right"):
                target = made.data / row[column]
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(data_root / "kidney_repeat" / row[column], target)
        return made

    return copy


@pytest.fixture
def kidneys(copied, tmp_path):
    return copied(tmp_path)


EXPECTED_KIDNEYS = {
    *("missing_scan", "implausible_header"),
    *("protocol_differs_between_subjects", "protocol_differs_between_conditions"),
}


def test_the_kidneys_as_they_are(data_root, copy_of, kinds):
    study = copy_of(STUDIES / "kidney_repeat" / "study.yaml", data_root / "kidney_repeat")
    code, found = study.check()
    assert code == 0
    assert kinds(found) == EXPECTED_KIDNEYS
    assert found["errors"] == 0
    assert found["cells"] == {"expected": 40, "present": 32}
    problems = {(f["kind"], f["where"]): f["problem"] for f in found["findings"]}
    assert problems["protocol_differs_between_subjects", "GRE, field strength"] == (
        "differs within 2 conditions; values (scans): 3 T (4), 1.5 T (1) under E1+RUN1, E2+RUN1"
    )
    assert problems["protocol_differs_between_conditions", "GRE, TE"].endswith("3 of 3 subjects")
    assert ("protocol_differs_between_conditions", "GRE, field strength") not in problems
    assert problems["implausible_header", "partial Fourier"].startswith("stated by 6 scans: 0.0125, 0.015625")
    missing = {(f["subject"], f["condition"]) for f in found["findings"] if f["kind"] == "missing_scan"}
    assert missing == {(subject, f"{echo}+RUN2") for subject in "DG" for echo in ("E1", "E2")}


def test_every_file_of_the_kidney_study_is_one_of_the_index(data_root):
    """Image, mask, vendor and echo time stand there as in the index of the data."""
    with (data_root / "kidney_repeat" / "index.csv").open(encoding="utf-8", newline="") as file:
        index = list(csv.DictReader(file))
    with (STUDIES / "kidney_repeat" / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    for row in rows:
        folder, image = row["image"].split("/")
        mine = [entry for entry in index if entry["dataset"] == folder]
        (entry, *_) = [entry for entry in mine if entry["image"] == image]
        assert entry["presumed_subject"] == row["subject"]
        assert entry["manufacturer"] == row["vendor"]
        assert float(entry["TE_s"]) * 1000 == pytest.approx(float(row["TE_ms"]))
        assert row["echo"].lower() == image.removesuffix(".nii.gz").rsplit("_", 1)[1]
        sides = {entry["roi"]: entry["side"] for entry in mine if entry["roi"]}
        assert sides[row["mask_left"].split("/")[1]] == "L"
        assert sides[row["mask_right"].split("/")[1]] == "R"


def only_voxels(count):
    def change(array):
        kept = np.zeros_like(array)
        z, y, x = np.argwhere(array > 0)[0]
        kept[z, y : y + 2, x : x + count // 2] = 1
        return kept

    return change


def one_voxel(array):
    return (np.arange(array.size) == array.argmax()).reshape(array.shape).astype(array.dtype)


def with_nan(array):
    array = array.astype(np.float32)
    array[0, 0, :9] = np.nan
    return array


def shift_origin(path):
    image = sitk.ReadImage(str(path))
    image.SetOrigin([value + 6 for value in image.GetOrigin()])
    sitk.WriteImage(image, str(path))


def change_spacing(path):
    image = sitk.ReadImage(str(path))
    image.SetSpacing((3.0, 3.0, 6.0))
    sitk.WriteImage(image, str(path))


def flip_direction(path):
    image = sitk.ReadImage(str(path))
    image.SetDirection([-value for value in image.GetDirection()[:6]] + list(image.GetDirection()[6:]))
    sitk.WriteImage(image, str(path))


def crop(path):
    sitk.WriteImage(sitk.ReadImage(str(path))[:, 4:, :], str(path))


BROKEN = {
    "files": {
        "image gone": (lambda s, _: s.file(2).unlink(), "missing_file", "line 2"),
        "a web page for an image": (lambda s, _: s.file(3).write_text("<html>"), "unreadable_image", "not read"),
        "image cut off": (
            lambda s, _: s.file(4).write_bytes(s.file(4).read_bytes()[:9000]),
            *("unreadable_image", "A, GRE, E1+RUN2"),
        ),
        "both echoes in a file": (lambda s, join: join(s.file(5)), "not_one_volume", "4 dimensions"),
        "mask gone": (lambda s, _: s.file(6, "mask_left").unlink(), "missing_file", "mask of left_kidney"),
        "mask empty of bytes": (lambda s, _: s.file(6, "mask_right").write_bytes(b""), "unreadable_mask", "0 bytes"),
        "mask of another size": (
            lambda s, _: crop(s.file(8, "mask_left")),
            *("grid_mismatch", "size: 128 x 128 x 9 against 128 x 124 x 9"),
        ),
        "mask of other spacing": (
            lambda s, _: change_spacing(s.file(8, "mask_right")),
            *("grid_mismatch", "spacing: 3 x 3 x 5.5 against 3 x 3 x 6"),
        ),
        "mask elsewhere": (
            lambda s, _: shift_origin(s.file(10, "mask_left")),
            *("grid_mismatch", "origin: off by (6, 6, 6) mm"),
        ),
        "mask turned": (
            lambda s, _: flip_direction(s.file(10, "mask_right")),
            *("grid_mismatch", "direction: cosines differ by up to"),
        ),
        "mask of another subject": (
            lambda s, _: s.change(12, mask_left=s.rows()[-1]["mask_left"]),
            *("grid_mismatch", "size: 128 x 128 x 11 against 256 x 256 x 18"),
        ),
        "nothing drawn": (lambda s, _: s.edit(s.file(12, "mask_right"), np.zeros_like), "empty_roi", "right_kidney"),
        "one voxel drawn": (lambda s, _: s.edit(s.file(14, "mask_left"), one_voxel), "tiny_roi", "1 voxel in"),
        "probabilities": (
            lambda s, _: s.edit(s.file(14, "mask_right"), lambda a: a * 0.7),
            *("unreadable_mask", "not whole numbers"),
        ),
        "NaN": (lambda s, _: s.edit(s.file(17), with_nan), "non_finite", "9 of 1179648 voxels"),
        "a row twice": (lambda s, _: s.write([*s.rows(), s.rows()[14]]), "duplicate_cell", "lines 16, 18"),
    },
    "voxels and settings": {
        "a blank image": (lambda s, _: s.edit(s.file(2), np.ones_like), "constant_image", "every voxel is 1"),
        "a blank kidney": (
            lambda s, _: s.edit(
                s.file(4),
                lambda a: np.where(sitk.GetArrayFromImage(sitk.ReadImage(str(s.file(4, "mask_left")))) > 0, 900.0, a),
            ),
            *("constant_roi", "intensity 900"),
        ),
        "echo 1 named as echo 2": (
            lambda s, _: s.change(7, image=s.rows()[4]["image"]),
            *("image_used_twice", "lines 6, 7"),
        ),
        "echo 1 saved as echo 2": (
            lambda s, _: shutil.copyfile(s.file(8), s.file(9)),
            *("identical_images", "same voxels"),
        ),
        "a bin width of 25 on unscaled z-scores": (
            lambda s, _: s.settings(
                lambda v: v["strategies"].update(
                    z={"steps": [{"zscore": {"scale": 1}}], "extraction": {"setting": {"binWidth": 25}}}
                )
            ),
            *("too_few_bins", "27 of 27 ROIs"),
        ),
        "one bin width for all vendors": (
            lambda s, _: s.settings(lambda v: v["strategies"]["raw"].update(extraction={"setting": {"binWidth": 5}})),
            *("too_many_bins", "no binWidth suits all ROIs"),
        ),
        "a step that needs a ROI that is gone": (
            lambda s, _: (
                s.settings(lambda v: v["strategies"].update(liver={"steps": [{"zscore": {"region": "left_kidney"}}]})),
                s.edit(s.file(12, "mask_left"), np.zeros_like),
            ),
            *("step_fails", "zscore of liver"),
        ),
    },
}
"""Studies with many faults, each in a scan, a ROI or a strategy of its own, and how each must be told."""


DOUBTFUL = {
    "doubtful scans": {
        "no mask named": (lambda s, _: s.change(16, mask_right=""), "missing_roi", "no mask of right_kidney"),
        "twelve voxels drawn": (
            lambda s, _: s.edit(s.file(2, "mask_left"), only_voxels(12)),
            *("tiny_roi", "12 voxels"),
        ),
        "cut off at a maximum": (
            lambda s, _: s.edit(s.file(5), lambda a: np.minimum(a, 1200)),
            *("plateau_at_maximum", "1200"),
        ),
        # rows are taken away last: the lines of the others change with that
        "no reference": (
            lambda s, _: s.write([row for i, row in enumerate(s.rows(), 2) if i not in (3, 10, 14, 15)]),
            *("no_reference", "contributes to no contrast"),
        ),
        "a scan left out": (lambda _, __: None, "missing_scan", "A, GRE, E2+RUN1"),
        "two subjects with a repeat": (lambda _, __: None, "few_subjects", "only 2 subjects"),
    },
    "doubtful settings": {
        "texture in 3D": (
            lambda s, _: s.settings(lambda v: v["extraction"]["setting"].update(force2D=False)),
            *("single_slice", "of 32, but texture"),
        ),
        "too coarse": (
            lambda s, _: s.settings(lambda v: v["extraction"]["setting"].update(binWidth=14)),
            *("few_bins", "strategy zscore"),
        ),
    },
}
GROUPS = BROKEN | DOUBTFUL


@pytest.mark.parametrize(("group", "name"), [(group, name) for group in BROKEN for name in BROKEN[group]])
def test_broken_kidneys_are_errors_named_for_what_they_are(found_in, told, group, name):
    _, kind, words = BROKEN[group][name]
    code, found = found_in(group)
    assert code == 1
    assert "error" in told(found, kind, words)


@pytest.mark.parametrize(("group", "name"), [(group, name) for group in DOUBTFUL for name in DOUBTFUL[group]])
def test_doubtful_kidneys_pass_with_a_warning_or_note(found_in, kinds, told, group, name):
    _, kind, words = DOUBTFUL[group][name]
    code, found = found_in(group)
    assert code == 0
    assert kind not in kinds(found, "error")
    assert told(found, kind, words)


REFUSED_KIDNEYS = {
    "a column misspelt": (
        lambda s: s.table.write_text(s.table.read_text(encoding="utf-8").replace("mask_left", "maskleft", 1)),
        "column 'mask_left' is missing; did you mean 'maskleft'?",
    ),
    "a step misspelt": (
        lambda s: s.study.write_text(s.study.read_text(encoding="utf-8").replace("- clip", "- clipp")),
        "unknown step 'clipp'; did you mean 'clip'?",
    ),
    "a reference that is not there": (
        lambda s: s.settings(lambda v: v.update(reference="E1+RUN3")),
        "no scan has the condition 'E1+RUN3'",
    ),
    "a path out of the folder": (
        lambda s: s.change(2, image="../../elsewhere.nii.gz"),
        "line 2: '../../elsewhere.nii.gz' leads out of the data folder",
    ),
    "an empty table": (lambda s: s.table.write_text(""), "holds no row"),
}


@pytest.mark.parametrize("name", REFUSED_KIDNEYS)
def test_bad_studies_of_kidneys_are_refused(kidneys, name):
    change, words = REFUSED_KIDNEYS[name]
    change(kidneys)
    with pytest.raises(ConfigurationError) as caught:
        kidneys.check()
    assert words in str(caught.value)


def test_a_file_that_is_no_study_is_exit_code_two(kidneys, radharmony):
    kidneys.study.write_text("- not a study\n")
    done = radharmony("check", kidneys.study, "--data", kidneys.data)
    assert done.returncode == 2
    assert "expected a mapping of names to values, found list" in done.stderr
