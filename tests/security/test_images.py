"""Images from strangers: a header that lies is refused before memory is taken for what it promises."""

import contextlib
import gzip
import resource
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonize.errors import ScanError
from harmonize.formats import MaskSource, guard, read_volume
from harmonize.protocol.headers import read_protocol
from harmonize.remarks import unsaid

FUZZ = settings.get_profile("fuzz")
SIZE = (4, 5, 3)  # z, y, x


def pixels(kind=np.int16):
    return np.random.default_rng(5).integers(1, 500, SIZE).astype(kind)


@pytest.fixture(scope="module")
def scans(tmp_path_factory, write_slices):
    """Give the bytes of a small image in several formats, with a mask beside it."""
    folder = tmp_path_factory.mktemp("scans")
    found = {}
    for ending, kind in ((".nii", np.int16), (".nii.gz", np.float32), (".nrrd", np.int16), (".mha", np.float32)):
        path = folder / f"image{ending}"
        sitk.WriteImage(sitk.GetImageFromArray(pixels(kind)), str(path), useCompression=False)
        found[ending] = path.read_bytes()
        if ending in (".nrrd", ".mha"):
            sitk.WriteImage(sitk.GetImageFromArray(pixels(kind)), str(path), useCompression=True)
            found[f".packed{ending}"] = path.read_bytes()
    write_slices(folder / "series", pixels()[:1])
    found[".dcm"] = next((folder / "series").iterdir()).read_bytes()
    return found


@pytest.fixture
def limited():
    """Let no test take more than 4 GB of addresses beyond what it has."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform != "linux":
        pytest.skip("limits on memory are those of Linux")
    taken = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + 4 * 2**30, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha", ".packed.nrrd", ".packed.mha", ".dcm"])
@pytest.mark.parametrize("header_only", [False, True])
@FUZZ
@given(data=st.data())
def test_damaged_images(scans, damaged, tmp_path_factory, ending, header_only, data):
    content = scans[ending]
    if ending == ".nii.gz":
        content = gzip.decompress(content)
    head = 352 if ending.startswith(".nii") else 600 if ending == ".dcm" else 200
    content = damaged(data, content[:head]) + content[head:] if header_only else damaged(data, content)
    if ending == ".nii.gz":
        content = gzip.compress(content)
        content = damaged(data, content, most=1) if data.draw(st.booleans()) else content
    path = tmp_path_factory.getbasetemp() / f"damaged{ending}"
    path.write_bytes(content)
    try:
        with unsaid():
            volume, failures = read_volume(path, {"a": MaskSource(path, 2), "b": MaskSource(path)})
        assert np.isfinite(volume.image).all()
        assert set(volume.masks) | set(failures) == {"a", "b"}
    except ScanError:
        pass
    with contextlib.suppress(ScanError):
        read_protocol(path)


VALUES = st.sampled_from(
    [
        *(
            "",
            "0",
            "1",
            "-1",
            "3",
            "4 5 3",
            "0 0 0",
            "9" * 40,
            "9" * 5000,
            "nan",
            "1e308",
            "gzip",
            "raw",
            "ascii",
            "hex",
        ),
        *("True", "False", "LOCAL", "LIST", "%s%n", "a%02d.raw 1 3 1", "/etc/passwd", "../x", "image.raw", "MET_UCHAR"),
        *(
            "uchar",
            "block",
            "double",
            "big",
            "(1,0,0) (0,1,0) (0,0,1)",
            "none",
            "MET_STRING",
            "1 0 0 0 1 0 0 0 1",
            "\0",
        ),
    ]
)
FIELDS = {
    ".nrrd": ["data file", "datafile", "byte skip", "line skip", "encoding", "sizes", "type", "block size", "kinds"],
    ".mha": [
        *("ElementDataFile", "CompressedData", "CompressedDataSize", "HeaderSize", "BinaryData", "DimSize", "NDims"),
        *("ElementType", "ElementNumberOfChannels", "ElementSpacing", "TransformMatrix", "Comment", "Name"),
    ],
}


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("packed", ["", ".packed"])
@pytest.mark.parametrize("ending", [".nrrd", ".mha"])
@FUZZ
@given(data=st.data())
def test_changed_headers_of_text(scans, tmp_path_factory, ending, packed, data):
    content, sign = scans[packed + ending], (b": " if ending == ".nrrd" else b" = ")
    end = content.index(b"\n\n") if ending == ".nrrd" else content.index(b"ElementDataFile") + 23
    lines = content[:end].split(b"\n")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(1, len(lines) - 1))
        action = data.draw(st.sampled_from(["value", "value", "new", "new", "remove", "swap"]))
        if action == "value":
            lines[at] = lines[at].split(sign)[0] + sign + data.draw(VALUES).encode()
        elif action == "new":
            lines.insert(at, data.draw(st.sampled_from(FIELDS[ending])).encode() + sign + data.draw(VALUES).encode())
        elif action == "remove" and len(lines) > 2:
            del lines[at]
        elif action == "swap":
            lines[at], lines[-1] = lines[-1], lines[at]
    path = tmp_path_factory.getbasetemp() / f"image{ending}"
    path.write_bytes(b"\n".join(lines) + content[end:])
    try:
        with unsaid():
            image = read_volume(path, {})[0].image
    except ScanError:
        return
    assert np.isfinite(image).all()


def nifti(shape, content, datatype=4, bits=16):
    """Write a NIfTI header by hand, which says whatever it likes."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(shape), *shape, *[1] * (7 - len(shape)))
    struct.pack_into("<hh", header, 70, datatype, bits)
    struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    return bytes(header) + content


