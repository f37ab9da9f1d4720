import json

import pytest

from harmonize.errors import ConfigurationError
from selection import Sweep


def test_settings_are_plain_values():
    mapping = Sweep(thresholds=(0.9, 0.5), select_options={"n_features": 5}).to_mapping()
    assert json.loads(json.dumps(mapping)) == mapping
    assert mapping["thresholds"] == [0.5, 0.9]
    assert Sweep(**mapping) == Sweep(thresholds=(0.5, 0.9), select_options={"n_features": 5})


@pytest.mark.parametrize(
    "options",
    [
        {"thresholds": ()},
        {"thresholds": (0.5, 0.5)},
        {"thresholds": (0.5, 1.0)},
        {"thresholds": (float("nan"),)},
        {"by": "cv"},
        {"compared": "limt"},
        {"prune": 0.0},
        {"model": "logistics"},
        {"select": "mrrm"},
        {"select_options": {"k": 3}},
        {"select_options": {"outcome": "survival"}},
        {"select": "rfe", "outcome": "number", "model": "ridge"},
        {"level": 1.0},
    ],
)
def test_refuses(options, golden):
    with golden.error(ConfigurationError):
        Sweep(**options)
