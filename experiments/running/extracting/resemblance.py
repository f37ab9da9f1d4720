"""Whether measured scans resemble those of the study: gray levels, sizes of ROIs, ranges of features."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from evaluation.tables import feature_columns
from experiments.running.extracting.like import SeenStudy
from experiments.running.extracting.remarks import GRAY_LEVELS, ROI_SIZE, Remark, outside, ranged

COUNTS = {
    "bins": (GRAY_LEVELS, "textures of fewer or more gray levels are not those that were found reliable"),
    "voxels": (ROI_SIZE, "less than half or more than twice as large; many features depend on the size of the ROI"),
}
"""Columns of counts with what they are, and what follows where they are unlike."""
COLUMNS = ("strategy", "sequence", "roi", "feature", "n", "below", "above")
RANGES = ("least", "largest", "study_least", "study_largest")
OF_STUDY = ("study_people", "study_ends")


def unlike_rois(features: pd.DataFrame, seen: Mapping[str, SeenStudy]) -> Iterator[Remark]:
    """Find ROIs with fewer or more gray levels or voxels than any of the study."""
    keys = ["strategy", "subject", "sequence", "condition", "roi"]
    for row in features[[*keys, *COUNTS]].to_dict("records"):
        known = _known(seen, row)
        for name, (what, consequence) in COUNTS.items():
            if name in known and outside(float(row[name]), _widened(name, known[name])):
                strategy, subject, sequence, condition, roi = (str(row[key]) for key in keys)
                found = (what, str(row[name]), ranged(known[name]), consequence)
                yield Remark(strategy, subject, sequence, condition, roi, *found)


def _widened(name: str, limits: tuple[float, float]) -> tuple[float, float]:
    """Give the range beyond which a count is worth a remark: people's organs differ in size."""
    return (limits[0] / 2, limits[1] * 2) if name == "voxels" else limits


def outside_table(features: pd.DataFrame, seen: Mapping[str, SeenStudy]) -> pd.DataFrame:
    """Count for every feature the values that lie outside the range of the study.

    Parameters
    ----------
    features : DataFrame
        The feature table.
    seen : mapping of str to SeenStudy
        By strategy what the study was like.

    Returns
    -------
    DataFrame
        A row for each strategy, sequence, ROI and feature that the study has as well (for a sequence that it does not
        have: in any of its own): `n` values, how many of them lie `below` and `above`, both ranges, of how many people
        that of the study is (absent if it does not say, or is of several sequences), and how many of its two ends are
        values here, to the last digit.
    """
    rows: list[tuple[Any, ...]] = []
    names = feature_columns(features)
    for key, part in features.groupby(["strategy", "sequence", "roi"], sort=False):
        known = _known(seen, dict(zip(("strategy", "sequence", "roi"), key, strict=True)))
        strategy, sequence, roi = map(str, key)
        people = seen.get(strategy, SeenStudy()).people.get(sequence, {}).get(roi)
        for name in names:
            values = part[name].to_numpy()
            values = values[~np.isnan(values)]
            if name in known and len(values):
                least, largest = known[name]
                below, above = int((values < least).sum()), int((values > largest).sum())
                ranges = float(values.min()), float(values.max()), least, largest
                of_study = np.nan if people is None else people, int(np.isin([least, largest], values).sum())
                rows.append((strategy, sequence, roi, name, len(values), below, above, *ranges, *of_study))
    return pd.DataFrame(rows, columns=[*COLUMNS, *RANGES, *OF_STUDY])


def _known(seen: Mapping[str, SeenStudy], row: Mapping[Any, Any]) -> dict[str, tuple[float, float]]:
    return seen.get(str(row["strategy"]), SeenStudy()).features_of(str(row["sequence"]), str(row["roi"]))
