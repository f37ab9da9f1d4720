"""The Stanford heart transplants, as statsmodels brings them: 69 people, 45 deaths, ages."""

from typing import NamedTuple

import numpy as np
import pytest
from statsmodels.datasets import heart as stanford

from evaluation.survival.times import survival_times


class Heart(NamedTuple):
    y: np.ndarray
    age: np.ndarray
    X: np.ndarray
    untied: np.ndarray


@pytest.fixture(scope="session")
def heart() -> Heart:
    """Give times and deaths, ages in decades from 45, these with their squares, and times without ties."""
    data = stanford.load_pandas().data
    age = ((data["age"] - 45) / 10).to_numpy()
    times = data["survival"].to_numpy()
    y = survival_times(times, data["censors"])
    return Heart(y, age, np.c_[age, age**2], survival_times(times + np.arange(69) * 1e-3, data["censors"]))
