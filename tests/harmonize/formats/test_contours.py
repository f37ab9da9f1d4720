"""Contours filled by the rule of pixel centres, against matplotlib and against masks that OpenCV has traced."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Outline
from scipy.ndimage import gaussian_filter

from harmonize.formats import contours
from harmonize.formats.contours import fill, inside, on_outline, traced

SQUARE = np.array([[9.5, 4.5], [29.5, 4.5], [29.5, 24.5], [9.5, 24.5]])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 40))
def test_filling_equals_matplotlib_for_any_star(seed, corners):
    """Matplotlib fills by winding number; without self-crossing both rules mean the same."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(2, 14, corners)
    outline = np.column_stack([18 + radius * np.cos(angle), 16 + radius * np.sin(angle)])
    if np.max(np.diff(np.append(angle, angle[0] + 2 * np.pi))) >= np.pi:
        return  # the centre is outside: neighbours may cross
    rows, columns = np.mgrid[:30, :40]
    centres = np.column_stack([columns.ravel(), rows.ravel()])
    expected = Outline(np.vstack([outline, outline[:1]])).contains_points(centres).reshape(30, 40)
    np.testing.assert_array_equal(inside(outline, (30, 40)), expected)


def test_parts_beyond_the_picture_are_cut_off():
    assert inside(SQUARE - np.array([20, 15]), (30, 40)).sum() == 10 * 10
    assert inside(SQUARE + np.array([20, 15]), (30, 40)).sum() == 10 * 10


@pytest.mark.parametrize("method", [cv2.CHAIN_APPROX_SIMPLE, cv2.CHAIN_APPROX_NONE])
@pytest.mark.parametrize("seed", range(6))
def test_masks_that_were_traced_through_pixel_centres_come_back_pixel_by_pixel(seed, method):
    # Their right and lower borders, thin parts and single pixels were lost.
    rng = np.random.default_rng(seed)
    mask = gaussian_filter(rng.normal(size=(24, 30)), seed / 4) > rng.uniform(0, 0.1)
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_TREE, method)
    outlines = [contour[:, 0, :].astype(float) + rng.uniform(-0.01, 0.01, (len(contour), 2)) for contour in found]
    assert traced(outlines)
    filled = fill([("CLOSED_PLANAR", outline) for outline in outlines], mask.shape, True)
    np.testing.assert_array_equal(filled.pixels, mask)
    assert filled.unmarked == 0


def test_one_corner_beside_the_centres_and_contours_are_not_traced():
    corners = np.array([[3.0, 4.0], [7.0, 4.0], [7.0, 9.0]])
    assert traced([corners])
    assert not traced([corners, corners + np.array([0.3, 0])])
    assert not traced([])


def test_contours_that_mark_no_pixel_and_centres_on_contours_are_counted():
    line, dot = np.array([[3.0, 4.5], [9.0, 4.5]]), np.array([[5.1, 5.1], [5.4, 5.1], [5.4, 5.4]])
    filled = fill([("CLOSED_PLANAR", item) for item in (SQUARE, line, dot)], (30, 40), False)
    assert (int(filled.pixels.sum()), filled.unmarked, filled.ties) == (400, 2, 0)
    on_two_sides = fill([("CLOSED_PLANAR", SQUARE + np.array([0.5, 0]))], (30, 40), False)
    assert (int(on_two_sides.pixels.sum()), on_two_sides.ties) == (400, 40)


def test_a_tie_does_not_hang_on_the_last_digits():
    exact = np.array([[10.0, 4.5], [20.0, 4.5], [20.0, 14.5], [10.0, 14.5]])
    for noise in (0, 1e-12, -1e-12, 2e-4, -2e-4):
        filled = fill([("CLOSED_PLANAR", exact + noise)], (30, 40), False)
        assert filled.pixels[5:15, 10:20].all()
        assert (int(filled.pixels.sum()), filled.ties) == (100, 20)


def test_long_edges_are_walked_in_parts(monkeypatch):
    outline = np.array([[0, 0], [39, 0], [0, 26], [39, 29], [5, 5], [5, 5]], float)
    at_once = on_outline(outline, (30, 40))
    monkeypatch.setattr(contours, "AT_ONCE", 1)
    np.testing.assert_array_equal(on_outline(outline, (30, 40)), at_once)
    assert at_once[0].all()


def circle(column, row, radius, corners=60):
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.column_stack([column + radius * np.cos(angle), row + radius * np.sin(angle)])


def filled(*outlines, through_centres=False):
    return fill([("CLOSED_PLANAR", outline) for outline in outlines], (30, 40), through_centres)


