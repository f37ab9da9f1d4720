"""NIfTI-1 and Analyze: what a header says is looked at before ITK is asked, and what ITK hides is looked for.

ITK fills what is missing from a NIfTI file with zeros, takes 1 mm for a voxel size of 0 or NaN, puts
zeros in place of NaN and infinite voxels, adds an intercept although a slope of 0 says that nothing is scaled, takes a
rotation of NaN for none, and loops without end where the sform holds an infinity, all without a word.

References
----------
The NIfTI-1 data format, https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h.
"""

import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from harmonize.arrays import FloatArray
from harmonize.errors import ScanError
from harmonize.formats.inflate import MOST_PACKED, inflated
from harmonize.formats.kind import GZIP, beginning
from harmonize.formats.pairs import data_file, header_file
from harmonize.inputs.files import held, open_file

TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
"""NIfTI codes of the types of real numbers, and how NumPy calls them."""
OTHER_TYPES = {32: ("complex", 64), 1792: ("complex", 128), 128: ("RGB", 24), 2304: ("RGBA", 32)}
"""Codes of other types that ITK knows, and their bits: they are refused for what they are."""
FIELDS = {
    "dim": (40, "8i2"),
    "datatype": (70, "i2"),
    "bitpix": (72, "i2"),
    "pixdim": (76, "8f4"),
    "vox_offset": (108, "f4"),
    "scl_slope": (112, "f4"),
    "scl_inter": (116, "f4"),
    "cal": (124, "2f4"),
    "gl": (140, "2i4"),
    "qform_code": (252, "i2"),
    "sform_code": (254, "i2"),
    "quatern": (256, "3f4"),
    "qoffset": (268, "3f4"),
    "srow": (280, "12f4"),
}
"""Where the fields of a header stand, and their type."""
LENGTH = 348
HALF_TURN = 1e-7
"""What is left of 1 by the three stated parts of a quaternion, below which the fourth is rounding and taken as 0, as
nifti1_io.c does."""
Order = Literal["<", ">"]
AGAIN = "export it again"
COPY = "copy or export it again"


@dataclass(frozen=True)
class NiftiHeader:
    """What the header of a NIfTI or Analyze file says.

    Parameters
    ----------
    path : Path
        The file that was named.
    data : Path
        The file that holds the voxels.
    order : {"<", ">"}
        Of the bytes.
    size : tuple of int
        Voxels along every dimension.
    datatype, bits : int
        The NIfTI code of the type of voxels, and how many bits each has.
    offset : int
        First byte of the voxels in the unpacked file.
    edges : tuple of float
        Of a voxel, as pixdim gives them, in the unit of the header; above 0.
    slope, intercept : float
        As they stand there. Of Analyze, where SPM99 and SPM2 keep them (fields that are unused else); 0 where they do
        not.
    qform, sform : ndarray of float64, shape (3, 4), optional
        From indices of voxels to the place in the patient (right, anterior, superior), where the header gives them.
    analyze : bool
        Whether this is the older format.
    """

    path: Path
    data: Path
    order: Order
    size: tuple[int, ...]
    datatype: int
    bits: int
    offset: int
    edges: tuple[float, ...]
    slope: float
    intercept: float
    qform: FloatArray | None
    sform: FloatArray | None
    analyze: bool

    @property
    def voxels(self) -> int:
        """How many there are."""
        return math.prod(self.size)

    @property
    def end(self) -> int:
        """The least number of bytes of the unpacked file."""
        return self.offset + self.voxels * self.bits // 8

    @property
    def scaled(self) -> bool:
        """Whether stored values are to be scaled: a slope of 0 or NaN says that they are not."""
        return math.isfinite(self.slope) and self.slope != 0

    def array(self) -> NDArray[Any]:
        """Read the voxels, of a file whose type is that of real numbers.

        Returns
        -------
        ndarray, the last dimension of the file first
            In their own type; scaled ones as floats of 32 bits, or 64 if they are stored so.

        Raises
        ------
        ScanError
            If the file holds fewer bytes than its header says, or packed ones are damaged.
        """
        with open_file(self.data) as file:
            packed = file.read(2) == GZIP
            file.seek(0)
            content = self._unpacked(file) if packed else held(self.data) or file.read(self.end)
        if len(content) < self.end:
            raise self._cut_off()
        kind = np.dtype(TYPES[self.datatype])
        stored = np.frombuffer(content, kind.newbyteorder(self.order), count=self.voxels, offset=self.offset)
        values = np.require(stored, kind, "A").reshape(self.size[::-1])  # these very bytes, where they are in order
        if not self.scaled or (self.slope, self.intercept) == (1.0, 0.0):
            return values
        scaled = values.astype(np.float64)
        scaled *= self.slope
        scaled += self.intercept
        return scaled if kind == np.float64 else scaled.astype(np.float32)

    def refuse_cut_off(self) -> None:
        """Raise a `ScanError` where a file cannot hold the voxels that its header promises, however it is packed."""
        with open_file(self.data) as file:
            packed = file.read(2) == GZIP
        if self.end > self.data.stat().st_size * (MOST_PACKED if packed else 1):
            raise self._cut_off()

    def _cut_off(self) -> ScanError:
        problem = f"{self.path}: is cut off, expected {self.end} bytes (unpacked) for {self.voxels} voxels"
        return ScanError(problem, COPY)

    def _unpacked(self, file: IO[bytes]) -> bytearray:
        try:
            return inflated(file, self.end)
        except zlib.error as error:
            raise ScanError(
                f"{self.path}: the packed voxels are damaged ({error})", "copy or export it again"
            ) from error


