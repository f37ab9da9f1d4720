"""DICOM images of many frames."""

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian


@pytest.fixture
def multi_frame():
    """Give a function that writes an enhanced MR image whose frames stand in the given order of slices."""
    return _multi_frame


def _multi_frame(
    path, array, order, *, slopes=None, echoes=None, syntax=ExplicitVRLittleEndian, series=None, **attributes
):
    """Write an enhanced MR image whose frames stand in the given order of slices."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID, dataset.SOPInstanceUID = pydicom.uid.EnhancedMRImageStorage, pydicom.uid.generate_uid()
    dataset.SeriesInstanceUID, dataset.Modality = series or pydicom.uid.generate_uid(), "MR"
    dataset.Rows, dataset.Columns = array.shape[1:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.NumberOfFrames = len(order)
    shared, measures, plane = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
    measures.PixelSpacing, measures.SliceThickness = [1.5, 2.0], 4
    plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    dataset.SharedFunctionalGroupsSequence = [shared]
    groups = []
    for i, k in enumerate(order):
        group, position, values, echo = (pydicom.Dataset() for _ in range(4))
        position.ImagePositionPatient = [0, 0, 5 * k]
        values.RescaleSlope, values.RescaleIntercept = (1 if slopes is None else slopes[i]), 2
        group.PlanePositionSequence, group.PixelValueTransformationSequence = [position], [values]
        if echoes is not None:
            echo.EffectiveEchoTime = echoes[i]
            group.MREchoSequence = [echo]
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = groups
    pixels = array[order].astype(np.uint16).tobytes()
    dataset.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8 no jpeg"]) if syntax.is_compressed else pixels
    for name, value in attributes.items():
        setattr(dataset, name, value)
    path.parent.mkdir(exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
