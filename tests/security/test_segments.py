"""ROIs from strangers: a changed DICOM SEG or RTSTRUCT gives masks on the grid of the image, or an error in words."""

import warnings

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonize.errors import ScanError
from harmonize.formats import MaskSource, read_masks
from harmonize.image.volume import Grid

pytestmark = pytest.mark.filterwarnings("ignore::harmonize.errors.ScanWarning")  # odd files may be told
FUZZ = settings.get_profile("fuzz")
GRID = Grid((5, 4, 3))
CHANGES = st.one_of(
    st.none(),
    st.integers(-3, 300),
    st.floats(),
    st.text(max_size=6),
    st.lists(st.integers(-3, 6) | st.floats(), max_size=7),
    st.sampled_from([2**31, 65535, 1e308, "CLOSED_PLANAR", "OPEN_PLANAR", "BINARY", "FRACTIONAL", "LABELMAP", "=1+1"]),
)


def described(**values):
    """Give a dataset; dictionaries within lists become items of sequences."""
    dataset = pydicom.Dataset()
    for name, value in values.items():
        items = isinstance(value, list) and bool(value) and isinstance(value[0], dict)
        setattr(dataset, name, [described(**item) for item in value] if items else value)
    return dataset


def segmentation():
    numbers = (1, 1, 2)
    return described(
        **{"SOPClassUID": pydicom.uid.SegmentationStorage, "SOPInstanceUID": "1.2", "SeriesInstanceUID": "1.3"},
        **{"Modality": "SEG", "SegmentationType": "BINARY", "NumberOfFrames": 3, "Rows": 4, "Columns": 5},
        **{"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "PixelRepresentation": 0},
        **{"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0},
        SegmentSequence=[{"SegmentNumber": 1, "SegmentLabel": "a"}, {"SegmentNumber": 2, "SegmentLabel": "b"}],
        SharedFunctionalGroupsSequence=[
            {
                "PixelMeasuresSequence": [{"PixelSpacing": [1, 1], "SliceThickness": 1, "SpacingBetweenSlices": 1}],
                "PlaneOrientationSequence": [{"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}],
            }
        ],
        PerFrameFunctionalGroupsSequence=[
            {
                "PlanePositionSequence": [{"ImagePositionPatient": [0, 0, i % 2]}],
                "SegmentIdentificationSequence": [{"ReferencedSegmentNumber": number}],
            }
            for i, number in enumerate(numbers)
        ],
        PixelData=np.packbits(np.arange(60) % 3 == 0, bitorder="little").tobytes(),
    )


def structures():
    square = [0.5, 0.5, 1, 3.5, 0.5, 1, 3.5, 2.5, 1, 0.5, 2.5, 1]
    contour = {"ContourGeometricType": "CLOSED_PLANAR", "NumberOfContourPoints": 4, "ContourData": square}
    return described(
        **{"SOPClassUID": pydicom.uid.RTStructureSetStorage, "SOPInstanceUID": "1.2", "Modality": "RTSTRUCT"},
        StructureSetROISequence=[{"ROINumber": i, "ROIName": name} for i, name in enumerate("ab")],
        ROIContourSequence=[{"ReferencedROINumber": i, "ContourSequence": [contour, contour]} for i in range(2)],
    )


def save(dataset, path):
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture(scope="module", params=[segmentation, structures], ids=["SEG", "RTSTRUCT"])
def made(request):
    return request.param


@pytest.fixture(scope="module")
def content(made, tmp_path_factory):
    return save(made(), tmp_path_factory.mktemp("made") / "rois.dcm").read_bytes()


def read(path):
    masks, failures = read_masks({"a": MaskSource(path, segment="a"), "b": MaskSource(path, segment="b")}, GRID)
    assert set(masks) | set(failures) == {"a", "b"}
    assert all(mask.shape == GRID.shape for mask in masks.values())
    assert all(isinstance(error, ScanError) for error in failures.values())
    return masks


def test_the_files_are_read_as_they_are(content, tmp_path):
    path = tmp_path / "rois.dcm"
    path.write_bytes(content)
    assert all(mask.any() for mask in read(path).values())


@FUZZ
@given(data=st.data())
def test_damaged_bytes(content, damaged, tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "rois.dcm"
    path.write_bytes(damaged(data, content))
    read(path)


def places(dataset):
    """Give every dataset in a dataset, with its elements."""
    yield from ((dataset, element.tag) for element in dataset)
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from places(item)


@FUZZ
@given(data=st.data())
def test_changed_values(made, tmp_path_factory, data):
    dataset = made()
    for _ in range(data.draw(st.integers(1, 3))):
        holder, tag = data.draw(st.sampled_from(list(places(dataset))))
        action = data.draw(st.sampled_from(["replace", "replace", "remove", "empty", "double"]))
        element = holder[tag]
        if action == "remove":
            del holder[tag]
        elif element.VR == "SQ":
            element.value = [] if action == "empty" else [*element.value, *element.value]
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    element.value = None if action == "empty" else data.draw(CHANGES)
                except (ValueError, TypeError, OverflowError, AttributeError):
                    continue  # no DICOM
    path = tmp_path_factory.getbasetemp() / "rois.dcm"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            save(dataset, path)
        except Exception:  # what pydicom cannot write is no test
            return
    read(path)


def test_a_modality_of_an_unknown_kind_of_value(content, tmp_path):
    # This came out as NotImplementedError when the value was asked for.
    path = tmp_path / "rois.dcm"
    at = content.index(b"\x08\0\x60\0CS")
    path.write_bytes(content[: at + 4] + b"@@" + content[at + 6 :])
    assert not read(path)


@pytest.mark.parametrize("position", [[0, 0], [0, 0, 0, 0], [0, 0, float("nan")]])
def test_a_position_that_is_no_point(tmp_path, position):
    # This came out as ValueError when the mask was made.
    dataset = segmentation()
    dataset.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient = position
    assert not read(save(dataset, tmp_path / "rois.dcm"))


@pytest.mark.parametrize("far", [float("inf"), float("nan"), 1e308])
def test_a_contour_with_a_point_at_infinity(tmp_path, far):
    # This came out as ValueError when the mask was made.
    dataset = structures()
    dataset.ROIContourSequence[0].ContourSequence[0].ContourData = [0, 0, 0, 0, 0, far]
    assert set(read(save(dataset, tmp_path / "rois.dcm"))) == {"b"}
