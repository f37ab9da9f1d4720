import numpy as np
import pandas as pd

from evaluation.reliability.signature_table import signature_table

NAMES = ["original_glcm_Id", "original_glcm_Idm", "original_firstorder_Mean", "original_firstorder_Range"]


def test_sets_are_all_classes_and_whitelists_of_their_places():
    rng = np.random.default_rng(0)
    truth = rng.normal(10, 2, (10, 4))
    table = pd.concat(
        [
            pd.DataFrame(truth + rng.normal(0, [0.1, 0.1, 3, 3], (10, 4)), columns=NAMES).assign(
                strategy="none", subject=range(10), sequence="T2", condition=condition, roi=roi
            )
            for condition in ("REF", "ACC")
            for roi in ("liver", "spleen")
        ]
    )
    found = signature_table(table, {"whitelist": {("T2", "liver"): NAMES[:1]}}, n_resamples=100)
    found = found.set_index(["roi", "set"])
    assert [name for roi, name in found.index if roi == "liver"] == ["all features", "glcm", "firstorder", "whitelist"]
    assert ("spleen", "whitelist") not in found.index
    assert found.loc["liver"].loc["glcm", "estimate"] > 0.95 > found.loc["liver"].loc["firstorder", "estimate"]
    assert found.loc["liver"].loc["whitelist", "features"] == 1
