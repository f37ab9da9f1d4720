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
SHOT = ("SeriesNumber", "RepetitionTime")
ECHOES = ("EchoNumber", "EchoNumbers")
"""The number of an echo, in sidecars and in DICOM."""
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
    return _named(_stated(image))


def of_one_acquisition(first: Path, second: Path) -> bool:
    """Say whether two images of one subject leave no doubt that they are of the same raw data, or echoes of one shot.

    Echoes are told by their numbers (DICOM PS3.3 C.8.3.1: Echo Number(s)): two that differ, in one series by its
    number, of one acquisition by its number, its time to the second and its repetition time. Two scans do not begin
    within one second; where times were made up, scans of two series or of one echo are still told apart.

    Parameters
    ----------
    first, second : Path
        As for `acquisition_of`.

    Raises
    ------
    ScanError
        If header or sidecar are broken.

    Examples
    --------
    >>> of_one_acquisition(Path("nowhere.nii.gz"), Path("elsewhere.nii.gz"))
    False
    """
    known = acquisition_of(first)
    if known is not None and known == acquisition_of(second):
        return True
    shots = [_shot(_stated(image)) for image in (first, second)]
    if shots[0] is None or shots[1] is None:
        return False
    (own, echo), (other, another) = shots[0], shots[1]
    return own == other and echo != another


@once_a_look
def _stated(image: Path) -> Mapping[str, Any]:
    """Give what header or sidecar state of the acquisition."""
    with guarded(image):
        if ending_of(image) is not None:  # of a format that states nothing itself: it is not opened for this
            sidecar = sidecar_of(image)
            return {} if sidecar is None else read_sidecar(sidecar)
        if not is_series(image):
            return {}
        from harmonize.protocol.dicom_header import stated  # only here: loading pydicom takes long

        return stated(image, (*KEYS, *SHOT, *ECHOES))


def _shot(values: Mapping[str, Any]) -> tuple[list[str], str] | None:
    """Give what echoes of one shot have in common, and the number of the echo; None where any of it is not stated."""
    study, frame, _, number, time = (str(values.get(key) or "").strip() for key in KEYS)
    series, repetition = (str(values.get(key) or "").strip() for key in SHOT)
    echo = next((text for key in ECHOES if (text := str(values.get(key) or "").strip())), "")
    when = _moment(time)
    if when is None or when[0].endswith("00") or not all((number, series, repetition, echo)):
        return None
    return [study, frame, series, number, *when, repetition], echo


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
