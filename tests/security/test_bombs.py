"""Files that unpack to a thousand times their size are refused, and memory does not grow on the way."""

import bz2
import gzip
import os
import subprocess
import sys
import zlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pydicom
import pytest

from evaluation.reading import parquet, table_file, text
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats import dicom_file, read_image
from harmonize.formats.dicom_file import header
from harmonize.formats.dicom_pixels import stored

GIGABYTE = 2**30
MOST_GROWTH = 200
"""Megabytes that reading may take beyond what the packages take."""
READ = """
import resource, sys
from pathlib import Path
from harmonize.errors import RadharmonyError
from {module} import {function} as read

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**10

before = peak()
try:
    read(Path(sys.argv[1]))
except RadharmonyError as error:
    print(peak() - before, error)
else:
    print(peak() - before, "was read")
"""
IMAGE = ("harmonize.formats.images", "read_image")
TABLE = ("evaluation.reading.table", "read_feature_table")
PARQUET = ("evaluation.reading.parquet", "read_parquet")
HEAD = b"subject,condition,original_glcm_Id\n"


@pytest.fixture(scope="module")
def zeros():
    """A gigabyte of zeros, packed to a megabyte as zlib does."""
    return pack(bytes(2**24), GIGABYTE // 2**24)


def pack(piece, times, wbits=zlib.MAX_WBITS):
    packing = zlib.compressobj(1, zlib.DEFLATED, wbits)
    return b"".join([*(packing.compress(piece) for _ in range(times)), packing.flush()])


def refused(path, reader):
    """Read a file in a process of its own; give what it was refused with."""
    if sys.platform != "linux":
        pytest.skip("the peak of memory is that of Linux")
    script = READ.format(module=reader[0], function=reader[1])
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, encoding="utf-8", check=True, timeout=100
    )
    growth, _, message = done.stdout.partition(" ")
    assert int(growth) < MOST_GROWTH, done.stdout
    assert "was read" not in message
    return message


def nrrd(path, packed):
    head = b"NRRD0004\ntype: short\ndimension: 3\nsizes: 4 5 3\nendian: little\nencoding: gzip\nbyte skip: -1\n\n"
    path.write_bytes(head + packed)


def metaimage(path, packed):
    head = (
        f"ObjectType = Image\nNDims = 3\nDimSize = 4 5 3\nElementType = MET_SHORT\nCompressedData = True\n"
        f"CompressedDataSize = {len(packed)}\nElementDataFile = LOCAL\n"
    )
    path.write_bytes(head.encode() + packed)


@pytest.mark.parametrize(("ending", "write"), [(".nrrd", nrrd), (".mha", metaimage)])
def test_packed_images(tmp_path, zeros, ending, write):
    path = tmp_path / f"image{ending}"
    write(path, zeros)
    assert path.stat().st_size < 6 * 2**20
    assert refused(path, IMAGE)


def test_a_deflated_dicom_file(tmp_path, write_slices):
    path = deflated(tmp_path, write_slices, bytes(2**24), 36)
    assert "holds more than 536870912 bytes when unpacked" in refused(path, IMAGE)


def deflated(folder, write_slices, piece, times):
    """Write a slice in the deflated transfer syntax, with a private element at its end."""
    dataset = write_slices(folder, np.ones((1, 4, 5)))[0]
    path = next(folder.iterdir())
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    with path.open("rb") as file:
        pydicom.filereader.read_preamble(file, force=False)
        pydicom.filereader._read_file_meta_info(file)
        at = file.tell()
    content = path.read_bytes()
    plain = zlib.decompress(content[at:], -zlib.MAX_WBITS)
    last = b"\xfe\x7f\x10\x00OB\0\0" + (len(piece) * times).to_bytes(4, "little")
    packing = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = [packing.compress(plain + last), *(packing.compress(piece) for _ in range(times)), packing.flush()]
    path.write_bytes(content[:at] + b"".join(packed))
    return path


def test_a_deflated_dicom_file_of_usual_size_is_read(tmp_path, write_slices, monkeypatch, golden):
    path = deflated(tmp_path, write_slices, bytes(100), 2)
    assert read_image(path)[0].tolist() == np.ones((1, 4, 5)).tolist()
    monkeypatch.setattr(dicom_file, "MOST_INFLATED", 100)
    for read in (read_image, header):
        with golden.error(ScanError):
            read(path)


@pytest.mark.parametrize("many", [False, True])
def test_a_packed_dicom_file_that_promises_a_gigabyte(tmp_path, write_slices, many):
    size = {"NumberOfFrames": 500} if many else {}
    dataset = write_slices(tmp_path, np.ones((1, 4, 5)), Rows=1000, Columns=1000 if many else 60_000, **size)[0]
    path = next(tmp_path.iterdir())
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.RLELossless
    dataset.PixelData = pydicom.encaps.encapsulate([b"\x01\0\0\0\x40" + bytes(59) + b"\x81\0" * 100])
    if many:
        group = pydicom.Dataset()
        group.PlanePositionSequence = [pydicom.Dataset()]
        group.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0]
        frames = []
        for i in range(500):
            frame = pydicom.Dataset()
            frame.PlanePositionSequence = [pydicom.Dataset()]
            frame.PlanePositionSequence[0].ImagePositionPatient = [0, 0, i]
            frames.append(frame)
        dataset.PerFrameFunctionalGroupsSequence = frames
        del dataset.ImagePositionPatient
    dataset.save_as(path, enforce_file_format=True)
    assert "bytes of voxels, which" in refused(path, IMAGE)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("piece", [b"0", b"A,1,0.5\n"], ids=["a line", "lines"])
