import json

import pytest

from harmonize.digest import sealed
from harmonize.errors import ConfigurationError
from selection import Whitelist

PLACE = {"T2": {"liver": ("a", "b")}}


@pytest.fixture
def whitelist():
    return Whitelist("raw", PLACE, {"T2": {"liver": 3}}, {}, failing={"T2": {"liver": ("c",)}})


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("failing", {"T2": {"liver": ["b"]}}, "T2 / liver: 'b' both passes and fails, expected it once"),
        ("features", {"T2": {"liver": ["a", "a"]}}, "T2 / liver: 'a' stands there twice"),
        ("considered", {"T2": {"liver": 9}}, "9 features were considered, expected 3: 2 pass, 1 fail"),
        ("considered", {"T2": {"liver": 1}}, "2 features pass, but only 1 were considered"),
        ("considered", {"T1": {"liver": 3}}, "'considered' is not of the same sequences and ROIs"),
        ("contrasts", {"ACC": {"T1": {"liver": ["a"]}}}, "contrasts: ACC: does not fit"),
    ],
)
def test_lists_that_contradict_each_other_are_refused_though_the_digest_fits(whitelist, part, value, message):
    """Changed by hand and sealed again, such lists were taken."""
    content = json.loads(whitelist.to_json()) | {part: value}
    text = json.dumps(sealed({key: one for key, one in content.items() if key != "digest"}))
    with pytest.raises(ConfigurationError, match=message):
        Whitelist.from_json(text, "robust.json")
    assert Whitelist.from_json(whitelist.to_json()) == whitelist
