import pandas as pd

from evaluation.reliability.levels import classes_of, summarize_levels


def test_every_level_counts_every_row_once_and_keys_are_never_taken_together():
    rows = pd.DataFrame(
        {
            "strategy": ["raw", "raw", "raw", "n4"],
            "sequence": ["T2", "T1", "T2", "T2"],
            "roi": "liver",
            "feature": ["original_glcm_Id", "original_glcm_Id", "original_shape_Sphericity", "original_glcm_Idm"],
            "value": [1, 2, 4, 8],
        }
    )
    found = summarize_levels(rows, ["strategy"], lambda groups: groups.agg(total=("value", "sum")))
    by = {(row.by, row.strategy, row.level): row.total for row in found.itertuples()}
    assert by == {
        ("overall", "raw", "all"): 7,
        ("overall", "n4", "all"): 8,
        ("sequence", "raw", "T2"): 5,
        ("sequence", "raw", "T1"): 2,
        ("sequence", "n4", "T2"): 8,
        ("roi", "raw", "liver"): 7,
        ("roi", "n4", "liver"): 8,
        ("class", "raw", "glcm"): 3,
        ("class", "raw", "shape"): 4,
        ("class", "n4", "glcm"): 8,
    }
    assert found["strategy"].tolist()[:2] == ["raw", "n4"]  # the order of the table


def test_classes_keep_the_index():
    features = pd.Series(["wavelet-LLH_glcm_Id", "original_firstorder_Mean"], index=[7, 3])
    assert classes_of(features).to_dict() == {7: "glcm", 3: "firstorder"}
