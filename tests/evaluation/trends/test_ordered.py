from evaluation.trends.ordered import Ladder, OrderedFactor
from harmonize.errors import ConfigurationError

LEVELS = {f"{a}+{r}": (a, r) for r in ("STD", "DLR") for a in ("REF", "R6", "R2")}


def factor(reference=None, numbers=None):
    numbers = numbers or {"REF": 1.0, "R2": 2.0, "R6": 6.0}
    return OrderedFactor.of(("acquisition", "reconstruction"), LEVELS, "acquisition", numbers, reference)


def test_the_other_factors_are_held():
    assert list(factor().ladders()) == [
        Ladder("STD", ("REF+STD", "R2+STD", "R6+STD"), (1.0, 2.0, 6.0)),
        Ladder("DLR", ("REF+DLR", "R2+DLR", "R6+DLR"), (1.0, 2.0, 6.0)),
    ]


def test_from_the_highest_level_numbers_fall():
    first, _ = factor(6.0).ladders()
    assert first.conditions == ("R6+STD", "R2+STD", "REF+STD")


def test_levels_without_a_number_and_conditions_that_are_not_there_are_left_out():
    first, second = factor(numbers={"R2": 2.0, "R6": 6.0}).ladders(["R2+STD", "REF+STD", "R2+DLR", "R6+DLR"])
    assert first.conditions == ("R2+STD",)
    assert second.conditions == ("R2+DLR", "R6+DLR")


def test_a_reference_between_other_levels_is_asked_about(golden):
    with golden.error(ConfigurationError):
        factor(2.0)
