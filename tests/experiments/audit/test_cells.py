"""Missing and duplicate cells, and comparisons that rest on too few subjects."""

import numpy as np

from experiments.audit.cells import audit_cells
from experiments.study.study import Study


def add_subjects(small, count):
    for i in range(4, 4 + count):
        for acquisition, reconstruction in (("REF", "STD"), ("ACC", "DLR")):
            row = {"subject": f"S{i}", "sequence": "T2", "acquisition": acquisition, "reconstruction": reconstruction}
            small.rows.append({**row, "image": f"S{i}_{acquisition}.nii.gz", "mask": f"S{i}_rois.nii.gz"})
            small.image(f"S{i}_{acquisition}.nii.gz")
        small.labels(f"S{i}_rois.nii.gz")


def test_a_missing_scan_is_one_finding_not_one_a_roi(small, kinds):
    add_subjects(small, 1)
    small.rows.remove(small.row("S2", "ACC+DLR"))
    found = small.audit()
    assert kinds(found) == ["warning missing_scan"]
    (finding,) = found.findings
    assert (finding.subject, finding.sequence, finding.condition) == ("S2", "T2", "ACC+DLR")
    assert (found.expected, found.present) == (16, 14)


def test_a_subject_without_the_reference_contributes_to_nothing(small, kinds):
    add_subjects(small, 1)
    small.rows.remove(small.row("S2", "REF+STD"))
    found = small.audit()
    assert kinds(found) == ["warning no_reference"]
    assert "contributes to no contrast" in found.findings[0].problem


def test_a_sequence_that_a_subject_lacks_is_one_finding(small):
    small.rows += [{**row, "sequence": "T1"} for row in small.rows if row["subject"] != "S1"]
    findings = list(audit_cells(Study.from_yaml(small.write())))
    assert [(finding.kind, finding.subject, finding.sequence) for finding in findings] == [
        ("missing_sequence", "S1", "T1")
    ]


def test_a_condition_that_a_sequence_never_has_is_one_finding(small):
    small.rows += [{**row, "sequence": "T1"} for row in small.rows if row["acquisition"] == "REF"]
    findings = list(audit_cells(Study.from_yaml(small.write())))
    assert [(f.kind, f.sequence, f.condition) for f in findings] == [("missing_condition", "T1", "ACC+DLR")]


def test_a_sequence_without_any_reference_says_that_nothing_can_be_compared(small):
    small.rows += [{**row, "sequence": "T1"} for row in small.rows if row["acquisition"] == "ACC"]
    (finding,) = audit_cells(Study.from_yaml(small.write()))
    assert finding.kind == "missing_condition"
    assert "nothing of this sequence can be compared" in finding.problem


def test_duplicate_cells_name_the_lines(small, kinds):
    small.rows.append({**small.row("S2", "ACC+DLR"), "image": "other.nii.gz"})
    small.image("other.nii.gz")
    found = small.audit()
    assert kinds(found) == ["error duplicate_cell"]
    assert "lines 5, 8" in found.findings[0].where
    assert (found.expected, found.present) == (12, 12)


def test_the_very_same_row_twice_is_one_finding(small, kinds):
    small.rows.append(dict(small.row("S2", "ACC+DLR")))
    assert kinds(small.audit()) == ["error duplicate_cell"]


def test_fewer_than_three_subjects_in_a_contrast(small, kinds):
    small.rows.remove(small.row("S2", "ACC+DLR"))
    found = small.audit()
    assert kinds(found) == ["warning few_subjects", "warning missing_scan"]
    few = next(finding for finding in found.findings if finding.kind == "few_subjects")
    assert "only 2 subjects" in few.problem
    assert (few.sequence, few.condition, few.roi) == ("T2", "ACC+DLR", "")


def test_a_scan_that_cannot_be_read_does_not_count_in_a_contrast(small, kinds):
    (small.folder / "S2_REF.nii.gz").unlink()
    assert kinds(small.audit()) == ["error missing_file", "warning few_subjects"]


def test_few_subjects_in_one_roi_name_it(small):
    small.values["rois"] = {"files": {"liver": "mask", "spleen": "mask_spleen"}}
    organs = np.zeros((2, 6, 24, 24), np.uint8)
    organs[0, 1:5, 2:10, 2:12] = organs[1, 1:5, 14:22, 2:12] = 1
    for row in small.rows:
        spleen = row["mask"].replace("rois", "spleen")
        small.labels(row["mask"], organs[0])
        small.labels(spleen, organs[1])
        row["mask_spleen"] = "" if row["subject"] == "S1" else spleen
    few = [finding for finding in small.audit().findings if finding.kind == "few_subjects"]
    assert [finding.roi for finding in few] == ["spleen"]


def test_only_the_reference_condition_is_nothing_to_compare(small, kinds):
    small.rows = [row for row in small.rows if row["acquisition"] == "REF"]
    assert kinds(small.audit()) == ["error no_contrast"]


def test_a_scan_without_a_mask_and_a_roi_without_any(small):
    small.values["rois"] = {"files": {"liver": "mask", "kidney": "mask_kidney"}}
    for row in small.rows:
        row["mask_kidney"] = ""
    small.row("S1", "ACC+DLR")["mask"] = ""
    missing = [finding for finding in small.audit().findings if finding.kind == "missing_roi"]
    assert [(finding.roi, finding.subject) for finding in missing] == [("kidney", ""), ("liver", "S1")]


def test_a_label_map_missing_from_a_scan_is_one_finding(small):
    small.row("S1", "ACC+DLR")["mask"] = ""
    missing = [finding for finding in small.audit().findings if finding.kind == "missing_roi"]
    assert [(finding.roi, finding.problem) for finding in missing] == [("", "no mask of liver, spleen")]
