"""What every reader of files is wrapped in: whatever goes wrong in a file concerns that file alone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from harmonize.errors import RadharmonyError, ScanError, ScanWarning

READABLE = "NIfTI, NRRD or MetaImage"
ADVICE = f"export it again as {READABLE}, or look whether the copy is complete"


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
        raise ScanError(f"{path}: cannot be read: {reason(error)}", ADVICE) from error


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
