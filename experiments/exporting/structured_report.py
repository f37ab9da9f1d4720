"""Features of a scan as a DICOM Structured Report: TID 1500, Measurement Report."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.uid import generate_uid

from experiments.exporting.concepts import coded, concept_of, ucum
from experiments.versions import __version__
from harmonize.arrays import FloatArray
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats.dicom import stack_of
from harmonize.formats.dicom_file import header
from harmonize.formats.kind import is_series
from harmonize.formats.segments import kind_of

SERIES_NUMBER = 9000
DESCRIPTION = "Radiomics features (radharmony)"
CONTEXT = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
"""What a report must have, be it empty; headers in which names were removed may lack it."""


IN_PLANE = 0.1
"""Millimetres."""


@dataclass(frozen=True)
class MeasuredRoi:
    """What was measured in one ROI.

    Parameters
    ----------
    name : str
    values : mapping of str to float
        By feature; none of those without a value.
    mask : Path, optional
        The file of the ROI.
    segment : str, optional
        Its name there.
    """

    name: str
    values: Mapping[str, float]
    mask: Path | None = None
    segment: str | None = None


def check_highdicom() -> None:
    """Raise `ConfigurationError` where highdicom is not installed."""
    try:
        import highdicom  # noqa: F401  # only here: whoever writes no report needs none
    except ImportError as error:
        raise ConfigurationError(
            "DICOM SR needs the package highdicom; install it with: pip install 'radharmony[sr]'"
        ) from error


def structured_report(image: Path, rois: Sequence[MeasuredRoi], parameters: Sequence[str]) -> Any:
    """Make the report of one scan.

    It belongs to patient and study of the images, and holds their identifiers: whoever has it has them. Each ROI is
    a group of measurements: of a DICOM SEG with a reference to the segment, of an RTSTRUCT with its contours on the
    images, of any other mask by name alone, with the images.

    Parameters
    ----------
    image : Path
        The DICOM series.
    rois : sequence of MeasuredRoi
    parameters : sequence of str
        How the features were computed, in a few words each.

    Returns
    -------
    highdicom.sr.Comprehensive3DSR

    Raises
    ------
    ScanError
        For images that are no DICOM, or an ROI that its file does not have.

    References
    ----------
    DICOM PS3.16, TID 1500, 1410, 1411 and 1501. Herz C et al. dcmqi: an open source library for standardized
    communication of quantitative image analysis results using DICOM. Cancer Research 2017;77(21):e87-e90.
    """
    check_highdicom()
    from highdicom import sr
    from pydicom.sr.codedict import codes

    if not is_series(image):
        raise ScanError(
            f"{image}: is no DICOM; a report belongs to the patient, study and images of DICOM headers",
            "name the DICOM files in the table of images (`import` makes such a table)",
        )
    paths = dict.fromkeys(frame.path for frame in stack_of(image)[0].frames)
    evidence = [_complete(header(path)) for path in paths]
    if not all(one.get("StudyInstanceUID") for one in evidence):
        raise ScanError(
            f"{image}: the headers have no StudyInstanceUID, by which a report belongs to its study",
            "take the files as the scanner wrote them, or as a program left them that replaces identifiers",
        )
    algorithm = sr.AlgorithmIdentification("radharmony", __version__, [one[:64] for one in parameters])
    groups = [_group(roi, evidence, algorithm) for roi in rois]
    masks = {roi.mask for roi in rois if roi.mask is not None and is_series(roi.mask)}
    device = sr.DeviceObserverIdentifyingAttributes(uid=_uid("radharmony", __version__), name="radharmony")
    context = sr.ObservationContext(observer_device_context=sr.ObserverContext(codes.DCM.Device, device))
    report = sr.MeasurementReport(
        context,
        procedure_reported=coded("113091000", "SCT", "Magnetic resonance imaging"),
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    content = digest_of([[str(one.SOPInstanceUID) for one in evidence], [[roi.name, dict(roi.values)] for roi in rois]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of identifiers that are not as they should be, and stay as they are
        made = sr.Comprehensive3DSR(
            evidence=[*evidence, *(_complete(header(path)) for path in sorted(masks))],
            content=report,
            series_instance_uid=_uid("series", content),
            series_number=SERIES_NUMBER,
            sop_instance_uid=_uid("instance", content),
            instance_number=1,
            manufacturer="radharmony",
            is_complete=True,
            series_description=DESCRIPTION,
        )
    return made


def _uid(*parts: str) -> str:
    """Give a UID that the same content always has."""
    return str(generate_uid(entropy_srcs=list(parts)))


def _complete(dataset: pydicom.Dataset) -> pydicom.Dataset:
    for name in CONTEXT:
        if name not in dataset:
            setattr(dataset, name, "")
    return dataset


def _group(roi: MeasuredRoi, images: Sequence[pydicom.Dataset], algorithm: Any) -> Any:
    from highdicom import sr

    measurements = [
        sr.Measurement(name=coded(*concept_of(feature)), value=float(value), unit=ucum(feature))
        for feature, value in roi.values.items()
    ]
    uid = _uid(str(images[0].SeriesInstanceUID), roi.name)
    common: dict[str, Any] = {
        "tracking_identifier": sr.TrackingIdentifier(uid=uid, identifier=roi.name),
        "algorithm_id": algorithm,
        "measurements": measurements,
    }
    kind = kind_of(roi.mask) if roi.mask is not None and is_series(roi.mask) else ""
    if kind == "SEG" and roi.mask is not None:
        return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_segment=_segment(roi, images), **common)
    if kind == "RTSTRUCT" and roi.mask is not None:
        regions = _regions(roi, {str(one.SOPInstanceUID): one for one in images})
        if regions:
            return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_regions=regions, **common)
    sources = [sr.SourceImageForMeasurementGroup.from_source_image(one) for one in images]
    return sr.MeasurementsAndQualitativeEvaluations(source_images=sources, **common)


def _segment(roi: MeasuredRoi, images: Sequence[pydicom.Dataset]) -> Any:
    from highdicom import sr

    dataset = header(roi.mask) if roi.mask else pydicom.Dataset()
    numbers = [
        int(one.SegmentNumber)
        for one in dataset.SegmentSequence
        if roi.segment is None or str(one.SegmentLabel) == roi.segment
    ]
    if len(numbers) != 1:
        raise ScanError(
            f"{roi.mask}: has {len(numbers)} segments '{roi.segment or roi.name}', expected one", "name one"
        )
    series = sr.SourceSeriesForSegmentation(str(images[0].SeriesInstanceUID))
    return sr.ReferencedSegment(str(dataset.SOPClassUID), str(dataset.SOPInstanceUID), numbers[0], source_series=series)


def _regions(roi: MeasuredRoi, images: Mapping[str, pydicom.Dataset]) -> list[Any]:
    """Give the contours of an RTSTRUCT on the images that they name or lie in; none where one lies in no image."""
    from highdicom import sr

    dataset = header(roi.mask) if roi.mask else pydicom.Dataset()
    numbers = [
        int(one.ROINumber)
        for one in dataset.StructureSetROISequence
        if roi.segment is None or str(one.ROIName) == roi.segment
    ]
    found = []
    for contours in dataset.ROIContourSequence:
        if int(contours.ReferencedROINumber) not in numbers[:1]:
            continue
        for contour in contours.get("ContourSequence", ()):
            points = np.array(contour.ContourData, float).reshape(-1, 3)
            named = [str(one.ReferencedSOPInstanceUID) for one in contour.get("ContourImageSequence", ())]
            image = images.get(named[0]) if named else None
            image = image or _in_plane(points, list(images.values()))
            if image is None or contour.ContourGeometricType != "CLOSED_PLANAR":
                return []
            source = sr.SourceImageForRegion(str(image.SOPClassUID), str(image.SOPInstanceUID))
            found.append(sr.ImageRegion(sr.GraphicTypeValues.POLYLINE, _on_image(points, image), source))
    return found


def _in_plane(points: FloatArray, images: Sequence[pydicom.Dataset]) -> pydicom.Dataset | None:
    """Give the image of one slice that points lie in, to a tenth of a millimetre; copies have lost the identifiers."""
    for image in images:
        if "NumberOfFrames" not in image:
            along = np.array(image.ImageOrientationPatient, float).reshape(2, 3)
            off = (points - np.array(image.ImagePositionPatient, float)) @ np.cross(*along)
            if np.abs(off).max() < IN_PLANE:
                return image
    return None


def _on_image(points: FloatArray, image: pydicom.Dataset) -> FloatArray:
    """Give column and row of points in mm, closed; the middle of the first pixel is 0.5, 0.5 (PS3.3 C.18.6.1.1)."""
    along = np.array(image.ImageOrientationPatient, float).reshape(2, 3)
    rows, columns = (float(step) for step in image.PixelSpacing)
    off = points - np.array(image.ImagePositionPatient, float)
    placed = off @ along.T / [columns, rows] + 0.5
    size = [float(image.Columns), float(image.Rows)]
    placed = np.clip(placed, 0.0, size)
    return np.asarray(np.vstack([placed, placed[:1]]))
