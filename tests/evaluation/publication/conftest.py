import numpy as np
import pandas as pd
import pytest

from evaluation.publication import Analysis
from evaluation.reliability.table import reliability_table

FEATURES = ("original_firstorder_Mean", "original_glcm_Id", "original_glcm_Contrast", "original_firstorder_Skewness")


@pytest.fixture(scope="session")
def measured() -> pd.DataFrame:
    """Give a feature table of 2 strategies, 12 subjects, 3 conditions, 2 ROIs and 4 features."""
    rng = np.random.default_rng(5)
    rows = []
    for strategy, noise in (("none", 0.4), ("n4", 0.1)):
        truth = np.random.default_rng(1).normal(10, 2, (12, 2, 4)) - [0, 0, 0, 10]
        for condition, share in (("REF+STD", 0.5), ("ACC+STD", 1.0), ("ACC+DLR", 3.0)):
            values = truth + rng.normal(0, noise * share, truth.shape)
            rows += [
                ("T2", strategy, f"S{s:02}", condition, roi, *values[s, r])
                for s in range(12)
                for r, roi in enumerate(("liver_left", "spleen"))
                if not (s == 11 and roi == "spleen")
            ]
    return pd.DataFrame(rows, columns=["sequence", "strategy", "subject", "condition", "roi", *FEATURES])


@pytest.fixture(scope="session")
def reliability(measured: pd.DataFrame) -> pd.DataFrame:
    return reliability_table(measured, "REF+STD")


@pytest.fixture
def analysis() -> Analysis:
    return Analysis(
        "REF+STD",
        ("REF+STD", "ACC+STD", "ACC+DLR"),
        12,
        4,
        (11, 12),
        ("none", "n4"),
        ("T2",),
        ("liver_left", "spleen"),
    )
