from dataclasses import replace

import numpy as np
import pytest

from harmonize.errors import ConfigurationError, GridError, ScanError
from harmonize.formats import write_image
from harmonize.image.volume import Grid, Volume
from harmonize.steps import ProcessedElsewhere, ZScore, apply_steps, columns_of, describe, parse_steps

GRID = Grid((6, 5, 3), (1.0, 1.0, 4.0))
STEP = ProcessedElsewhere("network")


@pytest.fixture
def volume(tmp_path):
    image = np.random.default_rng(0).normal(100, 9, GRID.shape)
    mask = np.zeros(GRID.shape, bool)
    mask[1, 1:4, 1:4] = True
    return Volume(image, GRID, {"liver": mask}, elsewhere={"network": tmp_path / "network.nii.gz"})


def test_the_other_image_takes_the_place_of_the_scan(volume):
    other = np.random.default_rng(1).normal(50, 3, GRID.shape)
    write_image(other, GRID, volume.elsewhere["network"])
    found = STEP(volume)
    np.testing.assert_array_equal(found.image, other)
    assert (found.grid, list(found.masks)) == (volume.grid, ["liver"])
    np.testing.assert_array_equal(apply_steps([STEP, ZScore("image")], volume).image, ZScore("image")(found).image)


def test_padding_of_either_is_no_data(volume):
    other, padded = np.full(GRID.shape, 7.0), np.zeros(GRID.shape, bool)
    padded[:, 0] = True
    write_image(other, GRID, volume.elsewhere["network"])
    np.testing.assert_array_equal(STEP(replace(volume, outside=padded)).outside, padded)


@pytest.mark.parametrize("fault", ["unnamed", "missing", "grid", "nan", "padding"])
def test_what_cannot_be_used_is_refused(volume, fault, golden):
    other, grid, path = np.random.default_rng(1).normal(50, 3, GRID.shape), GRID, volume.elsewhere["network"]
    if fault == "grid":
        grid = replace(GRID, origin=(0.0, 0.0, 1.0))
    elif fault == "nan":
        other[0, 0, 0] = np.nan
    elif fault == "padding":
        other[:, :4] = -2000.0
    elif fault == "unnamed":
        volume = replace(volume, elsewhere={})
    if fault != "missing":
        write_image(other, grid, path)
    with golden.error(GridError if fault == "grid" else ScanError):
        STEP(volume)


def test_it_is_typed_with_the_column_alone(golden):
    assert parse_steps([{"images": "network"}], "here") == (STEP,) == parse_steps([describe(STEP)], "here")
    assert columns_of([STEP, ZScore(), STEP]) == ("network",)
    for entry in ("images", {"images": ""}, {"images": 3}):
        with golden.error(ConfigurationError):
            parse_steps([entry], "study.yaml")
