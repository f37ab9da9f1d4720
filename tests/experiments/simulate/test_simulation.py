import pytest

from experiments.simulate import Simulation
from harmonize.inputs.configuration import build


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"subjects": 0}, "subjects is 0, expected 1 or more"),
        ({"rois": 11}, "rois is 11, expected 1 to 10"),
        ({"matrix": 64}, "matrix is 64, expected 96 to 512"),
        ({"matrix": 127}, "matrix: 127, expected an even number"),
        ({"slices": 0}, "slices is 0, expected 1 or more"),
        ({"noise": -0.1}, "noise is -0.1, expected 0 to 1"),
        ({"noise": float("nan")}, "noise is nan, expected 0 to 1"),
        ({"acceleration": 9}, "acceleration is 9, expected 1 to 8"),
        ({"seed": -1}, "seed is -1, expected 0 or more"),
        ({"echo_spacing": 20.0}, "echo_spacing is 20, expected 1 to 15"),
        ({"sequences": ()}, "sequences: none, expected one or more, each once"),
        ({"sequences": ("HASTE", "HASTE")}, "sequences: HASTE, HASTE, expected one or more, each once"),
        ({"sequences": ("HAST",)}, "unknown sequence 'HAST'; did you mean 'HASTE'?"),
    ],
)
def test_refuses_values_outside_their_range(values, text):
    with pytest.raises(ValueError, match=r"expected|unknown") as caught:
        Simulation(**values)
    assert text in str(caught.value)


def test_can_be_built_from_a_mapping():
    built = build(Simulation, {"subjects": 2, "sequences": ["HASTE"], "noise": "1e-2"}, "options")
    assert built == Simulation(subjects=2, sequences=("HASTE",), noise=0.01)


def test_noise_scales_with_the_full_signal():
    assert Simulation(noise=0.01).scanner(1000.0).noise == pytest.approx(10.0)
