import numpy as np
import pandas as pd
import pytest

from evaluation.extraction.roi import check_intensities
from experiments.report.sections.study import MOST_SUBJECTS, completeness, sizes
from harmonize.errors import ScanError


def test_what_the_audit_does_not_name_is_absent() -> None:
    run = {"sequences": ["T2"], "subjects": ["A", "B"], "conditions": ["REF", "ACC"], "rois": ["liver", "spleen"]}
    audit = {
        "completeness": [
            {"subject": "A", "sequence": "T2", "condition": "REF", "rois": 2},
            {"subject": "A", "sequence": "T2", "condition": "ACC", "rois": 2},
            {"subject": "B", "sequence": "T2", "condition": "REF", "rois": 1},
        ]
    }
    assert completeness(audit, run) == [
        {"sequence": "T2", "rows": [("A", [2, 2]), ("B", [1, 0])], "complete": 1, "left_out": 0}
    ]


def test_large_study_shows_only_incomplete_subjects() -> None:
    subjects = [f"S{number}" for number in range(MOST_SUBJECTS + 1)]
    run = {"sequences": ["T2"], "subjects": subjects, "conditions": ["REF"], "rois": ["liver"]}
    audit = {
        "completeness": [
            {"subject": subject, "sequence": "T2", "condition": "REF", "rois": int(subject != "S7")}
            for subject in subjects
        ]
    }
    (part,) = completeness(audit, run)
    assert part["rows"] == [("S7", [0])]
    assert (part["complete"], part["left_out"]) == (MOST_SUBJECTS, MOST_SUBJECTS)


def test_people_who_were_scanned_once_are_complete_where_nothing_is_compared() -> None:
    """Patients under one of several conditions each were none of them complete."""
    run = {"sequences": ["T2"], "subjects": ["A", "B"], "conditions": ["REF", "ACC"], "rois": ["liver"]}
    own = [("A", "REF", 1), ("B", "ACC", 0)]
    audit = {"completeness": [{"subject": s, "sequence": "T2", "condition": c, "rois": n} for s, c, n in own]}
    assert completeness(audit, run)[0]["complete"] == 0
    (part,) = completeness(audit, {**run, "kind": "extraction"})
    assert (part["complete"], part["rows"]) == (1, [("A", [1, None]), ("B", [None, 0])])


NONE = pd.DataFrame({"strategy": [], "roi": [], "problem": []}, dtype=str)


def test_sizes_give_median_and_range() -> None:
    run = {"rois": ["liver", "spleen"], "strategies": [{"name": "a"}]}
    scans = pd.DataFrame({"strategy": "a", "roi": "liver", "voxels": [10, 20, 60], "bins": [16, 16, 16]})
    assert sizes(scans, run, NONE)["rows"] == [["liver", "20 (10 to 60)", "16"], ["spleen", "–", "–"]]
    assert sizes(scans.drop(columns=["voxels", "bins"]), run, NONE)["rows"] == []


def test_the_range_of_bins_includes_rois_that_were_refused_for_them() -> None:
    """A strategy that refused half of the ROIs showed the range of the other half alone, which looked usual."""
    run = {"rois": ["liver", "spleen"], "strategies": [{"name": "a"}, {"name": "b"}]}
    scans = pd.DataFrame({"strategy": "a", "roi": "liver", "bins": [16, 18]})
    problems = []
    for values in (np.linspace(0, 1, 50), np.linspace(0, 10_000, 50)):
        with pytest.raises(ScanError) as caught:
            check_intensities(values, {"binWidth": 25}, (8, 256))
        problems.append(caught.value.problem)
    failures = pd.DataFrame({"strategy": ["a", "a", "b"], "roi": ["liver", "spleen", "liver"]})
    failures["problem"] = [*problems, "there is no such file"]
    assert sizes(scans, run, failures)["rows"] == [["liver", "16 (1 to 18)", "–"], ["spleen", "401", "–"]]
