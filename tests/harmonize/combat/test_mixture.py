import numpy as np
import pandas as pd
import pytest

from harmonize.combat import BiologyWarning, ComBat, MixtureComBat, collect_notes
from harmonize.combat.mixture import FOUND, people_notes
from harmonize.errors import ConfigurationError

FEATURES = [f"f{i}" for i in range(12)]


@pytest.fixture
def table():
    """Two sites of 40 rows; 15 rows of A come from a scanner that no column names; each subject has two rows."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(80, 12)), columns=FEATURES)
    table["site"], table["sex"] = np.repeat(["A", "B"], 40), rng.choice(["f", "m"], 80)
    table[FEATURES] += 2.0 * (table[["site"]] == "B").to_numpy()
    table.loc[hidden(table), FEATURES] += 3.0 * rng.normal(size=12)
    return table


def hidden(table):
    return (np.arange(80) % 40 < 15) & (table["site"] == "A")


def fitted(model, table):
    with collect_notes() as notes:
        model.fit(table)
    return model, [note for note in notes if isinstance(note, BiologyWarning)]


def test_batches_within_a_known_one_are_found_and_taken_out_by_combat(table):
    model, _ = fitted(MixtureComBat("site", categorical="sex"), table)
    assert (model.found_ == np.where(hidden(table), "A/2", np.where(table["site"] == "A", "A/1", "B"))).all()
    with collect_notes():
        named = table.drop(columns="site").assign(**{FOUND: model.found_})
        expected = ComBat(FOUND, categorical="sex").fit_transform(named)
    np.testing.assert_array_equal(model.transform(table), expected)
    assert model.known_batches == {"site": ("A", "B")}


@pytest.mark.parametrize("model", [MixtureComBat(None), MixtureComBat("site", known=False)])
def test_where_no_batch_is_known_the_column_does_not_matter(table, model):
    found, _ = fitted(model, table[[*FEATURES, *([] if model.batch is None else ["site"])]])
    assert found.found_.nunique() == 3
    assert pd.crosstab(found.found_, [table["site"], hidden(table)]).gt(0).sum().max() == 1
    assert found.known_batches == {}


def test_new_rows_are_of_the_batch_that_they_look_like(table):
    even = np.arange(80) % 2 == 0
    model, _ = fitted(MixtureComBat("site", categorical="sex", least_share=0.05), table[even])
    model_of_all, _ = fitted(MixtureComBat("site", categorical="sex"), table)
    if model.combat_ is not None:
        assert np.isfinite(model.transform(table[~even])).all()
    assert np.isfinite(model_of_all.transform(table[~even].assign(sex="f"))).all()


def test_one_batch_alone_is_left_as_it_is():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 6)))
    model, notes = fitted(MixtureComBat(None), table)
    np.testing.assert_array_equal(model.transform(table), table)
    assert (notes, model.combat_, model.untouched_features_) == ([], None, model.features_)


def test_that_it_may_be_biology_is_said_with_what_lies_between(table, golden):
    with golden.warning(BiologyWarning), pytest.warns(match="fewer than 20 rows"):
        MixtureComBat("site", categorical="sex").fit(table)


def test_batches_that_are_people_are_told_from_batches_of_scans(table):
    model, _ = fitted(MixtureComBat("site", categorical="sex"), table)
    people = pd.Series(np.arange(80) // 2)
    people[hidden(table)] = people[hidden(table)] + 100
    (note,) = people_notes(model, people)
    assert "lies between subjects" in note
    assert people_notes(model, pd.Series(np.arange(80) % 20)) == ()
    assert people_notes(model, pd.Series(np.arange(80))) == ()
    assert people_notes(fitted(ComBat("site", categorical="sex"), table)[0], people) == ()


@pytest.mark.parametrize("options", [{"known": "no"}, {"components": 0}, {"most": 1}, {"least_share": 0.0}])
def test_options_are_checked(table, options, golden):
    with golden.error(ConfigurationError):
        MixtureComBat("site", categorical="sex", **options).fit(table)


@pytest.mark.parametrize(
    ("part", "value"), [("mixtures", []), ("scores", {"axes": [[1.0]]}), ("combat", {}), ("covariates", [])]
)
def test_what_strangers_wrote_is_checked(table, part, value, golden, monkeypatch):
    model, _ = fitted(MixtureComBat("site", categorical="sex"), table)
    state = {**model._state(), part: value}
    monkeypatch.setattr(MixtureComBat, "_state", lambda _: state)
    document = model.to_document()
    with golden.error(ConfigurationError):
        MixtureComBat.from_document(document)