@pytest.mark.usefixtures("limited")
def test_a_header_that_promises_a_million_million_voxels(tmp_path, golden):
    path = tmp_path / "image.nii"
    path.write_bytes(nifti((10_000, 10_000, 10_000), bytes(100)))
    with golden.error(ScanError):
        read_volume(path, {})


@pytest.mark.usefixtures("limited")
def test_a_packed_file_whose_trailer_lies(tmp_path, golden):
    # The length at the end of a gzip file counts modulo 2**32, and nobody checks it: ITK took 2 GB for 100 kB.
    path = tmp_path / "image.nii.gz"
    shape = (1000, 1000, 1000)
    packed = bytearray(gzip.compress(nifti(shape, np.random.default_rng(2).bytes(100_000))))
    packed[-4:] = ((352 + 2 * 10**9) % 2**32).to_bytes(4, "little")
    path.write_bytes(bytes(packed))
    with golden.error(ScanError):
        read_volume(path, {})


@pytest.mark.usefixtures("limited")
def test_what_follows_the_voxels_of_a_packed_file_is_not_unpacked(tmp_path):
    # Eight megabytes held eight gigabytes of zeros behind sixty voxels, and all of it was read.
    path = tmp_path / "image.nii.gz"
    whole = nifti((3, 5, 4), pixels(np.float32).tobytes(), 16, 32)
    path.write_bytes(gzip.compress(whole) + gzip.compress(bytes(2**24)) * 512)
    volume, _ = read_volume(path, {})
    assert volume.image.size == 60


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("ending", [".nrrd", ".mha", ".dcm"])
def test_other_headers_that_promise_too_much(tmp_path, write_slices, ending):
    path = tmp_path / f"image{ending}"
    if ending == ".nrrd":
        path.write_bytes(b"NRRD0004\ntype: short\ndimension: 3\nsizes: 10000 10000 10000\nencoding: raw\n\n" + bytes(9))
    elif ending == ".mha":
        path.write_bytes(
            b"ObjectType = Image\nNDims = 3\nDimSize = 10000 10000 10000\nElementType = MET_SHORT\n"
            b"ElementDataFile = LOCAL\n" + bytes(9)
        )
    else:
        write_slices(tmp_path, pixels()[:1], NumberOfFrames=2_000_000_000, Rows=60_000, Columns=60_000)
        path = next(tmp_path.iterdir())
    with pytest.raises(ScanError):
        read_volume(path, {})


def test_the_largest_image_is_said(tmp_path, monkeypatch, golden):
    monkeypatch.setattr(guard, "MAX_VOXELS", 59)
    path = tmp_path / "image.nii"
    sitk.WriteImage(sitk.GetImageFromArray(pixels()), str(path))
    with golden.error(ScanError):
        read_volume(path, {})
