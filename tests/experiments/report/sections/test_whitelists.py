"""Tests of what the report says of whitelists: counted here by hand."""

import pandas as pd

from experiments.report.contents.quantities import Share
from experiments.report.sections.whitelists import whitelist_cells, whitelisted

MEAN, CONTRAST = "original_firstorder_Mean", "original_glcm_Contrast"
CANDIDATES = pd.DataFrame(
    [
        (strategy, "HASTE", roi, feature)
        for strategy in ("raw", "zscore")
        for roi in ("liver", "spleen")
        for feature in (CONTRAST, MEAN)
    ],
    columns=["strategy", "sequence", "roi", "feature"],
)


def test_features_are_counted_by_strategy_and_ordered_by_class():
    robust = {"raw": {("HASTE", "liver", CONTRAST)}, "zscore": {("HASTE", roi, MEAN) for roi in ("liver", "spleen")}}
    first, second = whitelisted(robust, CANDIDATES)
    assert (first.feature, first.feature_class, first.shares) == (MEAN, "firstorder", (Share(0, 2), Share(2, 2)))
    assert (second.feature, second.feature_class, second.shares) == (CONTRAST, "glcm", (Share(1, 2), Share(0, 2)))


def test_the_features_of_each_roi_are_listed_of_all_that_were_looked_at():
    content = {"features": {"HASTE": {"liver": [CONTRAST], "spleen": []}}}
    liver, spleen = whitelist_cells(content, CANDIDATES, "raw")
    assert (liver.roi, liver.share, liver.features) == ("liver", Share(1, 2), (CONTRAST,))
    assert (spleen.roi, spleen.share, spleen.features) == ("spleen", Share(0, 2), ())
