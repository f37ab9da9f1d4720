from dataclasses import fields, replace

import numpy as np
import pytest

from evaluation.reliability import statistic as module
from evaluation.reliability.sample import Sample
from evaluation.reliability.statistic import Estimates, Settings, in_parts
from evaluation.reliability.statistics import STATISTICS
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize("name", ["icc", "spearman", "cv"])
def test_parts_are_the_whole(name, monkeypatch):
    """Of two conditions against the reference, and of features that are no multiple of a part."""
    values = 10 + np.random.default_rng(0).normal(size=(2, 7, 9, 2))
    one = STATISTICS[name]
    whole = one.compute(values, Settings("REF"))
    sizes = []

    def compute(part, settings):
        sizes.append((part.values if one.takes_sample else part).shape)
        return one.compute(part, settings)

    monkeypatch.setattr(module, "NEAR", 3 * values[:, 0].size)
    found = in_parts({name: replace(one, compute=compute)}, values, Settings("REF"))[name]
    assert [shape[1] for shape in sizes] == [3, 3, 1]
    for part in fields(Estimates):
        np.testing.assert_array_equal(getattr(found, part.name), getattr(whole, part.name))


def test_statistics_of_a_part_share_its_sample(monkeypatch):
    """Regression: ICC, CCC, ICC(C,1) and rank correlation standardized the same values once each."""
    made = []
    real = Sample.of
    monkeypatch.setattr(Sample, "of", lambda given: made.append(isinstance(given, Sample)) or real(given))
    names = ("icc", "ccc", "icc_c1", "spearman")
    in_parts({name: STATISTICS[name] for name in names}, np.random.default_rng(0).normal(size=(5, 9, 2)), Settings("R"))
    assert made.count(False) == 1


def test_a_group_without_features_is_computed_as_it_is():
    assert in_parts({"cv": STATISTICS["cv"]}, np.empty((0, 5, 3)), Settings())["cv"].estimate.shape == (0,)


@pytest.mark.parametrize("fault", ["raises", "shape"])
def test_one_of_a_package_that_fails_is_named(fault, monkeypatch, golden):
    """Regression: any study ended with a traceback."""
    monkeypatch.setattr(STATISTICS, "package", lambda _name: "dots 1.2")
    values = 10 + np.random.default_rng(0).normal(size=(3, 9, 2))
    one = STATISTICS["cv"]
    compute = {"raises": lambda _v, _s: {}["cv"], "shape": lambda v, s: one.compute(v[1:], s)}[fault]
    with golden.error(ConfigurationError):
        in_parts({"cv": replace(one, compute=compute)}, values, Settings("REF"))
