import numpy as np
import pytest

from evaluation.extraction.engine.canvas import Canvas, together
from evaluation.extraction.engine.directions import half_directions


@pytest.mark.parametrize("margin", [1, 2, 3])
def test_a_step_from_any_voxel_finds_its_neighbour_or_nothing(margin):
    random = np.random.default_rng(margin)
    masks = [random.random(shape) < 0.6 for shape in [(3, 4, 5), (1, 6, 2), (4, 1, 1), (2, 2, 7)]]
    for mask in masks:
        mask[(0,) * 3] = mask[(-1,) * 3] = True
    canvas = Canvas.of(masks, margin)
    number = np.full(canvas.length, -1)
    number[canvas.positions] = np.arange(canvas.positions.size)
    directions = half_directions(range(1, margin + 1))
    places = [(roi, *place) for roi, mask in enumerate(masks) for place in np.argwhere(mask)]
    at = {place: index for index, place in enumerate(map(tuple, places))}
    for direction, step in zip(directions, canvas.steps(directions), strict=True):
        for way in (1, -1):
            found = number[canvas.positions + way * step]
            expected = [at.get((roi, *(np.array(place) + way * direction)), -1) for roi, *place in places]
            assert found.tolist() == expected


def test_voxels_stand_as_boolean_indexing_gives_them():
    masks = [np.random.default_rng(0).random((3, 4, 5)) < 0.5, np.ones((2, 2, 2), bool)]
    canvas = Canvas.of(masks)
    for roi, mask in enumerate(masks):
        places = canvas.coordinates(roi)
        np.testing.assert_array_equal(places - places.min(axis=0), np.argwhere(mask) - np.argwhere(mask).min(axis=0))
        assert (canvas.roi == roi).sum() == mask.sum()
    assert canvas.n_rois == 2


def test_small_regions_share_a_canvas_and_a_large_one_does_not_make_room_for_thin_ones():
    assert together([(3, 15, 15)] * 10) == [list(range(10))]
    assert together([(90, 5, 5), (60, 200, 180), (3, 15, 15)]) == [[1], [2, 0]]
    assert together([]) == []
