"""Tests of what the report says of whitelists: counted here by hand."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest

from experiments.page.quantities import counted
from experiments.report.sections.whitelists import overlap, overlap_map, summarize, whitelisted

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
    assert first == {"feature": MEAN, "class": "firstorder", "shares": [counted(0, 2), counted(2, 2)]}
    assert second == {"feature": CONTRAST, "class": "glcm", "shares": [counted(1, 2), counted(0, 2)]}


def test_the_features_of_each_roi_are_listed_of_all_that_were_looked_at():
    content = {"HASTE": {"liver": [CONTRAST], "spleen": []}}
    context = SimpleNamespace(
        robust={"raw": frozenset()}, candidates=CANDIDATES, whitelists={"raw": SimpleNamespace(features=content)}
    )
    (one,) = summarize(context)["lists"]
    liver, spleen = one["cells"]
    assert liver == {"sequence": "HASTE", "roi": "liver", "share": counted(1, 2), "features": [CONTRAST]}
    assert spleen == {"sequence": "HASTE", "roi": "spleen", "share": counted(0, 2), "features": []}


def test_overlap_is_symmetric_and_undefined_for_two_empty_whitelists() -> None:
    some = frozenset({("T2", "liver", "f"), ("T2", "liver", "g")})
    other = frozenset({("T2", "liver", "g"), ("T2", "liver", "h")})
    found = overlap({"a": some, "b": other, "c": frozenset(), "d": frozenset()})
    assert found is not None
    jaccard = found["jaccard"]
    assert jaccard[0][1] == pytest.approx(1 / 3)
    assert all(jaccard[i][j] == jaccard[j][i] for i in range(4) for j in range(4))
    assert jaccard[0][2] == 0
    assert jaccard[2][3] is None
    assert found["shared"][0] == [2, 1, 0, 0]
    assert overlap({"a": some}) is None


def test_lower_triangle_shows_index_and_count() -> None:
    both = {"strategies": ["a", "b"], "shared": [[5, 2], [2, 4]], "jaccard": [[1.0, 2 / 7], [2 / 7, 1.0]]}
    found = re.findall(r"<text[^>]*>([^<]*)</text>", overlap_map(both))
    assert sorted(found) == sorted(["a", "A", "A", "5", "b", "B", "B", "0.29", "2", "4"])
