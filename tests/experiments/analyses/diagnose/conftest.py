"""Patients with a diagnosis, and the command `diagnose`."""

from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest

from experiments.analyses.diagnose.command import diagnose

NAMES = [
    *("original_shape_VoxelVolume", "original_firstorder_Mean", "original_firstorder_Entropy"),
    *(f"original_glcm_F{i:02}" for i in range(17)),
]
QUICK = ("--folds", 3, "--inner-folds", 2, "--repeats", 1, "--resamples", 100, "--jobs", 1, "--no-baselines")


@pytest.fixture
def names() -> list[str]:
    """Give the features of `patients`."""
    return NAMES


@pytest.fixture
def quick() -> tuple[object, ...]:
    """Give options that keep the command short; the last leaves out the baselines, four fifths of its time."""
    return QUICK


@pytest.fixture
def patients() -> Callable[..., pd.DataFrame]:
    """Give a function that makes patients of two classes and two scanners."""
    return _patients


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "patients.csv"
    _patients().to_csv(path, index=False)
    return path


@pytest.fixture
def roles() -> Callable[..., tuple[object, ...]]:
    """Give a function that makes the arguments for a table of `patients` and a folder of results, `quick` last."""
    return lambda table, out: (table, "--target", "diagnosis", "--subject", "patient", "--out", out, *QUICK)


@pytest.fixture
def command() -> click.Command:
    return diagnose


def _patients(n: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n, 20)), columns=NAMES)
    sick = np.arange(n) % 2
    table["original_glcm_F03"] += 2.0 * sick
    table["original_firstorder_Mean"] += 1.0 * sick
    scanner = np.arange(n) // 2 % 2
    table += 3.0 * scanner[:, None]
    return table.assign(
        patient=[f"P{i:03}" for i in range(n)],
        diagnosis=np.where(sick, "malignant", "benign"),
        scanner=np.where(scanner, "B", "A"),
        age=40 + np.arange(n) % 7,
        voxels=1000 + rng.integers(0, 500, n),
    )
