"""From a BIDS dataset to a study."""

import pytest

from experiments.audit.audit import audit
from experiments.importing import import_folder
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
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
def test_the_kidneys_arranged_as_bids_pass_the_check(kidneys_as_bids, tmp_path, complete):
    imported = import_folder(kidneys_as_bids("ABE", [1, 2]), tmp_path / "study")
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


def test_two_readers_of_a_bids_dataset_are_segmentations_and_the_study_asks_which_counts(
    tmp_path, rows_of, complete, voxels, golden
):
    folder = tmp_path / "bids"
    for name in ("sub-01_acq-a", "sub-01_acq-b", "sub-02_acq-a", "sub-02_acq-b"):
        bids(folder, f"{name[:6]}/anat/{name}_T2w.nii.gz", voxels)
        for i, reader in enumerate(("anna", "ben") if name != "sub-02_acq-b" else ("anna",)):
            for j, roi in enumerate(("liver", "spleen")):
                mask = f"derivatives/manual/{name[:6]}/anat/{name}_label-{roi}_desc-{reader}_mask.nii.gz"
                bids(folder, mask, voxels > 1000 + 500 * i + 700 * j)
    imported = import_folder(folder, tmp_path / "study")
    assert len(imported.found.scans) == 4
    rows = rows_of(imported.table)
    assert [row["segmentation"] for row in rows] == ["anna", "ben"] * 3 + ["anna"]
    assert all(f"desc-{row['segmentation']}_" in row["mask_liver"] for row in rows)
    complete(imported, reference="a")
    with golden.error(ConfigurationError):
        Study.from_yaml(imported.study, folder)
    text = imported.study.read_text(encoding="utf-8")
    imported.study.write_text(text.replace("segmentation: ''", "segmentation: anna"), encoding="utf-8")
    study = Study.from_yaml(imported.study, folder)
    assert (study.segmentations, len(study.images), study.rois) == (("anna", "ben"), 4, ("liver", "spleen"))
    assert "of segmentation" not in str(audit(study).findings)
    again = import_folder(folder, tmp_path / "study")
    assert rows_of(again.table) == rows
