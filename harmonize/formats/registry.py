"""The formats of image files. A new one is one file with its reader, and one entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from harmonize.arrays import BoolArray
from harmonize.errors import ScanError
from harmonize.formats.kind import is_series
from harmonize.formats.opened import peek, read_plain
from harmonize.formats.pairs import pair_of
from harmonize.formats.text_header import text_header
from harmonize.image.volume import Grid
from harmonize.inputs.files import once_a_look

Read = tuple[NDArray[Any], Grid, BoolArray | None]
"""The voxels in their own type, shape (z, y, x); where they lie; where the file says that there is no data."""


def _read_dicom(path: Path) -> Read:
    from harmonize.formats.dicom import read_dicom  # only where there is DICOM: loading pydicom takes long

    return read_dicom(path)


def _dicom_files(path: Path) -> tuple[Path, ...]:
    from harmonize.formats.dicom import dicom_files

    return dicom_files(path)


def _alone(path: Path) -> tuple[Path, ...]:
    return (path,)


def _known(_: Path) -> bool:
    return True


@dataclass(frozen=True)
class ImageFormat:
    """A format, or a family of formats that one reader reads.

    Parameters
    ----------
    name : str
        For people.
    recognised : callable
        Says of a path, by its content, whether it is of this format.
    read : callable
        Reads a path; raises `ScanError`, and tells of what is odd (`harmonize.remarks.remark`).
    endings : tuple of str
        Of file names, without which a sidecar of the same name is found.
    files : callable
        All files that a path stands for; by default itself alone.
    tells_orientation : callable
        Says whether left and right of the patient are known; by default they are.
    """

    name: str
    recognised: Callable[[Path], bool]
    read: Callable[[Path], Read]
    endings: tuple[str, ...] = ()
    files: Callable[[Path], tuple[Path, ...]] = _alone
    tells_orientation: Callable[[Path], bool] = _known


def _with_voxels(path: Path) -> tuple[Path, ...]:
    """Give an image and, where its header and its voxels are two files, the other one."""
    try:
        header = text_header(path)
    except (OSError, ScanError):
        return (path,)
    other = pair_of(path) if header is None else header.data
    return (path,) if other in (None, path) else (path, other)


def _tells(path: Path) -> bool:
    opened = peek(path)
    return opened is not None and opened.tells_orientation


FORMATS = [
    ImageFormat("DICOM", is_series, _read_dicom, files=_dicom_files),
    ImageFormat(
        "NIfTI, NRRD, MetaImage and what else ITK reads",
        _known,  # of what is none of them its reader says what it is
        read_plain,
        endings=(".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".hdr", ".img.gz", ".img"),
        files=_with_voxels,
        tells_orientation=_tells,
    ),
]
"""In the order in which they are asked; the last one takes what is left."""


def format_of(path: Path) -> ImageFormat:
    """Give the format of a path: the first that recognises it."""
    return next(entry for entry in FORMATS if entry.recognised(path))


@once_a_look
def files_of(path: Path) -> tuple[Path, ...]:
    """Give the files that a path of images.csv stands for.

    Parameters
    ----------
    path : Path
        Any file, or a folder.

    Returns
    -------
    tuple of Path
        Of a folder, all DICOM files in it and in folders within; of a DICOM image, the files of its series beside
        it; of an image in two files, header and voxels; else the path itself.
    """
    return format_of(path).files(path)


def tells_orientation(path: Path) -> bool:
    """Tell whether left and right of the patient are known; some files give a grid without.

    Examples
    --------
    >>> tells_orientation(Path("nowhere.nii.gz"))
    False
    """
    return format_of(path).tells_orientation(path)


def ending_of(path: Path) -> str | None:
    """Give the ending of a file name by which images are known; None for another.

    Examples
    --------
    >>> ending_of(Path("a.T2.nii.gz")), ending_of(Path("a.txt"))
    ('.nii.gz', None)
    """
    known = (ending for entry in FORMATS for ending in entry.endings)
    return next((ending for ending in known if path.name.lower().endswith(ending)), None)
