import numpy as np
import pandas as pd
import pytest

from evaluation.figures import against_levels
from evaluation.trends.ordered import OrderedFactor
from harmonize.errors import ConfigurationError

LEVELS = {f"{name}+{other}": (name, other) for other in ("STD", "DLR") for name in ("R6", "R2", "R4")}
FACTOR = OrderedFactor.of(
    ("acquisition", "reconstruction"), LEVELS, "acquisition", {"R2": 2.0, "R4": 4.0, "R6": 6.0}
)  # fmt: skip


@pytest.fixture
def table():
    rows = [(f"S{i}", name, i + 0.1 * j) for i in range(4) for j, name in enumerate(LEVELS)]
    return pd.DataFrame(rows, columns=["subject", "condition", "volume"]).assign(
        strategy="none", sequence="T2", roi="liver"
    )


def test_each_subject_is_a_line_over_the_levels_in_their_order(table):
    figure = against_levels(table, FACTOR, "volume")
    assert [axes.get_title() for axes in figure.axes] == ["T2, liver, STD", "T2, liver, DLR"]
    lines = figure.axes[0].lines
    assert len(lines) == 5
    assert lines[1].get_xdata().tolist() == [2, 4, 6]
    assert lines[1].get_ydata().tolist() == pytest.approx([1.1, 1.2, 1.0])
    assert lines[-1].get_ydata().tolist() == pytest.approx([1.6, 1.7, 1.5])


def test_the_mean_is_that_of_subjects_with_all_levels(table):
    table.loc[(table["subject"] == "S3") & (table["condition"] == "R2+STD"), "volume"] = np.nan
    lines = against_levels(table, FACTOR, "volume").axes[0].lines
    assert lines[3].get_xdata().tolist() == [4, 6]
    assert lines[-1].get_ydata().tolist() == pytest.approx([1.1, 1.2, 1.0])


def test_no_value_at_all_is_told(table, golden):
    with golden.error(ConfigurationError):
        against_levels(table.assign(volume=np.nan), FACTOR, "volume")
