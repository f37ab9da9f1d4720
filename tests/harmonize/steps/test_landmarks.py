import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.steps.landmarks import landmarks_of, match_landmarks, refuse_percentiles, refuse_values

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))


@given(
    st.lists(numbers, min_size=3, max_size=12).filter(lambda values: len(set(values)) > 1),
    st.lists(st.floats(0, 100), min_size=11, max_size=11),
    st.lists(numbers, min_size=2, max_size=30),
)
def test_it_never_falls_where_the_image_rises(landmarks, rises, image):
    found = np.sort(np.array(landmarks))
    values = np.concatenate([[0.0], np.cumsum(rises)])[: len(found)]
    mapped = match_landmarks(np.sort(np.array(image)), found, values)
    assert np.isfinite(mapped).all()
    assert (np.diff(mapped) >= -1e-6 * (1 + np.abs(mapped).max())).all()


def test_landmarks_take_their_values_and_the_ends_go_on():
    landmarks, values = np.array([10.0, 20.0, 40.0]), (0.0, 1.0, 2.0)
    np.testing.assert_allclose(match_landmarks(landmarks, landmarks, values), values)
    np.testing.assert_allclose(match_landmarks(np.array([0.0, 15.0, 60.0]), landmarks, values), [-1, 0.5, 3])


def test_equal_landmarks_count_as_one():
    mapped = match_landmarks(np.array([0.0, 5.0, 10.0]), np.array([0.0, 5.0, 5.0, 10.0]), (0.0, 20.0, 40.0, 100.0))
    np.testing.assert_allclose(mapped, [0, 30, 100])


def test_landmarks_equal_but_for_rounding_do_not_blow_up_the_ends():
    landmarks = np.array([0.0, 1e-13, 50.0, 100.0])
    mapped = match_landmarks(np.array([-100.0, 200.0]), landmarks, (0.0, 10.0, 50.0, 100.0))
    assert np.abs(mapped).max() < 300


def test_a_constant_region_is_refused(golden):
    with golden.error(ScanError):
        landmarks_of(Volume(np.full((1, 2, 2), 0.1), Grid((2, 2, 1))), "image", (1.0, 50.0, 99.0))


@pytest.mark.parametrize("percentiles", [(), (5.0,), (5.0, 5.0), (9.0, 5.0), (-1.0, 50.0), (50.0, 101.0)])
def test_impossible_percentiles_are_refused(percentiles, golden):
    with golden.error(ValueError):
        refuse_percentiles(percentiles)


@pytest.mark.parametrize("values", [(0.0, 1.0), (0.0, 2.0, 1.0), (1.0, 1.0, 1.0)])
def test_impossible_values_are_refused(values, golden):
    with golden.error(ValueError):
        refuse_values(values, (1.0, 50.0, 99.0), "scale")
