import numpy as np
import pandas as pd
import pytest

from evaluation.perturbed.measures import MEASURES, RANKS
from experiments.results.worth import worth_notes, worth_shown


@pytest.fixture
def found():
    """A chain with every measure; that of the kept has no case."""
    table = pd.DataFrame({"measure": [*MEASURES, RANKS]}).assign(
        strategy="none", chain="noise", condition="REF", by="overall", level="all", estimate=0.504, lower=0.25,
        upper=0.75, n=10, in_halves=0.4, ceiling=0.8, features=20, left_out=3, subjects=17, status="ok",
    )  # fmt: skip
    table.loc[table["measure"] == "stable_of_kept", ["estimate", "lower", "upper", "status"]] = [np.nan] * 3 + [
        "no_cases"
    ]
    return table


def test_a_row_for_each_chain(found):
    other = found.assign(by="roi", level="liver")
    (row,) = worth_shown(pd.concat([found, other])).to_dict("records")
    assert row == {
        "chain": "noise", "caught %": "50 (25 to 75)", "false alarms %": "50 (25 to 75)",
        "beyond chance": "0.50 (0.25 to 0.75)", "stable of kept %": "– (no_cases)", "ranks": "0.50 (0.25 to 0.75)",
        "halves": "40 / 40", "repeats": "80 / 80",
    }  # fmt: skip


def test_what_the_numbers_are_of(found):
    (note,) = worth_notes(found)
    told = "50 % are stable over real conditions, in 17 subjects"
    assert note == f"none: of 20 features (3 more could not be judged on both sides) {told}"
    assert len(worth_notes(found.assign(ceiling=np.nan))) == 2
    nothing = found.assign(features=0, left_out=18, estimate=np.nan)
    assert worth_notes(nothing) == ["none: none of 18 features could be judged on both sides"]
