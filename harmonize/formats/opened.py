"""The one way in which an image file is opened: its header is looked at here first, and only then does ITK read it."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from harmonize.errors import NotOneVolumeError, ScanError
from harmonize.formats.geometry import placed
from harmonize.formats.guard import guarded, refuse_bomb, refuse_too_many
from harmonize.formats.kind import reader_of
from harmonize.formats.nifti import NiftiHeader, nifti_header
from harmonize.formats.nifti_forms import place_of_slice, refuse_bad_sform, tell_forms, tell_scale
from harmonize.formats.pairs import header_file
from harmonize.formats.text_header import TextHeader, text_header
from harmonize.image.volume import Grid
from harmonize.inputs.files import hold, once_a_look, refuse_special

WITH_PATIENT_AXES = ("NrrdImageIO", "MetaImageIO", "MRCImageIO")


@dataclass(frozen=True)
class Opened:
    """An image file whose header can be trusted with the memory that reading takes.

    Parameters
    ----------
    path : Path
        The file, of any format but DICOM.
    reader : SimpleITK.ImageFileReader
        That has read the header.
    kind : str
        The name of ITK's reader of its format.
    header : NiftiHeader or TextHeader, optional
        Of NIfTI, NRRD and MetaImage, as it was looked at here.
    """

    path: Path
    reader: sitk.ImageFileReader
    kind: str
    header: NiftiHeader | TextHeader | None

    @property
    def voxels(self) -> int:
        """How many the header promises."""
        return int(math.prod(self.reader.GetSize()))

    @property
    def spacing(self) -> tuple[float, ...]:
        """Edges of a voxel in mm, x first."""
        return tuple(self.reader.GetSpacing())

    @property
    def tells_orientation(self) -> bool:
        """Whether left and right of the patient are known."""
        if self.reader.GetDimension() < 3:
            return False
        if isinstance(self.header, NiftiHeader):
            return self.header.qform is not None or self.header.sform is not None
        if self.kind == "NrrdImageIO":
            return bool(self.reader.HasMetaDataKey("NRRD_space"))
        return self.kind in WITH_PATIENT_AXES

    def grid(self) -> Grid:
        """Give where the voxels lie, of two dimensions or more the first three; raises `ScanError` as `Grid` does."""
        reader, dimension = self.reader, self.reader.GetDimension()
        axes = min(dimension, 3)
        spacing, origin, direction = (*reader.GetSpacing(), 1.0)[:3], (*reader.GetOrigin(), 0.0)[:3], np.eye(3)
        direction[:axes, :axes] = np.array(reader.GetDirection()).reshape(dimension, dimension)[:axes, :axes]
        place = place_of_slice(self.header) if dimension == 2 and isinstance(self.header, NiftiHeader) else None
        if place is not None and isinstance(self.header, NiftiHeader):  # of two axes ITK keeps two numbers only
            x, y, z = (float(value) * spacing[0] / self.header.edges[0] for value in place[:, 3])
            origin, direction = (x, y, z), place[:, :3]
        return placed(str(self.path), (*reader.GetSize(), 1)[:3], spacing, origin, direction.ravel())

    def array(self) -> NDArray[Any]:
        """Read the voxels, the last dimension of the file first; raises `ScanError` for fewer than promised."""
        if isinstance(self.header, NiftiHeader):
            return self.header.array()
        each = sitk.Image([1, 1], self.reader.GetPixelID()).GetSizeOfPixelComponent()
        if self.header is not None:
            self.header.refuse_other_size(self.voxels, each)
        else:
            refuse_bomb(self.path, self.voxels * each)
        array: NDArray[Any] = sitk.GetArrayFromImage(self.reader.Execute())
        if self.header is not None:
            self.header.refuse_changed(array)
        return array

    def tell_of(self, grid: Grid) -> None:
        """Tell where the header places the voxels in two ways that differ, or gives them no size."""
        if isinstance(self.header, NiftiHeader):
            tell_forms(self.header, grid)
            tell_scale(self.header)
        elif self.header is not None:
            self.header.tell_no_size(grid)


def read_plain(path: Path) -> tuple[NDArray[Any], Grid, None]:
    """Read the voxels of a file of any format but DICOM, and where they lie; see `read_scan`."""
    opened = open_image(path)
    grid = opened.grid()
    opened.tell_of(grid)
    return opened.array().reshape(grid.shape), grid, None


@once_a_look
def open_image(path: Path) -> Opened:
    """Open an image file, reading no more than its header.

    Parameters
    ----------
    path : Path
        A file of any format but DICOM.

    Raises
    ------
    ScanError
        If there is no such file, its format may lead to other files, or its header cannot be or promises more than a
        scan has.

    Examples
    --------
    >>> open_image(Path("nowhere.nii.gz"))
    Traceback (most recent call last):
    harmonize.errors.ScanError: nowhere.nii.gz: there is no such file; mend the path or remove the row
    """
    with guarded(path):
        _refuse_no_file(path)
        hold(path)
        kind = reader_of(header_file(path))
        header: NiftiHeader | TextHeader | None = nifti_header(path) if kind == "NiftiImageIO" else text_header(path)
        if isinstance(header, TextHeader):
            header.check_geometry()
        if isinstance(header, NiftiHeader):
            refuse_too_many(path, header.voxels)
            header.refuse_cut_off()
            refuse_bad_sform(header)
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(path))
        reader.SetImageIO(kind)
        reader.ReadImageInformation()
        _refuse_unfit(path, reader, header)
        return Opened(path, reader, kind, header)


def peek(path: Path) -> Opened | None:
    """Open an image file for what its header says beside the voxels; nothing where it cannot be read.

    Examples
    --------
    >>> peek(Path("nowhere.nii.gz")) is None
    True
    """
    try:
        return open_image(path)
    except ScanError:
        return None


def _refuse_no_file(path: Path) -> None:
    if not path.exists():
        raise ScanError(f"{path}: there is no such file", "mend the path or remove the row")
    refuse_special(path)
    if path.stat().st_size == 0:
        raise ScanError(f"{path}: is empty (0 bytes)", "copy or export it again")


def _refuse_unfit(path: Path, reader: sitk.ImageFileReader, header: NiftiHeader | TextHeader | None) -> None:
    kind = sitk.GetPixelIDValueAsString(reader.GetPixelID())
    if "complex" in kind.lower():
        raise ScanError(f"{path}: holds complex numbers ({kind})", "save the magnitude image and use that")
    components = reader.GetNumberOfComponents()
    if components != 1:  # a list of one value a voxel (NRRD) is an image as others are
        raise NotOneVolumeError(
            f"{path}: has {components} values a voxel ({kind}), expected one",
            "save one channel, or for a layered segmentation a label map, and use that",
        )
    size = reader.GetSize()
    shape = " x ".join(map(str, size))
    if min(size) < 1:
        raise ScanError(f"{path}: the header promises {shape} voxels, expected one or more", "export it again")
    refuse_too_many(path, math.prod(size))
    if len(size) not in (2, 3) and any(length != 1 for length in size[3:]):
        raise NotOneVolumeError(
            f"{path}: has {len(size)} dimensions ({shape}), expected 2 or 3", "save one volume of it"
        )
    if isinstance(header, NiftiHeader) and header.voxels != math.prod(size):
        raise ScanError(
            f"{path}: the header promises {header.voxels} voxels, of which ITK sees {shape}", "export it again"
        )
