import json

import numpy as np
import pandas as pd
import pytest

from experiments.running.measured import measured_key, recalled, to_recall
from experiments.study.harmonizer import Harmonizer
from experiments.study.study import Study

SUMMARY = pd.DataFrame(
    {
        "measure": ["robust_share", "icc_median"],
        "raw": [0.25, np.nan],
        "p_held_out": [np.nan] * 2,
        "n_permutations": [3, 0],
    }
)


def test_a_summary_comes_back_bit_by_bit_under_its_own_key_alone():
    stored = json.loads(json.dumps(to_recall(SUMMARY, "key"), allow_nan=False))
    pd.testing.assert_frame_equal(recalled(stored, "key"), SUMMARY)
    assert recalled(stored, "another") is None


@pytest.mark.parametrize("damage", [None, [], "text", {"of": "key"}], ids=str)
def test_what_is_damaged_is_measured_again(damage):
    assert recalled(damage, "key") is None
    stored = to_recall(SUMMARY, "key")
    stored["summary"]["raw"][0] = 0.75
    assert recalled(stored, "key") is None


def test_the_key_is_that_of_values_and_settings(simulated):
    study = Study.from_yaml(simulated)
    table = pd.DataFrame({"subject": ["A", "B"], "original_glcm_F": [1.0, np.nan]})
    harmonizer = Harmonizer.parse("combat", "")
    keys = {
        measured_key(study, harmonizer, "zscore", table),
        measured_key(study, harmonizer, "another", table),
        measured_key(study, Harmonizer.parse({"combat": None, "permutations": 3}, ""), "zscore", table),
        measured_key(study, harmonizer, "zscore", table.assign(original_glcm_F=[1.0, 2.0])),
        measured_key(study, harmonizer, "zscore", table.assign(subject=["A", "C"])),
    }
    assert len(keys) == 5
    assert measured_key(study, harmonizer, "zscore", table.copy()) in keys
