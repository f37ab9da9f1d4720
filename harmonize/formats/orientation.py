"""Whether a file says how its axes lie in the patient; some give a grid without."""

from pathlib import Path

from harmonize.formats.dicom_file import is_series
from harmonize.formats.opened import peek


def tells_orientation(path: Path) -> bool:
    """Tell whether left and right of the patient are known.

    Known for DICOM; for NIfTI with a form code above 0; for NRRD with an anatomical space; for three-dimensional
    MetaImage. Not known for two-dimensional images and other formats.

    Parameters
    ----------
    path : Path
        An image that can be read.

    Examples
    --------
    >>> tells_orientation(Path("nowhere.nii.gz"))
    False
    """
    if is_series(path):
        return True
    opened = peek(path)
    return opened is not None and opened.tells_orientation
