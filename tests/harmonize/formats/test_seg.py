"""DICOM SEG: every segment comes out voxel by voxel, on the grid of the image or not at all."""

import numpy as np
import pydicom
import pytest

from harmonize.errors import GridError, ScanError
from harmonize.formats import MaskSource, read_masks
from harmonize.formats.seg import Segmentation
from harmonize.image.volume import Grid

GRID = Grid((6, 5, 4), (2.0, 1.5, 5.0), (-10.0, 20.0, 30.0), (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))
RNG = np.random.default_rng(3)
LIVER = RNG.random(GRID.shape) > 0.5
SPLEEN = RNG.random(GRID.shape) > 0.7
LIVER[..., -1] = SPLEEN[..., -1] = False  # away from one border of the image
LIVER[2] = False  # a slice without liver is left out of the file
NAMES = ("Liver", "Spleen")


def write_seg(path, masks, grid=GRID, kind="BINARY", names=NAMES, distance=None):
    """Write masks as DICOM SEG, empty slices left out, slices from the last to the first."""
    direction = np.array(grid.direction).reshape(3, 3)
    places = [(number, k) for number, mask in enumerate(masks, 1) for k in range(len(mask))[::-1] if mask[k].any()]
    if kind == "LABELMAP":
        places = [(0, k) for k in range(grid.size[2])]
        stored = np.sum([mask * number for number, mask in enumerate(masks, 1)], axis=0).astype(np.uint8)
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = pydicom.uid.SegmentationStorage, pydicom.uid.generate_uid()
    dataset.SeriesInstanceUID, dataset.Modality = pydicom.uid.generate_uid(), "SEG"
    dataset.SegmentationType, dataset.NumberOfFrames = kind, len(places)
    dataset.Columns, dataset.Rows = grid.size[:2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PixelRepresentation = 1, "MONOCHROME2", 0
    bits = 8 if kind == "LABELMAP" else 1
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    segments = []
    for number, name in enumerate(names, 1):
        segment = pydicom.Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, name
        segments.append(segment)
    dataset.SegmentSequence = segments
    shared, measures, plane = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
    measures.PixelSpacing, measures.SliceThickness = [grid.spacing[1], grid.spacing[0]], grid.spacing[2]
    measures.SpacingBetweenSlices = grid.spacing[2] if distance is None else distance
    plane.ImageOrientationPatient = [*direction[:, 0], *direction[:, 1]]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    dataset.SharedFunctionalGroupsSequence = [shared]
    groups = []
    for number, k in places:
        group, position, owner = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
        place = np.array(grid.origin) + k * grid.spacing[2] * direction[:, 2]
        position.ImagePositionPatient = [float(value) for value in place.round(6)]
        group.PlanePositionSequence = [position]
        if number:
            owner.ReferencedSegmentNumber = number
            group.SegmentIdentificationSequence = [owner]
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = groups
    frames = np.array([stored[k] if number == 0 else masks[number - 1][k] for number, k in places], np.uint8)
    dataset.PixelData = frames.tobytes() if bits == 8 else pydicom.pixels.pack_bits(frames)
    dataset.save_as(path, enforce_file_format=True)
    return path


def read(path, grid=GRID, names=NAMES):
    return read_masks({name: MaskSource(path, segment=name) for name in names}, grid)


def test_segments_come_out_by_their_labels(tmp_path):
    masks, failures = read(write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN]))
    assert failures == {}
    np.testing.assert_array_equal(masks["Liver"], LIVER)
    np.testing.assert_array_equal(masks["Spleen"], SPLEEN)


def test_label_maps_come_out_as_well(tmp_path):
    masks, _ = read(write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN & ~LIVER], kind="LABELMAP"))
    np.testing.assert_array_equal(masks["Liver"], LIVER)
    np.testing.assert_array_equal(masks["Spleen"], SPLEEN & ~LIVER)


def test_an_image_with_other_axes_gets_the_same_voxels(tmp_path):
    """dcm2niix reverses the rows of a DICOM series: the same voxels, counted from the other side."""
    direction = np.array(GRID.direction).reshape(3, 3)
    origin = np.array(GRID.origin) + direction[:, 1] * GRID.spacing[1] * (GRID.size[1] - 1)
    turned = Grid(GRID.size, GRID.spacing, tuple(origin), tuple((direction * [1, -1, 1]).ravel()))
    masks, failures = read(write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN]), turned)
    assert failures == {}
    np.testing.assert_array_equal(masks["Liver"], LIVER[:, ::-1])
    sagittal = Grid((5, 4, 6), (1.5, 5.0, 2.0), GRID.origin, tuple(direction[:, [1, 2, 0]].ravel()))
    masks, _ = read(write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN]), sagittal)
    np.testing.assert_array_equal(masks["Liver"], LIVER.transpose(2, 0, 1))