def nifti_header(path: Path) -> NiftiHeader:
    """Read the header of a NIfTI or Analyze file, refusing what ITK would read as something else.

    Parameters
    ----------
    path : Path
        The file: ``.nii``, ``.nii.gz``, ``.hdr`` or ``.img``.

    Raises
    ------
    ScanError
        If a dimension has no voxels, their type is unknown, their size is not above 0, or what places or scales them is
        not finite.
    """
    head = beginning(header_file(path))[:LENGTH]
    if len(head) < LENGTH:
        raise ScanError(f"{path}: is cut off, expected {LENGTH} bytes of a header, found {len(head)}", AGAIN)
    order: Order = "<" if int.from_bytes(head[:4], "little") == LENGTH else ">"
    fields = {
        name: np.frombuffer(head, np.dtype(kind).newbyteorder(order), count=1, offset=start)[0]
        for name, (start, kind) in FIELDS.items()
    }
    single, analyze = head[344:347] == b"n+1", head[344:347] not in (b"n+1", b"ni1")
    size = _size(path, fields["dim"])
    datatype, bits = int(fields["datatype"]), int(fields["bitpix"])
    known = int(TYPES[datatype][1]) * 8 if datatype in TYPES else OTHER_TYPES.get(datatype, ("", 0))[1]
    if not known or bits != known:
        raise ScanError(f"{path}: the header is damaged (datatype {datatype} with bitpix {bits})", AGAIN)
    start = float(fields["vox_offset"])
    if not (math.isfinite(start) and start >= 0 and start == int(start)):
        raise ScanError(f"{path}: the header is damaged (vox_offset {start:g})", AGAIN)
    slope, intercept = float(fields["scl_slope"]), float(fields["scl_inter"])
    if not analyze and math.isfinite(slope) and slope != 0 and not math.isfinite(intercept):
        raise ScanError(f"{path}: the header gives a slope of {slope:g} and an intercept of {intercept:g}", AGAIN)
    if analyze:
        intercept = intercept if math.isfinite(intercept) else 0.0
        _refuse_two_ranges(path, slope, fields)
    qform, sform = (None, None) if analyze else _forms(path, fields)
    return NiftiHeader(
        path=path,
        data=data_file(path, single),
        order=order,
        size=size,
        datatype=datatype,
        bits=bits,
        offset=max(int(start), LENGTH) if single else int(start),
        edges=_edges(path, fields["pixdim"], size),
        slope=slope,
        intercept=intercept,
        qform=qform,
        sform=sform,
        analyze=analyze,
    )


