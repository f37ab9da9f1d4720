import numpy as np
import pandas as pd
import pytest

from harmonize.combat import BatchZScore, LongitudinalComBat, NestedComBat, QuantileAlignment, ReferenceRegression
from harmonize.combat.methods import METHODS
from harmonize.combat.saved import SavedHarmonizer
from harmonize.digest import digest_of
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
    content = {key: document[key] for key in ("kind", "parameters", "state")}
    return {**document, "digest": digest_of(content)}


@pytest.mark.parametrize(
    ("model", "change", "message"),
    [
        (BatchZScore("scan"), lambda state: state.update(effects=3), "'effects' is not a mapping"),
        (BatchZScore("scan"), lambda state: state.update(columns=["x", "y"]), "'columns' do not fit"),
        (
            BatchZScore("scan", reference="REF"),
            lambda state: state.update(batches=["A", "B"]),
            "'batches' do not hold the reference",
        ),
        (
            QuantileAlignment("scan", reference="REF", n_quantiles=3),
            lambda state: state["quantiles"][0].reverse(),
            "'quantiles' fall",
        ),
        (
            QuantileAlignment("scan", reference="REF", n_quantiles=3),
            lambda state: state["quantiles"][0].pop(),
            "'quantiles' is not an array",
        ),
        (
            ReferenceRegression("scan", "subject", reference="REF"),
            lambda state: state.update(slope=[[1.0]]),
            r"'slope' has shape \(1, 1\), expected \(2, 3\)",
        ),
        (
            LongitudinalComBat("scan", "subject"),
            lambda state: state["model"].update(ratio=[-1.0] * 3),
            "'ratio' holds a value out of range",
        ),
        (LongitudinalComBat("scan", "subject"), lambda state: state.update(rows=[0, 60]), "'rows' holds a value out"),
        (NestedComBat(["scan", "site"]), lambda state: state["steps"].pop(), "'steps' are not of the batch variables"),
        (NestedComBat(["scan", "site"]), lambda state: state.update(remaining=[[1]]), "'remaining' is no list"),
        (
            NestedComBat(["scan", "site"]),
            lambda state: state.update(features=["x", "y", "w"], columns=None),
            "'steps' are of other features",
        ),
    ],
)
def test_what_strangers_wrote_is_checked_part_by_part(table, model, change, message):
    document = stranger(model, table, change)
    with pytest.raises(ConfigurationError, match=message):
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
