"""Whether two images were made from the same raw data, where their headers leave no doubt."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harmonize.digest import digest_of
from harmonize.formats.guard import guarded
from harmonize.formats.kind import is_series
from harmonize.formats.registry import ending_of
from harmonize.inputs.files import once_a_look
from harmonize.protocol.headers import read_sidecar, sidecar_of

KEYS = ("StudyInstanceUID", "FrameOfReferenceUID", "StudyTime", "AcquisitionNumber", "AcquisitionTime")
TIME = re.compile(r"(\d{2}):?(\d{2}):?(\d{2})(?:\.(\d+))?")


@once_a_look
def acquisition_of(image: Path) -> str | None:
    """Name the acquisition that an image was made from, by a digest of which nothing can be read.

    Reconstructions of the same raw data have the study, the frame of reference, and the number and the time of their
    acquisition in common (DICOM PS3.3 C.7.2.1, C.7.4.1, C.7.6.1: StudyInstanceUID, FrameOfReferenceUID,
    AcquisitionNumber, AcquisitionTime). Two acquisitions of a subject do not begin at the same fraction of a second,
    and two of a study not within a second. Times that were cut or made up tell none apart: a time without a fraction
    (as GE writes it) counts only beside both identifiers, if it is not a whole minute nor the time of the study.

    Parameters
    ----------
    image : Path
        A DICOM file or folder, of which the first image speaks for all, or an image with or without a sidecar.

    Returns
    -------
    str or None
        None where number or time is not stated, or the time does not count.

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
        if ending_of(image) is not None:  # of a format that states nothing itself: it is not opened for this
            sidecar = sidecar_of(image)
            return None if sidecar is None else _named(read_sidecar(sidecar))
        if not is_series(image):
            return None
        from harmonize.protocol.dicom_header import stated  # only here: loading pydicom takes long

        return _named(stated(image, KEYS))


def _named(values: Mapping[str, Any]) -> str | None:
    study, frame, begun, number, time = (str(values.get(key) or "").strip() for key in KEYS)
    when = _moment(time)
    if not number or when is None:
        return None
    seconds, fraction = when
    if not fraction:
        start = _moment(begun)
        if not study or not frame or start is None or start[0] == seconds or seconds.endswith("00"):
            return None
    return digest_of([study, frame, number, seconds, fraction])


def _moment(text: str) -> tuple[str, str] | None:
    """Give hours, minutes and seconds of a time, and its fraction; empty where that is 0."""
    found = TIME.fullmatch(text)
    return None if found is None else (found[1] + found[2] + found[3], (found[4] or "").rstrip("0"))
