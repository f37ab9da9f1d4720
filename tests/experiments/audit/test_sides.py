"""Left and right that were swapped, by the names of ROIs and the header."""

from pathlib import Path

import numpy as np
import pytest

from experiments.audit.sides import swapped_sides
from experiments.study.manifest import Scan
from harmonize.image.volume import Grid

SCAN = Scan("S1", "T2", "REF", {}, Path("image.nii"), {}, {}, 2)
GRID = Grid((20, 8, 4), (2.0, 2.0, 5.0))


def ball(x):
    mask = np.zeros(GRID.shape, bool)
    mask[1:3, 2:5, x : x + 3] = True
    return mask


def found(left, right, grid=GRID):
    """Two ROIs by the first voxel of each along x, which runs to the patient's left."""
    return list(swapped_sides(SCAN, {left: ball(12), right: ball(2)}, grid))


@pytest.mark.parametrize(
    ("left", "right"), [("left_kidney", "right_kidney"), ("kidney L", "kidney R"), ("Niere links", "Niere rechts")]
)
def test_a_pair_that_lies_the_other_way_round_is_told(left, right):
    assert found(left, right) == []
    (finding,) = found(right, left)
    assert (finding.kind, finding.level, finding.roi) == ("sides_swapped", "warning", left)
    assert "lies 20 mm further to the patient's right" in finding.problem


def test_the_header_says_where_left_is():
    flipped = Grid(GRID.size, GRID.spacing, direction=(-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0))
    assert found("right_kidney", "left_kidney", flipped) == []


@pytest.mark.parametrize(
    ("left", "right"), [("liver_right", "spleen_left"), ("renal", "lateral"), ("left", "left right")]
)
def test_names_that_are_no_pair_say_nothing(left, right):
    assert found(left, right) == []
