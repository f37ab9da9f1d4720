import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat, CovBat, GroupedHarmonizer, SmallBatchWarning, add_batch, collect_notes
from harmonize.combat.added_batch import add_to_groups
from harmonize.errors import ConfigurationError

pytestmark = pytest.mark.filterwarnings("ignore::harmonize.combat.NegativeWarning")  # features lie around 0 on purpose

FEATURES = [f"f{i}" for i in range(20)]


@pytest.fixture
def table():
    """60 people at sites A and B, 30 at C; the first 8 of A travelled to C as well."""
    rng = np.random.default_rng(0)
    people = rng.normal(size=(90, 20))
    rows = pd.DataFrame({"person": [*range(90), *range(8)], "site": np.repeat(list("ABCC"), [30, 30, 30, 8])})
    rows["visit"] = np.repeat(["own", "travel"], [90, 8])
    values = people[rows["person"]] + 0.1 * rng.normal(size=(98, 20))
    moved, stretched = rng.normal(size=(3, 20)), np.exp(0.3 * rng.normal(size=(3, 20)))
    codes = np.repeat([0, 1, 2, 2], [30, 30, 30, 8])
    values = moved[codes] + stretched[codes] * values
    return pd.concat([rows, pd.DataFrame(values, columns=FEATURES)], axis=1)


def taught(model, rows, **options):
    with collect_notes() as notes:
        return add_batch(model, rows, "C", **options), notes


def plain(rows):
    return rows[["site", *FEATURES]]


@pytest.mark.parametrize("options", [{}, {"mean_only": True}, {"parametric": False}, {"empirical_bayes": False}])
def test_with_a_reference_it_is_what_a_fit_of_all_together_gives(table, options):
    own = table[table["visit"] == "own"]
    model = ComBat("site", reference="A", tolerance=1e-12, **options)
    together = ComBat(**model.get_params()).fit(plain(own))
    model.fit(plain(own[own["site"] != "C"]))
    new, _ = taught(model, plain(own))
    np.testing.assert_allclose(new.transform(plain(own)), together.transform(plain(own)), rtol=1e-9)
    assert (new.batches_, model.batches_) == (("A", "B", "C"), ("A", "B"))


def test_the_other_batches_stay_to_the_last_bit(table):
    old = table[table["site"] != "C"]
    model = ComBat("site", continuous="age").fit(plain(old).assign(age=np.arange(60.0)))
    rows = plain(table).assign(age=50.0)
    new, _ = taught(model, rows)
    np.testing.assert_array_equal(
        new.transform(plain(old).assign(age=np.arange(60.0))), model.transform(plain(old).assign(age=np.arange(60.0)))
    )
    np.testing.assert_array_equal(new.counts_[2], np.full(20, 38.0))
    loaded = ComBat.from_document(new.to_document())
    np.testing.assert_array_equal(loaded.transform(rows), new.transform(rows))


def test_few_travellers_tell_more_than_as_many_scans(table):
    """What is left of the effect of C in its own 30 people, whom neither has seen."""
    model = ComBat("site").fit(plain(table[table["site"] != "C"]))
    travelled = table[table["visit"] == "travel"]
    of_pairs, notes = taught(model, table[table["person"] < 8], subject="person")
    of_scans, warned = taught(model, travelled)
    assert notes == []
    assert isinstance(warned[0], SmallBatchWarning)
    rows = table[(table["site"] == "C") & (table["visit"] == "own")]
    target = model.effects_.grand_mean
    left = [np.abs(one.transform(plain(rows)).mean(axis=0) - target).mean() for one in (of_pairs, of_scans)]
    assert left[0] < left[1]
    own = table[(table["person"] < 8) & (table["site"] == "A")]
    np.testing.assert_allclose(of_pairs.transform(plain(travelled)), model.transform(plain(own)), atol=1.0)


@pytest.mark.parametrize("options", [{"mean_only": True}, {"empirical_bayes": False}])
def test_travellers_with_options(table, options):
    """Without empirical Bayes the mean, and unless `mean_only` the spread, of travellers become equal at once."""
    model = ComBat("site", **options).fit(plain(table[table["site"] != "C"]))
    new, _ = taught(model, table[table["person"] < 8], subject="person")
    own, other = (table[(table["person"] < 8) & (table["site"] == site)] for site in "AC")
    before, after = model.transform(plain(own)), new.transform(plain(other))
    if "empirical_bayes" in options:
        np.testing.assert_allclose(after.mean(axis=0), before.mean(axis=0), atol=1e-9)
        np.testing.assert_allclose(after.std(axis=0), before.std(axis=0), rtol=1e-9)
    assert (new.effects_.delta_star[2] == 1.0).all() == ("mean_only" in options)


def test_what_cannot_be_learned_is_refused(table, golden):
    old = table[table["site"] != "C"]
    model = ComBat("site").fit(plain(old))
    for rows, label, subject in (
        (table, "B", None),
        (table, "D", None),
        (table.drop(columns="f3"), "C", None),
        (table[table["site"] == "C"].head(1), "C", None),
        (table[table["person"] < 2], "C", "person"),
        (table.assign(f3=table["f3"].where(table["visit"] == "own")), "C", "person"),
    ):
        with golden.error(ConfigurationError):
            add_batch(model, rows, label, subject=subject)
    with collect_notes(), golden.error(ConfigurationError):
        add_batch(CovBat("site").fit(plain(old)), table, "C")


def test_groups_learn_it_each_from_its_own_rows(table, golden):
    both = pd.concat([table.assign(roi="liver"), table.assign(roi="spleen", **{"f0": table["f0"] * 2})])
    fitted = GroupedHarmonizer.fit(ComBat("site"), both[both["site"] != "C"], FEATURES, ["roi"])
    with collect_notes():
        new = add_to_groups(fitted, both[(both["site"] != "C") | (both["roi"] == "liver")], "C")
    assert new.models["liver",].batches_ == ("A", "B", "C")
    assert new.models["spleen",] is fitted.models["spleen",]
    with golden.error(ConfigurationError):
        add_to_groups(fitted, both[both["site"] != "C"], "C")
    with golden.error(ConfigurationError), collect_notes():
        add_to_groups(fitted, both[(both["site"] != "C") | (both["person"] == 70)], "C")
