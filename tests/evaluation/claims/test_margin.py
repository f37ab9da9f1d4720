import numpy as np
import pytest

from evaluation.claims.margin import EquivalenceMargin
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "size", "unit"),
    [("0.5", 0.5, ""), ("10%", 10, "%"), ("10 %", 10, "%"), ("1wsd", 1, "wsd"), ("0.5 RC", 0.5, "rc"), (2, 2, "")],
)
def test_margins_as_people_write_them(text, size, unit):
    found = EquivalenceMargin.parse(text)
    assert (found.size, found.unit) == (size, unit)
    assert EquivalenceMargin.parse(str(found)) == found


def test_ends():
    error = np.array([1.0, 3.0])
    np.testing.assert_allclose(EquivalenceMargin.parse("10%").ends(error), [[-0.1, -0.1], [0.1, 0.1]])
    np.testing.assert_allclose(EquivalenceMargin.parse("25%", log=True).ends(error)[0], np.log(0.8))
    np.testing.assert_allclose(EquivalenceMargin.parse("2rc").ends(error)[1], [2, 6])


@pytest.mark.parametrize(("text", "log"), [("-1", False), ("0", False), ("ten", False), ("1.2", True)])
def test_bad_margins_are_refused(text, log, golden):
    with golden.error(ConfigurationError):
        EquivalenceMargin.parse(text, log)
