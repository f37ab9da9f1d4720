import pandas as pd
import pytest

from experiments.analyses.apply.files import write_applied
from experiments.analyses.apply.run import run_application
from experiments.analyses.apply.settings import ApplicationSettings
from selection import Whitelist

FEATURE = "original_glcm_Id"
ROIS = ("a b", "a_b", "a-b", "A-B")


@pytest.fixture
def whitelist():
    features = dict.fromkeys(ROIS, (FEATURE,))
    return Whitelist("raw", {"T2": features}, {"T2": dict.fromkeys(ROIS, 1)}, {})


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_no_two_rois_share_a_file_whatever_they_are_called(whitelist, tmp_path, ending):
    rows = [("P1", "T2", roi, number) for number, roi in enumerate(ROIS)]
    table = pd.DataFrame(rows, columns=["subject", "sequence", "roi", FEATURE])
    settings = ApplicationSettings(allow=("unknown",), separate=True)
    written = write_applied(tmp_path / f"robust{ending}", run_application(whitelist, table, settings))
    assert len({path.name.casefold() for path in written}) == len(ROIS)
    read = pd.read_csv if ending == ".csv" else pd.read_parquet
    assert sorted(read(path)[FEATURE].item() for path in written) == [0, 1, 2, 3]
