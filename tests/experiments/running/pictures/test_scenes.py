"""Tests of the rows of a picture: windows, scales, frames and what is said."""

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings
from experiments.running.pictures.montage import Tile
from experiments.running.pictures.scenes import NOTHING_LEFT, scene
from experiments.running.pictures.slices import ScanViews, Slice, View
from experiments.study.strategy import Strategy
from harmonize.image.volume import Grid
from harmonize.steps import parse_steps

SHAPE = (40, 50)
BODY = np.zeros(SHAPE, bool)
BODY[10:30, 15:35] = True
ROI = np.zeros(SHAPE, bool)
ROI[12:16, 20:24] = True


def cut(values, body=BODY, spacing=(1.0, 1.0)):
    return Slice(np.broadcast_to(values, SHAPE).astype(float), body, {"liver": ROI}, spacing)


def views(before, after, difference=0.0, bias=None, number=3, spacing=(1.0, 1.0)):
    field = None if bias is None else cut(np.where(BODY, bias, np.nan))
    view = View(cut(after, spacing=spacing), np.broadcast_to(difference, SHAPE).astype(float), field)
    return ScanViews(cut(before, spacing=spacing), number, 9, ("R", "L"), Grid((50, 40, 9)), {"s": view})


def strategy(*steps):
    return Strategy("s", parse_steps(list(steps), ""), ExtractionSettings())


def ramp(low, high):
    """Values from low to high within the body, far more outside of it."""
    values = np.full(SHAPE, 1e6)
    values[BODY] = np.linspace(low, high, BODY.sum())
    return values


def test_one_window_for_all_conditions_from_what_lies_in_the_body():
    found = scene({"REF": views(ramp(0, 100), 0.0), "ACC": views(ramp(100, 200), 0.0)}, strategy(), "t")
    scale = found.rows[0].scale
    assert scale.low == pytest.approx(1, abs=0.3)
    assert scale.high == pytest.approx(199, abs=0.3)
    assert found.rows[0].title == "Before, window 1 to 199 for all conditions"


def test_without_steps_there_is_one_row():
    assert len(scene({"REF": views(1.0, 1.0)}, strategy(), "t").rows) == 1


def test_a_change_of_scale_is_said_instead_of_drawn():
    found = scene({"REF": views(ramp(0, 1), ramp(5, 9))}, strategy("zscore"), "t")
    assert [row.title.split(",")[0] for row in found.rows] == ["Before", "After"]
    assert NOTHING_LEFT in found.notes


def test_the_difference_is_signed_symmetric_and_confined_to_body_and_rois():
    difference = np.where(np.arange(50) < 25, -4.0, 1.0)
    found = scene({"REF": views(ramp(0, 1), ramp(0, 1), difference)}, strategy("median"), "t")
    row = found.rows[-1]
    assert row.scale.signed
    assert (row.scale.low, row.scale.high) == (-4.0, 4.0)
    assert row.scale.ticks == ("\N{MINUS SIGN}4", "0", "4")
    assert np.isnan(row.tiles[0].values[0, 0])
    assert np.nanmin(row.tiles[0].values) == -4.0


def test_the_bias_field_is_shown_as_a_factor_around_one():
    found = scene({"REF": views(ramp(0, 1), ramp(0, 1), bias=np.log(1.5))}, strategy("n4"), "t")
    row = found.rows[2]
    assert row.scale.ticks == ("0.667", "1", "1.5")
    assert row.scale.high == pytest.approx(np.log(1.5))


def test_a_flat_field_is_not_blown_up():
    found = scene({"REF": views(ramp(0, 1), ramp(0, 1), bias=1e-5)}, strategy("n4"), "t")
    assert found.rows[2].scale.high == 0.01


def test_air_around_the_body_is_cut_off_alike_in_all_tiles():
    wide = np.zeros(SHAPE, bool)
    wide[10:30, 5:35] = True
    other = views(ramp(0, 1), ramp(0, 1))
    other = ScanViews(cut(1.0, wide), 3, 9, ("R", "L"), other.grid, other.views)
    found = scene({"REF": views(ramp(0, 1), ramp(0, 1)), "ACC": other}, strategy("zscore"), "t")
    shapes = {tile.values.shape for row in found.rows for tile in row.tiles}
    assert len(shapes) == 1
    height, width = shapes.pop()
    assert 20 <= height <= 26
    assert 30 <= width <= 36
    assert all(tile.rois["liver"].sum() == ROI.sum() for row in found.rows for tile in row.tiles)


def test_unlike_fields_of_view_are_shown_whole():
    both = {"REF": views(ramp(0, 1), 0.0), "ACC": views(ramp(0, 1), 0.0, spacing=(2.0, 2.0))}
    assert {tile.values.shape for tile in scene(both, strategy(), "t").rows[0].tiles} == {SHAPE}


def test_what_is_missing_says_why_in_its_place():
    failed = ScanViews(cut(1.0), 3, 9, ("", ""), Grid((50, 40, 9)), {"s": "n4 failed: no voxel"})
    found = scene({"REF": views(1.0, 1.0), "ACC": "no scan", "DLR": failed}, strategy("n4"), "t")
    before, after = found.rows[0].tiles, found.rows[1].tiles
    assert before[1] == "no scan"
    assert isinstance(before[2], Tile)
    assert after[1:] == ["no scan", "n4 failed: no voxel"]


def test_nothing_but_failures_is_a_picture_too():
    found = scene({"REF": "cannot be used: it is cut off", "ACC": "no scan"}, strategy("n4"), "t")
    assert found.notes == ("No scan can be used.",)
    assert not found.rois


def test_slices_are_named_and_one_by_one_where_they_differ():
    same = {"REF": views(1.0, 1.0), "ACC": views(1.0, 1.0)}
    assert scene(same, strategy(), "t").notes == ("Slice 3 of 9.",)
    other = {"REF": views(1.0, 1.0), "ACC": views(1.0, 1.0, number=5)}
    assert scene(other, strategy(), "t").notes == ("Slices 3 of 9 (REF), 5 of 9 (ACC).",)
