"""The values of the slices of a DICOM volume, and where they stand for no data.

Values are stored values times slope plus intercept, of every slice its own (PS3.3 C.11.1), whatever the photometric
interpretation: it says how to show them, not what they are.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import SecondaryCaptureImageStorage

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.formats.dicom_file import decode, reading, whole
from harmonize.formats.dicom_frame import Frame
from harmonize.formats.guard import refuse_bomb

LAYOUT = (
    *("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData"),
    "SamplesPerPixel",
)
"""What a decoder needs to know; the rest of a header would only make it change values."""


def read_slices(frames: Sequence[Frame]) -> tuple[FloatArray, BoolArray | None]:
    """Read the values of slices from one or many files.

    Parameters
    ----------
    frames : sequence of Frame
        Of one size.

    Returns
    -------
    values : ndarray of float64, shape (slices, rows, columns)
        Rescaled.
    padding : ndarray of bool, same shape, optional
        Where the header says that there is no data; None where there is data everywhere.

    Raises
    ------
    ScanError
        If a file cannot be decoded, or holds other pixels than its header says.
    """
    columns, rows = frames[0].size
    values = np.empty((len(frames), rows, columns))
    padding = np.zeros(values.shape, dtype=np.bool_)
    wanted: dict[Path, list[int]] = {}
    for k, frame in enumerate(frames):
        wanted.setdefault(frame.path, []).append(k)
    for path, places in wanted.items():
        pixels = stored(path)
        for k in places:
            frame = frames[k]
            if (frame.index or 0) >= len(pixels) or pixels.shape[1:] != (rows, columns):
                raise ScanError(
                    f"{path}: the pixels cannot be read: {len(pixels)} slices of {pixels.shape[1:]} are there, the "
                    f"header speaks of slice {(frame.index or 0) + 1} of {(rows, columns)}",
                    "copy or export the series again",
                )
            plane, (slope, intercept) = pixels[frame.index or 0], frame.rescale
            values[k] = plane * slope + intercept
            if frame.padding is not None:
                padding[k] = (plane >= frame.padding[0]) & (plane <= frame.padding[1])
    return values, padding if padding.any() else None


def stored(path: Path) -> NDArray[Any]:
    """Give the stored values of a file, shape (slices, rows, columns).

    Bits beyond those stored, where old files keep overlays, are left out.

    Raises
    ------
    ScanError
        If the file cannot be decoded, or these bits vary without an overlay: then values are larger than their header
        says.
    """
    with reading(path):
        dataset = whole(path)
        syntax = dataset.file_meta.TransferSyntaxUID
        frames = int(dataset.get("NumberOfFrames") or 1)
        refuse_bomb(path, frames * int(dataset.Rows) * int(dataset.Columns))  # a byte or more each, also of one bit
        lone = frames == 1
        if lone and syntax.is_compressed and not get_decoder(syntax).is_available:
            dataset = _unpacked(dataset, path)
        dataset.pixel_array_options(correct_unused_bits=False)
        pixels = decode(dataset, path)
        unused = int(dataset.BitsAllocated) - int(dataset.get("BitsStored") or dataset.BitsAllocated)
        overlay = any(getattr(dataset.get((group, 0x0102)), "value", 0) for group in range(0x6000, 0x6020, 2))
    if unused and pixels.dtype.itemsize * 8 == int(dataset.BitsAllocated):
        kept = (pixels << unused) >> unused
        beyond = pixels - kept
        varies = bool((beyond != beyond.flat[0]).any())
        if varies and not overlay and not _unsigned_in_signed(pixels, int(dataset.BitsStored)):
            raise ScanError(
                f"{path}: holds values up to {pixels.max()}, more than its {dataset.BitsStored} bits (BitsStored) can",
                "export it again, or correct BitsStored and HighBit in the header",
            )
        pixels = kept
    return pixels


def _unsigned_in_signed(pixels: NDArray[Any], bits: int) -> bool:
    """Say whether signed values were written without their sign in the bits beyond: all of these are 0."""
    return bool(pixels.dtype.kind == "i" and pixels.min() >= 0 and pixels.max() < 1 << bits)


def same_pixels(one: Path, other: Path) -> bool:
    """Say whether two files hold the same stored values; not where one of them cannot be decoded."""
    try:
        return one.read_bytes() == other.read_bytes() or np.array_equal(stored(one), stored(other))
    except (OSError, ScanError):
        return False


def _unpacked(dataset: pydicom.Dataset, path: Path) -> pydicom.Dataset:
    """Decode one slice with GDCM, which comes with SimpleITK and knows every transfer syntax."""
    bare = pydicom.Dataset()
    bare.file_meta = pydicom.dataset.FileMetaDataset()
    bare.file_meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    bare.SOPClassUID, bare.SOPInstanceUID = SecondaryCaptureImageStorage, pydicom.uid.generate_uid()
    bare.PhotometricInterpretation = "MONOCHROME2"
    for name in LAYOUT:
        bare[name] = dataset[name]
    refuse_bomb(path, bare.Rows * bare.Columns * bare.BitsAllocated // 8)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "slice.dcm"
        bare.save_as(copy, enforce_file_format=True)
        try:
            pixels = sitk.GetArrayFromImage(sitk.ReadImage(str(copy), imageIO="GDCMImageIO"))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ScanError(
                f"{path}: the pixels cannot be decoded: {reason}", "copy or export the series again"
            ) from error
    bare.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    bare.PixelData = pixels.tobytes()
    return bare
