"""Whether two images were made from the same raw data, where their headers leave no doubt."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harmonize.digest import digest_of
from harmonize.formats.guard import guarded
from harmonize.formats.kind import is_series
from harmonize.inputs.files import once_a_look
from harmonize.protocol.headers import read_sidecar, sidecar_of

KEYS = ("StudyInstanceUID", "AcquisitionNumber", "AcquisitionTime")
TIME = re.compile(r"(\d{2}):?(\d{2}):?(\d{2})\.(\d*[1-9]\d*)")
"""With a fraction of a second that is not 0: times that were cut or made up do not tell acquisitions apart."""


@once_a_look
def acquisition_of(image: Path) -> str | None:
    """Name the acquisition that an image was made from, by a digest of which nothing can be read.

    Reconstructions of the same raw data have the study, the number and the time of their acquisition in common (DICOM
    PS3.3 C.7.6.1 and C.12.1: StudyInstanceUID, AcquisitionNumber, AcquisitionTime), and two acquisitions of a study do
    not begin at the same fraction of a second.

    Parameters
    ----------
    image : Path
        A DICOM file or folder, of which the first image speaks for all, or an image with or without a sidecar.

    Returns
    -------
    str or None
        None where any of the three is not stated, or the time has no fraction.

    Raises
    ------
    ScanError
        If header or sidecar are broken.

    Examples
    --------
    >>> acquisition_of(Path("nowhere.nii.gz")) is None
    True
    """
    with guarded(image):
        if is_series(image):
            from harmonize.protocol.dicom_header import stated  # only here: loading pydicom takes long

            return _named(stated(image, KEYS))
        sidecar = sidecar_of(image)
        return None if sidecar is None else _named(read_sidecar(sidecar))


def _named(values: Mapping[str, Any]) -> str | None:
    study, number, time = (str(values.get(key) or "").strip() for key in KEYS)
    matched = TIME.fullmatch(time)
    if not study or not number or matched is None:
        return None
    hours, minutes, seconds, fraction = matched.groups()
    return digest_of([study, number, hours, minutes, seconds, fraction.rstrip("0")])
