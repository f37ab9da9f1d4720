"""The audit as a whole: order, counts, processes, progress."""

import json

import numpy as np

from experiments.executors import Processes


def test_a_sound_study_has_no_findings(small):
    found = small.audit()
    assert found.findings == ()
    assert (found.expected, found.present) == (12, 12)
    assert {(cell.rois, cell.of) for cell in found.completeness} == {(2, 2)}


def test_the_mapping_is_json_with_counts_findings_and_completeness(small):
    small.image("S1_REF.nii.gz", np.full((6, 24, 24), np.nan))
    small.rows.remove(small.row("S2", "ACC+DLR"))
    mapping = json.loads(json.dumps(small.audit().to_mapping(), allow_nan=False))
    assert {key: mapping[key] for key in ("errors", "warnings", "notes", "cells")} == {
        "errors": 1,
        "warnings": 2,
        "notes": 0,
        "cells": {"expected": 12, "present": 8},
    }
    first = mapping["findings"][0]
    assert {"level", "kind", "where", "problem", "advice", "subject", "sequence", "condition", "roi", "file"} == set(
        first
    )
    assert (first["level"], first["kind"], first["subject"], first["condition"]) == (
        "error",
        "non_finite",
        "S1",
        "REF+STD",
    )
    assert {"subject": "S2", "sequence": "T2", "condition": "ACC+DLR", "rois": 0, "of": 2} in mapping["completeness"]
    assert len(mapping["completeness"]) == 6


def test_errors_come_first_whatever_found_them(small):
    small.rows.remove(small.row("S1", "REF+STD"))
    (small.folder / "S3_ACC.nii.gz").unlink()
    levels = [finding.level for finding in small.audit().findings]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert set(levels) == {"error", "warning"}


def test_processes_side_by_side_find_the_same(small):
    (small.folder / "S3_ACC.nii.gz").unlink()
    small.image("S1_ACC.nii.gz", np.full((6, 24, 24), 7.0))
    with Processes(2) as executor:
        assert small.audit(executor=executor) == small.audit()


def test_progress_counts_every_scan(small):
    calls = []
    small.audit(progress=lambda done, total: calls.append((done, total)))
    assert calls == [(done, 6) for done in range(1, 7)]


def test_a_study_without_any_file_is_one_message(small, kinds):
    """A new study was told of it in 21 findings, and in a table of noughts for each sequence."""
    for row in small.rows:
        row["image"] = f"else/{row['image']}"
    found = small.audit()
    assert kinds(found) == ["error no_files"]
    (finding,) = found.findings
    assert finding.where == "all 6 scans"
    assert "S1, T2, REF+STD" in finding.problem
    assert "S1_REF.nii.gz" in finding.problem
    assert (found.present, found.expected) == (0, 12)


def test_one_scan_that_is_there_has_the_others_named(small, kinds):
    for row in small.rows[1:]:
        row["image"] = f"else/{row['image']}"
    assert "error missing_file" in kinds(small.audit())
