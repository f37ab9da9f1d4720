"""Tests of texts and JSON from anybody: what is read is bounded, UTF-8, and can be written again."""

import json
import os

import numpy as np
import pytest

from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import as_json, parse_json, read_json, read_text


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record.json"


def test_a_text_is_read_without_its_byte_order_mark(path):
    path.write_bytes(b"\xef\xbb\xbf" + "Nyúl\n".encode())
    assert read_text(path) == "Nyúl\n"


def test_the_bound_is_the_last_size_that_is_read(path, golden):
    path.write_bytes(b"12345")
    assert read_text(path, most=5) == "12345"
    with golden.error(ConfigurationError):
        read_text(path, most=4)


def test_other_encodings_are_named_with_the_byte(path, golden):
    path.write_bytes("Nyúl".encode("latin-1"))
    with golden.error(ConfigurationError):
        read_text(path)


def test_what_is_no_file_is_not_opened(tmp_path, golden):
    with golden.error(ConfigurationError):
        read_text(tmp_path)
    with golden.error(ConfigurationError):
        read_text(tmp_path / "absent.json")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(path, golden):
    os.mkfifo(path)
    with golden.error(ConfigurationError):
        read_text(path)


@pytest.mark.parametrize(
    "text", ["{", "NaN", "[Infinity]", '{"a": -1e999}', r'"\ud800"', "[" * 100_000, "1" * 5000, str(2**63), ""]
)
def test_what_cannot_be_written_again_is_refused(text, golden):
    with golden.error(ConfigurationError):
        parse_json(text, "list")


def test_a_key_that_stands_twice_is_refused(golden):
    """A whitelist with two strategies was read as one of the second."""
    with golden.error(ConfigurationError):
        parse_json('{"lists": {}, "of": {"strategy": "raw", "icc": 1, "strategy": "zscore"}}', "list.json")


def test_json_is_read_as_it_stands(path):
    path.write_text('{"icc": [0.5, null, true, "é", -9223372036854775808]}', encoding="utf-8")
    assert read_json(path) == {"icc": [0.5, None, True, "é", -(2**63)]}


def test_values_become_what_json_holds():
    """Regression: nine functions did this, of which some knew arrays and some what is not finite."""
    given = {"a": (1, 2.5, np.float64("nan")), 2: np.array([[1.0], [np.inf]]), "c": {"d": [None, True, "x"]}}
    assert as_json(given) == {"a": [1, 2.5, None], "2": [[1.0], [None]], "c": {"d": [None, True, "x"]}}
    assert json.loads(json.dumps(as_json(given), allow_nan=False)) == as_json(given)
