"""A paired study with known truth: subject effects, ROI effects, noise, and a batch effect or none."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

CONDITIONS = ("REF+STD", "ACC+STD", "ACC+DLR")
ROIS = ("liver", "spleen")


def simulate(
    *,
    shift: float = 0.0,
    scale: float = 1.0,
    noise: float = 0.63,
    subjects: int = 17,
    features: int = 60,
    seed: int = 0,
) -> pd.DataFrame:
    """Between-subject variance 1; ``noise`` .63 gives an ICC of .716; conditions differ by `shift` and `scale`."""
    rng = np.random.default_rng(seed)
    shape = (subjects, len(ROIS), len(CONDITIONS), features)
    truth = rng.normal(size=(subjects, len(ROIS), 1, features)) + np.array([0.0, 3.0])[None, :, None, None]
    values = truth + noise * rng.normal(size=shape)
    which = np.arange(len(CONDITIONS))[None, None, :, None]
    values = values * np.where(which == 1, scale, 1.0) + shift * which * rng.choice([-1, 1], size=features)
    keys = pd.MultiIndex.from_product(
        [[f"S{i:02d}" for i in range(subjects)], ROIS, CONDITIONS], names=["subject", "roi", "condition"]
    ).to_frame(index=False)
    columns = [f"original_glcm_f{i}" for i in range(features)]
    table = pd.concat([keys, pd.DataFrame(values.reshape(-1, features), columns=columns)], axis=1)
    return table.assign(strategy="zscore", sequence="HASTE")


@pytest.fixture(scope="session")
def study() -> Callable[..., pd.DataFrame]:
    return simulate