def test_text_tables(tmp_path, piece, packed):
    piece *= 2**22
    times = 3 * 2**27 // len(piece)
    if packed:
        path = tmp_path / "features.csv.gz"
        path.write_bytes(gzip.compress(HEAD) + pack(piece, times, zlib.MAX_WBITS | 16))
        assert "holds more than" in refused(path, TABLE)
    elif len(piece) == 2**22:
        path = tmp_path / "features.csv"
        path.write_bytes(HEAD + piece * 8)
        assert "line 2 has more than 16777216 characters" in refused(path, TABLE)


def test_a_packed_table_of_another_kind_is_no_text(tmp_path, golden):
    # Arrow unpacks by the ending, whatever was looked at before.
    path = tmp_path / "features.csv.bz2"
    path.write_bytes(bz2.compress(HEAD + b"A,1,0.5\n"))
    with golden.error(ConfigurationError):
        table_file.TableFile.open(path)
    path.write_bytes(HEAD + b"A,1,0.5\nA,2,0.6\n")
    assert len(table_file.TableFile.open(path).read(("subject",))) == 2


def test_a_packed_table_that_is_damaged(tmp_path, golden):
    # This came out as zlib.error.
    path = tmp_path / "features.csv.gz"
    content = bytearray(gzip.compress(HEAD + b"".join(b"A,%d,0.5\n" % i for i in range(2000))))
    content[60:90] = bytes(30)
    path.write_bytes(content)
    with golden.error(ConfigurationError, varies=r"(?<=\().*(?=\))"):
        table_file.TableFile.open(path)


def test_the_largest_table_is_said(tmp_path, monkeypatch, golden):
    monkeypatch.setattr(text, "MOST_BYTES", 50)
    path = tmp_path / "features.csv"
    path.write_bytes(HEAD + b"A,1,0.5\n" * 3)
    with golden.error(ConfigurationError):
        table_file.TableFile.open(path)


@pytest.mark.parametrize("described", [False, True], ids=["plain", "with its Arrow schema"])
def test_a_parquet_file_with_one_long_text_that_every_row_refers_to(tmp_path, described):
    # A kilobyte: a hundred thousand rows of a megabyte each.
    rows = 100_000
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), ["x" * 10**6])
    path = tmp_path / "features.parquet"
    pq.write_table(pa.table({"subject": texts, "y": np.zeros(rows)}), path, compression="zstd", store_schema=described)
    assert path.stat().st_size < 5000
    assert "bytes of texts in 'subject'" in refused(path, PARQUET)


def test_a_parquet_file_of_many_equal_values(tmp_path, monkeypatch, golden):
    # Runs of one value take no bytes, whatever the file says of those.
    monkeypatch.setattr(parquet, "MOST_CELLS", 2**20)
    path = tmp_path / "features.parquet"
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(2**19, np.int8)), pa.array([0.5]))
    pq.write_table(pa.table({"f1": column, "f2": column, "f3": column}), path, store_schema=False)
    assert path.stat().st_size < 50_000
    with golden.error(ConfigurationError):
        parquet.read_parquet(path)


@pytest.mark.parametrize("name", ["pipe.csv", "pipe.parquet"])
def test_a_pipe_is_no_table(tmp_path, name, golden):
    # It was waited for without end.
    os.mkfifo(tmp_path / name)
    with golden.error(ConfigurationError):
        table_file.TableFile.open(tmp_path / name)


def test_what_parquet_holds_is_read_as_pandas_does(tmp_path):
    path = tmp_path / "any.parquet"
    frame = pd.DataFrame(
        {
            "text": ["a", None, "a"],
            "kind": pd.Series(["a", "b", "a"], dtype="category"),
            "x": [1.0, 2.0, np.nan],
            "at": pd.Timestamp("2020-01-01"),
            "bytes": [b"1", b"", None],
            "list": [[1], [2, 3], []],
        },
        index=pd.Index([3, 4, 5], name="row"),
    )
    frame.to_parquet(path)
    found = parquet.read_parquet(path)
    expected = pd.read_parquet(path).reset_index()[[*frame.columns, "row"]]
    expected["bytes"] = found["bytes"]  # are texts here
    assert found["bytes"].fillna("-").tolist() == ["1", "", "-"]
    pd.testing.assert_frame_equal(found, expected)
    pd.testing.assert_frame_equal(
        parquet.read_parquet(path, ["x", "text"]),
        pd.read_parquet(path, columns=["x", "text"]).reset_index(drop=True),
    )


def test_single_bits_that_are_deflated_count_as_the_bytes_they_become(tmp_path, write_slices, golden):
    # 14 kB became 104 million voxels, and the audit took 4.4 GB for them.
    size = {"Rows": 3600, "Columns": 3600, "NumberOfFrames": 8, "BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}
    dataset = write_slices(tmp_path, np.ones((1, 4, 5)), **size)[0]
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.PixelData = bytes(3600 * 3600)
    path = next(tmp_path.iterdir())
    dataset.save_as(path, enforce_file_format=True)
    assert path.stat().st_size < 20_000
    with golden.error(ScanError, varies=r"(?<=which )\d+"):
        stored(path)
