import json
import shutil

import pytest
from click.testing import CliRunner

from experiments.cli import radharmony
from experiments.presets import presets, write_preset


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


def test_segmentations_are_told_from_scans(drawn_twice):
    with drawn_twice.open("a", encoding="utf-8") as file:
        file.write("segmentation: anna\n")
    told = plan(drawn_twice)
    assert "every one of 12 scans with 23 segmentations" in told
    assert "Extractions: 46 (segmentation x strategy) of 92 ROIs" in told
    assert "└── zscore  12 scans to do\n    └── features of zscore  23 segmentations to do" in told


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
    assert "of computing with 2 processes, 5 s to start them; statistics and report come on top" in told
    assert "to start it; statistics" in plan(simulated, "--cache", tmp_path / "cache", "--jobs", 1)


def test_what_the_last_run_took_besides_is_counted(finished, simulated, tmp_path):
    shutil.copytree(finished.folder / "finished", tmp_path / "finished")
    stages = {"register": 0.0, "fit": 1.0, "look": 4.0, "compare": 40.0}
    (tmp_path / "timings.json").write_text(json.dumps({"total": 50.0, "stages": stages}))
    assert "statistics and report, about 45 s as in the last run" in plan(simulated, "--out", tmp_path)
    next((tmp_path / "finished").glob("*.json")).unlink()
    told = plan(simulated, "--out", tmp_path, "--jobs", 2)
    assert "Time: about 5" in told
    assert "5 s to start it, 45 s of statistics and report as in the last run" in told
    found = json.loads(plan(simulated, "--out", tmp_path, "--jobs", 2, "--json"))
    expected = found["expected_seconds"]
    assert (expected["processes"], expected["start"], expected["ends"]) == (1, 5, 45)
    assert expected["computing"] == found["estimated_seconds"]
    assert expected["total"] == pytest.approx(expected["computing"] + 50)


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
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("  zscore:\n", "  '[bold]z':\n"))
    assert "[bold]z" in plan(study_file)


@pytest.mark.parametrize("preset", presets())
def test_every_preset_as_it_is_written(preset, tmp_path):
    study_file, *_ = write_preset(preset, tmp_path)
    told = plan(study_file)
    assert presets()[preset] in told
    assert plan(study_file, "--out", tmp_path / "results").startswith(told[:200])


@pytest.mark.parametrize(
    ("more", "told"),
    [(1, "; 1 more strategy takes the same features, "), (2, "; 2 more strategies take the same features, ")],
)
def test_strategies_that_differ_in_the_harmonizer_alone(study_file, more, told):
    harmonized = "".join(f"  {name}: {{steps: [zscore], harmonizer: {name}}}\n" for name in ("combat", "covbat")[:more])
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("strategies:\n", f"strategies:\n{harmonized}"))
    assert told in plan(study_file)
