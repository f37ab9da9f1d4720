import numpy as np
import pytest

from harmonize.errors import ConfigurationError
from selection.resamples import subsamples


def test_rows_of_a_subject_stay_together_and_classes_keep_their_proportions():
    groups = np.repeat(np.arange(30), 3)
    y = np.repeat(np.arange(30) < 10, 3)
    for rows in subsamples(y, groups, n_resamples=20, random_state=0):
        chosen = np.unique(groups[rows])
        assert len(rows) == 3 * len(chosen) == 45
        assert y[rows].sum() == 15


def test_every_row_is_drawn_about_as_often():
    counts = np.zeros(40)
    for rows in subsamples(np.repeat([0, 1], 20), n_resamples=2000, random_state=1):
        counts[rows] += 1
    # binomial: 1000 expected, SD 22
    assert np.abs(counts - 1000).max() < 100


def test_the_same_number_gives_the_same_subsamples():
    y = np.repeat([0, 1], 10)
    one, other = ([rows.tolist() for rows in subsamples(y, n_resamples=5, random_state=3)] for _ in range(2))
    assert one == other
    assert one[0] != one[1]


def test_a_subject_of_two_classes_is_drawn_as_a_whole():
    groups, y = ["a", "a", "b", "b", "c", "d", "e", "f"], [0, 1, 0, 1, 0, 0, 1, 1]
    for rows in subsamples(y, groups, n_resamples=10, random_state=0):
        assert len(rows) == 4
        assert ({0, 1} <= set(rows)) != ({2, 3} <= set(rows))


@pytest.mark.parametrize(
    ("y", "options"),
    [
        ([0, 0, 1, 1], {"fraction": 1.0}),
        ([0, 0, 1, 1], {"n_resamples": 1}),
        ([0, 0, 1], {}),
        ([0, 0, 1, 1], {"groups": [1, 2]}),
    ],
)
def test_what_cannot_be_drawn_is_refused(y, options, golden):
    with golden.error(ConfigurationError):
        list(subsamples(y, **options))
