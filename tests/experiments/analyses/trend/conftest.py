"""A table of accelerations and reconstructions, and the command `trend`."""

from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest

from experiments.analyses.trend.command import trend


@pytest.fixture
def command() -> click.Command:
    return trend


@pytest.fixture
def measured() -> pd.DataFrame:
    """Give two features with more noise at higher acceleration, and half of it with another reconstruction."""
    rng = np.random.default_rng(0)
    truth = rng.lognormal(3, 0.3, size=(17, 2))
    parts = []
    for name, noise in (("R1", 0.01), ("R2", 0.03), ("R4", 0.4)):
        for other, factor in (("STD", 1.0), ("DLR", 0.1)):
            values = truth * np.exp(factor * noise * rng.normal(size=(17, 2)) - 0.3 * factor * noise)
            part = pd.DataFrame(values, columns=["original_glcm_Id", "original_firstorder_Mean"])
            parts.append(
                part.assign(subject=[f"S{i}" for i in range(17)], acquisition=name, reconstruction=other, roi="liver")
            )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def table(measured: pd.DataFrame, tmp_path: Path) -> Path:
    path = tmp_path / "features.csv"
    measured.to_csv(path, index=False)
    return path
