"""All measures of one scan, a row each."""

import itertools
from typing import NamedTuple

import numpy as np

from evaluation.quality.measured import OK, Measured
from evaluation.quality.measures import MEASURES
from evaluation.quality.sliced_scan import SlicedScan
from harmonize.image.volume import Volume


class QualityRow(NamedTuple):
    """One measure of one scan.

    Parameters
    ----------
    roi : str
        Which; empty for the scan.
    other : str
        The second ROI of a pair, else empty.
    measure, unit : str
        See `MEASURES`.
    value : float
        NaN where it cannot be computed.
    status : str
        ``"ok"``, or the reason.
    """

    roi: str
    other: str
    measure: str
    unit: str
    value: float
    status: str


def measure_quality(volume: Volume, *, regions_only: bool = False) -> list[QualityRow]:
    """Measure the quality of a scan: of the whole, of every ROI, and of every two.

    Parameters
    ----------
    volume : Volume
        The scan as it is, before any step.
    regions_only : bool
        Leave out what is of the scan, as where it has been measured with ROIs of somebody else.

    Returns
    -------
    list of QualityRow

    Examples
    --------
    >>> from radharmony import Grid, Volume
    >>> image = np.random.default_rng(0).normal(100.0, 5.0, (4, 64, 64))
    >>> rows = measure_quality(Volume(image, Grid((64, 64, 4), (1.0, 1.0, 5.0)), {"all": np.ones(image.shape, bool)}))
    >>> [round(row.value) for row in rows if row.measure == "snr"]
    [20]
    """
    scan = SlicedScan(volume)
    rows: list[QualityRow] = []

    def add(roi: str, other: str, name: str, found: Measured) -> None:
        value, status = found
        if status == OK and not np.isfinite(value):
            value, status = float("nan"), "larger than a number can be"
        rows.append(QualityRow(roi, other, name, MEASURES[name].unit, value, status))

    for name, measure in MEASURES.items():
        if "scan" in measure.of and not regions_only:
            add("", "", name, measure.compute(scan, scan.foreground))
    for roi, mask in scan.masks.items():
        for name, measure in MEASURES.items():
            if "roi" in measure.of:
                add(roi, "", name, measure.compute(scan, mask))
    for (first, one), (second, two) in itertools.combinations(scan.masks.items(), 2):
        for name, measure in MEASURES.items():
            if "pair" in measure.of:
                add(first, second, name, measure.compute(scan, one, two))
    return rows
