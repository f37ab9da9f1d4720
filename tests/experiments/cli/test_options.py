"""Messages name settings; the command line turns each into its option."""

import ast
from functools import cache
from pathlib import Path

import click
import pytest

from experiments.cli import Commands, commands
from experiments.cli.command import NAMED, Command, worded

ROOT = Path(__file__).parents[3]
TOLD = (ROOT / "tests" / "messages.txt").read_text(encoding="utf-8")


def flags():
    """Give by command what it calls its settings."""
    group = Commands()
    found = {name: group.get_command(click.Context(group), name) for name in commands()}
    return {name: one.flags for name, one in found.items() if isinstance(one, Command)}


@cache
def texts():
    """Give every text of the sources that is no documentation, what is put into it as X, and what tests were told."""
    found = []
    for room in ("harmonize", "evaluation", "selection", "experiments"):
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            inner = {id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in ast.walk(one)}
            inner |= {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
            for one in ast.walk(tree):
                if isinstance(one, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else "X" for part in one.values)
                    found.append((path, "".join(map(str, parts))))
                elif isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in inner:
                    found.append((path, one.value))
    return [*found, *(("messages.txt", line) for line in TOLD.splitlines())]


@pytest.mark.parametrize(
    ("command", "text", "told"),
    [
        ("extract", "as in `roi=GTV=left_kidney`", "as in --roi GTV=left_kidney"),
        ("extract", "name it with `like`, or others with `strategy`", "name it with --like, or others with --strategy"),
        ("import", "use `naming=folder`", "use --subject folder"),
        ("select", "see `like`", "see `like`"),
    ],
)  # fmt: skip
def test_settings_are_told_as_options(command, text, told):
    # The command line said `roi=GTV=left_kidney`, which is typed nowhere: in Python the setting is `rois`.
    assert worded(text, flags()[command]) == told


def test_every_setting_with_a_value_that_a_message_names_is_an_option():
    known = {name: options for options in flags().values() for name in options}
    named = [(path, found[0], found[1]) for path, text in texts() for found in NAMED.finditer(text) if found[2]]
    assert len(named) > 30
    assert [(str(path), text) for path, text, name in named if name not in known] == []
    for _, text, name in named:
        assert worded(text, known[name] and {name: known[name][name]}).startswith(f"{known[name][name]} ")


def test_keys_of_the_study_file_are_not_told_as_options():
    # `rois` of the study file and `rois` of Python, which is --roi, have one name.
    alike = {
        name for options in flags().values() for name, flag in options.items() if flag != f"--{name.replace('_', '-')}"
    }
    keys = {"rois", "strategies", "factors", "reference", "extraction", "registration", "images"} & alike
    assert {"rois", "strategies"} <= keys
    bare = [
        (str(path), text) for path, text in texts() for found in NAMED.finditer(text) if found[0].strip("`") in keys
    ]
    assert bare == []


def test_an_option_by_another_word_is_told_by_what_helps_say():
    """Regression: `--covariate age` was refused without naming the options for covariates."""
    group = Commands()
    command = group.get_command(click.Context(group), "harmonize")
    cases = (
        ("--covariate", "See --categorical, --continuous, --smooth."),
        ("--xyzzy", "'--xyzzy'."),
        ("--batches", "'--batches'. Did you mean '--batch'?"),  # --features was proposed, too
    )
    for given, told in cases:
        with pytest.raises(click.NoSuchOption) as caught:
            command.make_context("harmonize", ["table.csv", given, "age"])
        assert caught.value.format_message().endswith(told)
