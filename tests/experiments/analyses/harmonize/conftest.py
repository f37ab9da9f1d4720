"""Tables with batch effects, and the command `harmonize`."""

from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest

from experiments.analyses.harmonize.command import harmonize

FEATURES = ["original_firstorder_Mean", "original_glcm_Contrast", "original_glcm_Id"]


@pytest.fixture
def features() -> list[str]:
    """Give the features of `scans`."""
    return FEATURES


@pytest.fixture
def scans() -> Callable[..., pd.DataFrame]:
    """Give a function that makes a table of two conditions, whose effect differs between two organs."""
    return _scans


@pytest.fixture
def sites() -> Callable[..., pd.DataFrame]:
    """Give a function that makes a table of three sites with patients and names of their own."""
    return _sites


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "features.csv"
    _scans().to_csv(path, index=False)
    return path


@pytest.fixture
def command() -> click.Command:
    return harmonize


def _scans(n: int = 24, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        [
            {"patient": f"{p:03d}", "condition": scan, "sequence": "T2", "organ": roi, "age": 20 + p, "split": split}
            for p in range(n)
            for split in ["train" if p < n - 4 else "test"]
            for scan in ("REF+STD", "ACC+STD")
            for roi in ("liver", "spleen")
        ]
    )
    truth = pd.Series(rng.normal(size=n), index=[f"{p:03d}" for p in range(n)])
    for name in FEATURES:
        rows[name] = truth[rows["patient"]].to_numpy() + 0.3 * rng.normal(size=len(rows))
        rows[name] += np.where(rows["condition"] == "ACC+STD", 2.0, 0.0) * np.where(rows["organ"] == "liver", 1, -1)
    return rows


def _sites(n: int = 90, seed: int = 0) -> pd.DataFrame:
    """A table of a tool with names of its own: three sites with patients of their own."""
    rng = np.random.default_rng(seed)
    site = np.repeat(["x", "y", "z"], n // 3)
    rows = pd.DataFrame({"patient": np.arange(1000, 1000 + n), "site": site, "voxels": rng.permutation(n) + 500})
    for name in "abc":
        rows[name] = rng.normal(size=n) + np.where(site == "y", 2.0, 0.0)
    return rows.assign(age=rng.integers(30, 60, n), dead=rng.integers(0, 2, n), visits=np.arange(n) % 4)
