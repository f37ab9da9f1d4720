"""Law: what the audit counts as present are the cells of which a run has features, whatever is wrong with a scan."""

import numpy as np
import pytest
import SimpleITK as sitk

from experiments.audit.audit import audit
from experiments.running.scan_task import process_image
from experiments.running.store.finished import Store
from experiments.study.study import Study
from tests.experiments.audit.conftest import LIVER, SHAPE, SPLEEN, label_map


def without_spleen(small):
    labels = label_map()
    labels[SPLEEN] = 0
    small.labels("S1_rois.nii.gz", labels)


def of_one_voxel(small):
    labels = label_map()
    labels[SPLEEN] = 0
    labels[2, 15, 5] = 2
    small.labels("S1_rois.nii.gz", labels)


def constant_liver(small):
    image = np.random.default_rng(0).normal(300, 100, SHAPE)
    image[LIVER] = 7
    small.image("S1_REF.nii.gz", image)


def a_voxel_that_is_no_number(small):
    image = np.random.default_rng(0).normal(300, 100, SHAPE)
    image[0, 0, 0] = np.nan
    small.image("S1_REF.nii.gz", image)


def another_grid(small):
    path = str(small.folder / "S1_rois.nii.gz")
    mask = sitk.ReadImage(path)
    mask.SetOrigin((0, 2.5, 0))
    sitk.WriteImage(mask, path)


def no_mask_of_an_roi(small):
    small.values["rois"] = {"files": {"liver": "mask", "spleen": "mask_spleen"}}
    small.labels("liver.nii.gz", (label_map() == 1).astype(np.uint8))
    small.labels("spleen.nii.gz", (label_map() == 2).astype(np.uint8))
    for row in small.rows:
        row.update(mask="liver.nii.gz", mask_spleen="" if row["subject"] == "S1" else "spleen.nii.gz")


def too_small_for_the_study(small):
    labels = label_map()
    labels[SPLEEN][:, 3:] = 0
    small.labels("S1_rois.nii.gz", labels)
    small.values["extraction"]["setting"]["minimumROISize"] = 200


DAMAGES = {
    "nothing": (lambda _: None, 12),
    "a scan less": (lambda small: small.rows.remove(small.row("S2", "ACC+DLR")), 10),
    "no image": (lambda small: (small.folder / "S1_REF.nii.gz").unlink(), 10),
    "no mask file": (lambda small: (small.folder / "S1_rois.nii.gz").unlink(), 8),
    "a damaged image": (lambda small: (small.folder / "S1_REF.nii.gz").write_bytes(b"nothing"), 10),
    "no mask of a scan": (lambda small: small.row("S1", "ACC+DLR").update(mask=""), 10),
    "no mask of an ROI": (no_mask_of_an_roi, 10),
    "an empty ROI": (without_spleen, 10),
    "an ROI of one voxel": (of_one_voxel, 10),
    "a constant ROI": (constant_liver, 11),
    "a constant image": (lambda small: small.image("S1_REF.nii.gz", np.full(SHAPE, 7.0)), 10),
    "NaN": (a_voxel_that_is_no_number, 10),
    "another grid": (another_grid, 8),
    "an ROI too small for the study": (too_small_for_the_study, 10),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_present_is_what_has_features(small, tmp_path, name):
    damage, expected = DAMAGES[name]
    small.values["extraction"]["featureClass"] = {"firstorder": ["Mean"], "glcm": ["Contrast"]}
    damage(small)
    study = Study.from_yaml(small.write())
    found = audit(study)
    have = {
        (*scan.key, roi)
        for scan in study.scans
        for _, roi, _, _ in process_image([scan], study.strategies, Store(tmp_path / "finished"))[0].rows.cells
    }
    assert found.present == len(have) == expected
    for cell in found.completeness:
        assert cell.rois == sum(one[:3] == (cell.subject, cell.sequence, cell.condition) for one in have)
