import os
import shutil

import pytest
from click.testing import CliRunner

from experiments.cli import radharmony
from experiments.running.runner import run_study

DAY = 86400


def cache(*arguments, code=0):
    result = CliRunner().invoke(radharmony, ["cache", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def results(finished, tmp_path):
    """The folder of a run, to be changed."""
    shutil.copytree(finished.folder / "finished", tmp_path / "results" / "finished")
    return tmp_path / "results"


def entries(results):
    return sorted((results / "finished").glob("*.json"))


def test_info_counts_by_strategy_and_tells_damage_and_use(results, simulated):
    entries(results)[0].write_text("{}")
    (results / "finished" / f".{'a' * 64}.json.xyz").write_text("half")
    told = cache("info", results, "--study", simulated)
    assert "24 entries" in told
    assert f"used by {simulated}: 23" in told
    assert "damaged: 1" in told
    assert "half-written: 1" in told
    assert "raw" in told
    assert "zscore" in told


def test_info_of_the_folder_itself_and_of_an_empty_one(results, tmp_path):
    assert "24 entries" in cache("info", results / "finished")
    (tmp_path / "empty").mkdir()
    assert "0 entries" in cache("info", tmp_path / "empty")


def test_prune_alone_removes_damage_only(results):
    entries(results)[0].write_text("{}")
    assert "would remove 1 file" in cache("prune", results, "--dry-run")
    assert len(entries(results)) == 24
    assert "removed 1 file" in cache("prune", results)
    assert len(entries(results)) == 23
    assert "nothing is damaged; choose" in cache("prune", results)


def test_info_has_the_names_of_the_study_for_what_it_uses(results, study_file):
    changed = (
        study_file.read_text(encoding="utf-8")
        .replace("  zscore:\n", "  standardized:\n")
        .replace("  raw:\n", "  zscore:\n")
    )
    study_file.write_text(changed)
    told = cache("info", results, "--study", study_file)
    assert [line.split()[1:3] for line in told.splitlines() if "ago" in line or "just now" in line] == [
        ["standardized", "│"],
        ["zscore", "│"],
    ]
    study_file.write_text(changed.replace("{binWidth: 3}", "{binWidth: 4}"))
    told = cache("info", results, "--study", study_file)
    assert "standardized" in told
    assert "raw" in told  # which the study does not use any more
    assert "raw" in cache("info", results)


def test_folders_in_the_place_of_an_entry_are_counted_and_removed(results):
    aside = results / "finished" / f"{'b' * 64}.json.damaged-1790000000000000000"
    there = results / "finished" / f"{'c' * 64}.json"
    for folder in (aside, there):
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "file").write_bytes(bytes(1000))
    gathered = results / "finished" / "packed" / f"{'d' * 32}.jsonl"
    gathered.mkdir(parents=True)
    other = results / "finished" / "notes.json.damaged-1"
    other.mkdir()
    assert "in the place of an entry: 3 folders, 2.0 kB" in cache("info", results)
    assert "would remove 0 files and 3 folders, 2.0 kB" in cache("prune", results, "--dry-run")
    assert "removed 0 files and 3 folders, 2.0 kB" in cache("prune", results)
    assert not aside.exists()
    assert not there.exists()
    assert not gathered.exists()
    assert other.is_dir()
    assert len(entries(results)) == 24
    assert "removed 0 files, 0 B" in cache("prune", results)


def test_prune_what_a_study_does_not_use(results, study_file):
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("[zscore]", "[{zscore: {region: image}}]"))
    assert "removed 12 files" in cache("prune", results, "--unused", study_file)
    assert len(entries(results)) == 12
    assert "removed 0 files" in cache("prune", results, "--unused", study_file)


def test_prune_by_age(results):
    old = entries(results)[:4]
    for path in old:
        os.utime(path, (path.stat().st_mtime - 31 * DAY,) * 2)
    assert "would remove 4 files" in cache("prune", results, "--older-than", "30d", "--dry-run")
    cache("prune", results, "--older-than", "30d")
    assert len(entries(results)) == 20
    assert "expected a number and m, h, d or w" in cache("prune", results, "--older-than", "30", code=2)


def test_both_remove_what_is_both(results, study_file):
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("[zscore]", "[{zscore: {region: image}}]"))
    for path in entries(results)[:6]:
        os.utime(path, (path.stat().st_mtime - 2 * DAY,) * 2)
    cache("prune", results, "--unused", study_file, "--older-than", "1d")
    assert 18 <= len(entries(results)) < 24


def test_all_touches_nothing_else(results):
    other = results / "finished" / "notes.json"
    other.write_text("mine")
    assert "removed 24 files" in cache("prune", results, "--all")
    assert entries(results) == [other]
    assert "--all removes everything" in cache("prune", results, "--all", "--older-than", "1d", code=2)


def test_links_are_left_alone(results, tmp_path):
    target = tmp_path / "target.json"
    entries(results)[0].rename(target)
    try:
        (results / "finished" / f"{'0' * 64}.json").symlink_to(target)
    except OSError:
        pytest.skip("needs the right to make links")
    cache("prune", results, "--all")
    assert target.is_file()


@pytest.mark.usefixtures("no_page")
def test_gathered_results_are_counted_used_and_pruned_as_those_in_files_of_their_own(
    results, simulated, study_file, tmp_path, monkeypatch
):
    """A study of a thousand subjects left 32,000 files."""
    monkeypatch.setattr("experiments.running.store.finished.ENOUGH", 8)
    out = tmp_path / "again"
    first = run_study(simulated, out, cache=results / "finished", track=False)
    assert first.reused == 24
    assert run_study(simulated, tmp_path / "own", track=False).reused == 0
    own = tmp_path / "own" / "finished"
    assert len([path for path in own.rglob("*") if path.is_file()]) <= 4  # .files, what is gathered, and a few loose
    told = cache("info", own, "--study", simulated)
    assert "24 entries" in told
    assert f"used by {simulated}: 24" in told
    assert run_study(simulated, tmp_path / "own", track=False).unchanged
    (tmp_path / "own" / "run.json").unlink()
    assert run_study(simulated, tmp_path / "own", track=False).reused == 24
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("[zscore]", "[{zscore: {region: image}}]"))
    assert "would remove 12" in cache("prune", own, "--unused", study_file, "--dry-run")
    assert "removed 12 entries" in cache("prune", own, "--unused", study_file)
    assert "12 entries" in cache("info", own)
    assert "removed 12 entries" in cache("prune", own, "--all")
    assert "0 entries" in cache("info", own)
