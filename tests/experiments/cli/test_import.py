"""`radharmony import` as people call it."""

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.cli import commands, module_of, radharmony


@pytest.fixture
def folder(tmp_path, write_slices):
    write_slices(tmp_path / "dicom" / "a", np.ones((2, 16, 16)), ParallelReductionFactorInPlane=2.0)
    write_slices(tmp_path / "dicom" / "b", np.ones((2, 16, 16)), ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    return tmp_path / "dicom"


def run(*arguments):
    return CliRunner().invoke(radharmony, ["import", *map(str, arguments)])


def test_it_shows_what_was_found_what_states_it_and_what_is_missing(folder, tmp_path):
    result = run(folder, "--out", tmp_path / "study")
    assert result.exit_code == 0, result.output
    assert "1 scan of 1 subject" in result.output
    assert "acquisition: parallel_factor_in_plane 2 (DICOM)" in result.output
    assert f"passed over {folder / 'b'}: is a localizer" in result.output
    assert "to be filled in: 1 cell that neither header nor name states" in result.output
    assert f"radharmony check {tmp_path / 'study' / 'study.yaml'} --data {folder}" in result.output
    assert "MRN" not in result.output


def test_what_holds_for_several_files_is_said_once(folder, tmp_path, write_slices):
    for name in ("c", "d"):
        write_slices(folder / name, np.ones((2, 16, 16)), Modality="CT")
    result = run(folder, "--out", tmp_path / "study")
    assert f"passed over {folder / 'c'} and 1 more: is CT, not MR" in result.output
    assert result.output.count("passed over") == 2


def test_a_second_import_says_what_was_kept(folder, tmp_path):
    run(folder, "--out", tmp_path / "study")
    result = run(folder, "--out", tmp_path / "study")
    assert result.exit_code == 0, result.output
    assert "kept: images.csv was there: 1 row kept; 0 scans added" in result.output


def test_the_next_step_names_the_files_in_which_something_is_open(folder, tmp_path):
    """Both were to be completed when nothing was open any more."""
    study = tmp_path / "study"
    assert "next: complete images.csv and study.yaml, then  radharmony check" in run(folder, "--out", study).output
    table = study / "images.csv"
    table.write_text(table.read_text().replace(",R2,,", ",R2,STD,"))
    assert "next: complete study.yaml, then  radharmony check" in run(folder, "--out", study).output
    lines = [line for line in (study / "study.yaml").read_text().splitlines() if "# TODO" not in line]
    (study / "study.yaml").write_text("\n".join(lines))
    assert "next: radharmony check" in run(folder, "--out", study).output


def test_a_preset_names_its_arms_and_asks(folder, tmp_path, write_slices):
    write_slices(folder / "c", np.ones((2, 16, 16)), SeriesDescription="T2 HASTE DL")
    result = run(folder, "--out", tmp_path / "study", "--preset", "deep-learning-reconstruction")
    assert "mind: is this right? reconstruction STD?" in result.output
    assert "to be confirmed: 1 cell with a question mark at the end" in result.output
    assert (tmp_path / "study" / "centres.csv").is_file()
    assert "next: complete images.csv and centres.csv, then  radharmony check" in result.output


def test_a_long_table_is_shortened(folder, tmp_path, write_slices):
    for number in range(24):
        write_slices(folder / f"more{number}", np.full((2, 16, 16), number + 2))
    result = run(folder, "--out", tmp_path / "study")
    assert f"and 1 more scan: {tmp_path / 'study' / 'images.csv'} has all" in result.output


def test_every_command_has_its_module():
    assert module_of("import") == "import_"
    for name in commands():
        assert radharmony.get_command(None, name).name == name
