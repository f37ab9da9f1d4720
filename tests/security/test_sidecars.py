"""Small files of strangers beside the images: JSON sidecars, tables of labels, notes of tracking, registrations."""

import contextlib
import json
import shutil

import numpy as np
import pytest
import SimpleITK as sitk
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.cli import radharmony
from experiments.folder.files import TRACKED
from experiments.study.reference import parse_registration
from experiments.tracking.note import read_note
from harmonize.errors import ConfigurationError, RadharmonyError, ScanError
from harmonize.protocol.headers import read_protocol
from harmonize.protocol.parameters import BY_NAME

FUZZ = settings.get_profile("fuzz")
SIDECAR = {
    **{"Manufacturer": "Siemens", "ManufacturersModelName": "Skyra", "MagneticFieldStrength": 3, "EchoTime": 0.09},
    **{"RepetitionTime": 2.5, "FlipAngle": [90, 150], "ParallelReductionFactorInPlane": 2, "DeepLearning": False},
    **{"PartialFourier": 0.75, "PixelBandwidth": 300, "SoftwareVersions": "a\\b", "NonlinearGradientCorrection": True},
}
LABELS = "index\tname\n1\tliver\n2\tspleen\n"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A small BIDS dataset with sidecars, label maps and the table of their labels."""
    folder = tmp_path_factory.mktemp("bids")
    for subject in ("01", "02"):
        anat, derived = (folder / place / f"sub-{subject}" / "anat" for place in ("", "derivatives/seg"))
        for place in (anat, derived):
            place.mkdir(parents=True)
        for acquisition in ("ref", "fast"):
            name = f"sub-{subject}_acq-{acquisition}"
            sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 4, 5), np.int16)), str(anat / f"{name}_T2w.nii"))
            sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 4, 5), np.uint8)), str(derived / f"{name}_dseg.nii"))
            (anat / f"{name}_T2w.json").write_text(json.dumps(SIDECAR))
    (folder / "dataset_description.json").write_text('{"Name": "n", "BIDSVersion": "1.10.0"}')
    (folder / "derivatives" / "seg" / "dseg.tsv").write_text(LABELS)
    return folder


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))


def check_protocol(image):
    with contextlib.suppress(ScanError):
        protocol = read_protocol(image)
        assert set(protocol.values) <= set(BY_NAME)
        assert all(isinstance(value, str) or np.isfinite(value) for value in protocol.values.values())
        json.dumps(protocol.values).encode()


@FUZZ
@given(data=st.data())
def test_a_changed_sidecar(changed, tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    write(folder / "scan.json", json.dumps(changed(data, SIDECAR)).replace("Infinity", "1e999"))
    check_protocol(folder / "scan.nii")


@FUZZ
@given(data=st.data())
def test_a_damaged_sidecar(damaged, tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    write(folder / "scan.json", damaged(data, json.dumps(SIDECAR).encode(), most=6))
    check_protocol(folder / "scan.nii")


IMPORT = settings(FUZZ, max_examples=max(FUZZ.max_examples // 10, 3))


def import_bids(dataset, out):
    """Import as a user does; whatever is no message for people is an error of this test."""
    shutil.rmtree(out, ignore_errors=True)  # nothing is written over
    result = CliRunner().invoke(radharmony, ["import", str(dataset), "--out", str(out)], standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, RadharmonyError | SystemExit):
        raise result.exception


@IMPORT
@given(data=st.data())
def test_an_import_with_a_changed_sidecar(dataset, changed, tmp_path_factory, data):
    path = dataset / "sub-01" / "anat" / "sub-01_acq-fast_T2w.json"
    whole = path.read_bytes()
    write(path, json.dumps(changed(data, SIDECAR)).replace("Infinity", "1e999"))
    try:
        import_bids(dataset, tmp_path_factory.getbasetemp() / "imported")
    finally:
        path.write_bytes(whole)


@IMPORT
@given(data=st.data())
def test_an_import_with_a_damaged_table_of_labels(dataset, damaged, tmp_path_factory, data):
    path = dataset / "derivatives" / "seg" / "dseg.tsv"
    write(path, damaged(data, LABELS.encode()))
    try:
        import_bids(dataset, tmp_path_factory.getbasetemp() / "imported")
    finally:
        write(path, LABELS)


NOTE = {"tracking_uri": "", "run_id": "0" * 32, "identity": "1" * 64}


@FUZZ
@given(data=st.data())
def test_a_changed_note_of_tracking(changed, damaged, tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    text = json.dumps(changed(data, NOTE)).encode()
    write(folder / TRACKED, damaged(data, text) if data.draw(st.booleans()) else text)
    note = read_note(folder)
    assert note is None or (set(note) == set(NOTE) and all(isinstance(value, str) for value in note.values()))


@FUZZ
@given(data=st.data())
def test_changed_settings_of_a_registration(changed, data):
    document = {"from": "reference", "dimension": 2, "each": "roi"}
    with contextlib.suppress(ConfigurationError):
        parse_registration(changed(data, document), "study.yaml: registration")
