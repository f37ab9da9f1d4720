"""Protocols from sidecars and DICOM headers: the same values from both, nothing that names a person."""

import gzip
import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest

from harmonize.errors import ScanError
from harmonize.formats import write_image
from harmonize.image.volume import Grid
from harmonize.protocol.headers import read_protocol, sidecar_of
from harmonize.protocol.parameters import BY_NAME, PARAMETERS

SIDECAR = {
    "Manufacturer": "SIEMENS HEALTHINEERS",
    "MagneticFieldStrength": 2.89362,
    "RepetitionTime": 1.2,
    "EchoTime": 0.0921234567,
    "FlipAngle": 150,
    "ParallelReductionFactorInPlane": 2,
    "PartialFourier": 0.75,
    "PatientName": "Doe^Jane",
    "PatientBirthDate": "1970-01-01",
    "SeriesInstanceUID": "1.2.3",
    "DeviceSerialNumber": "66031",
    "InstitutionName": "Somewhere",
    "ProtocolName": "haste_Doe",
    "AcquisitionTime": "11:42:33",
}


def with_sidecar(folder, content, name="a.nii.gz"):
    write_image(np.zeros((1, 2, 2)), Grid((2, 2, 1), (0.5, 0.75, 3.0)), folder / name)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "a.json").write_text(text, encoding="utf-8")
    return folder / name


def private(dataset, group, creator, **values):
    block = dataset.private_block(group, creator, create=True)
    for element, (vr, value) in values.items():
        block.add_new(int(element[1:], 16), vr, value)


def one_slice(folder, write_slices, change=id, **attributes):
    write_slices(folder, np.ones((1, 4, 5)), **attributes)
    dataset = pydicom.dcmread(folder / "001.dcm")
    change(dataset)
    dataset.save_as(folder / "001.dcm")
    return read_protocol(folder)


def test_a_sidecar_gives_parameters_in_the_units_of_the_table_and_nothing_else(tmp_path):
    protocol = read_protocol(with_sidecar(tmp_path, SIDECAR))
    assert protocol.source == "sidecar"
    assert protocol.values == {
        "manufacturer": "Siemens",
        "field_strength": 2.89362,
        "repetition_time": 1200.0,
        "echo_time": 92.1235,
        "flip_angle": 150.0,
        "pixel_spacing_x": 0.5,
        "pixel_spacing_y": 0.75,
        "parallel_factor_in_plane": 2.0,
        "partial_fourier": 0.75,
    }


def test_what_cannot_be_true_is_not_taken_over(tmp_path):
    """Old versions of dcm2niix wrote 0.0125 as PartialFourier of a full acquisition."""
    content = {"PartialFourier": 0.0125, "FlipAngle": -1, "EchoTime": "fast", "RepetitionTime": [1, 2]}
    protocol = read_protocol(with_sidecar(tmp_path, content))
    assert set(protocol.values) == {"pixel_spacing_x", "pixel_spacing_y"}
    assert protocol.implausible == {
        "repetition_time": "1\\2",
        "echo_time": "fast",
        "flip_angle": "-1.0",
        "partial_fourier": "0.0125",
    }


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"PartialFourier": 1}, {"partial_fourier": "no"}),
        ({"PartialFourier": "YES"}, {"partial_fourier": "yes"}),
        ({"DeepLearning": True}, {"deep_learning": "yes"}),
        ({"DeepLearning": False, "DeepLearningDetails": "x"}, {}),
        ({"DeepLearning": True, "DeepLearningDetails": "0.75\\High"}, {"deep_learning": "0.75\\High"}),
        ({"Manufacturer": "Gentle Scanners"}, {"manufacturer": "Gentle Scanners"}),
        ({"Manufacturer": "GE MEDICAL SYSTEMS"}, {"manufacturer": "GE"}),
        ({"SoftwareVersions": ["5.6.1", "5.6.1.0"]}, {"software": "5.6.1\\5.6.1.0"}),
        ({"EchoTime": None, "FlipAngle": float("inf"), "SequenceVariant": {"a": 1}}, {}),
        ({"EchoTime": 10**400, "FlipAngle": -(10**400), "DeepLearning": 10**400}, {}),  # OverflowError
    ],
)
def test_the_odd_ways_of_sidecars(tmp_path, content, expected):
    values = read_protocol(with_sidecar(tmp_path, content)).values
    assert {name: value for name, value in values.items() if "spacing" not in name} == expected


@pytest.mark.parametrize("content", ["{", "[1]", "\xff", "[" * 100_000])
def test_a_broken_sidecar_is_an_error(tmp_path, content, golden):
    with golden.error(ScanError):
        read_protocol(with_sidecar(tmp_path, content))


def test_a_sidecar_that_is_a_pipe_is_refused_with_its_path_once(tmp_path, golden):
    os.mkfifo(tmp_path / "a.json")
    (tmp_path / "a.nii.gz").touch()
    with golden.error(ScanError):
        read_protocol(tmp_path / "a.nii.gz")


