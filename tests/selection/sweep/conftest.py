"""Cohorts whose right answer is known."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def correlated():
    """Give 90 rows of 30 features in correlated groups with holes, their classes, subjects and reliability."""
    rng = np.random.default_rng(5)
    latent = rng.normal(size=(90, 8))
    names = [f"original_glcm_F{i:02}" for i in range(30)]
    values = latent @ rng.normal(size=(8, 30)) + 0.3 * rng.normal(size=(90, 30))
    values[:, 20] = values[:, 3] + 0.01 * rng.normal(size=90)
    values[:, 7] = 2.0
    values[rng.random(values.shape) < 0.02] = np.nan
    classes = (latent[:, 0] + rng.normal(size=90) > 0).astype(int)
    subjects = np.array([f"S{i // 2:02}" for i in range(90)])
    return pd.DataFrame(values, columns=names), classes, subjects, pd.Series(np.linspace(0.2, 0.95, 30), index=names)
