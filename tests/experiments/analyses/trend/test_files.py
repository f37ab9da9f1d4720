import pandas as pd

from experiments.analyses.trend.files import RECORD, write_trend
from experiments.analyses.trend.run import run_trend
from experiments.analyses.trend.settings import TrendSettings
from experiments.folder.condition_files import TRENDS

ASKED = {"levels": "acquisition", "numbers": {"R1": 1, "R2": 2, "R4": 4}, "within": ("reconstruction",)}


def test_what_was_found_is_what_is_read(measured, tmp_path):
    found = run_trend(measured, TrendSettings(**ASKED, no_figures=True))
    write_trend(tmp_path, found)
    pd.testing.assert_frame_equal(TRENDS.read(tmp_path), found.trends.trends, check_dtype=False)
    record = RECORD.read(tmp_path)
    assert record["settings"]["levels"] == "acquisition"
    assert set(record["table"]) == {"file", "sha256"}


def test_pictures_of_the_features_asked_for(measured, tmp_path):
    write_trend(tmp_path, run_trend(measured, TrendSettings(**ASKED, picture=("original_glcm_Id",))))
    names = {path.stem for path in (tmp_path / "figures").iterdir()}
    assert names == {"dose_response_all_STD", "dose_response_all_DLR", "levels_original_glcm_Id"}
