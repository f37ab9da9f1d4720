import numpy as np
import pytest

from evaluation.classification import HeldOut
from harmonize.errors import ConfigurationError


def example() -> HeldOut:
    rng = np.random.default_rng(0)
    probability = rng.dirichlet(np.ones(3), size=(2, 12))
    fold = np.stack([np.arange(12) % 3, np.arange(12) // 4])
    return HeldOut(("a", "b", "c"), np.arange(12) % 3, np.arange(12) // 2, probability, fold)


def test_the_table_holds_everything_and_is_read_back() -> None:
    held_out = example()
    table = held_out.to_frame()
    assert list(table.columns[:6]) == ["row", "subject", "repeat", "fold", "truth", "probability_a"]
    assert len(table) == 24
    back = HeldOut.from_frame(table.sample(frac=1, random_state=0))
    assert back.classes == held_out.classes
    for name in ("truth", "subjects", "probability", "fold"):
        assert np.array_equal(getattr(back, name), getattr(held_out, name)), name


def test_numbers_as_classes_stay_numbers() -> None:
    held_out = HeldOut.of([0, 1, 1], [0.1, 0.5, 0.9])
    assert HeldOut.from_frame(held_out.to_frame()).classes == (0, 1)


def test_a_row_that_is_predicted_twice_is_refused(golden) -> None:
    table = example().to_frame()
    table.loc[0, "row"] = 1
    with golden.error(ConfigurationError):
        HeldOut.from_frame(table)


def test_a_missing_column_is_named(golden) -> None:
    with golden.error(ConfigurationError):
        HeldOut.from_frame(example().to_frame().drop(columns="fold"))


@pytest.mark.parametrize("values", [[0.5, np.nan], [0.5, 1.2], [-0.1, 0.2]])
def test_what_is_no_probability_is_refused(values: list[float], golden) -> None:
    with golden.error(ConfigurationError):
        HeldOut.of([0, 1], values)


def test_an_absent_class_must_be_named(golden) -> None:
    with golden.error(ConfigurationError):
        HeldOut.of([1, 1], [0.5, 0.6])
    assert HeldOut.of([1, 1], [0.5, 0.6], classes=(0, 1)).truth.tolist() == [1, 1]
    with golden.error(ConfigurationError):
        HeldOut.of([1, 2], [0.5, 0.6], classes=(0, 1))
