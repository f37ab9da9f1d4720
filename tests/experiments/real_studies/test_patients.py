"""The how-to from volunteers to patients, command by command, with patients as a hospital has them: DICOM, SEG."""

import csv
import json
import re
import shlex
from collections import Counter

import numpy as np
import pandas as pd
import pydicom
import pytest
import SimpleITK as sitk
import yaml

from experiments.simulate import Simulation, write_study
from selection import Whitelist
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "how_to" / "patients.md"
SMALLER = {
    "run": "--no-tracking",
    "extract": "--no-tracking",
    "diagnose": "--repeats 1",
    "tradeoff": "--repeats 1 --resamples 100",
    "transfer": "--repeats 1 --resamples 100",
}
"""What makes commands of the page quick; they are used as they stand otherwise."""
ARMS = (("REF", "STD"), ("ACC", "DLR"))
STRATEGIES = {"nyul": {"steps": ["nyul"], "extraction": {"setting": {"binWidth": 5}}}}


def commands():
    """Give the commands of the page, in its order."""
    blocks = re.findall(r"^```\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [shlex.split(line)[1:] for line in "".join(blocks).splitlines() if line.startswith("radharmony ")]


def write_seg(path, series, image, drawn):
    """Write one ROI on the slices of a series as DICOM SEG."""
    dataset, shared, measures, plane = (pydicom.Dataset() for _ in range(4))
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = pydicom.uid.SegmentationStorage, pydicom.uid.generate_uid()
    dataset.SeriesInstanceUID, dataset.Modality = pydicom.uid.generate_uid(), "SEG"
    dataset.SegmentationType, dataset.NumberOfFrames = "BINARY", len(drawn)
    dataset.Columns, dataset.Rows = image.GetSize()[:2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PixelRepresentation = 1, "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 1, 1, 0
    segment, of_series = pydicom.Dataset(), pydicom.Dataset()
    segment.SegmentNumber, segment.SegmentLabel, of_series.SeriesInstanceUID = 1, "Leber", series
    dataset.SegmentSequence, dataset.ReferencedSeriesSequence = [segment], [of_series]
    x, y, z = image.GetSpacing()
    measures.PixelSpacing, measures.SliceThickness, measures.SpacingBetweenSlices = [y, x], z, z
    plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    dataset.SharedFunctionalGroupsSequence = [shared]
    groups = []
    for k in range(len(drawn)):
        group, position, owner = (pydicom.Dataset() for _ in range(3))
        position.ImagePositionPatient = [*image.GetOrigin()[:2], round(image.GetOrigin()[2] + k * z, 6)]
        owner.ReferencedSegmentNumber = 1
        group.PlanePositionSequence, group.SegmentIdentificationSequence = [position], [owner]
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = groups
    dataset.PixelData = pydicom.pixels.pack_bits(drawn.astype(np.uint8))
    dataset.save_as(path, enforce_file_format=True)


def write_patients(study, folder, write_slices):
    """Write scans of a study under two arms as DICOM series with a SEG each; gives who has a lesion."""
    lesions = {}
    for row in csv.DictReader((study.parent / "images.csv").read_text(encoding="utf-8").splitlines()):
        arm, subject = (row["acquisition"], row["reconstruction"]), row["subject"]
        if arm not in ARMS:
            continue
        image, labels = (sitk.ReadImage(str(study.parent / row[name])) for name in ("image", "mask"))
        name, voxels = f"HASTE_{'_'.join(arm)}", sitk.GetArrayFromImage(image)
        series = write_slices(
            folder / subject / name,
            np.rint(voxels.clip(0) * 50),
            spacing=image.GetSpacing(),
            origin=image.GetOrigin(),
            SliceThickness=image.GetSpacing()[2],
            RescaleSlope="0.02",
            RescaleIntercept="0",
            SeriesDescription=name,
            StudyInstanceUID=pydicom.uid.generate_uid(),
            PatientID=f"MRN-{subject[-2:]}",
        )
        drawn = sitk.GetArrayFromImage(labels) == 1
        write_seg(folder / subject / name / "seg.dcm", series[0].SeriesInstanceUID, image, drawn)
        lesions[subject] = row["diagnosis"]
    return lesions


@pytest.fixture
def there(tmp_path, monkeypatch, write_slices):
    """A folder as somebody has it who begins with the page; gives who has a lesion."""
    small = {"sequences": ("HASTE",), "rois": 2, "matrix": 96, "slices": 2}
    volunteers = write_study(tmp_path / "volunteers", Simulation(subjects=4, seed=7, **small))
    study = yaml.safe_load(volunteers.read_text(encoding="utf-8")) | {"strategies": STRATEGIES, "pictures": 0}
    volunteers.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    ill = write_study(tmp_path / "simulated", Simulation(subjects=14, patients=7, seed=99, **small))
    lesions = write_patients(ill, tmp_path / "patients" / "dicom", write_slices)
    monkeypatch.chdir(tmp_path)
    return tmp_path, lesions


@pytest.mark.slow
@pytest.mark.usefixtures("no_workers", "no_page")
def test_the_commands_of_the_page_lead_from_volunteers_to_a_diagnosis(there, radharmony):
    """None was left out, none needed `--allow`, and the values are those of the volunteers' settings."""
    folder, lesions = there
    asked = commands()
    assert [command[0] for command in asked] == [
        *("run", "select", "import", "check", "extract", "apply", "diagnose", "tradeoff", "transfer", "preprocess")
    ]
    for command in asked:
        assert "--allow" not in command
        result = radharmony(*command, *shlex.split(SMALLER.get(command[0], "")))
        assert result.returncode == 0, (command, result.stderr)
        if command[0] == "import":  # what the page says: the diagnosis is a column of images.csv
            table = pd.read_csv("patients/images.csv", dtype=str)
            table.assign(lesion=table["subject"].map(lesions)).to_csv("patients/images.csv", index=False)
    record = json.loads((folder / "patients/features/run.json").read_text(encoding="utf-8"))
    whitelist = Whitelist.read("whitelist.json")
    assert record["strategies"][0]["learned"] == whitelist.learned_digest
    robust = pd.read_csv("patients/robust_HASTE_liver.csv")
    assert Counter(robust["condition"]) == {"REF+STD": 14, "ACC+DLR": 14}
    assert [name for name in robust if name.startswith("original_")] == list(whitelist.features["HASTE"]["liver"])
    assert dict(zip(robust["subject"], robust["lesion"].astype(str), strict=True)) == lesions
    assert pd.read_csv("diagnosis/scores.csv")["estimate"].notna().any()
    assert pd.read_csv("tradeoff/tradeoff.csv")["auc"].notna().any()
    tested = pd.read_csv("transfer/transfer.csv")
    assert set(tested["variant"]) == {"raw", "whitelist"}
    across = tested[(tested["score"] == "auc") & (tested["tested"] == "across")]
    assert across["estimate"].notna().all()
    written = sorted(path.name for path in (folder / "derivatives/nyul/sub-01/anat").glob("*.nii.gz"))
    assert "sub-01_acq-REFSTD_desc-nyul_HASTE.nii.gz" in written
