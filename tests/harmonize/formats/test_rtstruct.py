"""RTSTRUCT: contours filled by the rule of pixel centres, against areas known exactly and two other tools."""

import warnings
from contextlib import redirect_stdout
from itertools import permutations

import numpy as np
import pydicom
import pytest
from matplotlib.path import Path as Outline

from harmonize.errors import GridError, ScanWarning
from harmonize.formats import MaskSource, read_masks, read_volume, rtstruct
from harmonize.image.volume import Grid
from harmonize.remarks import remarks

GRID = Grid((40, 30, 5), (2.0, 1.5, 5.0), (-10.0, 20.0, 30.0), (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))
SQUARE = np.array([[9.5, 4.5], [29.5, 4.5], [29.5, 24.5], [9.5, 24.5]])
HOLE = np.array([[14.5, 9.5], [24.5, 9.5], [24.5, 19.5], [14.5, 19.5]])
ISLAND = np.array([[17.5, 12.5], [21.5, 12.5], [21.5, 16.5], [17.5, 16.5]])


def shifted(outline, columns, rows):
    return outline + np.array([columns, rows])


def points(outline, k, grid=GRID):
    """Give the patient coordinates of columns and rows in slice k."""
    indices = np.column_stack([outline, np.full(len(outline), float(k))])
    return np.array(grid.origin) + indices * grid.spacing @ np.array(grid.direction).reshape(3, 3).T


