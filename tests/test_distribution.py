"""The names of the packages, generic as four of them are, really are this distribution's."""

import importlib
import importlib.metadata
from pathlib import Path

import pytest

PACKAGES = ("radharmony", "harmonize", "selection", "evaluation", "experiments")


@pytest.mark.parametrize("name", PACKAGES)
def test_package_comes_from_this_checkout(name):
    module = importlib.import_module(name)
    assert Path(module.__file__).resolve().parents[1] == Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_offers_the_same_package(name):
    assert importlib.metadata.packages_distributions().get(name, ["radharmony"]) == ["radharmony"]


def test_the_command_is_installed():
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="radharmony")
    assert script.value == "radharmony.__main__:main"
