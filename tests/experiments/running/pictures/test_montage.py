"""Tests of the montage: what is where, in which shape and colour."""

import numpy as np
import pytest

from experiments.running.pictures.montage import Row, Scale, Tile, montage
from experiments.running.pictures.raster import OUTLINES, signed_table

WINDOW = Scale(0.0, 1.0, ("0", "0.5", "1"))


def rgb(color):
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])


def box_of(page, color):
    rows, columns = np.nonzero((page == color).all(axis=-1))
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


def test_voxels_keep_their_shape_in_mm():
    # 20 x 10 voxels of 8 x 1 mm: sixteen times as high as wide.
    page = montage("t", ["REF"], [Row("Before", WINDOW, [Tile(np.zeros((20, 10)), (8.0, 1.0))])], [], size=160)
    black = (page == 0).all(axis=-1)
    column = np.flatnonzero(black.sum(axis=0) > 150)
    assert len(column) == 10
    assert black[:, column[0]].sum() == 160


def test_all_tiles_share_one_scale_in_mm():
    small, large = Tile(np.ones((10, 10)), (1.0, 1.0)), Tile(np.ones((10, 10)), (2.0, 2.0))
    page = montage("t", ["a", "b"], [Row("Before", WINDOW, [small, large])], [], size=100)
    top = 8 + 17 + 17 + 17
    left, right = page[top : top + 100, 8:108], page[top : top + 100, 114:214]
    assert (left == 255).all(axis=-1).sum() == 50 * 50
    assert (right == 255).all()


def test_equal_values_are_equally_bright_under_every_condition():
    tiles = [Tile(np.full((8, 8), value), (1.0, 1.0)) for value in (0.25, 0.25, 0.75)]
    page = montage("t", ["a", "b", "c"], [Row("Before", WINDOW, tiles)], [], size=80)
    at = 8 + 3 * 17 + 60
    one, two, three = (page[at, 8 + i * 86 + 40] for i in range(3))
    assert one.tolist() == two.tolist() == [64, 64, 64]
    assert three.tolist() == [191, 191, 191]


def test_an_roi_has_its_colour_in_every_tile_and_in_the_legend():
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    tiles = [Tile(np.zeros((20, 20)), (1.0, 1.0), {"spleen": mask}) for _ in range(2)]
    page = montage("t", ["a", "b"], [Row("Before", WINDOW, tiles)], ["liver", "spleen"], size=100)
    spleen = (page == rgb(OUTLINES[1])).all(axis=-1)
    assert spleen[:50].any(), "the legend"
    for left in (8, 114):
        cell = page[8 + 4 * 17 :, left : left + 100]
        top, bottom, start, end = box_of(cell[:100, :77], rgb(OUTLINES[1]))
        assert (start, end) == (25, 75)
        assert abs(top - 25) <= 1
        assert abs(bottom - 75) <= 1
    liver = (page[70:] == rgb(OUTLINES[0])).all(axis=-1)
    assert not liver.any(), "an ROI that a tile lacks is not drawn"


def test_more_rois_than_colours_start_again_and_are_told_apart_by_number():
    names = [f"roi {i}" for i in range(len(OUTLINES) + 1)]
    masks = {name: np.eye(16, dtype=bool) for name in names[-1:]}
    page = montage("t", ["a"], [Row("B", WINDOW, [Tile(np.zeros((16, 16)), (1.0, 1.0), masks)])], names, size=200)
    assert (page[-100:] == rgb(OUTLINES[0])).all(axis=-1).any()


def test_a_signed_row_has_the_signed_bar():
    row = Row("Difference", Scale(-2.0, 2.0, ("-2", "0", "2"), signed=True), [Tile(np.zeros((4, 4)), (1.0, 1.0))])
    page = montage("t", ["a"], [row], [], size=120)
    assert (page == signed_table()[0]).all(axis=-1).any()
    assert (page == signed_table()[255]).all(axis=-1).any()
    assert page[8 + 3 * 17 + 60, 68].tolist() == signed_table()[128].tolist()


@pytest.mark.parametrize("tiles", [["no scan"], ["cannot be used: " + "a very long reason " * 30]])
def test_where_there_is_no_tile_stands_why(tiles):
    page = montage("t", ["a"], [Row("Before", WINDOW, tiles)], [], size=160)
    cell = page[8 + 3 * 17 : 8 + 3 * 17 + 80, 8:168]
    assert (cell == 236).all(axis=-1).any()
    assert (cell < 180).all(axis=-1).any()


def test_a_long_title_is_not_cut_off_by_a_narrow_tile():
    title = "a strategy with quite a long name, subject 17, sequence HASTE"
    page = montage(title, ["a"], [Row("Before", WINDOW, [Tile(np.zeros((4, 2)), (1.0, 1.0))])], [], size=96)
    assert (page[:, -8:] == 255).all()
    assert page.shape[1] > 350
