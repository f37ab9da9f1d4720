import pytest

from harmonize.errors import ConfigurationError
from harmonize.steps import STEPS, Clip, Step, ZScore, apply_steps
from harmonize.steps.chain import parse_step


def test_steps_are_run_in_order(phantom):
    volume = phantom.volume
    steps = (Clip(bounds=(0.0, 50.0)), ZScore("image", scale=1.0))
    assert apply_steps((), volume) is volume
    assert apply_steps(steps, volume).image.max() == pytest.approx(steps[1](steps[0](volume)).image.max())
    assert apply_steps(steps, volume).image.max() != apply_steps(steps[::-1], volume).image.max()


def test_a_name_alone_gives_the_defaults():
    assert parse_step("zscore", STEPS, "here") == ZScore()
    assert parse_step({"zscore": None}, STEPS, "here") == ZScore()
    assert isinstance(ZScore(), Step)


@pytest.mark.parametrize("entry", [3, None, {}, {"n4": {}, "zscore": {}}, ["zscore"]])
def test_what_is_no_step_is_refused(entry, golden):
    with golden.error(ConfigurationError):
        parse_step(entry, STEPS, "here")


@pytest.mark.parametrize("name", [None, 5, ("zscore",)])
def test_names_that_are_no_texts_are_refused(name, golden):
    with golden.error(ConfigurationError):
        parse_step({name: None}, STEPS, "here")
