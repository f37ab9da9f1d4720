import pandas as pd

from experiments.report.sections.study import MOST_SUBJECTS, completeness, sizes


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


def test_sizes_give_median_and_range() -> None:
    run = {"rois": ["liver", "spleen"], "strategies": [{"name": "a"}]}
    scans = pd.DataFrame({"strategy": "a", "roi": "liver", "voxels": [10, 20, 60], "bins": [16, 16, 16]})
    assert sizes(scans, run)["rows"] == [["liver", "20 (10 to 60)", "16"], ["spleen", "–", "–"]]
    assert sizes(scans.drop(columns=["voxels", "bins"]), run)["rows"] == []
