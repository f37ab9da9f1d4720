def resampling(small, **parameters):
    small.values["strategies"] = {"raw": None, "fine": {"steps": [{"resample": parameters}]}}
    return [finding for finding in small.audit().findings if finding.kind == "extreme_resampling"]


def test_a_voxel_edge_that_changes_more_than_fourfold_is_a_warning(small):
    """The small study has voxels of 1 x 1 x 4 mm."""
    assert resampling(small, spacing=1.0) == []
    (finding,) = resampling(small, spacing=0.9)
    assert (finding.level, finding.where) == ("warning", "strategy fine")
    assert finding.problem == (
        "6 scans of 6 change a voxel edge by more than a factor of 4; most of all S1, T2, REF+STD: 4 to 0.9 mm, a "
        "factor of 4.44"
    )
    assert "spacing: [x, y]" in finding.advice
    assert resampling(small, spacing=[0.9, 0.9]) == []


def test_to_the_reference_counts_against_its_grid(small):
    small.image("S2_ACC.nii.gz", spacing=(5.0, 5.0, 4.0))
    small.labels("S2_acc_rois.nii.gz", spacing=(5.0, 5.0, 4.0))
    small.row("S2", "ACC+DLR")["mask"] = "S2_acc_rois.nii.gz"
    (finding,) = resampling(small, to="reference")
    assert finding.problem.startswith("1 scan of 6 change")
    assert "S2, T2, ACC+DLR: 5 to 1 mm" in finding.problem


def test_what_the_run_would_refuse_is_an_error(small):
    """The check passed where every scan of the run then failed."""
    assert resampling(small, spacing=[40.0, None]) == []
    (finding,) = [item for item in small.audit().findings if item.kind == "resampling_refused"]
    assert (finding.level, finding.where) == ("error", "strategy fine")
    assert finding.problem.endswith("most of all S1, T2, REF+STD: 1 to 40 mm, a factor of 40")
