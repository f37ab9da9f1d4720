"""`radharmony check` on four arms made of real images, as they are and broken in the ways real studies are."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from experiments.simulate import Simulation, read_scans, write_four_arm_study

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("no_workers")]

CASES = Path(__file__).resolve().parents[3] / "docs" / "studies" / "pyradiomics_cases" / "cases.csv"


@pytest.fixture(scope="module")
def made(data_root, tmp_path_factory):
    scans = read_scans(CASES, data_root / "pyradiomics_cases")
    small = [scan for scan in scans if scan.subject in ("breast1", "prostate")]
    return write_four_arm_study(tmp_path_factory.mktemp("four_arms") / "study", small, Simulation(seed=1))


@pytest.fixture(scope="module")
def copied(made, copy_of):
    """Give a function that copies the study to a folder."""

    def copy(folder):
        shutil.copytree(made.parent, folder / "study")
        return copy_of(folder / "study" / "study.yaml", folder / "study")

    return copy


@pytest.fixture
def four_arms(copied, tmp_path):
    return copied(tmp_path)


def test_four_arms_as_they_are(four_arms, kinds):
    code, found = four_arms.check()
    assert code == 0
    # Two subjects; and one bin width for the raw intensities of a breast and a phantom.
    assert kinds(found) <= {"few_subjects", "bins_not_counted", "few_bins", "many_bins"}
    assert found["cells"] == {"expected": 8, "present": 8}


BROKEN = {
    "files": {
        "an arm gone": (lambda s, _: s.file(3).unlink(), "missing_file", "line 3"),
        "an arm cut off": (
            lambda s, _: s.file(4).write_bytes(s.file(4).read_bytes()[:5000]),
            *("unreadable_image", "line 4"),
        ),
        "two volumes": (lambda s, join: join(s.file(5)), "not_one_volume", "line 5"),
        "the arm of another subject": (lambda s, _: shutil.copyfile(s.file(2), s.file(8)), "grid_mismatch", "line 8"),
        "the label map of another subject": (
            lambda s, _: s.change(2, mask=s.rows()[-1]["mask"]),
            *("grid_mismatch", "line 2"),
        ),
        "a reconstruction that was not changed": (
            lambda s, _: shutil.copyfile(s.file(6), s.file(7)),
            *("identical_images", "lines 6, 7"),
        ),
        "an arm of zeros": (lambda s, _: s.edit(s.file(9), np.zeros_like), "constant_image", "line 9"),
        "an arm twice": (lambda s, _: s.write([*s.rows(), s.rows()[2]]), "duplicate_cell", "lines 4, 10"),
    },
    "intensities": {
        "infinite values": (
            lambda s, _: s.edit(s.file(4), lambda a: np.where(a == a.max(), np.inf, a).astype(np.float32)),
            *("non_finite", "line 4"),
        ),
        "the default bin width on small numbers": (
            lambda s, _: s.settings(lambda v: v["strategies"]["raw"]["extraction"]["setting"].update(binWidth=2500)),
            *("too_few_bins", "strategy raw"),
        ),
    },
    "settings": {
        "another label": (
            lambda s, _: s.settings(lambda v: v["rois"].update(labels={"roi": 5})),
            *("empty_roi", "has the label 5"),
        ),
        "one arm only": (
            lambda s, _: s.write([r for r in s.rows() if r["acquisition"] + r["reconstruction"] == "REFSTD"]),
            *("no_contrast", ""),
        ),
    },
}
"""Studies with many faults, each in an arm or a strategy of its own, and how each must be told."""
GROUPS = BROKEN


@pytest.mark.parametrize(("group", "name"), [(group, name) for group in BROKEN for name in BROKEN[group]])
def test_broken_arms_are_errors_named_for_what_they_are(found_in, told, group, name):
    _, kind, words = BROKEN[group][name]
    code, found = found_in(group)
    assert code == 1
    assert "error" in told(found, kind, words)


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
