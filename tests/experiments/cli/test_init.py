from click.testing import CliRunner

from experiments.cli import radharmony
from experiments.presets import presets
from harmonize.errors import ConfigurationError


def call(*arguments):
    return CliRunner().invoke(radharmony, ["init", *map(str, arguments)])


def test_it_lists_the_presets():
    result = call("--list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == list(presets())


def test_it_writes_and_says_what_comes_next(tmp_path):
    result = call(tmp_path / "mine", "--preset", "deep-learning-reconstruction")
    assert result.exit_code == 0
    written = {path.name for path in (tmp_path / "mine").iterdir()}
    assert written == {"study.yaml", "images.csv", "centres.csv", "study.schema.json"}
    assert f"radharmony check {tmp_path / 'mine' / 'study.yaml'}" in result.output


def test_the_current_folder_is_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("--preset", "test-retest").exit_code == 0
    assert (tmp_path / "study.yaml").is_file()
    assert isinstance(call("--preset", "test-retest").exception, ConfigurationError)


def test_a_preset_must_be_named():
    result = call()
    assert result.exit_code == 2
    assert "--list names them" in result.output or "--preset" in result.output
