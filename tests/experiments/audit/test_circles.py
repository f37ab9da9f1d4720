def test_circles_are_drawn_and_misplaced_ones_are_found(small, kinds):
    rows = ["subject,roi,x,y,z", "S1,muscle,12,12,3", "S2,muscle,12,12,3", "S3,muscle,12,12,9"]
    (small.folder / "centres.csv").write_text("\n".join(rows), encoding="utf-8")
    small.values["rois"] = {"circles": {"table": "centres.csv", "diameter": 9}}
    found = small.audit()
    assert (found.present, found.expected) == (4, 6)
    misplaced = [finding for finding in found.findings if finding.kind == "misplaced_circle"]
    assert [(finding.subject, finding.roi, finding.level) for finding in misplaced] == [("S3", "muscle", "error")] * 2
    assert "the centre (12, 12, 9) pixel is not in the image of 24 x 24 x 6 voxels" in misplaced[0].problem
    small.values["rois"]["labels"] = {"liver": 1}
    (small.folder / "centres.csv").write_text("\n".join(rows[:-1]), encoding="utf-8")
    missing = [one for one in small.audit().findings if one.kind == "missing_roi"]
    assert {(one.subject, one.problem, one.advice) for one in missing} == {
        ("S3", "no centre of muscle", "add it to the table of centres if it is seen there")
    }
    assert not {"error unreadable_mask", "error empty_roi"} & set(kinds(found))
