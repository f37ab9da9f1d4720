"""Which format an image file has, by its own bytes: no library is let near a file to find that out.

To ask ITK is to let every one of its readers open the file: that of HDF5 follows links to other files, others hang or
crash for damaged headers.
"""

import re
import zlib
from pathlib import Path

from harmonize.errors import ScanError
from harmonize.formats.guard import ADVICE, READABLE
from harmonize.inputs.files import once_a_look, open_file

HEAD = 8192
"""Bytes in which every format has said what it is."""
GZIP = b"\x1f\x8b"
DICOM = b"DICM"
GIPL_MAGIC = (b"\xef\xff\xe9\xb0", b"\x2a\xe3\x89\xb8")
STARTS = {
    b"NRRD": "NrrdImageIO",
    b"\x89PNG\r\n\x1a\n": "PNGImageIO",
    b"II*\0": "TIFFImageIO",
    b"MM\0*": "TIFFImageIO",
    b"# vtk DataFile": "VTKImageIO",
}
"""How files of a format begin, and the reader of ITK for it."""
OTHERS = {
    b"\x89HDF\r\n\x1a\n": "HDF5, such as MINC 2",
    b"CDF": "NetCDF, such as MINC 1",
    b"BM": "BMP",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"PK\x03\x04": "a ZIP archive",
    b"<": "XML",
}
"""How files begin that are often taken for images, and what they are."""
NIFTI_NAME = re.compile(r"\.(nii|hdr|img)(\.gz)?$|\.(NII|HDR|IMG)(\.GZ)?$")
"""Endings that ITK takes for NIfTI; it refuses .Nii."""
NIFTI_2 = (b"\x1c\x02\0\0", b"\0\0\x02\x1c")
ANALYZE = (b"\x5c\x01\0\0", b"\0\0\x01\x5c")
"""Length of the header of Analyze and NIfTI, in both orders of bytes."""


@once_a_look
def is_dicom(path: Path) -> bool:
    """Say whether a file is DICOM, by its content.

    Examples
    --------
    >>> is_dicom(Path("nowhere.dcm"))
    False
    """
    try:
        with open_file(path) as file:
            return file.read(132)[128:] == DICOM
    except OSError:
        return False


def is_series(path: Path) -> bool:
    """Say whether a path is read as DICOM: a folder, or a DICOM file."""
    try:
        return path.is_dir() or is_dicom(path)
    except OSError:  # a name longer than the file system allows
        return False


def reader_of(path: Path) -> str:
    """Give the name of the reader of ITK for an image file, judged by content and ending.

    Parameters
    ----------
    path : Path
        Of a pair of ``.hdr`` and ``.img`` the file with the header.

    Raises
    ------
    ScanError
        If it is of no format that is read here.

    Examples
    --------
    >>> reader_of(Path("nowhere.nii"))
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'nowhere.nii'
    """
    name = path.name.lower()
    with open_file(path) as file:
        packed = file.read(2) == GZIP
    if packed and not name.endswith(".gz"):
        raise _refused(path, "it is packed with gzip, but its name does not end in .gz", "rename it")
    head = beginning(path)
    if head[:4] in ANALYZE and len(head) >= 348:
        if not NIFTI_NAME.search(path.name):
            raise _refused(path, "it is NIfTI, but its name does not end in .nii, .nii.gz or .hdr", "rename it")
        return "NiftiImageIO"
    if head[:4] in NIFTI_2 and head[4:7] in (b"n+2", b"ni2"):
        raise _refused(path, "it is NIfTI-2, expected NIfTI-1", "save it as NIfTI-1, or as NRRD")
    if name.endswith((".gipl", ".gipl.gz")) and head[252:256] in GIPL_MAGIC:
        return "GiplImageIO"
    if not packed:
        if name.endswith((".mha", ".mhd")) and b"NDims" in head:
            return "MetaImageIO"
        found = next((reader for start, reader in STARTS.items() if head.startswith(start)), None)
        if found is not None:
            return found
        if head[208:212] == b"MAP ":
            return "MRCImageIO"
    other = next((what for start, what in OTHERS.items() if head.startswith(start)), None)
    if other is not None:
        raise ScanError(f"{path}: is of a format that is not read ({other})", f"export it as {READABLE}")
    raise _refused(path, "its format is not recognised", ADVICE)


def _refused(path: Path, problem: str, advice: str) -> ScanError:
    return ScanError(f"{path}: cannot be read: {problem}", advice)


@once_a_look
def beginning(path: Path) -> bytes:
    """Give the first bytes of a file, unpacked where it is packed with gzip; fewer where it ends or is damaged."""
    with open_file(path) as file:
        head = file.read(HEAD)
    if head[:2] != GZIP:
        return head
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, HEAD)
    except zlib.error:
        return b""
