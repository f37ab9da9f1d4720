import numpy as np
import pandas as pd
import pytest

NAMES = tuple(f"original_{kind}_F{i}" for kind in ("glcm", "shape") for i in range(10))
REAL = np.tile([0.05, 0.15, 0.2, 0.3, 0.35, 0.45, 0.6, 0.8, 1.2, 2.0], 2)
PERTURBED = np.tile([0.04, 0.1, 0.5, 0.1, 0.3, 0.5, 0.2, 0.9, 1.0, 1.5], 2)


@pytest.fixture
def cohort():
    """Make a table of perturbed scans and real conditions: the noise of each feature is stated for both."""

    def make(n=17, seed=0, draws=4, places=(("T2", "liver"),), perturbed=PERTURBED):
        rng = np.random.default_rng(seed)
        parts = []
        for sequence, roi in places:
            truth = rng.normal(10, 1, (n, len(NAMES)))
            reference = truth + REAL * rng.normal(size=truth.shape)
            scans = {("ACC", "unperturbed"): truth + REAL * rng.normal(size=truth.shape)}
            scans["REF", "unperturbed"] = reference
            for draw in range(1, draws + 1):
                scans["REF", f"noise-{draw}"] = reference + perturbed * rng.normal(size=truth.shape)
            for (condition, level), values in scans.items():
                keys = {"strategy": "none", "sequence": sequence, "roi": roi, "condition": condition}
                keys |= {"perturbation": level, "subject": [f"S{i}" for i in range(n)]}
                parts.append(pd.DataFrame(values, columns=NAMES).assign(**keys))
        return pd.concat(parts, ignore_index=True)

    return make
