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
    ("part", "value"),
    [
        ("failing", {"T2": {"liver": ["b"]}}),
        ("features", {"T2": {"liver": ["a", "a"]}}),
        ("considered", {"T2": {"liver": 9}}),
        ("considered", {"T2": {"liver": 1}}),
        ("considered", {"T1": {"liver": 3}}),
        ("contrasts", {"ACC": {"T1": {"liver": ["a"]}}}),
    ],
)
def test_lists_that_contradict_each_other_are_refused_though_the_digest_fits(whitelist, part, value, golden):
    """Changed by hand and sealed again, such lists were taken."""
    content = json.loads(whitelist.to_json()) | {part: value}
    text = json.dumps(sealed({key: one for key, one in content.items() if key != "digest"}))
    with golden.error(ConfigurationError):
        Whitelist.from_json(text, "robust.json")
    assert Whitelist.from_json(whitelist.to_json()) == whitelist
