import pytest

from experiments.cli.simulate import simulate
from experiments.simulate import Simulation
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build


@pytest.mark.parametrize(
    "values",
    [
        {"subjects": 0},
        {"rois": 11},
        {"matrix": 64},
        {"matrix": 127},
        {"slices": 0},
        {"noise": -0.1},
        {"noise": float("nan")},
        {"acceleration": 9},
        {"seed": -1},
        {"echo_spacing": 20.0},
        {"sequences": ()},
        {"sequences": ("HASTE", "HASTE")},
    ],
)
def test_refuses_values_outside_their_range(values, golden):
    with golden.error(ValueError):
        Simulation(**values)


def test_an_unknown_sequence_is_refused_with_the_nearest(golden):
    with golden.error(ConfigurationError):
        Simulation(sequences=("HAST",))


def test_options_have_the_defaults_of_the_simulation():
    given = {one.name: one.default for one in simulate.params if hasattr(Simulation, one.name)}
    given["sequences"] = tuple(given["sequences"].split(","))
    assert len(given) == 9
    assert Simulation(**given) == Simulation()


def test_can_be_built_from_a_mapping():
    built = build(Simulation, {"subjects": 2, "sequences": ["HASTE"], "noise": "1e-2"}, "options")
    assert built == Simulation(subjects=2, sequences=("HASTE",), noise=0.01)


def test_noise_scales_with_the_full_signal():
    assert Simulation(noise=0.01).scanner(1000.0).noise == pytest.approx(10.0)