def _refuse_two_ranges(path: Path, slope: float, fields: dict[str, Any]) -> None:
    """Refuse an Analyze header without a slope that gives the range of stored values and another one of real values.

    SPM2 and nibabel scale the one to the other, most programs take the second for how to show the image.
    """
    (cal_max, cal_min), (most, least) = (fields[name].astype(np.float64) for name in ("cal", "gl"))
    if (math.isfinite(slope) and slope != 0) or cal_max == cal_min or most == least:
        return
    if math.isfinite(cal_max) and math.isfinite(cal_min) and (cal_max, cal_min) != (most, least):
        raise ScanError(
            f"{path}: the Analyze header gives values from {least:g} to {most:g} as {cal_min:g} to {cal_max:g} "
            "(cal_min, cal_max), by which some programs scale and most do not",
            "find out which is meant, and save the values as NIfTI with the program that wrote the file",
        )


def _size(path: Path, dim: NDArray[np.int16]) -> tuple[int, ...]:
    count = int(dim[0])
    size = tuple(int(length) for length in dim[1 : 1 + max(count, 0)])
    if not 2 <= count <= 7 or min(size[:3]) < 1 or min(size) < 0:
        raise ScanError(
            f"{path}: the header gives {count} dimensions of {' x '.join(map(str, size)) or 'no'} voxels, "
            "expected 2 or 3 of one voxel or more",
            AGAIN,
        )
    return tuple(max(length, 1) for length in size)  # old programs write 0 for a fourth dimension that is none


def _edges(path: Path, pixdim: NDArray[np.float32], size: tuple[int, ...]) -> tuple[float, ...]:
    """Give the edges of a voxel; a single slice without a thickness is 1 mm thick, as that of an image of two axes."""
    edges = tuple(float(edge) for edge in pixdim[1 : 1 + min(len(size), 3)])
    if size[2:3] == (1,) and edges[2] == 0:
        edges = (*edges[:2], 1.0)
    for axis, edge in zip("xyz", edges, strict=False):
        if not math.isfinite(edge) or edge <= 0:
            raise ScanError(
                f"{path}: the header gives voxels a size of {edge:g} mm along {axis}",
                "export it again, or enter the right size (pixdim) into the header",
            )
    return edges


def _forms(path: Path, fields: dict[str, Any]) -> tuple[FloatArray | None, FloatArray | None]:
    """Give qform and sform, where their codes say that they are there."""
    rows = fields["srow"].astype(np.float64)
    if not np.isfinite(rows).all():  # whatever the code says: ITK looks at them, and loops for an infinity
        raise ScanError(f"{path}: the sform of the header holds {rows[~np.isfinite(rows)][0]:g}", AGAIN)
    sform = rows.reshape(3, 4) if fields["sform_code"] > 0 else None
    if fields["qform_code"] <= 0:
        return None, sform
    turn, shift = fields["quatern"].astype(np.float64), fields["qoffset"].astype(np.float64)
    if not np.isfinite([*turn, *shift]).all() or turn @ turn > 1 + 1e-3:
        listed = ", ".join(f"{value:g}" for value in (*turn, *shift))
        raise ScanError(f"{path}: the qform of the header is no rotation and shift ({listed})", AGAIN)
    return _qform(turn, shift, fields["pixdim"].astype(np.float64)), sform


def _qform(turn: FloatArray, shift: FloatArray, pixdim: FloatArray) -> FloatArray:
    left = 1.0 - float(turn @ turn)
    b, c, d = turn / math.sqrt(turn @ turn) if left < HALF_TURN else turn
    a = 0.0 if left < HALF_TURN else math.sqrt(left)
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    flip = -1.0 if pixdim[0] < 0 else 1.0
    return np.column_stack([rotation * (pixdim[1:4] * [1.0, 1.0, flip]), shift])
