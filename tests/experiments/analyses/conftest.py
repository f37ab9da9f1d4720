"""Running a command; the folder of each says by a fixture `command` which one."""

from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from harmonize.errors import ConfigurationError


@pytest.fixture
def run(command: click.Command) -> Callable[..., Result]:
    """Give a function that runs the command."""
    return lambda *arguments: CliRunner().invoke(command, list(map(str, arguments)))


@pytest.fixture
def refused(run: Callable[..., Result]) -> Callable[..., str]:
    """Give a function that runs the command, which must refuse, and gives its message."""

    def message(*arguments: object) -> str:
        result = run(*arguments)
        assert isinstance(result.exception, ConfigurationError), result.output
        return str(result.exception)

    return message
