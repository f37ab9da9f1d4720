import numpy as np

from evaluation.trends.highest import highest_passing
from harmonize.errors import ConfigurationError


def test_a_level_counts_if_all_before_it_pass():
    passes = np.array(np.meshgrid(*[[False, True]] * 4)).reshape(4, -1).T
    found = highest_passing(passes)
    for row, levels, again in zip(passes.tolist(), found.levels, found.again, strict=True):
        expected = row.index(False) if False in row else 4
        assert levels == expected
        assert again == any(row[expected:])


def test_no_level_at_all():
    assert highest_passing(np.zeros((3, 0), dtype=bool)).levels.tolist() == [0, 0, 0]


def test_what_are_no_truth_values_is_refused(golden):
    with golden.error(ConfigurationError):
        highest_passing([0.95, 0.7])
