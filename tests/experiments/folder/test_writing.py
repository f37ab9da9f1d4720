import pytest

from experiments.folder.writing import write_json, write_text, write_whole


def test_a_failing_write_leaves_the_former_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    write_text(path, "before")

    def breaks(temporary):
        temporary.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, breaks)
    assert path.read_text(encoding="utf-8") == "before"
    assert [found.name for found in tmp_path.iterdir()] == ["table.csv"]


def test_files_can_be_read_by_others(tmp_path):
    # temporary files are private by default, and a report that colleagues cannot open is no report
    write_text(tmp_path / "report.html", "x")
    assert (tmp_path / "report.html").stat().st_mode & 0o044


def test_json_without_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "run.json", {"seconds": float("nan")})
    assert not list(tmp_path.iterdir())
