"""Tests of names of files made of names that people gave."""

import itertools
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.extraction import ExtractionSettings
from experiments.folder.file_names import DEVICE, LONGEST, safe_name, unique_names
from experiments.folder.files import FIGURES, FITTED, PICTURES, WHITELISTS
from experiments.folder.writing import is_inner
from experiments.study.study import _strategies
from harmonize.errors import ConfigurationError

ALIKE = (
    *("S 1", "S_1", "S-1", "s_1", "s 1", "CON", "con", "_con", "com\u00b9", "caf\u00e9", "cafe\u0301", "CAF\u00c9"),
    *(
        "\uff33_1",
        "\u017f_1",
        "\u00df",
        "ss",
        "..",
        "",
        ".",
        "S_1_T2",
        "T2",
        "a/b",
        "a\\b",
        "a:b",
        "x" * 300,
        "x" * 301,
    ),
)
NAMES = st.sampled_from(ALIKE) | st.text(max_size=6)


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


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(NAMES, NAMES) | st.tuples(NAMES), max_size=12, unique=True))
def test_no_two_keys_share_a_file_on_any_file_system(keys):
    """`simulate --scans` wrote the subjects "S 1" and "S-1" into one file."""
    names = unique_names(keys)
    assert set(names) == set(keys)
    compared = [unicodedata.normalize("NFKC", name.casefold()) for name in names.values()]
    assert len(set(compared)) == len(keys)
    for name in names.values():
        assert len(name.encode()) <= LONGEST + 1
        assert not set(name) & set('/\\:*?"<>|\0\n\r')
        assert name[0] not in ".-"
        assert name[-1] != "."
        assert not DEVICE.fullmatch(name)
    assert names == unique_names(reversed(keys))  # whatever their order


def test_names_that_fall_together_with_a_marked_one_stay_apart():
    marked = unique_names([("S 1",), ("S-1",)])
    keys = [("S 1",), ("S-1",), *((name,) for name in marked.values())]
    assert len(set(unique_names(keys).values())) == 4


def test_a_name_of_its_own_stays_as_it_is_whatever_else_there_is():
    for others in itertools.combinations(ALIKE[:5], 2):
        names = unique_names([("sub-01",), *((name,) for name in others)])
        assert names["sub-01",] == "sub-01"


def test_superscripts_name_devices_too():
    assert safe_name("com\u00b9") == "_com\u00b9"


def parsed(names):
    """Give the strategies of these names, or none if the study file that holds them is refused."""
    try:
        return _strategies({name: {} for name in names}, ExtractionSettings(), ("liver",), "study", Path())
    except ConfigurationError:
        return ()


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(NAMES, min_size=2, max_size=8, unique=True))
def test_strategies_that_a_study_takes_never_share_a_file(names):
    """Two names that differ only in how an accent is written shared a whitelist on macOS."""
    taken = parsed([name for name in names if parsed([name])])
    paths = [f"{place}/{strategy.name}" for strategy in taken for place in (WHITELISTS, FITTED, PICTURES, FIGURES)]
    assert len({unicodedata.normalize("NFKD", path).casefold() for path in paths}) == 4 * len(taken)
    assert all(is_inner(path) for path in paths)


def test_names_that_differ_in_how_an_accent_is_written_are_refused(golden):
    with golden.error(ConfigurationError):
        _strategies({"caf\u00e9": {}, "cafe\u0301": {}}, ExtractionSettings(), ("liver",), "study", Path())
