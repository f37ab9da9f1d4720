"""Image files: DICOM, NIfTI, NRRD, MetaImage and a few others, as an array and its grid, and back."""

from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.formats.guard import guarded, reason
from harmonize.formats.registry import format_of
from harmonize.image.field_of_view import padding_of
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid, to_itk
from harmonize.inputs.files import once_a_look
from harmonize.inputs.paths import as_path


def read_array(path: Path) -> tuple[NDArray[Any], Grid]:
    """Read the voxels of a file in their own type, whatever they mean; see `read_scan`."""
    array, grid, _ = read_scan(path)
    return array, grid


@once_a_look
def read_scan(path: Path) -> tuple[NDArray[Any], Grid, BoolArray | None]:
    """Read the voxels of a file in their own type, and where they hold no data.

    A two-dimensional image becomes a volume of one slice, 1 mm thick; a fourth dimension of length one is dropped.

    Parameters
    ----------
    path : Path
        A NIfTI, NRRD or MetaImage file (also GIPL, MRC, VTK, TIFF, PNG), or a DICOM series: its folder or one of its
        files (see `read_dicom`).

    Returns
    -------
    array : ndarray of any real type, shape (z, y, x)
        The voxels.
    grid : Grid
        Where they lie.
    outside : ndarray of bool, shape (z, y, x), optional
        Padding, declared by a DICOM header (other than 0, which voxels without signal have as well) or found
        (`harmonize.image.field_of_view.padding_of`); None where there is none.

    Raises
    ------
    ScanError
        If the file is missing, empty or unreadable, holds colours, vectors, complex numbers or several volumes, or has
        no grid that could be (see `Grid`).
    """
    path = Path(path)
    with guarded(path):
        array, grid, declared = format_of(path).read(path)
        array.flags.writeable = False  # whoever looks at the file again is given the same
        return array, grid, _outside(array, grid, declared)


def _outside(array: NDArray[Any], grid: Grid, declared: BoolArray | None) -> BoolArray | None:
    found = padding_of(array, infer_slice_axis(grid) or 0)
    if declared is not None:
        declared = declared & (array != 0)
        found = declared if found is None else found | declared
    return found if found is not None and found.any() else None


def read_image(path: str | Path) -> tuple[FloatArray, Grid]:
    """Read an image file as 64-bit floats.

    Parameters
    ----------
    path : str or Path
        As in `read_array`.

    Returns
    -------
    image : ndarray of float64, shape (z, y, x)
        Intensities, finite everywhere.
    grid : Grid
        Where the voxels lie.

    Raises
    ------
    ScanError
        As `read_array`, and for NaN or infinite intensities.

    Examples
    --------
    >>> read_image(Path("nowhere.nii.gz"))
    Traceback (most recent call last):
    harmonize.errors.ScanError: nowhere.nii.gz: there is no such file; mend the path or remove the row
    """
    path = as_path(path, "image")
    array, grid = read_array(path)
    return finite(path, array), grid


def finite(path: Path, array: NDArray[Any]) -> FloatArray:
    """Give voxels as 64-bit floats; raises a `ScanError` for NaN and infinite ones."""
    with np.errstate(invalid="ignore"):  # NaN of a kind that signals
        image = array.astype(np.float64)
    there = np.isfinite(image)
    if not there.all():
        bad = int((~there).sum())
        raise ScanError(
            f"{path}: {bad} of {image.size} voxels are NaN or infinite", "export it again or replace these voxels"
        )
    return image


def write_image(array: NDArray[np.generic], grid: Grid, path: str | Path) -> None:
    """Write an array to a file, compressed where the format can; its ending names the format.

    Parameters
    ----------
    array : ndarray of numbers or bool, shape (z, y, x)
        Numbers are written in their own type, a mask as 0 and 1 in 8 bits.
    grid : Grid
        Where the voxels lie.
    path : str or Path
        Such as ``scan.nii.gz``; its folder is made where it is missing.

    Raises
    ------
    ScanError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_image(np.ones((1, 2, 3)), Grid((3, 2, 1)), Path(folder) / "scan.nii.gz")
    ...     read_image(Path(folder) / "scan.nii.gz")[1].size
    (3, 2, 1)
    """
    path = as_path(path, "image")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(to_itk(array, grid), str(path), useCompression=True)
    except (RuntimeError, OSError) as error:
        raise ScanError(
            f"{path}: cannot be written: {reason(error)}",
            "look at the ending (such as .nii.gz or .nrrd), the free space and the rights of the folder",
        ) from error
