import json
import shutil

from click.testing import CliRunner

from experiments.cli import radharmony


def plan(*arguments):
    result = CliRunner().invoke(radharmony, ["plan", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_without_a_folder_it_says_how_to_see_more(simulated):
    told = plan(simulated)
    assert "Steps: 12 (scan x step), 12 if nothing were shared" in told
    assert "Extractions: 24 (scan x strategy) of 48 ROIs" in told
    assert "name a folder with --out or --cache" in told
    assert "└── zscore  12 scans to do" in told


def test_with_nothing_finished_there_is_no_estimate(simulated, tmp_path):
    told = plan(simulated, "--out", tmp_path / "absent")
    assert "no estimate: nothing finished yet" in told
    assert not (tmp_path / "absent").exists()


def test_a_part_of_it_finished_gives_an_estimate(finished, simulated, tmp_path):
    shutil.copytree(finished.folder / "finished", tmp_path / "cache")
    for path in sorted((tmp_path / "cache").glob("*.json"))[:5]:
        path.unlink()
    told = plan(simulated, "--cache", tmp_path / "cache", "--jobs", 2)
    assert "19 of 24 extractions" in told
    assert "of computing" in told
    assert "with 2 processes" in told


def test_all_finished(finished, simulated):
    told = plan(simulated, "--out", finished.folder)
    assert "24 of 24 extractions" in told
    assert "nothing is left but statistics and report" in told


def test_json_and_nothing_else(finished, simulated):
    found = json.loads(plan(simulated, "--out", finished.folder, "--json"))
    assert (found["finished"], found["extraction_tasks"], found["scan_steps"]) == (24, 24, 12)
    assert [task["name"] for task in found["tasks"]] == ["extraction", "zscore"]
    assert found["tasks"][1]["parameters"]["region"] == "foreground"


def test_names_with_brackets_are_shown_as_they_are(study_file):
    study_file.write_text(study_file.read_text().replace("  zscore:\n", "  '[bold]z':\n"))
    assert "[bold]z" in plan(study_file)
