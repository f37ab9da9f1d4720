import pandas as pd
import pytest

from experiments.analyses.shared.perturbed_rows import perturbed_tables
from harmonize.errors import ConfigurationError


def test_rows_are_put_in_the_order_of_the_scans():
    plain = pd.DataFrame({"who": ["a", "a", "b"], "roi": ["x", "y", "x"], "f": [1.0, 2.0, 3.0]})
    other = pd.DataFrame({"who": ["b", "a"], "roi": ["x", "y"], "f": [30.0, 20.0], "perturbation": "noise-1"})
    tables, there = perturbed_tables(plain, other, ["who", "roi"], ["f"])
    assert tables["noise-1"]["f"].tolist() == [1.0, 20.0, 30.0]
    assert there["noise-1"].tolist() == [False, True, True]


def test_rows_that_keys_do_not_tell_apart_are_refused():
    plain = pd.DataFrame({"who": ["a", "a"], "f": [1.0, 2.0]})
    with pytest.raises(ConfigurationError):
        perturbed_tables(plain, plain.assign(perturbation="noise-1"), ["who"], ["f"])
