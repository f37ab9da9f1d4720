import pandas as pd


def test_the_command_leaves_what_python_leaves(radharmony, simulated, finished, tmp_path):
    out = tmp_path / "out"
    options = ("--like", finished.folder, "--strategy", "raw", "--roi", "liver=liver", "--no-tracking", "--jobs", "1")
    result = radharmony("extract", simulated, "--out", out, *options)
    assert result.returncode == 0, result.stderr
    found, run = pd.read_parquet(out / "features.parquet"), finished.features
    assert found.equals(run[run["strategy"] == "raw"].reset_index(drop=True))
    assert "report.html" in result.stdout


def test_what_is_wrong_is_said_in_one_line_with_the_option(radharmony, simulated, finished, tmp_path):
    out = tmp_path / "out"
    for options, message in (
        (("--like", tmp_path / "none.json"), "does not exist"),
        (("--like", finished.folder, "--strategy", "rau"), "did you mean 'raw'"),
        (("--like", finished.folder, "--roi", "lever=liver"), "did you mean 'liver'"),
        (("--like", finished.folder, "--roi", "liver"), "expected NAME=ROI"),
    ):
        result = radharmony("extract", simulated, "--out", out, *options)
        assert (result.returncode, message in result.stderr) == (2, True), result.stderr
    assert not out.exists()
