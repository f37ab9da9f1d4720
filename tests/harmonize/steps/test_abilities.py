"""What a class states of its step is what the step does."""

import numpy as np
import pytest

from harmonize import steps
from harmonize.image.regions import foreground_mask
from harmonize.steps import STEPS, Abilities, ChangesGrid, DividesField, abilities_of

GIVEN = {"resample": {"spacing": 2.0}, "reference_tissue": {"targets": {"liver": 100.0}}}
ELSEWHERE = ("command", "images")
"""Steps whose work others do."""
ORDINARY = [name for name, step in STEPS.items() if not hasattr(step, "observe") and name not in ELSEWHERE]


def made(name):
    return STEPS[name](**GIVEN.get(name, {}))


@pytest.mark.parametrize("name", [name for name in ORDINARY if abilities_of(STEPS[name]).one_scale])
def test_one_scale_is_the_same_whatever_the_gain_of_the_scan(phantom, name):
    volume, step = phantom.volume, made(name)
    found = step(volume).image
    np.testing.assert_allclose(step(volume.with_image(3.0 * volume.image)).image, found, atol=1e-6 * np.ptp(found))


@pytest.mark.parametrize("name", ORDINARY)
def test_those_that_centre_leave_much_of_the_body_below_zero(phantom, name):
    volume = phantom.volume
    body = foreground_mask(volume.image, 0)
    found = made(name)(volume)
    below = np.mean(found.image[body] <= 0) if found.grid == volume.grid else 0.0
    assert (below > 0.1) == abilities_of(STEPS[name]).centres


@pytest.mark.parametrize("name", ORDINARY)
def test_those_that_change_the_grid_can_tell_it(phantom, name):
    step, volume = made(name), phantom.volume
    found = step(volume).grid
    assert (found != volume.grid) == isinstance(step, ChangesGrid) == issubclass(STEPS[name], ChangesGrid)
    assert not isinstance(step, ChangesGrid) or step.grid(volume.grid) == found


def test_n4_divides_out_its_field(phantom):
    assert [name for name, step in STEPS.items() if issubclass(step, DividesField)] == ["n4"]
    step, volume = steps.N4BiasField(iterations=5, levels=1), phantom.volume
    np.testing.assert_allclose(step(volume).image, volume.image / np.exp(step.log_bias_field(volume)), rtol=1e-9)
    assert [name for name in STEPS if abilities_of(STEPS[name]).takes_logarithm] == ["n4"]


def test_a_step_that_states_nothing_has_none():
    assert abilities_of(object()) == Abilities() == abilities_of(steps.Median)


def test_the_reference_is_needed_where_it_is_asked_for():
    assert steps.needs_reference(steps.Resample(to="reference"))
    assert not steps.needs_reference(steps.Resample(1.0))
    assert not steps.needs_reference(steps.ZScore())
