"""From public DICOM folders to a study."""

import shutil
import zipfile

import pytest
import yaml

from experiments.audit.audit import audit
from experiments.importing import import_folder
from experiments.study.study import Study
from harmonize.formats import read_image

pytestmark = pytest.mark.data


def test_a_real_series_with_its_structure_set_is_ready_but_for_the_condition(data_root, tmp_path, rows_of, complete):
    imported = import_folder(data_root / "sarcoma_dicom_rtstruct", tmp_path / "study")
    (row,) = rows_of(imported.table)
    assert (row["image"], row["mask"]) == ("MR_T1/image", "MR_T1/mask/RS.dcm")
    assert yaml.safe_load(imported.study.read_text(encoding="utf-8"))["rois"] == {
        "segments": {"GTV_Mass_MR_T1": "GTV_Mass_MR_T1"}
    }
    complete(imported, reference="REF+STD", acquisition="REF", reconstruction="STD")
    found = audit(Study.from_yaml(imported.study, data_root / "sarcoma_dicom_rtstruct"))
    assert (found.expected, found.present) == (1, 1)
    assert {finding.kind for finding in found.findings if finding.level == "error"} == {"no_contrast"}


def test_the_philips_phantom_states_its_deep_learning_and_compressed_sensing(data_root, tmp_path, rows_of):
    unpack(data_root / "philips_dl_phantom" / "Philips.zip", tmp_path / "dicom")
    pattern = r"(?P<sequence>T1W_(TSE|FFE))_Sno_"
    imported = import_folder(tmp_path / "dicom", tmp_path / "study", pattern=pattern)
    rows = {row["series"]: row for row in rows_of(imported.table)}
    found = {name: (row["sequence"], row["acquisition"], row["reconstruction"]) for name, row in rows.items()}
    assert found == {
        "T1W_TSE_Sno_CSno_CSAIno": ("T1W_TSE", "", ""),
        "T1W_TSE_Sno_CSno_CSAI2": ("T1W_TSE", "CS2", "DLR"),
        "T1W_FFE_Sno_CS2": ("T1W_FFE", "CS2", ""),
        "T1W_FFE_Sno_CS4": ("T1W_FFE", "CS4", ""),
    }
    for row in rows.values():
        assert read_image(tmp_path / "dicom" / row["image"])[0].shape[0] in (12, 24)
    assert imported.found.skipped == ()  # raw data objects beside the images are no images and no error


def unpack(archive, out, most=100, largest=10_000_000):
    """Unpack DICOM files: only where their names stay inside, only so many, only so large."""
    with zipfile.ZipFile(archive) as packed:
        entries = [entry for entry in packed.infolist() if not entry.is_dir()]
        assert len(entries) <= most
        for entry in entries:
            target = (out / entry.filename).resolve()
            assert target.is_relative_to(out.resolve())
            assert entry.file_size <= largest
            target.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(entry) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
