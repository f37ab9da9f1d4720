"""The whitelists: which features are robust, where, and under which strategies."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluation.tables import feature_class
from experiments.report.contents.quantities import Share
from experiments.report.contents.summary import WhitelistCell, WhitelistRow


def whitelisted(robust: Mapping[str, Any], candidates: pd.DataFrame) -> tuple[WhitelistRow, ...]:
    """Count for every feature in how many sequences x ROIs it is robust, by strategy."""
    totals = candidates.groupby(["strategy", "feature"], sort=False).size().to_dict()
    found = {
        name: pd.Series([key[2] for key in held], dtype=object).value_counts().to_dict()
        for name, held in robust.items()
    }
    ever = sorted(set().union(*found.values()), key=lambda feature: (feature_class(feature), feature))
    return tuple(
        WhitelistRow(
            feature,
            feature_class(feature),
            tuple(Share(int(found[name].get(feature, 0)), int(totals.get((name, feature), 0))) for name in robust),
        )
        for feature in ever
    )


def whitelist_cells(whitelist: Mapping[str, Any], candidates: pd.DataFrame, strategy: str) -> tuple[WhitelistCell, ...]:
    """List the robust features of a strategy by sequence and ROI."""
    mine = candidates[candidates["strategy"] == strategy]
    totals = mine.groupby(["sequence", "roi"], sort=False).size().to_dict()
    return tuple(
        WhitelistCell(sequence, roi, Share(len(names), int(totals.get((sequence, roi), 0))), tuple(names))
        for sequence, rois in whitelist["features"].items()
        for roi, names in rois.items()
    )
