"""Boxes of voxels, against looking at every voxel."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harmonize.image.boxes import beyond, bounding_box, box_on, part_of, places_on, slice_areas, widened
from harmonize.image.volume import Grid


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1))
def test_the_box_is_the_smallest_that_holds_all_voxels(voxels: list[tuple[int, int, int]]) -> None:
    mask = np.zeros((6, 6, 6), bool)
    mask[tuple(np.transpose(voxels))] = True
    box = bounding_box(mask)
    assert box is not None
    lowest, highest = np.min(voxels, axis=0), np.max(voxels, axis=0)
    assert [side.start for side in box] == lowest.tolist()
    assert [side.stop for side in box] == (highest + 1).tolist()
    for axis, others in enumerate(((1, 2), (0, 2), (0, 1))):
        assert slice_areas(mask, axis).tolist() == mask.sum(axis=others).tolist()


def test_an_empty_mask_has_no_box() -> None:
    assert bounding_box(np.zeros((2, 3, 4), bool)) is None
    assert slice_areas(np.zeros((2, 3, 4), bool), 1).tolist() == [0, 0, 0]


def turned(angle: float, shift: tuple[float, float, float]) -> Grid:
    cos, sin = np.cos(angle), np.sin(angle)
    return Grid((9, 7, 4), (1.1, 0.9, 2.0), shift, (cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0))


GRIDS = st.builds(turned, st.floats(-3, 3), st.tuples(*[st.floats(-6, 6)] * 3))
OLD = Grid((8, 6, 5), (1.0, 1.5, 2.0))


def places(new: Grid, old: Grid) -> np.ndarray:
    z, y, x = np.indices(new.shape)
    return old.indices(new.points(np.stack([x, y, z], axis=-1)))


@given(GRIDS)
def test_voxels_beyond_are_those_whose_centres_are(new: Grid) -> None:
    at = places(new, OLD)
    edges = np.abs(np.minimum(at + 0.5, np.array(OLD.size) - 0.5 - at)).min()
    off = ((at < -0.5) | (at > np.array(OLD.size) - 0.5)).any(axis=-1)
    found = beyond(new, OLD)
    if edges > 1e-8:
        assert (off if found is None else found == off).all() or not (off.any() or found is not None)
        assert (found is None) == (not off.any())


@given(GRIDS)
def test_every_voxel_in_a_box_is_in_the_box_on_the_other_grid(new: Grid) -> None:
    box = (slice(1, 3), slice(2, 5), slice(0, 4))
    at = places(new, OLD)[..., ::-1]
    inside = np.all([(at[..., i] >= s.start) & (at[..., i] <= s.stop - 1) for i, s in enumerate(box)], axis=0)
    found = box_on(box, OLD, new)
    kept = np.zeros(new.shape, bool)
    if found is not None:
        kept[found] = True
    assert not (inside & ~kept).any()


@given(GRIDS)
def test_indices_are_those_by_way_of_the_patient(new: Grid) -> None:
    matrix, start = places_on(new, OLD)
    np.testing.assert_allclose(matrix @ [3, 2, 1] + start, OLD.indices(new.points([3, 2, 1])), atol=1e-9)


def test_a_part_has_the_same_places() -> None:
    grid = turned(0.3, (5.0, 6.0, 7.0))
    part = part_of(grid, (slice(1, 3), slice(2, 5), slice(4, 8)))
    assert part.shape == (2, 3, 4)
    np.testing.assert_allclose(part.points([0, 0, 0]), grid.points([4, 2, 1]), atol=1e-12)


def test_wider_stops_where_the_grid_does() -> None:
    assert widened((slice(1, 2), slice(3, 4), slice(5, 6)), (2, 1.5, 2), OLD) == (
        slice(0, 4), slice(1, 6), slice(3, 8),
    )  # fmt: skip
