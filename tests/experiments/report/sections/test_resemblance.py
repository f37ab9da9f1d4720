import pandas as pd

from experiments.folder.files import OUTSIDE, REMARKS
from experiments.report.sections.resemblance import summarize


class Folder:
    """What a section asks of a run."""

    def __init__(self, files):
        self.files = files

    def get(self, name):
        return self.files.get(name)


class Shared:
    def __init__(self, files):
        self.run = Folder(files)


def remark(subject, what, found, roi=""):
    names = ("strategy", "subject", "sequence", "condition", "roi", "what", "found", "study", "consequence")
    return dict(zip(names, ("all", subject, "T2", "REF", roi, what, found, "3", "so"), strict=True))


def test_scans_and_rois_are_counted_apart_and_ranges_by_feature():
    ranges = pd.DataFrame(
        {
            "strategy": "raw",
            "sequence": "T2",
            "roi": "liver",
            "feature": ["original_glcm_Id", "original_glcm_Idm"],
            "n": 4,
            "below": [0, 3],
            "above": [0, 0],
            **dict.fromkeys(("least", "largest", "study_least", "study_largest"), 1.0),
        }
    )
    remarks = [remark("A", "TE (ms)", "90"), remark("B", "TE (ms)", "95"), remark("A", "gray levels", "7", "liver")]
    found = summarize(Shared({REMARKS: pd.DataFrame(remarks), OUTSIDE: ranges}))
    assert [row[:5] for row in found["scans"]["rows"]] == [["TE (ms)", "T2", "90 to 95", "3", "2"]]
    assert [row[1] for row in found["rois"]["rows"]] == ["T2 / liver"]
    assert [row[3] for row in found["features"]["rows"]] == ["original_glcm_Idm"]
    assert found["by"]["rows"][0][3:] == ["2", "38\xa0%", "1"]
    assert found["text"].startswith("38\xa0% of 8 values lie outside")


def test_without_another_study_there_is_no_section():
    assert summarize(Shared({})) is None
