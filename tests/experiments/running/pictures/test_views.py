"""Tests of what is pictured of a scan."""

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings
from experiments.running.pictures.slices import View
from experiments.running.pictures.views import scan_views
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from harmonize.errors import ScanError
from harmonize.formats import MaskSource, write_image
from harmonize.image.volume import Grid
from harmonize.steps import parse_steps

GRID = Grid((40, 32, 6), (1.0, 1.5, 4.0), (-20.0, 10.0, 5.0))


def body():
    """A slab of tissue with texture and a coil's shading along x, air around it."""
    z, y, x = np.indices(GRID.shape)
    inside = (np.abs(x - 19.5) < 15) & (np.abs(y - 15.5) < 12)
    texture = 100 + 10 * np.sin(x) * np.cos(y) + 20 * ((x // 8 + y // 8) % 2)
    shading = np.exp(0.3 * (x - 19.5) / 15)
    return np.where(inside, texture * shading, 0.5 + 0.1 * (z % 2)), shading, inside


@pytest.fixture
def scan(tmp_path):
    return _scan(tmp_path, body()[0], GRID)


def _scan(folder, image, grid, name="scan", slices=(3, 4)):
    mask = np.zeros(grid.shape, bool)
    mask[slices[0], 10:20, 10:20] = mask[slices[1], 12:16, 12:16] = True
    write_image(image, grid, folder / f"{name}.nii.gz")
    write_image(mask, grid, folder / f"{name}_mask.nii.gz")
    masks = {"liver": MaskSource(folder / f"{name}_mask.nii.gz")}
    return Scan("S1", "T2", "REF", {}, folder / f"{name}.nii.gz", masks, {}, 2)


def strategies(**steps):
    return [Strategy(name, parse_steps(entries, ""), ExtractionSettings()) for name, entries in steps.items()]


def test_the_slice_has_the_largest_area_of_rois(scan):
    found = scan_views(scan, strategies(raw=[]))
    assert (found.number, found.count, found.sides) == (4, 6, ("R", "L"))
    assert np.array_equal(found.before.values, body()[0][3])
    assert found.before.rois["liver"].sum() == 100
    assert found.before.spacing == (1.5, 1.0)


def test_without_a_change_there_is_no_difference(scan):
    view = scan_views(scan, strategies(raw=[])).views["raw"]
    assert not view.difference.any()
    assert view.log_bias is None


def test_a_change_of_scale_alone_shows_no_difference(scan):
    view = scan_views(scan, strategies(zscore=["zscore"])).views["zscore"]
    assert view.after.values.mean() != pytest.approx(body()[0][3].mean())
    assert not view.difference.any()


def test_what_smoothing_took_away_is_seen_where_the_texture_is(scan):
    view = scan_views(scan, strategies(smooth=[{"median": {"radius": 1}}])).views["smooth"]
    expected = view.after.values - body()[0][3]
    inside = view.after.body
    assert np.corrcoef(view.difference[inside], expected[inside])[0, 1] > 0.95


def test_the_bias_field_is_what_was_divided_out(scan):
    view = scan_views(scan, strategies(n4=["n4"])).views["n4"]
    image, shading, inside = body()
    known = np.isfinite(view.log_bias.values)
    assert known[inside[3]].mean() > 0.99
    assert not known[~inside[3]].any()
    assert np.allclose((image[3] / view.after.values)[known], np.exp(view.log_bias.values[known]), rtol=1e-12)
    found, true = view.log_bias.values[known], np.log(shading[3])[known]
    assert np.corrcoef(found, true)[0, 1] > 0.93


def test_the_field_of_an_n4_after_other_steps_is_found_too(scan):
    both = strategies(late=["median", "n4", "zscore"], early=["n4"])
    views = scan_views(scan, both).views
    assert views["late"].log_bias is not None
    assert views["early"].log_bias is not None
    assert not np.array_equal(views["late"].log_bias.values, views["early"].log_bias.values)


def test_after_resampling_the_same_place_is_shown_and_the_difference_is_small(scan):
    view = scan_views(scan, strategies(finer=[{"resample": {"spacing": [0.5, 0.75]}}])).views["finer"]
    assert view.after.spacing == (0.75, 0.5)
    assert view.after.values.shape == (64, 80)
    inside = view.after.body
    assert np.abs(view.difference[inside]).mean() < 0.2 * np.std(view.after.values[inside])


def test_resampling_across_slices_keeps_to_the_nearest_slice(scan):
    view = scan_views(scan, strategies(thin=[{"resample": {"spacing": [None, None, 2.0], "interpolator": "nearest"}}]))
    assert np.array_equal(view.views["thin"].after.values, body()[0][3])


def test_a_step_that_fails_is_told_and_others_go_on(scan):
    views = scan_views(
        scan, strategies(bad=["zscore", {"n4": {"region": "image"}}, {"resample": {"spacing": 50.0}}], raw=[])
    ).views
    assert views["bad"].startswith("resample failed: ")
    assert isinstance(views["raw"], View)


def test_another_condition_on_the_same_grid_shows_the_same_slice(scan, tmp_path):
    first = scan_views(scan, strategies(raw=[]))
    other = _scan(tmp_path, body()[0], GRID, "other", slices=(1, 2))
    assert scan_views(other, strategies(raw=[])).number == 2
    assert scan_views(other, strategies(raw=[]), first).number == first.number


def test_another_grid_shows_its_own_slice(scan, tmp_path):
    first = scan_views(scan, strategies(raw=[]))
    moved = Grid(GRID.size, GRID.spacing, (0.0, 0.0, 0.0))
    other = _scan(tmp_path, body()[0], moved, "moved", slices=(1, 2))
    assert scan_views(other, strategies(raw=[]), first).number == 2


def test_a_constant_image_has_no_body_and_is_shown_all_the_same(tmp_path):
    found = scan_views(_scan(tmp_path, np.full(GRID.shape, 7.0), GRID), strategies(raw=[], n4=["n4"]))
    assert not found.before.body.any()
    assert not found.views["raw"].difference.any()
    assert found.views["n4"].startswith("n4 failed: ")


def test_an_image_that_cannot_be_read_is_refused(scan):
    scan.image.write_bytes(b"nothing")
    with pytest.raises(ScanError):
        scan_views(scan, strategies(raw=[]))
