"""`radharmony steps`."""

import pytest

from experiments.cli.steps import registries


@pytest.mark.parametrize("name", ["n4", "diffusion", "icc", "combat", "mrmr", "gamma"])
def test_an_entry_is_told_with_its_parameters(radharmony, golden, name):
    result = radharmony("steps", name)
    assert result.returncode == 0, result.stderr
    golden.text(result.stdout)


def test_all_names_are_listed_and_belong_to_radharmony(radharmony):
    names = radharmony("steps", "--list").stdout.split()
    assert names == [name for registry in registries().values() for name in registry.own]
    table = radharmony("steps", "--kind", "harmonizers").stdout
    assert {"combat", "paired"} <= set(table.split())
    assert "mrmr" not in table


@pytest.mark.parametrize("asked", [["zscor"], ["--kind", "stepz"]])
def test_what_there_is_not_is_refused(radharmony, golden, asked):
    result = radharmony("steps", *asked)
    assert result.returncode == 2
    golden.text(result.stderr)
