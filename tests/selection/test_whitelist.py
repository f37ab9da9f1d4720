import json

import pandas as pd
import pytest

from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds
from selection.whitelist import Whitelist

ROWS = [
    ("HASTE", "liver", "original_glcm_Id", True),
    ("HASTE", "liver", "original_glcm_Contrast", True),
    ("HASTE", "spleen", "original_glcm_Id", True),
    ("HASTE", "spleen", "original_glcm_Contrast", False),
]


@pytest.fixture
def whitelist():
    table = pd.DataFrame(ROWS, columns=["sequence", "roi", "feature", "passes"]).assign(strategy="raw")
    return Whitelist.from_passing(
        table,
        "raw",
        rule={"thresholds": {"icc": 0.9}},
        settings={"steps": [{"zscore": {"scale": 100.0}}]},
        conditions=("REF+STD", "ACC+DLR"),
    )


@pytest.fixture
def by_contrast(reliability):
    table = reliability(
        {
            "T2/liver": {"X": {"icc": {"A": 0.95, "B": 0.5}}, "Y": {"icc": {"A": 0.95, "B": 0.95}}},
            "T1/liver": {"X": {"icc": {"A": 0.95}}, "Y": {"icc": {"A": 0.5}}},
        }
    )
    return Thresholds({"icc": 0.9}, scope="contrast").whitelist(table, "raw", reference="REF")


def test_it_holds_the_passing_features_by_sequence_and_roi_sorted(whitelist):
    assert whitelist.features == {
        "HASTE": {"liver": ("original_glcm_Contrast", "original_glcm_Id"), "spleen": ("original_glcm_Id",)}
    }
    assert whitelist.failing == {"HASTE": {"liver": (), "spleen": ("original_glcm_Contrast",)}}
    assert whitelist.considered == {"HASTE": {"liver": 2, "spleen": 2}}
    assert (whitelist.size, whitelist.everywhere) == (3, ("original_glcm_Id",))
    assert whitelist.known == {"original_glcm_Contrast", "original_glcm_Id"}


def test_the_part_of_a_sequence_or_roi(whitelist, golden):
    part = whitelist.within(roi="liver")
    assert part.places == (("HASTE", "liver"),)
    assert part.everywhere == ("original_glcm_Contrast", "original_glcm_Id")
    assert part.considered == {"HASTE": {"liver": 2}}
    assert whitelist.within() == whitelist
    with golden.error(ConfigurationError):
        whitelist.within("HASTE", "livr")


def test_lists_by_condition(by_contrast, golden):
    assert by_contrast.features == {"T1": {"liver": ("X",)}, "T2": {"liver": ("Y",)}}
    assert by_contrast.scope == "sequence, ROI and condition"
    under = by_contrast.under("A")
    assert under.features == {"T1": {"liver": ("X",)}, "T2": {"liver": ("X", "Y")}}
    assert under.failing == {"T1": {"liver": ("Y",)}, "T2": {"liver": ()}}
    assert under.conditions == ("REF", "A")
    # T1 was never measured under B, which is not the same as nothing passing there
    assert by_contrast.under("B").features == {"T2": {"liver": ("Y",)}}
    assert by_contrast.under("B").considered == {"T2": {"liver": 2}}
    with golden.error(ConfigurationError):
        by_contrast.under("C")


def test_draws_of_a_chain_are_in_the_order_of_their_numbers(reliability):
    names = [f"RVC-{number}" for number in (10, 2, 1)]
    table = reliability({"T2/liver": {"original_glcm_Id": {"icc": dict.fromkeys(names, 0.95)}}})
    found = Thresholds({"icc": 0.9}, scope="contrast").whitelist(table, "raw").contrasts
    assert list(found) == ["RVC-1", "RVC-2", "RVC-10"]


def test_json_round_trip(whitelist, by_contrast, tmp_path):
    for one in (whitelist, by_contrast):
        path = tmp_path / "raw.json"
        path.write_text(one.to_json(), encoding="utf-8")
        assert Whitelist.read(path) == one
        assert Whitelist.read(path).to_json() == one.to_json()
        assert json.loads(one.to_json())["digest"] == one.digest


def test_a_changed_file_is_refused(whitelist, golden):
    changed = whitelist.to_json().replace("original_glcm_Id", "original_glcm_Idm")
    with golden.error(ConfigurationError):
        Whitelist.from_json(changed)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": "radharmony.whitelist/99"}', "[" * 100_000, '{"schema": "rad']
)
def test_what_is_no_whitelist_is_refused(text, golden):
    with golden.error(ConfigurationError):
        Whitelist.from_json(text)


def test_an_unknown_key_is_refused_even_with_a_matching_digest(whitelist, golden):
    content = json.loads(whitelist.to_json())
    del content["digest"]
    content["run"] = "something"
    content["digest"] = digest_of(content)
    with golden.error(ConfigurationError):
        Whitelist.from_json(json.dumps(content))


def test_a_strategy_without_reliability_is_an_error(golden):
    with golden.error(ConfigurationError):
        Whitelist.from_passing(pd.DataFrame({"strategy": ["raw"]}), "n4", rule={})


def test_an_absent_file_is_named(tmp_path, golden):
    with golden.error(ConfigurationError):
        Whitelist.read(tmp_path / "absent.json")


def test_it_prints_its_lists_in_short(whitelist):
    """In a notebook it printed every feature, and all that steps had learned."""
    assert repr(whitelist).splitlines() == [
        "whitelist of raw",
        "sequence    ROI   pass",
        "   HASTE  liver 2 of 2",
        "   HASTE spleen 1 of 2",
    ]
    assert "<td>1 of 2</td>" in whitelist._repr_html_()
