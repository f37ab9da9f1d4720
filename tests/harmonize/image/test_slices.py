from itertools import permutations

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.image.slices import check_planes, each_slice, infer_slice_axis, slice_axis, spacing_of
from harmonize.image.volume import Grid

CASES = {
    "thick slices": ((256, 256, 24), (0.8, 0.8, 5.0), 2),
    "as many thick slices as rows": ((64, 64, 64), (1.0, 1.0, 3.0), 2),
    "oblong pixels": ((256, 192, 30), (0.8, 1.0, 4.0), 2),
    "one slice of unknown thickness": ((256, 256, 1), (0.8, 0.8, 0.1), 2),
    "a slab of cubes": ((256, 256, 60), (1.0, 1.0, 1.0), 2),
    "a slab of thin slices": ((256, 256, 60), (1.0, 1.0, 0.8), 2),
    "just thick enough": ((256, 256, 200), (1.0, 1.0, 1.2), 2),
    "cubes": ((256, 256, 180), (1.0, 1.0, 1.0), None),
    "nearly cubes": ((100, 100, 60), (1.0, 1.0, 1.15), None),
    "two thick axes": ((100, 100, 90), (1.0, 3.0, 3.0), None),
}


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("case", CASES)
def test_the_axis_follows_the_file_however_it_is_stored(case, order):
    size, spacing, expected = CASES[case]
    stored = Grid(tuple(size[axis] for axis in order), tuple(spacing[axis] for axis in order))
    found = infer_slice_axis(stored)
    assert found == (None if expected is None else 2 - order.index(expected))


def test_a_named_axis_wins_over_the_grid():
    thick_along_z = Grid((64, 64, 20), (1.0, 1.0, 5.0))
    assert [slice_axis(thick_along_z, name) for name in ("auto", "z", "y", "x")] == [0, 0, 1, 2]


def test_what_the_grid_does_not_tell_is_refused_with_the_numbers(golden):
    with golden.error(ScanError):
        slice_axis(Grid((90, 100, 80), (1.0, 1.0, 1.1)))


@pytest.mark.parametrize(
    ("dimension", "axis"),
    [(1, "auto"), (2, "w"), (3, "z")],
)
def test_settings_that_do_not_fit_are_refused(dimension, axis, golden):
    with golden.error(ValueError):
        check_planes(dimension, axis)


@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["pyradiomics_cases/brain1_image.nrrd", "pyradiomics_cases/breast1_image.nrrd", "kidney_repeat/ge_01"]
)
def test_real_stacks_are_counted_along_the_third_axis(data_root, name):
    path = data_root / name
    _, grid = read_image(path if path.is_file() else next(path.glob("*_e1.nii.gz")))
    assert infer_slice_axis(grid) == 0


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_every_slice_is_changed_on_its_own_and_stays_in_its_place(axis):
    image = np.random.default_rng(0).normal(size=(2, 3, 4))
    others = tuple(other for other in range(3) if other != axis)
    expected = image - image.mean(axis=others, keepdims=True)
    np.testing.assert_allclose(each_slice(image, axis, lambda plane: plane - plane.mean()), expected)
    np.testing.assert_allclose(each_slice(image, None, lambda whole: whole - whole.mean()), image - image.mean())
    assert spacing_of(Grid((4, 3, 2), (1.0, 2.0, 3.0)), axis) == [(3.0, 2.0, 1.0)[other] for other in others]
