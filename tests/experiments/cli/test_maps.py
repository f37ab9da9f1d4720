def test_maps_are_written_and_counted(radharmony, simulated, tmp_path):
    wish = ("--strategy", "zscore", "--feature", "original_firstorder_Mean", "--subject", "sub-02", "--jobs", "1")
    result = radharmony("maps", simulated, *wish, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("8 maps, 2 between conditions: ")
    assert len(list((tmp_path / "out" / "maps").glob("*.nii.gz"))) == 18


def test_options_are_named_where_something_is_missing(radharmony, simulated, tmp_path):
    result = radharmony("maps", simulated, "--strategy", "raw", "--out", tmp_path / "out")
    assert result.returncode == 2
    assert "name a --feature, or a --whitelist whose features are mapped" in result.stderr
