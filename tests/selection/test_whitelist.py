import json

import pandas as pd
import pytest

from harmonize.errors import ConfigurationError
from selection.whitelist import Whitelist


@pytest.fixture
def whitelist():
    rows = [
        ("HASTE", "liver", "original_glcm_Id", True),
        ("HASTE", "liver", "original_glcm_Contrast", True),
        ("HASTE", "spleen", "original_glcm_Id", True),
        ("HASTE", "spleen", "original_glcm_Contrast", False),
    ]
    table = pd.DataFrame(rows, columns=["sequence", "roi", "feature", "passes"]).assign(strategy="raw")
    return Whitelist.from_passing(
        table,
        "raw",
        rule={"thresholds": {"icc": 0.9}},
        settings={"steps": [{"zscore": {"scale": 100.0}}]},
        conditions=("REF+STD", "ACC+DLR"),
    )


def test_it_holds_the_passing_features_by_sequence_and_roi_sorted(whitelist):
    assert whitelist.features == {
        "HASTE": {"liver": ("original_glcm_Contrast", "original_glcm_Id"), "spleen": ("original_glcm_Id",)}
    }
    assert whitelist.considered == {"HASTE": {"liver": 2, "spleen": 2}}
    assert (whitelist.size, whitelist.everywhere) == (3, ("original_glcm_Id",))


def test_json_round_trip(whitelist, tmp_path):
    path = tmp_path / "raw.json"
    path.write_text(whitelist.to_json(), encoding="utf-8")
    assert Whitelist.read(path) == whitelist
    assert Whitelist.read(path).to_json() == whitelist.to_json()


def test_a_changed_file_is_refused(whitelist):
    changed = whitelist.to_json().replace("original_glcm_Id", "original_glcm_Idm")
    with pytest.raises(ConfigurationError, match="was changed after it was written"):
        Whitelist.from_json(changed)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "radharmony.whitelist/99"}', "[" * 100_000])
def test_what_is_no_whitelist_is_refused(text):
    with pytest.raises(ConfigurationError):
        Whitelist.from_json(text)


def test_an_unknown_key_is_refused_even_with_a_matching_digest(whitelist):
    from selection.whitelist import _digest

    content = json.loads(whitelist.to_json())
    del content["digest"]
    content["run"] = "something"
    content["digest"] = _digest(content)
    with pytest.raises(ConfigurationError, match="unknown key 'run'"):
        Whitelist.from_json(json.dumps(content))


def test_a_strategy_without_reliability_is_an_error():
    with pytest.raises(ConfigurationError, match="n4"):
        Whitelist.from_passing(pd.DataFrame({"strategy": ["raw"]}), "n4", rule={})


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="absent"):
        Whitelist.read(tmp_path / "absent.json")