def test_an_image_without_sidecar_says_nothing(tmp_path):
    write_image(np.zeros((1, 2, 2)), Grid((2, 2, 1)), tmp_path / "a.nii")
    assert (read_protocol(tmp_path / "a.nii").source, sidecar_of(tmp_path / "a.txt")) == ("", None)


def test_a_classic_header_gives_parameters_and_no_person(tmp_path, write_slices):
    protocol = one_slice(
        *(tmp_path, write_slices),
        RepetitionTime=1200,
        EchoTime=92.1235,
        InversionTime=0,
        MagneticFieldStrength=3,
        ScanOptions=["PFP", "FS"],
        ReceiveCoilName="Body_18",
        InstitutionName="Somewhere",
    )
    assert protocol.source == "DICOM"
    assert protocol.values == {
        "modality": "MR",
        "manufacturer": "Siemens",
        "field_strength": 3.0,
        "coil": "Body_18",
        "repetition_time": 1200.0,
        "echo_time": 92.1235,
        "pixel_spacing_x": 2.0,
        "pixel_spacing_y": 1.5,
        "slice_thickness": 4.0,
        "partial_fourier": "yes",
    }


def test_ge_keeps_reciprocal_factors_and_the_strength_of_its_network(tmp_path, write_slices):
    def change(dataset):
        values = {"x83": ("DS", ["0.5", "1"]), "xB7": ("LO", ["1.24", "1", "10", "0"]), "xCA": ("LO", ["0.75", "High"])}
        private(dataset, 0x0043, "GEMS_PARM_01", **values)

    values = one_slice(tmp_path, write_slices, change, Manufacturer="GE MEDICAL SYSTEMS").values
    assert values["parallel_factor_in_plane"] == 2.0
    assert values["parallel_factor_through_plane"] == 1.0
    assert values["compressed_sensing_factor"] == 1.24
    assert values["deep_learning"] == "0.75\\High"


@pytest.mark.parametrize(
    ("text", "expected"), [("p2", (2.0, None)), ("p2s3", (2.0, 3.0)), ("p3 s2", (3.0, 2.0)), ("none", (None, None))]
)
def test_siemens_writes_its_factors_as_text(tmp_path, write_slices, text, expected):
    values = one_slice(
        tmp_path, write_slices, lambda dataset: private(dataset, 0x0051, "SIEMENS MR HEADER", x11=("LO", text))
    ).values
    names = ("parallel_factor_in_plane", "parallel_factor_through_plane")
    assert tuple(values.get(name) for name in names) == expected


def test_siemens_names_its_networks_in_the_type_and_compressed_sensing_in_the_protocol(tmp_path, write_slices):
    text = b"sPat.lAccelFactPE\t = \t1\nsPat.lAccelFact3D\t = \t1\nsPat.dTotalAccelFact\t = \t4.0\n"
    values = one_slice(
        *(tmp_path, write_slices),
        lambda dataset: private(dataset, 0x0029, "SIEMENS CSA HEADER", x20=("OB", text)),
        ImageType=["ORIGINAL", "PRIMARY", "M", "DRG", "NORM", "DRS"],
    ).values
    assert values["deep_learning"] == "DRG DRS"
    assert values["compressed_sensing_factor"] == 4.0


def test_a_folder_without_image_is_an_error(tmp_path, golden):
    with golden.error(ScanError):
        read_protocol(tmp_path)


def test_every_parameter_has_one_name():
    assert len(BY_NAME) == len(PARAMETERS)


@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["201_T1W_TSE_Sno_CSno_CSAIno", "401_T1W_FFE_Sno_CS2", "501_T1W_FFE_Sno_CS4", "501_T1W_TSE_Sno_CSno_CSAI2"]
)
def test_real_headers_say_what_dcm2niix_read_from_them(data_root, tmp_path, name):
    """Classic and enhanced Philips images; what only the header states are ones: factors, averages, train length."""
    source = data_root / "philips_dl_phantom"
    (tmp_path / name).mkdir()
    with zipfile.ZipFile(source / "Philips.zip") as packed:
        for entry in packed.infolist():
            if f"/{name}/" in entry.filename and not entry.is_dir() and entry.file_size < 5_000_000:
                (tmp_path / name / Path(entry.filename).name).write_bytes(packed.read(entry))
    shutil.copy(source / f"Ph_{name}.nii.gz", tmp_path / "a.nii.gz")
    (tmp_path / "a.json").write_bytes(gzip.decompress((source / f"Ph_{name}.json.gz").read_bytes()))
    header, sidecar = read_protocol(tmp_path / name), read_protocol(tmp_path / "a.nii.gz")
    for key, value in sidecar.values.items():
        assert header.values[key] == (pytest.approx(value, rel=1e-4) if isinstance(value, float) else value), key
    more = {key: value for key, value in header.values.items() if key not in sidecar.values}
    assert set(more.values()) <= {1.0, "no", "CSENSE"}
    assert header.values.get("deep_learning") == ("CS_SENSE_AI" if "CSAI2" in name else None)
    assert header.values.get("compressed_sensing_factor", 1.0) == {"2": 2.0, "4": 4.0}.get(name[-1], 1.0)
