"""No room left: a real small file system where that is permitted, and a real limit on the size of files."""

import os
import subprocess
import sys

import pytest

from experiments.running.store.finished import store_at

pytest.importorskip("resource", reason="needs POSIX limits")

TABLES = ("features.parquet", "reliability.parquet", "summary.csv", "strategies.csv", "failures.csv")

LIMITED = """if True:
    import resource, sys
    limit = int(sys.argv.pop(1))
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    from experiments.cli import main
    main()
"""


def command(study_file, out):
    return ["run", study_file, "--out", out, "--no-tracking", "--quiet", "--jobs", 1]


def run(study_file, out, limit=0):
    arguments = [sys.executable, "-c", LIMITED, str(limit), *map(str, command(study_file, out))]
    return subprocess.run(arguments, capture_output=True, encoding="utf-8", check=False)


def check_end(result, out):
    assert result.returncode == 5, result.stderr
    assert "no room left" in result.stderr
    assert "run the same command again" in result.stderr
    assert "Traceback" not in result.stderr
    assert all(entry.sound for entry in store_at(out / "finished").entries())
    assert store_at(out / "finished").leftovers(0) == []


@pytest.mark.usefixtures("no_page", "no_workers")
@pytest.mark.parametrize(("limit", "kept"), [(4_000, 0), (50_000, 2 * 12)])
def test_a_limit_on_files_ends_the_run_and_the_same_command_goes_on(
    finished, study_file, radharmony, tmp_path, limit, kept
):
    out = tmp_path / "out"
    check_end(run(study_file, out, limit), out)
    assert len(list((out / "finished").glob("*.json"))) == kept
    assert not (out / "features.parquet").exists()
    result = radharmony(*command(study_file, out))
    assert result.returncode == 0, result.stderr
    for name in TABLES:
        assert (out / name).read_bytes() == (finished.folder / name).read_bytes()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 100 kB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", place]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.usefixtures("no_page", "no_workers")
def test_a_full_disk_ends_the_run_and_with_room_it_goes_on(finished, study_file, radharmony, small_disk):
    out = small_disk / "out"
    check_end(run(study_file, out), out)
    kept = len(list((out / "finished").glob("*.json")))
    assert 0 < kept < 2 * 12
    subprocess.run(["mount", "-o", "remount,size=50m", small_disk], check=True)
    result = radharmony(*command(study_file, out))
    assert result.returncode == 0, result.stderr
    for name in TABLES:
        assert (out / name).read_bytes() == (finished.folder / name).read_bytes()
