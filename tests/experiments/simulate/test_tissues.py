import numpy as np

from experiments.simulate.anatomy import PARTS
from experiments.simulate.tissues import TISSUES


def test_every_part_has_a_tissue():
    assert {part.tissue for part in PARTS} == set(TISSUES)


def test_subjects_spread_as_the_table_says():
    rng = np.random.default_rng(0)
    drawn = np.array([TISSUES["spleen"].of_subject(rng).t2 for _ in range(4000)])
    assert abs(drawn.mean() - 61.0) < 0.5
    # A normal cut at two standard deviations, its tails moved to the cut, has 0.96 of the standard deviation.
    assert abs(drawn.std() / 9.0 - 0.96) < 0.03
    assert drawn.min() >= 61.0 - 18.0
