import inspect
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import LocalWorkers
from experiments.analyses.shared.readers import names, number_or_none, pairs
from experiments.cli.command import command, settings_options
from harmonize.errors import ConfigurationError


@frozen_settings
class Shown(AnalysisSettings):
    names: tuple[str, ...] = option("Names.", default=(), read=names, repeated=True)
    pairs: Mapping[str, str] = option(
        "Pairs.", default={}, metavar="COLUMN=REGEX", read=pairs("COLUMN=REGEX"), repeated=True
    )
    number: float | None = option("A number for `names`.", default=0.5, read=number_or_none)
    count: int = option("A count.", default=3, flag="how-many", least=2)
    kind: str = option("A kind.", default="a", choices=("a", "b"))
    table: Path | None = option("A file.", default=None, opened="new file", endings=(".csv", ".parquet"))

    def check(self) -> None:
        if self.kind == "b" and self.count < 3:
            raise ConfigurationError("`kind`: 'b' needs `count=3`, see `names` and `run`")


@command()
@settings_options(settings=Shown)
def show(settings: Shown) -> None:
    print(settings.to_mapping())


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--names", "a, b", "--names", "c,"], "'names': ['a', 'b', 'c']"),
        (["--pairs", "study =(?P<day>a=b) "], "'pairs': {'study': '(?P<day>a=b) '}"),
        (["--number", "none"], "'number': None"),
        (["--number", "1e-3"], "'number': 0.001"),
        (["--table", "a.csv"], "'table': 'a.csv'"),
        ([], "{'names': [], 'pairs': {}, 'number': 0.5, 'count': 3, 'kind': 'a', 'table': None}"),
    ],
)
def test_texts_become_values(arguments, shown):
    result = CliRunner().invoke(show, arguments)
    assert result.exit_code == 0, result.output
    assert shown in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--pairs", "study"], "expected COLUMN=REGEX, found 'study'"),
        (["--number", "many"], "expected a number or none, found 'many'"),
        (["--how-many", "1"], "'--how-many': expected 2 or more, found 1"),
        (["--kind", "c"], "'c' is not one of 'a', 'b'"),
        (["--table", "a.xlsx"], "a.xlsx: expected a name ending in .csv or .parquet"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    result = CliRunner().invoke(show, arguments)
    assert result.exit_code == 2
    assert words in result.output


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"pairs": "study"}, "`pairs`: expected COLUMN=REGEX, found 'study'"),
        ({"number": "many"}, "`number`: expected a number or none, found 'many'"),
        ({"count": 1}, "`count`: expected 2 or more, found 1"),
        ({"count": 2.5}, "`count`: expected a whole number, found 2.5"),
        ({"kind": "c"}, "`kind`: expected a, b, found 'c'"),
        ({"names": 3}, "`names`: expected texts, found 3"),
        ({"table": 3}, "`table`: expected a path, found 3"),
        ({"kind": "b", "count": 2}, "`kind`: 'b' needs `count=3`, see `names` and `run`"),
    ],
)
def test_python_and_mappings_are_checked_too(values, words):
    for make in (lambda: Shown(**values), lambda: Shown.from_mapping(values)):
        with pytest.raises(ConfigurationError) as error:
            make()
        assert str(error.value) == words


def test_errors_and_help_are_in_the_words_of_the_command_line():
    result = CliRunner().invoke(show, ["--kind", "b", "--how-many", "2"])
    assert str(result.exception) == "--kind: 'b' needs --how-many 3, see --names and `run`"
    assert "A number for --names." in CliRunner().invoke(show, ["--help"]).output


def test_a_number_of_processes_is_one_or_more(golden):
    with golden.error(ConfigurationError):
        LocalWorkers(jobs=0)
    assert LocalWorkers(jobs=3).processes == 3
    assert LocalWorkers().processes >= 1


def test_a_default_of_zero_is_shown():
    """A seed of 0 was taken for no default."""

    @frozen_settings
    class Seeded(AnalysisSettings):
        seed: int = option("Seed.", default=0)

    @command()
    @settings_options(settings=Seeded)
    def seeded(settings: Seeded) -> None:
        print(settings)

    assert "[default: 0]" in CliRunner().invoke(seeded, ["--help"]).output


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda: DiagnosisSettings(target="y", fold=3), "DiagnosisSettings: unknown key 'fold'; did you mean 'folds'?"),
        (
            lambda: DiagnosisSettings(),
            "`target`: is missing; name the column of what is predicted, or for survival `time` and `event`",
        ),
        (lambda: DiagnosisSettings("y"), "DiagnosisSettings: takes its settings by name, found 'y'"),
    ],
)
def test_names_of_settings_are_checked_in_python_too(given, words):
    """A wrong name ended in a TypeError."""
    with pytest.raises(ConfigurationError) as raised:
        given()
    assert str(raised.value) == words


def test_settings_stay_settings():
    settings = DiagnosisSettings(target="y")
    assert pickle.loads(pickle.dumps(settings)) == replace(settings) == settings  # our own
    assert list(inspect.signature(DiagnosisSettings).parameters)[:2] == ["target", "outcome"]