def test_a_part_of_the_image_may_be_segmented(tmp_path):
    direction = np.array(GRID.direction).reshape(3, 3)
    origin = np.array(GRID.origin) - direction @ (np.array([2, 1, 3]) * GRID.spacing)
    larger = Grid((9, 7, 8), GRID.spacing, tuple(origin), GRID.direction)
    masks, _ = read(write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN]), larger)
    expected = np.zeros(larger.shape, bool)
    expected[3:7, 1:6, 2:8] = LIVER
    np.testing.assert_array_equal(masks["Liver"], expected)


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        (Grid(GRID.size, (2.0, 1.5, 2.5), GRID.origin, GRID.direction), "its voxels have another size or direction"),
        (Grid(GRID.size, (1.0, 0.75, 5.0), GRID.origin, GRID.direction), "its voxels have another size or direction"),
        (Grid(GRID.size, GRID.spacing, GRID.origin), "its voxels have another size or direction"),
        (Grid(GRID.size, GRID.spacing, (-10.0, 20.0, 32.0), GRID.direction), "its voxels are off by 0.4 of a voxel"),
        (Grid((6, 5, 3), GRID.spacing, GRID.origin, GRID.direction), "it reaches beyond the image"),
    ],
)
def test_another_grid_is_refused(tmp_path, grid, reason):
    _, failures = read(write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN]), grid)
    assert isinstance(failures["Liver"], GridError)
    assert reason in failures["Liver"].problem


def test_the_only_segment_needs_no_name_but_one_of_two_does(tmp_path):
    one = write_seg(tmp_path / "one.dcm", [LIVER], names=["Liver"])
    two = write_seg(tmp_path / "two.dcm", [LIVER, SPLEEN])
    masks, failures = read_masks({"a": MaskSource(one), "b": MaskSource(two)}, GRID)
    np.testing.assert_array_equal(masks["a"], LIVER)
    assert "holds 2 ROIs (Liver, Spleen), and the study names none of them" in failures["b"].problem


def test_what_is_not_in_the_file_or_not_sure_is_an_error(tmp_path):
    twice = write_seg(tmp_path / "twice.dcm", [LIVER, SPLEEN], names=["Liver", "Liver"])
    path = write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN])
    sources = {
        "misspelt": MaskSource(path, segment="Livre"),
        "number": MaskSource(path, label=1),
        "twice": MaskSource(twice, segment="Liver"),
    }
    masks, failures = read_masks(sources, GRID)
    assert masks == {}
    assert str(failures["misspelt"]).endswith("holds no ROI 'Livre'; did you mean 'Liver'?")
    assert str(failures["number"]).endswith("use `rois: segments`; the file holds Liver, Spleen")
    assert failures["twice"].problem.endswith("2 ROIs are called 'Liver'")


def test_a_segment_without_voxels_is_an_empty_mask(tmp_path):
    masks, _ = read(write_seg(tmp_path / "seg.dcm", [LIVER, np.zeros(GRID.shape, bool)]))
    assert not masks["Spleen"].any()


def test_probabilities_and_frames_without_a_place_are_refused(tmp_path, golden):
    path = write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN])
    dataset = pydicom.dcmread(path)
    del dataset.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence
    dataset.save_as(path)
    with golden.error(ScanError):
        Segmentation.read(path)
    dataset.SegmentationType = "FRACTIONAL"
    dataset.save_as(path)
    with golden.error(ScanError):
        Segmentation.read(path)


def test_dicom_of_another_kind_and_names_in_other_files_are_refused(tmp_path, write_slices):
    write_slices(tmp_path, np.ones((1, 5, 6)))
    np.save(tmp_path / "no.npy", LIVER)
    sources = {"image": MaskSource(tmp_path / "001.dcm", segment="Liver")}
    assert "is DICOM of modality MR, expected SEG or RTSTRUCT" in read_masks(sources, GRID)[1]["image"].problem


def test_a_name_in_a_label_map_is_refused(tmp_path):
    from harmonize.formats import write_image

    write_image(LIVER, GRID, tmp_path / "liver.nii.gz")
    _, failures = read_masks({"liver": MaskSource(tmp_path / "liver.nii.gz", segment="Liver")}, GRID)
    assert "names no ROI; expected a DICOM SEG, an RTSTRUCT, a .seg.nrrd" in failures["liver"].problem


def test_the_sign_of_the_distance_of_slices_means_nothing(tmp_path):
    # It was another size of voxel; in images the sign says which way slices are counted.
    masks, failures = read(write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN], distance=-5.0))
    assert failures == {}
    np.testing.assert_array_equal(masks["Liver"], LIVER)
    _, failures = read(write_seg(tmp_path / "seg.dcm", [LIVER, SPLEEN], distance=-2.5))
    assert "another size" in failures["Liver"].problem


def test_segments_without_a_name_are_told(tmp_path, golden):
    # This came out as "'Dataset' object has no attribute 'SegmentLabel'".
    path = write_seg(tmp_path / "seg.dcm", [LIVER])
    dataset = pydicom.dcmread(path)
    dataset.SegmentSequence = dataset.SegmentSequence[:1]
    del dataset.SegmentSequence[0].SegmentLabel
    dataset.save_as(path)
    masks, failures = read_masks({"a": MaskSource(path), "liver": MaskSource(path, segment="liver")}, GRID)
    np.testing.assert_array_equal(masks["a"], LIVER)
    assert "holds no ROI 'liver', and 1 of its 1 ROIs without a name; name them" in str(failures["liver"])
    del dataset.SegmentSequence
    dataset.save_as(path)
    with golden.error(ScanError):
        Segmentation.read(path)
