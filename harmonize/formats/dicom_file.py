"""What all DICOM files have in common: reading a header, decoding pixels."""

import math
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pydicom
from numpy.typing import NDArray
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import _read_file_meta_info, read_preamble  # the public one does not say where it ended
from pydicom.uid import DeflatedExplicitVRLittleEndian

from harmonize.errors import ScanError
from harmonize.formats.guard import refuse_bomb, refuse_too_many
from harmonize.formats.inflate import inflated_size
from harmonize.inputs.files import hold, once_a_look, open_file

MOST_INFLATED = 2**29
"""Bytes that a DICOM file of the deflated transfer syntax may hold; it is unpacked as a whole to read its header."""
BROKEN = (
    InvalidDicomError,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    BytesLengthException,
    struct.error,
    zlib.error,
)
"""What pydicom raises for damaged files; RuntimeError stands for sequences nested too deeply as well."""
SIZE = ("Rows", "Columns", "BitsAllocated")
ADD_DECODERS = 'pip install "radharmony[dicom]" adds decoders; or export the file uncompressed'
NOT_IMAGES = ("Segmentation", "RT Structure", "RT Dose", "Raw Data", "Presentation State", "Spectroscopy", "SR Storage")


def is_image(dataset: pydicom.Dataset) -> bool:
    """Say whether a header is that of a picture, rather than of ROIs, raw data, a dose or a report."""
    kind = getattr(dataset.get("SOPClassUID"), "name", "")
    return "Rows" in dataset and not any(other in kind for other in NOT_IMAGES)


def header(path: Path, only: Sequence[str] | None = None) -> pydicom.Dataset:
    """Read the header of a DICOM file, all of it or some attributes.

    Raises
    ------
    ScanError
        If the file is not DICOM or broken.
    """
    return _header(path, None if only is None else tuple(only))


@once_a_look
def _header(path: Path, only: tuple[str, ...] | None) -> pydicom.Dataset:
    with reading(path):
        refuse_inflated(path)
        with open_file(path) as file:
            return pydicom.dcmread(file, stop_before_pixels=True, specific_tags=None if only is None else list(only))


@once_a_look
def whole(path: Path) -> pydicom.Dataset:
    """Read a DICOM file with all that it holds; raises `ScanError` as `header` does."""
    with reading(path):
        hold(path)
        refuse_inflated(path)
        with open_file(path) as file:
            return pydicom.dcmread(file)


def private_value(datasets: pydicom.Dataset | list[pydicom.Dataset], group: int, creator: str, element: int) -> Any:
    """Give a private value by the start of its creator's name, or by the usual block where the creator is gone."""
    for dataset in datasets if isinstance(datasets, list) else [datasets]:
        blocks = [
            item.tag.element
            for item in dataset.group_dataset(group)
            if 0x10 <= item.tag.element <= 0xFF and str(item.value).upper().startswith(creator.upper())
        ]
        for block in blocks:
            tag = pydicom.tag.Tag(group, (block << 8) + element)
            if tag in dataset and dataset[tag].value not in (None, ""):
                return dataset[tag].value
    return None


@once_a_look
def refuse_inflated(path: Path) -> None:
    """Raise a `ScanError` where a file of the deflated transfer syntax holds too much; pydicom unpacks all of it."""
    with open_file(path) as file:
        read_preamble(file, force=False)
        if _read_file_meta_info(file).get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            return
        size, _ = inflated_size(file, path.stat().st_size - file.tell(), -zlib.MAX_WBITS, MOST_INFLATED)
    if size > MOST_INFLATED:
        raise ScanError(
            f"{path}: holds more than {MOST_INFLATED} bytes when unpacked (deflated transfer syntax)",
            "export it with another transfer syntax",
        )


def decode(dataset: pydicom.Dataset, path: Path) -> NDArray[Any]:
    """Give the stored values of all frames, shape (frames, rows, columns).

    Raises
    ------
    ScanError
        If there is no decoder for their compression, or they are damaged.
    """
    with reading(path):
        frames, *size, bits = (int(dataset.get(name) or 1) for name in ("NumberOfFrames", *SIZE))
    voxels = frames * math.prod(size)
    refuse_too_many(path, voxels)
    refuse_bomb(path, voxels * bits // 8)
    try:
        pixels: NDArray[Any] = dataset.pixel_array
    except (RuntimeError, NotImplementedError, AttributeError, ValueError) as error:
        raise ScanError(
            f"{path}: the pixels cannot be decoded: {' '.join(str(error).split())}",
            ADD_DECODERS if "missing dependencies" in str(error) else "copy or export the file again",
        ) from error
    return pixels.reshape(-1, *pixels.shape[-2:])


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong in a broken file into a `ScanError`, and keep pydicom's remarks to itself.

    It remarks on values that break a formal rule, such as numbers with too many digits. They are used, and nobody
    here could mend them.
    """
    try:
        with warnings.catch_warnings(), pydicom.config.disable_value_validation():
            warnings.filterwarnings("ignore", module="pydicom")
            yield
    except ScanError:
        raise
    except BROKEN as error:
        lacking = error.name if isinstance(error, AttributeError) else None
        what = f"it has no {lacking}" if lacking else error or type(error).__name__
        if isinstance(error, InvalidDicomError):  # whose words advise a keyword of pydicom
            what = "it does not begin as a DICOM file does"
        raise ScanError(f"{path}: cannot be read as DICOM: {what}", "copy or export it again") from error
