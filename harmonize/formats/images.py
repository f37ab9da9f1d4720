"""Image files: DICOM, NIfTI, NRRD, MetaImage and a few others, as an array and its grid, and back."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from harmonize.errors import ScanError
from harmonize.formats.dicom import read_dicom
from harmonize.formats.dicom_file import is_series, refuse_bomb, refuse_too_many
from harmonize.formats.geometry import placed
from harmonize.formats.guard import READABLE, guarded, reason
from harmonize.formats.nifti import Layout, layout_of, non_finite_voxels, refuse_no_size, refuse_truncated
from harmonize.formats.text_header import TextHeader, text_header
from harmonize.volume import FloatArray, Grid, to_itk

SINGLE_FILES = (
    *("NiftiImageIO", "NrrdImageIO", "MetaImageIO", "GDCMImageIO", "GiplImageIO", "MRCImageIO", "VTKImageIO"),
    *("TIFFImageIO", "PNGImageIO"),
)
"""Formats of ITK that cannot lead to any other file, or only in ways that are checked."""


def read_array(path: Path) -> tuple[NDArray[Any], Grid]:
    """Read the voxels of a file in their own type, whatever they mean.

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

    Raises
    ------
    ScanError
        If the file is missing, empty or unreadable, holds colours, vectors, complex numbers or several volumes, or has
        no grid that could be (see `Grid`).
    """
    path = Path(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    with guarded(path):
        if is_series(path):
            array, grid, _ = read_dicom(path)
            return array, grid
        _refuse_no_file(path)
        header = refuse_unsafe_header(path)
        reader.ReadImageInformation()
        _refuse_unfit(path, reader)
        layout = layout_of(path, reader)
        _refuse_other_size(path, reader, header, layout)
        array, grid = _spatial(path, reader.Execute())
        bad = None if layout is None else non_finite_voxels(path, layout)
    if bad is not None and bad.any():
        array[bad.reshape(array.shape)] = np.nan  # ITK has read zeros
    return array, grid


def read_image(path: Path) -> tuple[FloatArray, Grid]:
    """Read an image file as 64-bit floats.

    Parameters
    ----------
    path : Path
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
    array, grid = read_array(path)
    image = array.astype(np.float64)
    bad = image.size - int(np.isfinite(image).sum())
    if bad:
        raise ScanError(
            f"{path}: {bad} of {image.size} voxels are NaN or infinite", "export it again or replace these voxels"
        )
    return image, grid


def write_image(array: NDArray[np.generic], grid: Grid, path: Path) -> None:
    """Write an array to a file, compressed where the format can; its ending names the format.

    Parameters
    ----------
    array : ndarray of numbers or bool, shape (z, y, x)
        Numbers are written in their own type, a mask as 0 and 1 in 8 bits.
    grid : Grid
        Where the voxels lie.
    path : Path
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
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(to_itk(array, grid), str(path), useCompression=True)
    except (RuntimeError, OSError) as error:
        raise ScanError(
            f"{path}: cannot be written: {reason(error)}",
            "look at the ending (such as .nii.gz or .nrrd), the free space and the rights of the folder",
        ) from error


def _refuse_no_file(path: Path) -> None:
    if not path.exists():
        raise ScanError(f"{path}: there is no such file", "mend the path or remove the row")
    if path.stat().st_size == 0:
        raise ScanError(f"{path}: is empty (0 bytes)", "copy or export it again")


def refuse_unsafe_header(path: Path) -> TextHeader | None:
    """Refuse an image file that ITK must not open; give the header of a NRRD or MetaImage file.

    Raises
    ------
    ScanError
        If its format may lead to any file (HDF5, MINC, Stimulate, ...), or its header does so.
    """
    kind = sitk.ImageFileReader.GetImageIOFromFileName(str(path))
    if kind and kind not in SINGLE_FILES:
        raise ScanError(f"{path}: is of a format that is not read ({kind})", f"export it as {READABLE}")
    return text_header(path)


def _refuse_other_size(
    path: Path, reader: sitk.ImageFileReader, header: TextHeader | None, layout: Layout | None
) -> None:
    """Refuse a file that cannot hold what its header promises, before memory is taken for that."""
    voxels, bytes_each = math.prod(reader.GetSize()), sitk.Image([1, 1], reader.GetPixelID()).GetSizeOfPixelComponent()
    if header is not None:
        header.refuse_other_size(voxels, bytes_each)
    elif layout is not None:
        refuse_truncated(path, layout)
        refuse_no_size(path)
    else:
        refuse_bomb(path, voxels * bytes_each)


def _refuse_unfit(path: Path, reader: sitk.ImageFileReader) -> None:
    kind = sitk.GetPixelIDValueAsString(reader.GetPixelID())
    if "complex" in kind.lower():
        raise ScanError(f"{path}: holds complex numbers ({kind})", "save the magnitude image and use that")
    components = reader.GetNumberOfComponents()
    if components != 1 or "vector" in kind.lower():
        raise ScanError(
            f"{path}: has {components} values a voxel ({kind}), expected one",
            "save one channel, or for a layered segmentation a label map, and use that",
        )
    size = reader.GetSize()
    refuse_too_many(path, math.prod(size))
    if len(size) not in (2, 3) and any(length != 1 for length in size[3:]):
        shape = " x ".join(map(str, size))
        raise ScanError(f"{path}: has {len(size)} dimensions ({shape}), expected 2 or 3", "save one volume of it")


def _spatial(path: Path, image: sitk.Image) -> tuple[NDArray[Any], Grid]:
    array = sitk.GetArrayFromImage(image)
    dimension = image.GetDimension()
    axes = min(dimension, 3)
    direction = np.eye(3)
    direction[:axes, :axes] = np.array(image.GetDirection()).reshape(dimension, dimension)[:axes, :axes]
    size = (*image.GetSize(), 1)[:3]
    grid = placed(
        str(path),
        size,
        (*image.GetSpacing(), 1.0)[:3],
        (*image.GetOrigin(), 0.0)[:3],
        direction.ravel(),
    )
    return array.reshape(grid.shape), grid
