import numpy as np
import pandas as pd
import pytest

from harmonize.combat import BatchZScore, LongitudinalComBat, NestedComBat, QuantileAlignment, ReferenceRegression
from harmonize.combat.methods import METHODS
from harmonize.combat.saved import SavedHarmonizer
from harmonize.digest import sealed
from harmonize.errors import ConfigurationError


@pytest.fixture
def table():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(10, 2, size=(120, 3)), columns=list("xyz"))
    frame["scan"], frame["site"] = np.tile(["REF", "ACC"], 60), np.tile(["A", "A", "B", "B"], 30)
    return frame.assign(subject=np.repeat(np.arange(60), 2))


def stranger(model, table, change):
    """Give what somebody makes of a saved model who knows how to renew its digest."""
    columns = [name for name in table if name in ("x", "y", "z", *model.role_columns)]
    document = model.fit(table[columns]).to_document()
    change(document["state"])
    return sealed({key: value for key, value in document.items() if key != "digest"})


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (BatchZScore("scan"), lambda state: state.update(effects=3)),
        (BatchZScore("scan"), lambda state: state.update(columns=["x", "y"])),
        (
            BatchZScore("scan", reference="REF"),
            lambda state: state.update(batches=["A", "B"]),
        ),
        (
            QuantileAlignment("scan", reference="REF", n_quantiles=3),
            lambda state: state["quantiles"][0].reverse(),
        ),
        (
            QuantileAlignment("scan", reference="REF", n_quantiles=3),
            lambda state: state["quantiles"][0].pop(),
        ),
        (
            ReferenceRegression("scan", "subject", reference="REF"),
            lambda state: state.update(slope=[[1.0]]),
        ),
        (
            LongitudinalComBat("scan", "subject"),
            lambda state: state["model"].update(ratio=[-1.0] * 3),
        ),
        (LongitudinalComBat("scan", "subject"), lambda state: state.update(rows=[0, 60])),
        (NestedComBat(["scan", "site"]), lambda state: state["steps"].pop()),
        (NestedComBat(["scan", "site"]), lambda state: state.update(remaining=[[1]])),
        (
            NestedComBat(["scan", "site"]),
            lambda state: state.update(features=["x", "y", "w"], columns=None),
        ),
    ],
)
def test_what_strangers_wrote_is_checked_part_by_part(table, model, change, golden):
    document = stranger(model, table, change)
    with golden.error(ConfigurationError):
        type(model).from_document(document)


def test_every_harmonizer_of_a_study_can_be_handed_on():
    """All but one that cannot be applied to new rows, which study files refuse."""
    assert {name for name, cls in METHODS.items() if cls.saved} == {
        name for name, cls in METHODS.items() if cls.new_rows
    }
    assert all(issubclass(cls, SavedHarmonizer) == cls.saved for cls in METHODS.values())


def test_the_batches_that_are_known_stand_by_their_column(table):
    assert BatchZScore("scan").fit(table[["x", "scan"]]).known_batches == {"scan": ("ACC", "REF")}
    nested = NestedComBat(["scan", "site"]).fit(table[["x", "y", "scan", "site"]])
    assert nested.known_batches == {"scan": ("ACC", "REF"), "site": ("A", "B")}
