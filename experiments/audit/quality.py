"""The table of image quality: every measure of every scan, from the one look at it."""

from collections.abc import Iterable, Sequence

import pandas as pd

from evaluation.quality.quality_rows import QualityRow
from evaluation.tables import SEGMENTATION
from experiments.study.manifest import Scan

SCAN = ("subject", "sequence", "condition", SEGMENTATION)


def quality_table(measured: Iterable[tuple[Scan, Sequence[QualityRow]]]) -> pd.DataFrame:
    """Give a row for each image, place and measure; what is of the image is of no segmentation.

    An image that could not be read has none.
    """
    rows = [(*scan.key, scan.segmentation if row.roi else "", *row) for scan, found in measured for row in found]
    return pd.DataFrame(rows, columns=[*SCAN, *QualityRow._fields]).astype({"value": "float64"})
