import numpy as np
import pandas as pd

from evaluation.figures import paired
from harmonize.errors import ConfigurationError


def test_only_subjects_with_both_values_are_paired(golden) -> None:
    table = pd.DataFrame(
        {
            "strategy": ["none", "other"] * 8,
            "subject": np.repeat(list("DCBA"), 4),
            "sequence": "T2",
            "condition": ["r", "r", "c", "c"] * 4,
            "roi": "liver",
            "v": [1, -1, 2, -2, np.nan, -3, 4, -4, 5, -5, 6, -6, 7, -7, 8, -8],
        }
    )
    pairs = paired(table, "v", "r", "c", strategy="none", sequence="T2", roi="liver")
    assert (pairs.subjects, pairs.x.tolist(), pairs.y.tolist()) == (("A", "B", "D"), [7, 5, 1], [8, 6, 2])
    assert pairs.place == "none, T2, liver"
    with golden.error(ConfigurationError):
        paired(table, "v", "r", "x", strategy="none", sequence="T2", roi="liver")
