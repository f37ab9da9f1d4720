"""`radharmony check` on real studies, and on copies of them that are broken in the ways real studies are."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import yaml
from click.testing import CliRunner

from experiments.cli.check import check
from experiments.simulate import Simulation, read_scans, write_four_arm_study
from harmonize.errors import ConfigurationError

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("no_workers")]

STUDIES = Path(__file__).resolve().parents[2] / "docs" / "studies"


class Copy:
    """A study with its data, to be broken."""

    def __init__(self, study: Path, data: Path) -> None:
        self.study, self.data = study, data
        self.table = study.parent / "images.csv"

    def rows(self):
        with self.table.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def write(self, rows):
        with self.table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def change(self, line, **values):
        """Change a row by its line."""
        rows = self.rows()
        rows[line - 2].update(values)
        self.write(rows)

    def settings(self, change):
        values = yaml.safe_load(self.study.read_text(encoding="utf-8"))
        change(values)
        self.study.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")

    def file(self, line, column="image"):
        return self.data / self.rows()[line - 2][column]

    def edit(self, path, change):
        """Change the voxels of an image or mask, keeping its grid."""
        image = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(image)
        edited = sitk.GetImageFromArray(change(array))
        edited.CopyInformation(image)
        sitk.WriteImage(edited, str(path))

    def check(self, *options):
        arguments = [str(self.study), "--data", str(self.data), "--jobs", "1", "--json", *options]
        result = CliRunner().invoke(check, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, json.loads(result.stdout)


def kinds(found, level=None):
    return {finding["kind"] for finding in found["findings"] if level in (None, finding["level"])}


@pytest.fixture
def kidneys(data_root, tmp_path):
    shutil.copytree(STUDIES / "kidney_repeat", tmp_path / "study")
    copy = Copy(tmp_path / "study" / "study.yaml", tmp_path / "data")
    for row in copy.rows():
        for column in ("image", "mask_left", "mask_right"):
            target = copy.data / row[column]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(data_root / "kidney_repeat" / row[column], target)
    return copy


@pytest.fixture(scope="module")
def four_arms_made(data_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("four_arms")
    scans = read_scans(STUDIES / "pyradiomics_cases" / "cases.csv", data_root / "pyradiomics_cases")
    small = [scan for scan in scans if scan.subject in ("breast1", "prostate")]
    return write_four_arm_study(folder / "study", small, Simulation(seed=1))


@pytest.fixture
def four_arms(four_arms_made, tmp_path):
    shutil.copytree(four_arms_made.parent, tmp_path / "study")
    return Copy(tmp_path / "study" / "study.yaml", tmp_path / "study")


EXPECTED_KIDNEYS = {
    *("missing_scan", "bins_not_counted", "implausible_header"),
    *("protocol_differs_between_subjects", "protocol_differs_between_conditions"),
}


def test_the_kidneys_as_they_are(data_root):
    study = Copy(STUDIES / "kidney_repeat" / "study.yaml", data_root / "kidney_repeat")
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
    assert problems["implausible_header", "partial Fourier"].startswith("6 scans state 0.0125, 0.015625")
    missing = {(f["subject"], f["condition"]) for f in found["findings"] if f["kind"] == "missing_scan"}
    assert missing == {(subject, f"{echo}+RUN2") for subject in "DG" for echo in ("E1", "E2")}
    assert study.check("--strict")[0] == 1


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


def join_echoes(path):
    image = sitk.ReadImage(str(path))
    sitk.WriteImage(sitk.JoinSeries([image, image]), str(path))


BROKEN_KIDNEYS = {
    "image gone": (lambda s: s.file(2).unlink(), "missing_file", "line 2"),
    "mask gone": (lambda s: s.file(2, "mask_left").unlink(), "missing_file", "mask of left_kidney"),
    "image cut off": (
        lambda s: s.file(2).write_bytes(s.file(2).read_bytes()[:9000]),
        "unreadable_image",
        "A, GRE, E1+RUN1",
    ),
    "a web page for an image": (lambda s: s.file(2).write_text("<html>"), "unreadable_image", "not read"),
    "mask empty of bytes": (lambda s: s.file(2, "mask_left").write_bytes(b""), "unreadable_mask", "0 bytes"),
    "both echoes in a file": (lambda s: join_echoes(s.file(3)), "not_one_volume", "4 dimensions"),
    "mask of another size": (
        lambda s: crop(s.file(2, "mask_left")),
        "grid_mismatch",
        "size: 128 x 128 x 9 against 128 x 124 x 9",
    ),
    "mask of other spacing": (
        lambda s: change_spacing(s.file(2, "mask_left")),
        "grid_mismatch",
        "spacing: 3 x 3 x 5.5 against 3 x 3 x 6",
    ),
    "mask elsewhere": (lambda s: shift_origin(s.file(2, "mask_left")), "grid_mismatch", "origin: off by (6, 6, 6) mm"),
    "mask turned": (
        lambda s: flip_direction(s.file(2, "mask_left")),
        "grid_mismatch",
        "direction: cosines differ by up to",
    ),
    "mask of another subject": (
        lambda s: s.change(2, mask_left=s.rows()[-1]["mask_left"]),
        "grid_mismatch",
        "size: 128 x 128 x 9 against 256 x 256 x 18",
    ),
    "nothing drawn": (lambda s: s.edit(s.file(2, "mask_left"), np.zeros_like), "empty_roi", "ROI left_kidney"),
    "one voxel drawn": (
        lambda s: s.edit(
            s.file(2, "mask_left"), lambda a: (np.arange(a.size) == a.argmax()).reshape(a.shape).astype(a.dtype)
        ),
        "tiny_roi",
        "1 voxel in",
    ),
    "probabilities": (
        lambda s: s.edit(s.file(2, "mask_left"), lambda a: a * 0.7),
        "unreadable_mask",
        "not whole numbers",
    ),
    "NaN": (lambda s: s.edit(s.file(2), with_nan), "non_finite", "9 of 147456 voxels"),
    "a blank image": (lambda s: s.edit(s.file(2), np.ones_like), "constant_image", "every voxel is 1"),
    "a blank kidney": (
        lambda s: s.edit(
            s.file(2),
            lambda a: np.where(sitk.GetArrayFromImage(sitk.ReadImage(str(s.file(2, "mask_left")))) > 0, 900.0, a),
        ),
        "constant_roi",
        "intensity 900",
    ),
    "a row twice": (lambda s: s.write([*s.rows(), s.rows()[0]]), "duplicate_cell", "lines 2, 18"),
    "echo 1 named as echo 2": (lambda s: s.change(3, image=s.rows()[0]["image"]), "image_used_twice", "lines 2, 3"),
    "echo 1 saved as echo 2": (lambda s: shutil.copyfile(s.file(2), s.file(3)), "identical_images", "same voxels"),
    "a bin width of 25 on unscaled z-scores": (
        lambda s: s.settings(
            lambda v: v["strategies"].update(
                z={"steps": [{"zscore": {"scale": 1}}], "extraction": {"setting": {"binWidth": 25}}}
            )
        ),
        "too_few_bins",
        "32 of 32 ROIs",
    ),
    "one bin width for all vendors": (
        lambda s: s.settings(lambda v: v["strategies"]["raw"].update(extraction={"setting": {"binWidth": 5}})),
        "too_many_bins",
        "no binWidth suits all ROIs",
    ),
    "a step that needs a ROI that is gone": (
        lambda s: (
            s.settings(lambda v: v["strategies"].update(liver={"steps": [{"zscore": {"region": "left_kidney"}}]})),
            s.edit(s.file(2, "mask_left"), np.zeros_like),
        ),
        "step_fails",
        "zscore of liver",
    ),
}


@pytest.mark.parametrize("name", BROKEN_KIDNEYS)
def test_broken_kidneys_are_errors_named_for_what_they_are(kidneys, name):
    change, kind, words = BROKEN_KIDNEYS[name]
    change(kidneys)
    code, found = kidneys.check()
    assert code == 1
    assert kind in kinds(found, "error")
    text = json.dumps([finding for finding in found["findings"] if finding["kind"] == kind])
    assert words in text


DOUBTFUL_KIDNEYS = {
    "no reference": (lambda s: s.write(s.rows()[1:]), "no_reference", "contributes to no contrast"),
    "a scan left out": (lambda s: s.write([r for i, r in enumerate(s.rows()) if i != 1]), "missing_scan", "E2+RUN1"),
    "no mask named": (lambda s: s.change(2, mask_right=""), "missing_roi", "no mask of right_kidney"),
    "two subjects with a repeat": (
        lambda s: s.write([r for r in s.rows() if (r["subject"], r["run"]) != ("E", "RUN2")]),
        "few_subjects",
        "only 2 subjects",
    ),
    "twelve voxels drawn": (lambda s: s.edit(s.file(2, "mask_left"), only_voxels(12)), "tiny_roi", "12 voxels"),
    "texture in 3D": (
        lambda s: s.settings(lambda v: v["extraction"]["setting"].update(force2D=False)),
        "single_slice",
        "ROIs of 32 lie in one slice",
    ),
    "cut off at a maximum": (lambda s: s.edit(s.file(2), lambda a: np.minimum(a, 1200)), "plateau_at_maximum", "1200"),
    "too coarse": (
        lambda s: s.settings(lambda v: v["extraction"]["setting"].update(binWidth=14)),
        "few_bins",
        "strategy zscore",
    ),
}


@pytest.mark.parametrize("name", DOUBTFUL_KIDNEYS)
def test_doubtful_kidneys_pass_with_a_warning_or_note(kidneys, name):
    change, kind, words = DOUBTFUL_KIDNEYS[name]
    change(kidneys)
    code, found = kidneys.check()
    assert code == 0
    assert kind in kinds(found)
    assert kind not in kinds(found, "error")
    text = json.dumps([finding for finding in found["findings"] if finding["kind"] == kind])
    assert words in text


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


def test_kidneys_in_a_real_process(kidneys):
    kidneys.edit(kidneys.file(2), with_nan)
    code = "from experiments.cli import main; main()"
    command = [sys.executable, "-c", code, "check", str(kidneys.study), "--data", str(kidneys.data), "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 1, done.stderr
    assert "error non_finite: A, GRE, E1+RUN1" in done.stdout
    assert "1 error, 6 warnings" in done.stdout


def test_a_file_that_is_no_study_is_exit_code_two(kidneys, radharmony):
    kidneys.study.write_text("- not a study\n")
    done = radharmony("check", kidneys.study, "--data", kidneys.data)
    assert done.returncode == 2
    assert "expected a mapping of names to values, found list" in done.stderr


def test_four_arms_as_they_are(four_arms):
    code, found = four_arms.check()
    assert code == 0
    # Two subjects; and one bin width for the raw intensities of a breast and a phantom.
    assert kinds(found) <= {"few_subjects", "bins_not_counted", "few_bins", "many_bins"}
    assert found["cells"] == {"expected": 8, "present": 8}


BROKEN_ARMS = {
    "an arm gone": (lambda s: s.file(3).unlink(), "missing_file"),
    "an arm cut off": (lambda s: s.file(3).write_bytes(s.file(3).read_bytes()[:5000]), "unreadable_image"),
    "a reconstruction that was not changed": (lambda s: shutil.copyfile(s.file(2), s.file(3)), "identical_images"),
    "the arm of another subject": (lambda s: shutil.copyfile(s.file(9), s.file(3)), "grid_mismatch"),
    "the label map of another subject": (lambda s: s.change(2, mask=s.rows()[-1]["mask"]), "grid_mismatch"),
    "another label": (lambda s: s.settings(lambda v: v["rois"].update(labels={"roi": 5})), "empty_roi"),
    "an arm twice": (lambda s: s.write([*s.rows(), s.rows()[2]]), "duplicate_cell"),
    "an arm of zeros": (lambda s: s.edit(s.file(4), np.zeros_like), "constant_image"),
    "infinite values": (
        lambda s: s.edit(s.file(4), lambda a: np.where(a == a.max(), np.inf, a).astype(np.float32)),
        "non_finite",
    ),
    "the default bin width on small numbers": (
        lambda s: s.settings(lambda v: v["strategies"]["raw"]["extraction"]["setting"].update(binWidth=2500)),
        "too_few_bins",
    ),
    "one arm only": (
        lambda s: s.write([r for r in s.rows() if r["acquisition"] + r["reconstruction"] == "REFSTD"]),
        "no_contrast",
    ),
    "two volumes": (lambda s: join_echoes(s.file(5)), "not_one_volume"),
}


@pytest.mark.parametrize("name", BROKEN_ARMS)
def test_broken_arms_are_errors_named_for_what_they_are(four_arms, name):
    change, kind = BROKEN_ARMS[name]
    change(four_arms)
    code, found = four_arms.check()
    assert code == 1
    assert kind in kinds(found, "error")


def test_labels_that_the_study_does_not_name_are_noted(four_arms, data_root):
    """The label map of the prostate phantom has four labels, of which the study names one."""
    phantom = data_root / "pyradiomics_cases" / "prostate_phantom_subvolume-label.nrrd"
    line = next(i for i, row in enumerate(four_arms.rows(), start=2) if row["subject"] == "prostate")
    labels = sitk.ReadImage(str(phantom))
    sitk.WriteImage(labels, str(four_arms.file(line, "mask")))
    code, found = four_arms.check()
    assert code == 0
    (note,) = [finding for finding in found["findings"] if finding["kind"] == "unnamed_labels"]
    assert "7, 8, 9" in note["problem"]
