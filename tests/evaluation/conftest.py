"""Features whose statistics were computed in R, and values made up by the model that is fitted."""

from collections.abc import Callable
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


@pytest.fixture(scope="session")
def lme4(difficult, reference_root: Path) -> tuple[NDArray[np.float64], pd.DataFrame]:
    """Give the difficult features as (features, subjects, acquisitions, reconstructions), and what lme4 found."""
    expected = pd.read_csv(reference_root / "mixed_model_lme4.csv").set_index("feature")
    # lme4 took ACC and DLR as baselines.
    return np.stack([difficult[name][:, [3, 2, 1, 0]].reshape(17, 2, 2) for name in expected.index]), expected


@pytest.fixture(scope="session")
def made_up() -> Callable[..., NDArray[np.float64]]:
    """Give a function that makes values (*lead, subjects, 2, 2) of the 2 x 2 mixed model."""

    def values(seed, lead=(), n=17, subject=1.0, residual=0.5, cells=(0.0, 0.2, 1.0, 0.5), missing=0.0):
        rng = np.random.default_rng(seed)
        made = subject * rng.normal(size=(*lead, n, 1)) + residual * rng.normal(size=(*lead, n, 4)) + np.array(cells)
        made[rng.random(made.shape) < missing] = np.nan
        return made.reshape(*lead, n, 2, 2)

    return values
