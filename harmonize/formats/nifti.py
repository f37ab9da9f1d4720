"""What ITK hides when it reads NIfTI: files that were cut off, voxels without a size, and voxels NaN or infinite.

ITK fills what is missing from a NIfTI file with zeros, takes 1 mm for a voxel size of 0 or NaN, and puts zeros in place
of NaN and infinite voxels, all without a word. So all of that is looked for here in the file itself.
"""

import gzip
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from harmonize.errors import ScanError
from harmonize.formats.inflate import CHUNK, MOST_PACKED

GZIP_MAGIC = b"\x1f\x8b"
FLOAT_TYPES = {16: "f4", 64: "f8"}
"""NIfTI codes of the types that can hold NaN, and how NumPy calls them."""
HEADERS, VOXELS = (".hdr", ".hdr.gz"), (".img", ".img.gz")
PAIRS = ((HEADERS, (*VOXELS, ".IMG")), (VOXELS, (*HEADERS, ".HDR")))
"""Endings of the two files of a pair, and those of the other one."""


@dataclass(frozen=True)
class Layout:
    """Where the voxels stand in a NIfTI file.

    Parameters
    ----------
    path : Path
        The file that holds the voxels.
    offset : int
        First byte of the voxels in the unpacked file.
    voxels, bytes_per_voxel : int
        How many, and how large each is.
    datatype : int
        The NIfTI code of their type.
    """

    path: Path
    offset: int
    voxels: int
    bytes_per_voxel: int
    datatype: int

    @property
    def end(self) -> int:
        """The least number of bytes of the unpacked file."""
        return self.offset + self.voxels * self.bytes_per_voxel


def layout_of(path: Path, reader: sitk.ImageFileReader) -> Layout | None:
    """Give the layout of a file whose header a reader has read, or None where it is not NIfTI.

    Parameters
    ----------
    path : Path
        The file: ``.nii``, ``.nii.gz``, ``.hdr`` or ``.img``.
    reader : SimpleITK.ImageFileReader
        That has read the header of this file.
    """
    keys = ("bitpix", "vox_offset", "datatype", "dim[0]")
    # SimpleITK copies these keys into files of other formats that were made from NIfTI.
    if sitk.ImageFileReader.GetImageIOFromFileName(str(path)) != "NiftiImageIO":
        return None
    if not all(reader.HasMetaDataKey(key) for key in keys):
        return None
    data = _data_file(path)
    if data is None:
        return None
    try:
        bits, offset, datatype, dimensions = (int(float(reader.GetMetaData(key))) for key in keys)
        voxels = math.prod(int(reader.GetMetaData(f"dim[{axis}]")) for axis in range(1, dimensions + 1))
    except (ValueError, OverflowError, RuntimeError) as error:
        raise ScanError(f"{path}: the header is damaged ({error})", "export it again") from error
    if offset < 0 or bits <= 0:
        raise ScanError(f"{path}: the header is damaged (vox_offset {offset}, bitpix {bits})", "export it again")
    return Layout(data, offset, voxels, bits // 8, datatype)


def refuse_truncated(path: Path, layout: Layout) -> None:
    """Raise a `ScanError` where a file holds fewer bytes than its header says."""
    if not _holds(layout.path, layout.end):
        raise ScanError(
            f"{path}: is cut off, expected {layout.end} bytes (unpacked) for {layout.voxels} voxels",
            "copy or export it again",
        )


def refuse_no_size(path: Path) -> None:
    """Raise a `ScanError` where the header gives voxels no size along an axis; ITK takes 1 mm without a word."""
    with _unpacked(path) as file:
        header = file.read(168)
    order = _byte_order(header)
    second = int.from_bytes(header[:4], "little" if order == "<" else "big") == 540  # NIfTI-2
    axes, first = (header[16:24], 104) if second else (header[40:42], 76)
    count = int(np.frombuffer(axes, order + ("i8" if second else "i2"))[0])
    sizes = np.frombuffer(header, order + ("f8" if second else "f4"), count=4, offset=first)[1 : 1 + min(count, 3)]
    bad = [i for i, size in enumerate(sizes) if not np.isfinite(size) or size == 0]
    if bad:
        raise ScanError(
            f"{path}: the header gives voxels a size of {sizes[bad[0]]:g} mm along {'xyz'[bad[0]]}",
            "export it again, or enter the right size (pixdim) into the header",
        )


def non_finite_voxels(path: Path, layout: Layout) -> NDArray[np.bool_] | None:
    """Mark the voxels that are NaN or infinite in the file, in file order; None where its type has no such values.

    Parameters
    ----------
    path : Path
        The file with the header, which tells the order of bytes.
    layout : Layout
        Its layout.

    Returns
    -------
    ndarray of bool, shape (voxels,), or None
        In the order x, y, z, x fastest, as in the arrays of SimpleITK.
    """
    if layout.datatype not in FLOAT_TYPES:
        return None
    with _unpacked(path) as file:
        order = _byte_order(file.read(4))
    with _unpacked(layout.path) as file:
        content = file.read(layout.end)  # whatever follows may be endless
    values = np.frombuffer(content, order + FLOAT_TYPES[layout.datatype], count=layout.voxels, offset=layout.offset)
    bad: NDArray[np.bool_] = ~np.isfinite(values)
    return bad


def _byte_order(header: bytes) -> str:
    return "<" if int.from_bytes(header[:4], "little") in (348, 540) else ">"


def pair_of(path: Path) -> Path | None:
    """Give the other file of a pair of ``.hdr`` and ``.img``; None where there is none.

    Examples
    --------
    >>> pair_of(Path("nowhere.hdr")) is None
    True
    """
    name = path.name.lower()
    for endings, others in PAIRS:
        ending = next((ending for ending in endings if name.endswith(ending)), None)
        if ending is not None:
            found = [path.with_name(path.name[: -len(ending)] + other) for other in others]
            return next((file for file in found if file.exists()), None)
    return None


def _data_file(path: Path) -> Path | None:
    """Find the file that holds the voxels: of a pair, the one with the ending ``.img``."""
    return pair_of(path) if path.name.lower().endswith(HEADERS) else path


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP_MAGIC


def _unpacked(path: Path) -> IO[bytes]:
    file: IO[bytes] = gzip.open(path) if _is_packed(path) else path.open("rb")  # type: ignore[assignment]  # noqa: SIM115
    return file


def _holds(path: Path, expected: int) -> bool:
    """Tell whether a file holds so many bytes when unpacked; its trailer mostly spares the unpacking."""
    if not _is_packed(path):
        return path.stat().st_size >= expected
    if expected > path.stat().st_size * MOST_PACKED:
        return False  # whatever the trailer says
    with path.open("rb") as file:
        file.seek(-4, 2)
        if int.from_bytes(file.read(4), "little") == expected % 2**32:
            return True
    length = 0
    try:  # cut off, packed in several members, or with something after the voxels
        with gzip.open(path) as packed:
            while length < expected and (chunk := packed.read(CHUNK)):
                length += len(chunk)
    except (EOFError, OSError, zlib.error):
        return False
    return length >= expected
