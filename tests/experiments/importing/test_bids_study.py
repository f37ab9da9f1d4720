"""From a BIDS dataset to a study."""

import shutil

import pytest

from experiments.audit.audit import audit
from experiments.importing import import_folder
from experiments.study.study import Study
from harmonize.formats import write_image
from harmonize.image.volume import Grid


def bids(folder, name, array):
    path = folder / name
    write_image(array.astype(float), Grid(array.shape[::-1]), path)
    return path


def test_a_bids_dataset_keeps_its_labels_and_has_factors_by_its_entities(tmp_path, rows_of, complete, voxels):
    for subject in ("01", "02"):
        for echo in (1, 2):
            bids(tmp_path / "bids", f"sub-{subject}/anat/sub-{subject}_acq-x_echo-{echo}_MEGRE.nii.gz", voxels)
        for side in ("L", "R"):
            mask = (
                f"derivatives/manual/sub-{subject}/anat/sub-{subject}_acq-x_echo-1_space-orig_label-{side}_mask.nii.gz"
            )
            bids(tmp_path / "bids", mask, voxels > 2000)
    imported = import_folder(tmp_path / "bids", tmp_path / "study")
    rows = rows_of(imported.table)
    assert list(rows[0]) == ["subject", "sequence", "echo", "image", "mask_L", "mask_R", "series"]
    assert [(row["subject"], row["echo"], bool(row["mask_L"])) for row in rows] == [
        ("sub-01", "1", True),
        ("sub-01", "2", False),
        ("sub-02", "1", True),
        ("sub-02", "2", False),
    ]
    complete(imported, reference="'1'")
    study = Study.from_yaml(imported.study, tmp_path / "bids")
    assert (study.rois, study.conditions) == (("L", "R"), ("1", "2"))


@pytest.mark.data
def test_the_kidneys_arranged_as_bids_pass_the_check(data_root, tmp_path, complete):
    source = data_root / "kidney_repeat"
    stems = {
        "A": "philips_02/01101__B0_map_expiration_volume_2DMS_product_auto",
        "B": "philips_05/00601__B0_map_expiration_volume_2DMS_delTE2.2",
        "E": "siemens_02/0039_bh_b0map_default_bh_b0map_default",
    }
    for subject, stem in stems.items():
        anat = tmp_path / "bids" / f"sub-{subject}" / "anat"
        masks = tmp_path / "bids" / "derivatives" / "manual" / f"sub-{subject}" / "anat"
        for folder in (anat, masks):
            folder.mkdir(parents=True)
        for echo in (1, 2):
            for ending in (".nii.gz", ".json"):
                shutil.copy(source / f"{stem}_e{echo}{ending}", anat / f"sub-{subject}_echo-{echo}_MEGRE{ending}")
        for side in ("L", "R"):
            name = f"sub-{subject}_space-MEGRE_label-kidney{side}_mask.nii.gz"
            shutil.copy(source / f"{stem}_e1_roi-{side}.nii.gz", masks / name)
    imported = import_folder(tmp_path / "bids", tmp_path / "study")
    assert (imported.empty, imported.found.factors) == (0, ("echo",))
    complete(imported, reference="'1'")
    found = audit(Study.from_yaml(imported.study, tmp_path / "bids"))
    assert found.count("error") == 0
    assert (found.expected, found.present) == (12, 12)
    notes = {finding.where: finding.problem for finding in found.findings if finding.level == "note"}
    assert "3 of 3 subjects" in notes["MEGRE, TE"]


def test_participants_of_bids_become_covariates_of_the_study(tmp_path, rows_of, complete, voxels):
    folder = tmp_path / "bids"
    for name in ("sub-01_acq-a_T2w", "sub-01_acq-b_T2w", "sub-02_acq-a_T2w"):
        write_image(voxels, Grid((16, 16, 3)), folder / name[:6] / "anat" / f"{name}.nii.gz")
        write_image(voxels > 2000, Grid((16, 16, 3)), folder / f"derivatives/m/{name[:6]}/anat/{name[:12]}_mask.nii.gz")
    (folder / "participants.tsv").write_text("participant_id\tage\tsex\nsub-01\t41\tF\nsub-02\tn/a\tM\n")
    imported = import_folder(folder, tmp_path / "study")
    assert [(row["subject"], row["age"], row["sex"]) for row in rows_of(imported.table)] == [
        *(("sub-01", "41", "F"), ("sub-01", "41", "F"), ("sub-02", "", "M")),
    ]
    complete(imported, reference="a")
    study = Study.from_yaml(imported.study, folder)
    assert study.scans[0].covariates["age"] == "41"
    assert study.factors == ("acquisition",)