def write(path, rois):
    """Write ROIs: name to a list of (type, points in mm)."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = pydicom.uid.RTStructureSetStorage, pydicom.uid.generate_uid()
    dataset.Modality = "RTSTRUCT"
    names, contours = [], []
    for number, (name, outlines) in enumerate(rois.items(), 1):
        roi, drawn = pydicom.Dataset(), pydicom.Dataset()
        roi.ROINumber, roi.ROIName, drawn.ReferencedROINumber = number, name, number
        items = []
        for kind, coordinates in outlines:
            item = pydicom.Dataset()
            item.ContourGeometricType, item.NumberOfContourPoints = kind, len(coordinates)
            item.ContourData = [float(f"{value:.6f}") for value in np.ravel(coordinates)]
            items.append(item)
        if items:
            drawn.ContourSequence = items
        names.append(roi)
        contours.append(drawn)
    dataset.StructureSetROISequence, dataset.ROIContourSequence = names, contours
    dataset.save_as(path, enforce_file_format=True)
    return path


def fill(tmp_path, *outlines, kind="CLOSED_PLANAR", k=2):
    path = write(tmp_path / "rs.dcm", {"liver": [(kind, points(outline, k)) for outline in outlines]})
    masks, failures = read_masks({"liver": MaskSource(path, segment="liver")}, GRID)
    assert failures == {}
    return masks["liver"]


def test_a_rectangle_between_pixel_centres_has_its_exact_pixels_in_its_slice(tmp_path):
    mask = fill(tmp_path, SQUARE)
    expected = np.zeros(GRID.shape, bool)
    expected[2, 5:25, 10:30] = True
    np.testing.assert_array_equal(mask, expected)


def test_a_contour_within_another_is_a_hole_and_one_in_the_hole_fills_it_again(tmp_path):
    for order in ([SQUARE, HOLE, ISLAND], [ISLAND, SQUARE, HOLE]):
        mask = fill(tmp_path, *order)
        assert mask.sum() == 400 - 100 + 16
        assert mask[2, 14, 19]
        assert not mask[2, 10, 15]


def test_crossing_contours_add_up_and_repeated_ones_do_not_cancel(tmp_path, golden):
    assert fill(tmp_path, HOLE, shifted(HOLE, 5, 5)).sum() == 100 + 100 - 25
    for copy in (HOLE, HOLE[::-1], np.roll(HOLE, 1, axis=0), np.vstack([HOLE, HOLE[:1]])):
        with golden.warning(ScanWarning):
            assert fill(tmp_path, HOLE, copy).sum() == 100
    assert fill(tmp_path, HOLE, shifted(HOLE, 5, 5), kind="CLOSEDPLANAR_XOR").sum() == 100 + 100 - 50


def test_a_contour_that_crosses_by_less_than_a_voxel_adds_up_and_is_told(tmp_path, golden):
    # Whoever drew a hole over the border of the ROI has to know.
    with golden.warning(ScanWarning):
        assert fill(tmp_path, SQUARE, shifted(HOLE, 5.3, 0)).sum() == 400
    with remarks() as told:
        fill(tmp_path, SQUARE, shifted(HOLE, 7, 0))
    assert told == []


def test_traced_contours_to_and_fro_are_a_ring_and_told(tmp_path):
    corners = HOLE - 0.5
    with remarks() as told:
        mask = fill(tmp_path, corners, corners[::-1])
    assert mask.sum() == 4 * 10
    assert [entry.kind for entry in told] == ["contour_twice", "contour_through_centres"]
    assert "a ring one voxel wide" in told[0].problem


def test_a_hole_by_keyhole_is_a_hole(tmp_path):
    keyhole = np.vstack([SQUARE, SQUARE[:1], HOLE[:1], HOLE[::-1]])
    assert fill(tmp_path, keyhole).sum() == 300


def test_contours_that_share_a_border_through_centres_share_no_voxel_and_are_told(tmp_path, golden):
    left = np.array([[10, 4.5], [20, 4.5], [20, 14.5], [10, 14.5]])
    with golden.warning(ScanWarning):
        one = fill(tmp_path, left)
    with golden.warning(ScanWarning):
        other = fill(tmp_path, shifted(left, 10, 0))
    assert one.sum() == other.sum() == 100
    assert not (one & other).any()


def test_the_area_of_a_circle_comes_out(tmp_path):
    angle = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    circle = np.column_stack([19.3 + 12 * np.cos(angle), 14.6 + 12 * np.sin(angle)])
    assert fill(tmp_path, circle).sum() == pytest.approx(np.pi * 144, rel=0.01)


@pytest.mark.parametrize(
    ("coordinates", "problem"),
    [
        (points(SQUARE, 2.4), "a contour lies 0.4 slices beside the nearest slice, or across several"),
        (points(SQUARE, 2) + [0, 0, 1.0] * np.arange(4)[:, None], "beside the nearest slice, or across several"),
        (points(shifted(SQUARE, 20, 0), 2), "a contour reaches beyond the image"),
        (points(SQUARE, 5), "a contour reaches beyond the image"),
    ],
)
def test_contours_off_the_slices_are_refused(tmp_path, coordinates, problem):
    path = write(tmp_path / "rs.dcm", {"liver": [("CLOSED_PLANAR", coordinates)]})
    _, failures = read_masks({"liver": MaskSource(path)}, GRID)
    assert isinstance(failures["liver"], GridError)
    assert problem in failures["liver"].problem


def test_contours_across_another_axis_of_the_grid_are_filled(tmp_path):
    direction = np.array(GRID.direction).reshape(3, 3)
    turned = Grid((5, 40, 30), (5.0, 2.0, 1.5), GRID.origin, tuple(direction[:, [2, 0, 1]].ravel()))
    path = write(tmp_path / "rs.dcm", {"liver": [("CLOSED_PLANAR", points(SQUARE, 2))]})
    masks, _ = read_masks({"liver": MaskSource(path)}, turned)
    expected = np.zeros(turned.shape, bool)
    expected[5:25, 10:30, 2] = True
    np.testing.assert_array_equal(masks["liver"], expected)


def test_points_are_refused_and_an_undrawn_roi_is_empty(tmp_path):
    rois = {"seed": [("POINT", points(SQUARE[:1], 2))], "undrawn": []}
    path = write(tmp_path / "rs.dcm", rois)
    masks, failures = read_masks({name: MaskSource(path, segment=name) for name in rois}, GRID)
    assert "holds a contour of type POINT" in failures["seed"].problem
    assert not masks["undrawn"].any()


@pytest.mark.data
def test_the_real_structure_set_has_the_area_of_its_contours(data_root):
    """8862 voxels: matplotlib's and scikit-image's point-in-polygon give the same mask, voxel by voxel."""
    folder = data_root / "sarcoma_dicom_rtstruct" / "MR_T1"
    source = MaskSource(folder / "mask" / "RS.dcm", segment="GTV_Mass_MR_T1")
    volume, failures = read_volume(folder / "image", {"tumour": source})
    assert failures == {}
    mask = volume.masks["tumour"]
    assert (mask.sum(), mask.any(axis=(1, 2)).sum()) == (8862, 19)
    expected = np.zeros_like(mask)
    rows, columns = np.mgrid[: mask.shape[1], : mask.shape[2]]
    area = 0.0
    for contour in pydicom.dcmread(source.path).ROIContourSequence[0].ContourSequence:
        outline = np.array(contour.ContourData, float).reshape(-1, 3)
        x, y = outline[:, 0], outline[:, 1]
        area += abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
        outline = (outline - volume.grid.origin) / volume.grid.spacing
        path = Outline(np.vstack([outline[:, :2], outline[:1, :2]]))
        centres = np.column_stack([columns.ravel(), rows.ravel()])
        expected[round(outline[0, 2])] |= path.contains_points(centres).reshape(rows.shape)
    np.testing.assert_array_equal(mask, expected)
    assert mask.sum() * np.prod(volume.grid.spacing[:2]) == pytest.approx(area, rel=0.005)


def test_all_contours_of_an_roi_count_though_several_items_hold_them(tmp_path):
    # Only those of the last item were read: the ROI was missing in the slices of the others.
    path = write(tmp_path / "rs.dcm", {"liver": [("CLOSED_PLANAR", points(SQUARE, k)) for k in (1, 2)]})
    dataset = pydicom.dcmread(path)
    first = dataset.ROIContourSequence[0]
    second = pydicom.Dataset()
    second.ReferencedROINumber, second.ContourSequence = 1, first.ContourSequence[1:]
    first.ContourSequence = first.ContourSequence[:1]
    dataset.ROIContourSequence = [first, second]
    dataset.save_as(path)
    masks, _ = read_masks({"liver": MaskSource(path)}, GRID)
    assert masks["liver"].sum(axis=(1, 2)).tolist() == [0, 400, 400, 0, 0]


def test_rois_that_share_a_number_are_refused(tmp_path):
    path = write(tmp_path / "rs.dcm", {name: [("CLOSED_PLANAR", points(SQUARE, 1))] for name in ("liver", "spleen")})
    dataset = pydicom.dcmread(path)
    dataset.StructureSetROISequence[1].ROINumber = dataset.ROIContourSequence[1].ReferencedROINumber = 1
    dataset.save_as(path)
    _, failures = read_masks({"liver": MaskSource(path, segment="liver")}, GRID)
    assert "several ROIs have the number 1, and share their contours" in str(failures["liver"])


@pytest.mark.parametrize("limit", ["MOST_CONTOURS", "MOST_POINTS"])
def test_too_many_contours_or_points_are_refused(tmp_path, monkeypatch, limit):
    # A hundred thousand small contours in one slice took a mask each: 26 GB for 10 MB.
    monkeypatch.setattr(rtstruct, limit, 2)
    path = write(tmp_path / "rs.dcm", {"liver": [("CLOSED_PLANAR", points(SQUARE[:3] + i, 2)) for i in range(3)]})
    _, failures = read_masks({"liver": MaskSource(path, segment="liver")}, GRID)
    assert "in a slice, or" in str(failures["liver"])


def stored(grid, axes, turned):
    """Give the same voxels with their axes in another order, and those of `turned` the other way round."""
    direction, spacing = np.array(grid.direction).reshape(3, 3), np.array(grid.spacing)
    origin = np.array(grid.origin)
    for axis in turned:
        origin = origin + direction[:, axis] * spacing[axis] * (grid.size[axis] - 1)
        direction = direction * np.where(np.arange(3) == axis, -1, 1)
    pick = list(axes)
    return Grid(
        tuple(np.array(grid.size)[pick].tolist()),
        tuple(spacing[pick].tolist()),
        tuple(origin.tolist()),
        tuple(direction[:, pick].ravel().tolist()),
    )


@pytest.mark.parametrize("k", [2, 0])
@pytest.mark.parametrize("axes", list(permutations(range(3))))
def test_an_roi_is_the_same_however_the_voxels_are_stored(tmp_path, axes, k):
    # Ties on voxel centres were decided along the axes of the file: another ROI for the same series as NIfTI.
    diamond = np.array([[10, 14.5], [19.5, 5], [29, 14.5], [19.5, 24]])
    path = write(tmp_path / "rs.dcm", {"liver": [("CLOSED_PLANAR", points(diamond, k))]})
    source = {"liver": MaskSource(path, segment="liver")}
    first = read_masks(source, GRID)[0]["liver"]
    assert first.sum() > 150
    for turned in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        mask = read_masks(source, stored(GRID, axes, turned))[0]["liver"]
        back = np.moveaxis(mask.transpose(2, 1, 0), (0, 1, 2), axes)  # x, y, z of GRID
        np.testing.assert_array_equal(np.flip(back, turned).transpose(2, 1, 0), first)


def test_a_file_of_rt_utils_gives_back_the_mask_it_was_made_of(tmp_path, write_slices, golden):
    from rt_utils import RTStructBuilder

    mask = np.zeros((4, 30, 20), bool)
    mask[1:3, 5:20, 3:15] = True
    mask[1, 8:12, 6:10] = False
    mask[2, 25, 4:16] = True
    mask[2, 2, 2] = True
    pixels = (np.arange(mask.size).reshape(mask.shape) % 900).astype(np.uint16)
    write_slices(tmp_path / "series", pixels, spacing=(1.5, 1.5, 5.0))  # it exchanges the edges of oblong pixels
    with redirect_stdout(None), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        structures = RTStructBuilder.create_new(dicom_series_path=str(tmp_path / "series"))
        structures.add_roi(mask=np.moveaxis(mask, 0, -1), name="liver")
        structures.save(str(tmp_path / "rs.dcm"))
    with golden.warning(ScanWarning):
        volume, _ = read_volume(tmp_path / "series", {"liver": MaskSource(tmp_path / "rs.dcm", segment="liver")})
    np.testing.assert_array_equal(volume.masks["liver"], mask)


def test_contours_that_mark_nothing_and_slices_without_contours_are_told(tmp_path):
    dot = HOLE[:1] + np.array([[0.1, 0.1], [0.3, 0.1], [0.3, 0.3]])
    drawn = [points(SQUARE, 0), points(dot, 1), points(SQUARE[:2], 1), points(SQUARE, 4)]
    path = write(tmp_path / "rs.dcm", {"liver": [("CLOSED_PLANAR", outline) for outline in drawn]})
    with remarks() as told:
        masks, _ = read_masks({"liver": MaskSource(path)}, GRID)
    assert masks["liver"].any(axis=(1, 2)).tolist() == [True, False, False, False, True]
    assert {entry.kind: entry.problem.removeprefix(f"{path}: ROI 'liver'") for entry in told} == {
        "contour_marks_no_voxel": ": 2 contours (slice 1, counted from 0) mark no voxel: a point, a line, or smaller "
        "than a voxel",
        "roi_leaves_slices_out": " has no voxel in slices 1, 2, 3 (counted from 0), between slices 0 and 4",
    }


def test_a_file_without_anything_odd_is_read_in_silence(tmp_path):
    path = write(tmp_path / "rs.dcm", {"liver": [("CLOSED_PLANAR", points(SQUARE, k)) for k in (1, 2, 3)]})
    with remarks() as told:
        read_masks({"liver": MaskSource(path)}, GRID)
    assert told == []


@pytest.mark.data
def test_contours_of_a_real_structure_set_that_are_given_again_in_reverse_count_once(data_root, tmp_path, golden):
    # The two slices lost their 71 voxels without a remark.
    folder = data_root / "sarcoma_dicom_rtstruct" / "MR_T1"
    dataset = pydicom.dcmread(folder / "mask" / "RS.dcm")
    drawn = sorted(dataset.ROIContourSequence[0].ContourSequence, key=lambda contour: contour.ContourData[2])
    again = []
    for contour in drawn[-2:]:
        item = pydicom.Dataset()
        item.ContourGeometricType = contour.ContourGeometricType
        item.ContourData = np.array(contour.ContourData, float).reshape(-1, 3)[::-1].ravel().tolist()
        again.append(item)
    dataset.ROIContourSequence[0].ContourSequence = [*drawn, *again]
    dataset.save_as(tmp_path / "rs.dcm")
    with golden.warning(ScanWarning):
        volume, _ = read_volume(folder / "image", {"tumour": MaskSource(tmp_path / "rs.dcm", segment="GTV_Mass_MR_T1")})
    assert volume.masks["tumour"].sum() == 8862