LARGE = circle(18.3, 14.8, 9.1)


@pytest.mark.parametrize(
    "copy",
    [
        LARGE,
        LARGE[::-1],
        np.roll(LARGE, 7, axis=0),
        np.vstack([LARGE, LARGE[:1]]),
        LARGE.round(1),
        circle(18.3, 14.8, 9.05),
        circle(18.3, 14.8, 9.3),
        circle(18.3, 14.8, 9.1, 97),
        LARGE + np.array([0.2, -0.1]),
    ],
)
def test_a_contour_that_stands_there_twice_counts_once(copy):
    # Only where it was equal byte by byte; else the copy lay within the first, as a hole: the slice was empty.
    larger = max((filled(LARGE).pixels, filled(copy).pixels), key=np.sum)
    both = filled(LARGE, copy)
    assert (both.copies, larger.sum() > 240) == (1, True)
    np.testing.assert_array_equal(both.pixels, larger)
    holed = filled(LARGE, circle(18.3, 14.8, 4), copy, circle(18.3, 14.8, 4)[::-1])
    assert holed.copies == 2
    np.testing.assert_array_equal(holed.pixels, both.pixels & ~filled(circle(18.3, 14.8, 4)).pixels)


def test_a_wall_of_a_voxel_is_no_copy():
    wall = filled(LARGE, circle(18.3, 14.8, 8.1))
    assert wall.copies == 0
    assert wall.pixels.sum() == pytest.approx(np.pi * (9.1**2 - 8.1**2), rel=0.1)


@pytest.mark.parametrize(("column", "row", "radius"), [(26.3, 14.8, 1.35), (26.0, 14.4, 1.6), (18.3, 6.5, 1.2)])
def test_a_small_contour_that_crosses_a_large_one_between_centres_adds_up(column, row, radius):
    # All its pixels are those of the large one, which made it a hole.
    small = circle(column, row, radius)
    assert filled(small).pixels.any()
    both = filled(LARGE, small)
    np.testing.assert_array_equal(both.pixels, filled(LARGE).pixels | filled(small).pixels)
    assert both.grazes == 1


def test_a_bar_between_two_horns_adds_up_and_a_hole_may_touch_its_border_or_lie_across_a_join():
    horns = np.array([[5, 5], [12.3, 5], [12.3, 15], [12.6, 15], [12.6, 5], [20, 5], [20, 25], [5, 25]]) + 0.2
    bar = np.array([[8, 8], [17, 8], [17, 11], [8, 11]]) + 0.2
    assert filled(horns, bar).pixels[9:11, 9:17].all()
    touching = np.array([[10, 4.503], [14, 4.497], [14.2, 9.4], [10.2, 9.4]])
    np.testing.assert_array_equal(filled(SQUARE, touching).pixels, filled(SQUARE).pixels & ~filled(touching).pixels)
    beside = np.array([[29.5, 4.5], [36.5, 4.5], [36.5, 24.5], [29.5, 24.5]])
    across = circle(29.4, 14.4, 4)
    joined = filled(SQUARE, beside).pixels
    np.testing.assert_array_equal(filled(SQUARE, beside, across).pixels, joined & ~filled(across).pixels)


def test_contours_that_enclose_a_gap_of_others_fill_it():
    left = np.array([[5, 5], [15, 5], [15, 9], [9, 9], [9, 21], [15, 21], [15, 25], [5, 25]]) + 0.3
    right = np.column_stack([29 - left[:, 0], left[:, 1] + 0.1])
    middle = np.array([[8, 8], [21, 8], [21, 22], [8, 22]]) + 0.3
    ring = filled(left, right)
    assert not ring.pixels[15, 14]
    assert filled(left, right, middle).pixels[15, 14]


def test_traced_contours_along_the_same_pixels_are_a_ring_if_they_run_against_each_other():
    diamond = np.array([[9.0, 5.0], [13.0, 9.0], [9.0, 13.0], [5.0, 9.0]])
    once = filled(diamond, through_centres=True)
    copied = filled(diamond, np.roll(diamond, 1, axis=0), through_centres=True)
    ring = filled(diamond, diamond[::-1], through_centres=True)
    assert (int(once.pixels.sum()), copied.copies, copied.rings, ring.copies, ring.rings) == (41, 1, 0, 0, 1)
    np.testing.assert_array_equal(copied.pixels, once.pixels)
    np.testing.assert_array_equal(ring.pixels, on_outline(diamond, (30, 40)))
