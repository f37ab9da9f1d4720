import numpy as np
import pandas as pd

from experiments.results.learned import ranges_of, seen_scans


def test_ranges_are_of_each_sequence_and_roi_without_what_is_missing():
    table = pd.DataFrame(
        {
            "sequence": ["T2", "T2", "T1"],
            "roi": "liver",
            "bins": [20, 30, 40],
            "original_glcm_Id": [0.5, 0.25, np.nan],
        }
    )
    found = ranges_of(table)
    assert found["T2"]["liver"] == {"bins": [20.0, 30.0], "original_glcm_Id": [0.25, 0.5]}
    assert found["T1"]["liver"] == {"bins": [40.0, 40.0]}


def test_protocols_are_ranges_of_numbers_and_lists_of_texts():
    protocol = pd.DataFrame(
        {
            "subject": ["S1", "S2"],
            "sequence": "T2",
            "condition": "REF",
            "source": "DICOM",
            "manufacturer": ["Siemens", "GE"],
            "echo_time_ms": ["92.0", "88.5"],
            "coil": ["", ""],
            "implausible": "",
        }
    )
    seen = seen_scans(["echo"], {}, protocol)
    assert seen["protocol"] == {"T2": {"manufacturer": ["GE", "Siemens"], "echo_time_ms": [88.5, 92.0]}}
    assert seen_scans(["echo"], {}, None)["protocol"] == {}
