def test_images_are_written_and_counted(radharmony, simulated, tmp_path):
    result = radharmony("preprocess", simulated, "--strategy", "zscore", "--out", tmp_path / "out", "--jobs", "1")
    assert result.returncode == 0, result.stderr
    assert "12 images" in result.stdout
    assert len(list((tmp_path / "out").glob("sub-*/anat/*_desc-zscore_HASTE.nii.gz"))) == 12


def test_an_unknown_strategy_is_refused_with_the_nearest(radharmony, simulated, tmp_path):
    result = radharmony("preprocess", simulated, "--strategy", "zscor", "--out", tmp_path / "out")
    assert result.returncode == 2
    assert "did you mean 'zscore'" in result.stderr
