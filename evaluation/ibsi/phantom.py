"""The digital phantom of the Image Biomarker Standardisation Initiative.

Design by Alex Zwanenburg for IBSI 1, published under the Creative Commons Attribution 4.0 International licence
(https://creativecommons.org/licenses/by/4.0/) in the data sets of IBSI, https://theibsi.github.io. The consensus values
in `consensus.csv` beside this module are those of the same source for the aggregations that PyRadiomics can do; three
significant digits.

Zwanenburg A et al. The Image Biomarker Standardization Initiative: standardized quantitative radiomics for
high-throughput image-based phenotyping. Radiology 2020;295(2):328-338. doi:10.1148/radiol.2020191145
"""

import csv
import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from harmonize.image.volume import Grid, Volume

ROI = "phantom"
"""The name of its one ROI."""

# One text a row along x, one line a slice; a point marks a voxel outside the ROI.
_VALUES = (
    ("1 4 4 1 1", "1 4 6 1 1", "4 1 6 4 1", "4 4 6 4 1"),
    ("1 4 4 1 1", "1 1 6 1 1", ".1 1 3 1 1", "4 4 6 1 1"),
    ("1 4 4 .1 .1", "1 1 1 1 1", "1 1 .9 1 1", "1 1 6 1 1"),
    ("1 4 4 .1 .1", "1 1 1 1 1", "1 1 1 1 1", "1 1 6 1 1"),
)


def phantom() -> Volume:
    """Give the phantom: 5 x 4 x 4 voxels of 2 mm, intensities 1, 3, 4 and 6, an ROI of 74 voxels.

    Examples
    --------
    >>> volume = phantom()
    >>> volume.grid.size, int(volume.masks[ROI].sum())
    ((5, 4, 4), 74)
    """
    cells = np.array([[row.split() for row in slice_] for slice_ in _VALUES])
    mask = ~np.char.startswith(cells, ".")
    image = np.char.lstrip(cells, ".").astype(np.float64)
    return Volume(image, Grid((5, 4, 4), spacing=(2.0, 2.0, 2.0)), {ROI: mask})


@functools.cache
def consensus() -> Mapping[tuple[str, str], tuple[float, float]]:
    """Give the consensus value and its tolerance by IBSI code of feature and aggregation.

    Examples
    --------
    >>> consensus()["IPH6", "DHQ4"]
    (-0.355, 0.0)
    """
    with Path(__file__).with_name("consensus.csv").open(encoding="utf-8", newline="") as file:
        values = {
            (row["code"], row["aggregation"]): (float(row["value"]), float(row["tolerance"]))
            for row in csv.DictReader(file)
        }
    return MappingProxyType(values)
