"""`radharmony check` on small studies: what it prints, and with which exit code it ends."""

import json
import os
import subprocess
import sys

import pytest
import SimpleITK as sitk
from click.testing import CliRunner

from experiments.cli.check import check
from harmonize.errors import ConfigurationError

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.usefixtures("no_workers")]


def run(*arguments):
    return CliRunner().invoke(check, [*map(str, arguments), "--jobs", "1"])


def in_a_process(*arguments, **environment):
    code = "from experiments.cli import main; main()"
    command = [sys.executable, "-c", code, "check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env={**os.environ, **environment})


def image_of(study_file):
    return sorted((study_file.parent / "images").glob("*.nii.gz"))[0]


def test_a_sound_study_passes(study_file):
    result = run(study_file)
    assert result.exit_code == 0
    assert "HASTE: complete (3 subjects, 4 conditions, 2 ROIs)" in result.stdout
    assert "0 errors" in result.stdout
    assert "24 of 24 ROIs can be used" in result.stdout


def test_an_error_is_exit_code_one(study_file):
    missing = image_of(study_file)
    missing.unlink()
    result = run(study_file)
    assert result.exit_code == 1
    assert "error missing_file" in result.stdout
    assert "name the folder that the paths start from with --data" in result.stdout
    assert str(missing) in result.stdout
    assert "1 error," in result.stdout
    assert "22 of 24 ROIs can be used" in result.stdout


def test_warnings_count_only_if_strict(study_file):
    lines = (study_file.parent / "images.csv").read_text(encoding="utf-8").splitlines()
    (study_file.parent / "images.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    assert run(study_file).exit_code == 0
    strict = run(study_file, "--strict")
    assert strict.exit_code == 1
    assert "warning missing_scan" in strict.stdout


def test_json_is_all_there_is(study_file):
    image_of(study_file).unlink()
    result = run(study_file, "--json")
    assert result.exit_code == 1
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert found["errors"] == 1
    assert found["cells"] == {"expected": 24, "present": 22}
    assert found["findings"][0]["kind"] == "missing_file"


def test_a_bad_study_is_left_to_the_group(study_file):
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("zscore", "zscor"), encoding="utf-8")
    result = run(study_file)
    assert isinstance(result.exception, ConfigurationError)


def test_a_data_folder(study_file, tmp_path):
    (study_file.parent / "images").rename(tmp_path / "images")
    (study_file.parent / "masks").rename(tmp_path / "masks")
    assert run(study_file).exit_code == 1
    assert run(study_file, "--data", tmp_path).exit_code == 0
    assert run(study_file, "--data", tmp_path / "nowhere").exit_code == 2


def test_a_real_process_with_a_broken_mask(study_file):
    mask = sorted((study_file.parent / "masks").glob("*.nii.gz"))[0]
    image = sitk.ReadImage(str(mask))
    image.SetOrigin([value + 3 for value in image.GetOrigin()])
    sitk.WriteImage(image, str(mask))
    result = in_a_process(study_file, "--jobs", 2)
    assert result.returncode == 1, result.stderr
    assert "error grid_mismatch" in result.stdout
    assert "origin: off by (3, 3, 3) mm" in result.stdout
    assert result.stderr == ""


def test_a_bad_study_and_one_that_is_not_there_are_exit_code_two(study_file, radharmony, tmp_path):
    study_file.write_text("imges: images.csv\n", encoding="utf-8")
    result = radharmony("check", study_file)
    assert result.returncode == 2
    assert "unknown key 'imges'; did you mean 'images'?" in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    absent = radharmony("check", tmp_path / "absent.yaml")
    assert absent.returncode == 2
    assert "there is no such file" in absent.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_without_unicode_still_gets_its_table(study_file, encoding):
    lines = (study_file.parent / "images.csv").read_text(encoding="utf-8").splitlines()
    (study_file.parent / "images.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    result = in_a_process(study_file, "--jobs", 1, PYTHONIOENCODING=encoding)
    assert result.returncode == 0, result.stderr
    assert "| subject | REF+STD |" in result.stdout


def test_help_does_not_import_what_computes():
    code = (
        "import sys; from experiments.cli.check import check; "
        "print([name for name in ('SimpleITK', 'pandas', 'radiomics', 'rich', 'joblib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


def test_a_study_of_nifti_is_audited_without_what_writes_tables_and_reads_dicom(study_file):
    """Each of these took every worker a third of a second and more."""
    code = (
        "import sys; from pathlib import Path; from experiments.audit.audit import audit; "
        "from experiments.study.study import Study; found = audit(Study.from_yaml(Path(sys.argv[1]))); "
        "print(found.count('error'), sorted({'pandas', 'pydicom', 'scipy.stats', 'sklearn', 'mlflow', 'matplotlib', "
        "'experiments.results'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, study_file], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "0 []"


def test_scans_that_are_measured_and_not_compared_are_audited(study_file, finished, golden):
    # Patients' scans had no audit before `extract`: no reference was refused, one condition an error.
    table = study_file.parent / "images.csv"
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    kept = [row.replace(",REF,STD,", ",,,") for row in rows if ",REF,STD," in row]
    table.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    text = "name: patients\nimages: images.csv\nreference: ''\nrois: {labels: {Leber: 1, spleen: 2}}\n"
    study_file.write_text(text, encoding="utf-8")
    with golden.error(ConfigurationError):
        CliRunner().invoke(check, [str(study_file)], catch_exceptions=False)
    result = run(study_file, "--like", finished.folder, "--roi", "Leber=liver")
    assert result.exit_code == 0, result.output
    assert "6 of 6 ROIs can be used" in result.stdout
    assert run(study_file, "--roi", "Leber=liver").exit_code == 2
