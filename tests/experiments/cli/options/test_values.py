import click
import pytest
from click.testing import CliRunner

from experiments.cli.options.values import names_of, number_or_none, pairs_of


@click.command
@click.option("--names", multiple=True, callback=names_of)
@click.option("--pairs", metavar="COLUMN=REGEX", multiple=True, callback=pairs_of)
@click.option("--number", default="0.5", callback=number_or_none)
def show(**options):
    click.echo(repr(options))


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--names", "a, b", "--names", "c,"], "'names': ('a', 'b', 'c')"),
        (["--pairs", "study =(?P<day>a=b) "], "'pairs': {'study': '(?P<day>a=b) '}"),
        (["--number", "none"], "'number': None"),
        (["--number", "1e-3"], "'number': 0.001"),
        ([], "{'names': (), 'pairs': {}, 'number': 0.5}"),
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
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    result = CliRunner().invoke(show, arguments)
    assert result.exit_code == 2
    assert words in result.output
