import numpy as np
import pandas as pd
import pytest

from experiments.folder.files import OUTSIDE, REMARKS
from experiments.report.sections.resemblance import chance, summarize


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


def ranges_of(people=17.0, ends=0):
    return pd.DataFrame(
        {
            "strategy": "raw",
            "sequence": "T2",
            "roi": "liver",
            "feature": ["original_glcm_Id", "original_glcm_Idm"],
            "n": 4,
            "below": [0, 3],
            "above": [0, 0],
            **dict.fromkeys(("least", "largest", "study_least", "study_largest"), 1.0),
            "study_people": people,
            "study_ends": ends,
        }
    )


def test_scans_and_rois_are_counted_apart_and_ranges_by_feature():
    ranges = ranges_of()
    remarks = [remark("A", "TE (ms)", "90"), remark("B", "TE (ms)", "95"), remark("A", "gray levels", "7", "liver")]
    found = summarize(Shared({REMARKS: pd.DataFrame(remarks), OUTSIDE: ranges}))
    assert [row[:5] for row in found["scans"]["rows"]] == [["TE (ms)", "T2", "90 to 95", "3", "2"]]
    assert [row[1] for row in found["rois"]["rows"]] == ["T2 / liver"]
    assert [row[3] for row in found["features"]["rows"]] == ["original_glcm_Idm"]
    assert found["by"]["rows"][0][3:] == ["2", "38\xa0%", "1"]
    assert found["text"].startswith("38\xa0% of 8 values lie outside")


def test_what_is_outside_by_chance_stands_beside_what_is_found():
    """14 % of six people's twins lie outside, and nothing said whether that is much."""
    told = summarize(Shared({REMARKS: pd.DataFrame([remark("A", "TE", "9")]), OUTSIDE: ranges_of(6.0)}))["text"]
    assert "Of people like those of the study, of whom there were 6, up to 29\xa0% would by chance" in told
    assert "to the last digit" not in told
    unknown = summarize(Shared({REMARKS: pd.DataFrame([remark("A", "TE", "9")]), OUTSIDE: ranges_of(np.nan)}))["text"]
    assert "Some do by chance" in unknown


def test_of_people_of_the_same_kind_no_more_than_that_lies_outside():
    rng = np.random.default_rng(0)
    for people in (6, 17):
        study, others = np.exp(rng.normal(size=(2000, people))), np.exp(rng.normal(size=(2000, 1)))
        share = ((others < study.min(1, keepdims=True)) | (others > study.max(1, keepdims=True))).mean()
        assert share == pytest.approx(chance(pd.Series([people])).item(), abs=0.03)


def test_scans_of_the_study_itself_are_told():
    """The volunteers, measured as patients, resembled themselves in everything, and nothing was said."""
    told = summarize(Shared({REMARKS: pd.DataFrame([remark("A", "TE", "9")]), OUTSIDE: ranges_of(ends=2)}))["text"]
    assert "scans of the study are among them" in told


def test_without_another_study_there_is_no_section():
    assert summarize(Shared({})) is None
