"""The difficult features whose statistics were computed in R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

CONDITIONS = ("REF_STD", "REF_DLR", "ACC_STD", "ACC_DLR")


@pytest.fixture(scope="session")
def difficult(reference_root: Path) -> dict[str, NDArray[np.float64]]:
    """Give each feature as an array (17 subjects, 4 conditions), the reference condition first."""
    table = pd.read_csv(reference_root / "agreement_values.csv")
    wide = table.pivot(index=["feature", "subject"], columns="condition", values="value")[list(CONDITIONS)]
    return {name: wide.loc[name].to_numpy() for name in pd.unique(table["feature"])}
