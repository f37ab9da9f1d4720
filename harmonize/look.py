"""One look at an image file: all that its bytes say, read once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from harmonize.arrays import BoolArray, FloatArray
from harmonize.digest import digest_of, digest_of_file
from harmonize.errors import ScanError, ScanWarning
from harmonize.formats.images import finite, read_scan
from harmonize.formats.registry import files_of, tells_orientation
from harmonize.image.volume import Grid
from harmonize.inputs.files import once_a_look, one_look
from harmonize.protocol.headers import Protocol, read_protocol
from harmonize.remarks import remarks


@dataclass(frozen=True, eq=False)
class Looked:
    """What one look at an image file saw.

    Parameters
    ----------
    path : Path
        The file, or the folder of a DICOM series.
    array : ndarray of any real type, shape (z, y, x)
        The voxels as they are stored (or scaled); read-only.
    grid : Grid
        Where they lie.
    outside : ndarray of bool, optional
        Where there is no data, see `read_scan`.
    digest : str
        SHA-256 of the bytes that were decoded; of a DICOM series see `digest_of_files`.
    protocol : Protocol
        How the scan was made; empty where header or sidecar say nothing, or cannot be read.
    protocol_error : ScanError, optional
        Why header or sidecar cannot be read.
    tells_orientation : bool
        Whether left and right of the patient are known.
    told : tuple of ScanWarning
        What the reader has to tell.
    """

    path: Path
    array: NDArray[Any]
    grid: Grid
    outside: BoolArray | None
    digest: str
    protocol: Protocol
    protocol_error: ScanError | None = None
    tells_orientation: bool = True
    told: tuple[ScanWarning, ...] = field(default=())

    def image(self) -> FloatArray:
        """Give the intensities as 64-bit floats; raises `ScanError` for NaN and infinite ones."""
        return finite(self.path, self.array)


def look_at(path: Path) -> Looked:
    """Open a file (or DICOM series) once, and say all that its bytes say.

    Raises
    ------
    ScanError
        As `read_scan`.

    Examples
    --------
    >>> look_at(Path("nowhere.nii.gz"))
    Traceback (most recent call last):
    harmonize.errors.ScanError: nowhere.nii.gz: there is no such file; mend the path or remove the row
    """
    path, error = Path(path), None
    with one_look(), remarks() as told:
        array, grid, outside = read_scan(path)
        try:
            protocol = read_protocol(path)
        except ScanError as broken:
            protocol, error = Protocol("", {}), broken
        digest, orientation = digest_of_files(path), tells_orientation(path)
    return Looked(path, array, grid, outside, digest, protocol, error, orientation, tuple(told))


@once_a_look
def digest_of_files(path: Path) -> str:
    """Give the SHA-256 of a file, or of all files of a DICOM series (or image in two files) whatever they are called.

    Raises
    ------
    OSError
        For a file that cannot be read.
    """
    digests = [digest_of_file(file) for file in files_of(path)]
    return digests[0] if len(digests) == 1 else digest_of(sorted(digests))
