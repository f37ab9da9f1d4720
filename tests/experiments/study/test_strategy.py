"""Strategies: names, merged extraction, and what their digest depends on."""

from pathlib import Path

import pytest

from evaluation.extraction import ExtractionSettings
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from harmonize.steps import ZScore

WIDE = ExtractionSettings({"binWidth": 5, "force2D": True})


def parse(name="zscore", values=None, extraction=WIDE):
    return Strategy.parse(name, values, extraction, "study.yaml: strategies", Path())


def test_steps_and_merged_extraction():
    values = {
        "description": "d",
        "steps": [{"zscore": {"region": "image"}}],
        "extraction": {"setting": {"binWidth": 9}},
    }
    strategy = parse(values=values)
    assert strategy.steps == (ZScore(region="image"),)
    assert strategy.description == "d"
    assert strategy.extraction.setting["binWidth"] == 9
    assert strategy.extraction.setting["force2D"] is True


def test_nothing_is_the_image_as_it_is():
    assert parse(values=None).steps == parse(values={"steps": []}).steps == ()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a/b",
        "a\\b",
        "..",
        ".hidden",
        "a:b",
        "a*",
        'a"',
        "a<b",
        "a|b",
        "a\0b",
        "a\nb",
        " a",
        "a ",
        "a.",
        "x" * 101,
        5,
        None,
        False,
    ],
)
def test_names_that_cannot_name_a_file(name, golden):
    with golden.error(ConfigurationError):
        parse(name=name)


@pytest.mark.parametrize("name", ["raw", "N4 + z-score", "v1.2", "größer", "a_b-c"])
def test_names_that_can(name):
    assert parse(name=name).name == name


@pytest.mark.parametrize(
    "values",
    [
        {"step": ["n4"]},
        {"steps": ["zscor"]},
        {"steps": [{"zscore": {"regoin": "image"}}]},
        {"steps": [{"n4": None, "zscore": None}]},
        {"steps": "n4"},
        {"steps": {"n4": None}},
        {"steps": [{"clip": {"percentiles": [99, 1]}}]},
        {"extraction": {"setting": {"binwidth": 5}}},
        {"extraction": {"settings": {}}},
        {"extraction": [1]},
        {"description": 5},
        ["n4"],
    ],
)
def test_mistakes_name_the_place_and_the_right_word(values, golden):
    with golden.error(ConfigurationError):
        parse(values=values)


def test_the_digest_depends_on_what_is_computed_alone():
    base = parse(values={"steps": ["zscore"]})
    assert (
        base.digest()
        == parse(name="other", values={"description": "d", "steps": [{"zscore": {"scale": 100}}]}).digest()
    )
    changed = [
        parse(values={"steps": [{"zscore": {"scale": 50}}]}),
        parse(values={"steps": ["zscore", "clip"]}),
        parse(values={"steps": ["zscore"], "extraction": {"setting": {"binWidth": 6}}}),
        parse(values={"steps": ["zscore"], "extraction": {"bin_limits": None}}),
    ]
    assert len({strategy.digest() for strategy in [base, *changed]}) == 5


def test_the_order_of_steps_counts():
    assert parse(values={"steps": ["n4", "zscore"]}).digest() != parse(values={"steps": ["zscore", "n4"]}).digest()


def test_digest_of_known_values():
    # echo -n '{"a":[1,2.5,"ä"],"b":null}' | sha256sum
    assert (
        digest_of({"b": None, "a": [1, 2.5, "ä"]}) == "44c57cc6d7b0332dc0b77191156ca43f39ea237850ae6b7c6e21a39056d63c74"
    )
    with pytest.raises(ValueError, match="JSON"):
        digest_of(float("nan"))
