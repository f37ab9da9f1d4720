import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects.scorecard import Scoring, harmonization_scorecard
from experiments.simulate.planted_batches import WINNERS, planted_batches
from harmonize.combat import BatchZScore, ComBat
from harmonize.combat.methods import make_harmonizer
from harmonize.errors import ConfigurationError

METHODS = {
    "combat": ("combat", {}),
    "combat:mean_only": ("combat", {"mean_only": True}),
    "covbat": ("covbat", {}),
    "paired": ("paired", {}),
    "batch_zscore": ("batch_zscore", {}),
    "nested": ("nested", {}),
}


def card_of(table, batch="scanner", chosen=tuple(METHODS), **asked):
    models = {
        name: make_harmonizer(method, options, batch=batch, subject="subject", where=name)
        for name, (method, options) in METHODS.items()
        if name in chosen
    }
    features = [name for name in table if name.startswith("F")]
    scoring = Scoring(**{"batch": batch, "by": (), "resamples": 20, "permutations": 0, **asked})
    return harmonization_scorecard(table, models, features, scoring)


def scores(card):
    return card.table[card.table["measure"] == "score"].set_index("method")


@pytest.mark.parametrize("kind", WINNERS)
def test_names_what_takes_the_planted_effect_out(kind):
    table = planted_batches(kind, n_each=60, n_features=40, seed=1)
    table["both"] = table["scanner"] + "+" + table["protocol"]
    batch = "scanner+protocol" if kind == "interaction" else "scanner"
    found = scores(card_of(table.rename(columns={"both": "scanner+protocol"}), batch, keep=("age",)))
    assert found["estimate"].idxmax() in WINNERS[kind]
    losing = [name for name in found.index if name not in WINNERS[kind] and found.loc[name, "status"] == "ok"]
    assert found.loc[losing, "estimate"].max() < found["estimate"].max()
    assert found.loc["none", "estimate"] < found["estimate"].max() - 0.02


def test_says_what_gains_are_by_chance():
    asked = {"permutations": 20, "folds": 5, "keep": ("age",), "chosen": ("combat", "batch_zscore")}
    effect = scores(card_of(planted_batches("additive", n_each=20, n_features=20), **asked))
    null = scores(card_of(planted_batches("none", n_each=20, n_features=20), **asked))
    assert effect.loc["combat", "p"] == pytest.approx(1 / 21)
    assert not (null["p"] < 0.05).any()
    assert np.isnan(effect.loc["none", "p"])


def test_what_cannot_be_fitted_is_a_row_with_its_reason():
    table = planted_batches("additive", n_each=12, n_features=8)
    card = harmonization_scorecard(
        table.drop(index=range(1, 11)),
        {"combat": ComBat("scanner"), "moved": ComBat("scanner", mean_only=True), "mine": "is not installed"},
        [f"F{i}" for i in range(8)],
        Scoring(batch="scanner", by=(), resamples=0, permutations=3),
    )
    found = scores(card)
    assert found["status"].tolist() == ["ok", "not_fitted", "ok", "not_fitted"]
    assert found.loc["mine", "reason"] == "is not installed"
    assert "row" in found.loc["combat", "reason"]
    agreement = card.table[card.table["measure"] == "icc_a1"]
    assert set(agreement["status"]) <= {"not_fitted", "not_computed"}
    assert (agreement["reason"] != "").all()


def test_sites_are_held_out_as_well():
    table = planted_batches("additive", n_each=20, n_features=8).rename(columns={"protocol": "hospital"})
    card = card_of(table, site="hospital")
    assert set(card.table["held"]) == {"subject", "site"}
    by_scanner = card_of(table.assign(again=table["scanner"]), site="again").table
    of_site = by_scanner[(by_scanner["held"] == "site") & (by_scanner["measure"] == "score")].set_index("method")
    assert of_site.loc["combat", "status"] == "not_fitted"
    assert "one" in of_site.loc["combat", "reason"]


def test_damage_negatives_and_order():
    rng = np.random.default_rng(0)
    own = np.abs(rng.normal(size=(30, 6)))
    table = pd.DataFrame(own.repeat(2, axis=0) + 1e-3 * rng.random((60, 6)), columns=[f"F{i}" for i in range(6)])
    table = table.assign(subject=np.repeat(np.arange(30), 2), scanner=["a", "b"] * 30)
    table.loc[table["scanner"] == "b", "F0"] += 5.0
    card = card_of(table, reference="b").table.set_index(["measure", "method"])
    assert card.loc[("damaged", "none"), "estimate"] == 0 == card.loc[("negative", "none"), "estimate"]
    assert card.loc[("damaged", "none"), "n"] == 5
    assert card.loc[("negative", "none"), "n"] == 6
    assert card.loc[("subject_order", "none"), "estimate"] == 1


def test_leaks_are_refused(golden):
    table = planted_batches("additive", n_each=25, n_features=4)
    features = [f"F{i}" for i in range(4)]
    fitted = BatchZScore("scanner").fit(table[["scanner", *features]])
    scoring = Scoring(batch="scanner", by=())
    with golden.error(ConfigurationError):
        harmonization_scorecard(table, {"mine": fitted}, features, scoring)
    told = ComBat("scanner", categorical="protocol")
    with golden.error(ConfigurationError):
        harmonization_scorecard(table, {"mine": told}, features, Scoring(batch="scanner", by=(), target="protocol"))


def test_what_cannot_be_compared_is_refused(golden):
    table = planted_batches("additive", n_each=10, n_features=4)
    features = [f"F{i}" for i in range(4)]
    for scoring, rows in (
        (Scoring(batch="scanner", by=()), table[table["scanner"] == "one"]),
        (Scoring(batch="scanner", by=(), target="age"), table),
        (Scoring(batch="scanner", by=(), reference="four"), table),
    ):
        with golden.error(ConfigurationError):
            harmonization_scorecard(rows, {}, features, scoring)
