"""Tests of names of files made of names that people gave."""

from pathlib import Path

import pytest

from experiments.file_names import LONGEST, safe_name


@pytest.mark.parametrize(
    "name",
    ["../x", "..", "/etc/passwd", "a/../../b", "C:\\x", "a\0b", "~", "a\nb", ".hidden", "", "-rf", "con", "LPT1"],
)
def test_no_name_leads_out_of_the_folder_or_means_something_else(name, tmp_path):
    made = safe_name(name)
    path = tmp_path / made
    path.mkdir()
    assert path.resolve().parent == tmp_path.resolve()
    assert made == Path(made).name
    assert made[0] not in ".-"
    assert made.casefold() not in ("con", "lpt1")


def test_usual_names_are_kept():
    assert safe_name("sub-01", "T2w", "REF+STD") == "sub-01_T2w_REF+STD"
    assert safe_name("Müller", "肝") == "Müller_肝"


def test_a_long_name_is_cut():
    assert len(safe_name("a" * 500)) == LONGEST
