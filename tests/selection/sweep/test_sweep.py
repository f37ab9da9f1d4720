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
    ("options", "message"),
    [
        ({"thresholds": ()}, "one or more"),
        ({"thresholds": (0.5, 0.5)}, "each once"),
        ({"thresholds": (0.5, 1.0)}, "no reliability is above 1, found 1"),
        ({"thresholds": (float("nan"),)}, "expected less"),
        ({"by": "cv"}, "by: unknown key 'cv'"),
        ({"compared": "limt"}, "did you mean 'limit'"),
        ({"prune": 0.0}, "prune is 0, expected more than 0"),
        ({"model": "logistics"}, "did you mean 'logistic'"),
        ({"select": "mrrm"}, "did you mean 'mrmr'"),
        ({"select_options": {"k": 3}}, "select: mrmr: unknown key 'k'"),
        ({"level": 1.0}, "level"),
    ],
)
def test_refuses(options, message):
    with pytest.raises(ConfigurationError, match=message):
        Sweep(**options)
