"""What every reader of files is wrapped in: what goes wrong in a file concerns that file alone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from harmonize.errors import RadharmonyError, ScanError, ScanWarning
from harmonize.formats.inflate import MOST_PACKED
from harmonize.inputs.files import NO_FILE

MAX_VOXELS = 2**30
"""An image of more, such as 1024 x 1024 x 1024, is refused before it is read: no MRI scan is as large, and it would
take 8 GB as floats."""
ALWAYS_UNPACKED = 2**26
"""Bytes of voxels that a file may promise however small it is: empty slices can be packed to next to nothing."""
READABLE = "NIfTI, NRRD or MetaImage"
ADVICE = f"export it again as {READABLE}, or look whether the copy is complete"
OF_PATH = "check the path in images.csv"
"""Where nothing could be opened, so that no other format would help."""


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn anything that a reader raises about a file into a `ScanError`; only lack of memory stays what it is.

    Libraries raise whatever they like for a damaged file, and none of it may end a study.

    Examples
    --------
    >>> with guarded(Path("scan.nii")):
    ...     [][1]
    Traceback (most recent call last):
    harmonize.errors.ScanError: scan.nii: cannot be read: list index out of range; export it again ...
    """
    try:
        with np.errstate(invalid="ignore", over="ignore"):  # damaged voxels may be anything; they are refused by name
            yield
    except (ScanError, ScanWarning):
        raise
    except RadharmonyError as error:
        raise ScanError(str(error), ADVICE) from error
    except Exception as error:
        if isinstance(error, MemoryError):
            raise
        raise ScanError(f"{path}: cannot be read: {reason(error)}", _advice(error)) from error


def _advice(error: Exception) -> str:
    unopened = isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError)
    return OF_PATH if unopened or (isinstance(error, OSError) and error.strerror == NO_FILE) else ADVICE


def reason(error: Exception) -> str:
    """Give the line of an error that says something, without addresses in memory."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if "Unable to determine ImageIO reader" in str(error):
        return "its format is not recognised"
    if len(lines) > 1 and lines[-1].startswith("Reason: "):
        lines.pop()  # MetaImage appends whatever error number was left over
    return re.sub(r"^ITK ERROR: |\w+\(0x[0-9a-f]+\): ", "", lines[-1]) if lines else type(error).__name__


def refuse_too_many(path: Path, voxels: int) -> None:
    """Raise a `ScanError` where a header promises more voxels than any scan has."""
    if voxels > MAX_VOXELS:
        raise ScanError(
            f"{path}: the header promises {voxels} voxels, expected at most {MAX_VOXELS}",
            "look whether the file is damaged, or cut the region out that matters",
        )


def refuse_bomb(path: Path, promised: int) -> None:
    """Raise a `ScanError` where a small file promises so many bytes of voxels that no packing can hold them.

    Parameters
    ----------
    path : Path
        The file.
    promised : int
        Bytes of its voxels when unpacked.
    """
    size = path.stat().st_size
    if promised > max(ALWAYS_UNPACKED, size * MOST_PACKED):
        raise ScanError(
            f"{path}: the header promises {promised} bytes of voxels, which {size} bytes cannot hold",
            "copy or export it again, uncompressed",
        )
