"""ROIs that stand before the filters without gray levels fail by themselves."""

import re

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.settings import ENGINES
from harmonize.image.volume import Grid, Volume

GRID = Grid((32, 32, 12), (1.0, 1.0, 3.0))
NOISE = np.random.default_rng(0).normal(size=GRID.shape)
INSIDE, BORDER = np.zeros(GRID.shape, bool), np.zeros(GRID.shape, bool)
INSIDE[3:9, 8:24, 8:24] = True
BORDER[:4, :8, -10:] = True

TWO = np.where(NOISE < 0, 1.0, 1.0 + 2**-52)
LAST_DIGITS = {
    "two neighbouring numbers": (TWO, {"binCount": 8}),
    "few numbers": (1e9 + 1e-7 * NOISE, {"binCount": 8}),
    "resampled": (np.full(GRID.shape, 7.0), {"binCount": 8, "resampledPixelSpacing": [1.5, 1.5, 2.0]}),
    "subnormal and normalized": (1e-310 * NOISE, {"normalize": True}),
    "two neighbouring numbers, normalized": (TWO, {"normalize": True}),
}
WHY = "(Too many bins|their range is no number)|voxels of the ROI are NaN or infinite|every voxel of the ROI has the"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", LAST_DIGITS)
def test_an_roi_without_gray_levels_fails_and_nothing_is_raised(case: str, engine: str) -> None:
    """A bare ValueError or OverflowError took all ROIs of the scan with it."""
    image, setting = LAST_DIGITS[case]
    volume = Volume(image, GRID, {"roi": INSIDE})
    extraction = extract(volume, ExtractionSettings(setting, bin_limits=None, engine=engine))
    assert extraction.features == {}
    assert re.search(WHY, extraction.failures["roi"].problem)


def test_an_roi_without_gray_levels_leaves_the_others_theirs() -> None:
    image = np.where(INSIDE, TWO, 300 + 100 * NOISE)
    settings = ExtractionSettings({"binCount": 8}, bin_limits=None)
    extraction = extract(Volume(image, GRID, {"inside": INSIDE, "at the border": BORDER}), settings)
    assert list(extraction.features) == ["at the border"]
    assert "intensities from 1.0 to 1.0000000000000002 have no gray levels" in extraction.failures["inside"].problem


def test_a_flat_roi_is_not_given_texture_by_resampling() -> None:
    """Tails of the spline, 1e-5 of the intensity, had an entropy of 2.9 in 32 bins."""
    image = np.rint(300 + 60 * NOISE)
    image[:, 4:28, 4:28] = 777.7
    flat = np.zeros(GRID.shape, bool)
    flat[3:9, 11:21, 11:21] = True
    volume = Volume(image, GRID, {"flat": flat, "at the border": BORDER})
    extraction = extract(volume, ExtractionSettings({"binCount": 32, "resampledPixelSpacing": [1.5, 1.5, 2.0]}))
    assert list(extraction.features) == ["at the border"]
    assert extraction.failures["flat"].problem == "every voxel of the ROI has the intensity 777.7 before resampling"
