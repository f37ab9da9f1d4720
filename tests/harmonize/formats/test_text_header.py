"""NRRD and MetaImage headers that lie: what ITK made of each is said where it was more than an error."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.formats.registry import files_of
from harmonize.formats.text_header import text_header

IMAGE = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
NRRD = "NRRD0004\ntype: short\ndimension: 3\nsizes: 6 5 4\nendian: little\nspacings: 1 1 1\nencoding: {}\n"
META = (
    "ObjectType = Image\nNDims = 3\nDimSize = 6 5 4\nElementSpacing = 1 1 1\nElementType = MET_SHORT\n"
    "{}ElementDataFile = {}\n"
)


def write(path: Path, header: str, content: bytes = IMAGE.tobytes()) -> Path:
    path.write_bytes(header.encode() + content)
    return path


def packed(tmp_path: Path, ending: str = ".mha") -> Path:
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(sitk.GetImageFromArray(IMAGE), str(path), useCompression=True)
    return path


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("ending", [".nrrd", ".nhdr", ".mha", ".mhd"])
def test_what_itk_writes_is_read(tmp_path, ending, compressed):
    path = tmp_path / f"my scan 50{ending}"
    sitk.WriteImage(sitk.GetImageFromArray(IMAGE), str(path), useCompression=compressed)
    np.testing.assert_array_equal(read_image(path)[0], IMAGE)
    header = text_header(path)
    assert header is not None
    assert header.kind == ("packed" if compressed else "raw")
    assert (header.data == path) is ending.endswith("a") or ending == ".nrrd"


def test_headers_that_other_programs_write_are_read(tmp_path):
    text = " ".join(map(str, IMAGE.ravel())).encode()
    paths = [
        write(tmp_path / "a.nrrd", NRRD.format("raw") + "\n"),
        write(tmp_path / "b.nrrd", (NRRD.format("raw") + "content: data file: a\n\n").replace("\n", "\r\n")),
        write(tmp_path / "c.nrrd", NRRD.format("ascii") + "\n", text),
        write(tmp_path / "d.nrrd", NRRD.format("hex") + "\n", IMAGE.tobytes().hex().encode()),
        write(tmp_path / "e.nrrd", NRRD.format("raw") + "byte skip: -1\n\n", b"?" * 77 + IMAGE.tobytes()),
        write(tmp_path / "f.mha", META.format("BinaryData = True\n", "LOCAL")),
        write(tmp_path / "g.mha", META.format("BinaryData = False\n", "Local"), text + b" "),
    ]
    for path in paths:
        np.testing.assert_array_equal(read_image(path)[0], IMAGE, err_msg=path.name)


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.raw", "link.raw", "folder/secret.raw", "..\\secret.raw"])
@pytest.mark.parametrize("ending", [".nhdr", ".mhd", ".nrrd", ".mha"])
def test_no_header_leads_out_of_its_folder(tmp_path, ending, name, golden):
    # ITK read the bytes of /etc/passwd as voxels.
    (tmp_path / "secret.raw").write_bytes(IMAGE.tobytes())
    root = tmp_path / "study"
    root.mkdir()
    (root / "link.raw").symlink_to(tmp_path / "secret.raw")
    (root / "folder").symlink_to(tmp_path)
    header = NRRD.format("raw") + f"data file: {name}\n\n" if ending[1] == "n" else META.format("", name)
    with golden.error(ScanError):
        read_image(write(root / f"scan{ending}", header, b""))


@pytest.mark.parametrize(
    ("ending", "header"),
    [
        (".nhdr", NRRD.format("raw") + "data file: LIST\na.raw\nb.raw\n"),
        (".nhdr", NRRD.format("raw") + "DataFile: a%02d.raw 1 2 1\n\n"),
        (".nhdr", NRRD.format("raw").replace("\n", "\r") + "data file: LIST\r\r"),
        (".mhd", META.format("", "LIST") + "a.raw\nb.raw\n"),
        (".mhd", META.format("", "a%s%n.raw 1 2 1")),
        (".mhd", META.format("", "")),
    ],
)
def test_voxels_in_several_files_are_refused(tmp_path, ending, header, golden):
    # The pattern went to sprintf and ended the process; `%n` writes into memory.
    with golden.error(ScanError):
        read_image(write(tmp_path / f"scan{ending}", header, b""))


def test_a_data_file_that_is_absent_or_a_pipe(tmp_path, golden):
    with golden.error(ScanError):
        read_image(write(tmp_path / "scan.mhd", META.format("", "a.raw"), b""))


@pytest.mark.parametrize(
    "line", ["byte skip: -1", "lineskip: 1000000000", "byte skip: 5", "byte skip: x", "byte skip: " + "0" * 800]
)
def test_skipping_in_packed_voxels_is_refused(tmp_path, line, golden):
    # Both unpacked without end.
    path = write(tmp_path / "scan.nrrd", NRRD.format("gzip") + line + "\n\n", zlib.compress(IMAGE.tobytes()))
    with golden.error(ScanError):
        read_image(path)


@pytest.mark.parametrize("encoding", ["raw", "gzip", "ascii", "hex"])
def test_a_nrrd_that_promises_more_than_it_can_hold(tmp_path, encoding, golden):
    # ITK took two gigabytes for a file of a hundred bytes before it saw its end.
    header = NRRD.format(encoding).replace("6 5 4", "1000 1000 1000") + "\n"
    with golden.error(ScanError):
        read_image(write(tmp_path / "scan.nrrd", header))


@pytest.mark.parametrize("binary", ["", "BinaryData = False\n"])
def test_a_metaimage_that_promises_more_than_it_can_hold(tmp_path, binary, golden):
    header = META.format(binary, "LOCAL").replace("6 5 4", "1000 1000 1000")
    with golden.error(ScanError):
        read_image(write(tmp_path / "scan.mha", header))


@pytest.mark.parametrize("written", ["1.5", "1e5", "-40000"])
@pytest.mark.parametrize("ending", ["nrrd", "mha"])
def test_voxels_as_text_that_their_type_cannot_hold(tmp_path, written, ending, golden):
    """Regression: ITK gave 1 for 1.5 and the rest of the division by 65536 for 1e5, without a word."""
    header = NRRD.format("ascii") + "\n" if ending == "nrrd" else META.format("BinaryData = False\n", "LOCAL")
    text = " ".join(["7"] * 119 + [written]).encode() + b" "
    with golden.error(ScanError):
        read_image(write(tmp_path / f"scan.{ending}", header, text))
    floats = header.replace("short", "float").replace("MET_SHORT", "MET_FLOAT")
    assert read_image(write(tmp_path / f"float.{ending}", floats, text))[0].flat[119] == np.float32(written)


def test_packed_voxels_that_are_damaged(tmp_path, golden):
    # ITK printed `Uncompress failed` and gave what was in memory, as an image.
    path = packed(tmp_path)
    content = bytearray(path.read_bytes())
    content[-20] ^= 0xFF
    path.write_bytes(content)
    with golden.error(ScanError):
        read_image(path)


@pytest.mark.parametrize("voxels", [IMAGE[:3], np.tile(IMAGE, 2)])
def test_packed_voxels_that_are_more_or_fewer(tmp_path, voxels, golden):
    # Of fewer, ITK gave the rest as it was in memory.
    content = zlib.compress(voxels.tobytes())
    header = META.format(f"CompressedData = True\nCompressedDataSize = {len(content)}\n", "LOCAL")
    with golden.error(ScanError):
        read_image(write(tmp_path / "scan.mha", header, content))


@pytest.mark.parametrize(
    "size",
    ["", "CompressedDataSize = 9000000000000\n", "CompressedDataSize = -1\n", f"CompressedDataSize = {'0' * 200}1\n"],
)
def test_packed_voxels_of_unknown_length(tmp_path, size, golden):
    # Without the length ITK gave what was in memory; with a large one it took memory for that.
    header = META.format("CompressedData = True\n" + size, "LOCAL")
    with golden.error(ScanError):
        read_image(write(tmp_path / "scan.mha", header, zlib.compress(IMAGE.tobytes())))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (META.format("ElementDataFile = LOCAL\n", "/etc/passwd"), None),  # the first counts
        (META.format("CompressedData = False\nCompressedData = True\n", "LOCAL"), "stands 2 times"),
        (META.format("Comment = x CompressedData = True\n", "LOCAL"), "at the beginning of a line"),
        (META.format("Comment = ElementDataFile = /etc/passwd\n", "LOCAL"), "at the beginning of a line"),
        (META.format("HeaderSize = 3\nCompressedData = True\nCompressedDataSize = 1\n", "LOCAL"), "HeaderSize"),
        (META.format("", "LOCAL").replace("NDims = 3", "NDims = " + "9" * 40), "NDims is '9999"),  # the process ended
        (META.replace("ElementDataFile", "DataFile").format("", "LOCAL"), "names no ElementDataFile"),
    ],
)
def test_headers_that_could_be_understood_in_two_ways(tmp_path, header, message, golden):
    path = write(tmp_path / "scan.mha", header)
    if message is None:
        assert read_image(path)[0].shape == IMAGE.shape
    else:
        with golden.error(ScanError):
            read_image(path)


def test_formats_that_may_lead_anywhere_are_not_read(tmp_path, golden):
    path = tmp_path / "scan.h5"
    sitk.WriteImage(sitk.GetImageFromArray(IMAGE), str(path))
    with golden.error(ScanError):
        read_image(path)


@pytest.mark.parametrize(("ending", "other"), [(".nhdr", ".raw"), (".mhd", ".raw"), (".hdr", ".img")])
def test_an_image_in_two_files_counts_as_both(tmp_path, ending, other):
    # Only the header was looked at, so that new voxels were taken for the old ones.
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(sitk.GetImageFromArray(IMAGE), str(path))
    voxels = tmp_path / f"scan{other}"
    assert files_of(path) == (path, voxels)
    if ending == ".hdr":
        assert files_of(voxels) == (voxels, path)


@pytest.mark.parametrize("line", ["kinds: " + "9" * 1100, "x" * 1100, "bogus: " + "y" * 1100])
def test_long_lines_of_a_nrrd_are_refused(tmp_path, line, golden):
    # ITK wrote its message about them over the end of a buffer, and the process ended.
    path = write(tmp_path / "scan.nrrd", NRRD.format("raw") + line + "\n\n")
    with golden.error(ScanError):
        read_image(path)


def test_a_long_value_of_other_programs_is_no_field(tmp_path):
    # 3D Slicer keeps the parameters of a segmentation so.
    path = write(
        tmp_path / "scan.nrrd", NRRD.format("raw") + "Parameters:=" + "a|" * 2000 + "\n# " + "b" * 2000 + "\n\n"
    )
    np.testing.assert_array_equal(read_image(path)[0], IMAGE)


def test_long_lines_of_a_metaimage_are_refused(tmp_path, golden):
    # So did a name of 300 characters.
    header = META.format("BinaryData = True\nName = " + "x" * 300 + "\n", "LOCAL")
    with golden.error(ScanError):
        read_image(write(tmp_path / "scan.mha", header))
