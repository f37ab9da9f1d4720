import numpy as np
import pytest

from evaluation.batch_effects import harmonize_values
from evaluation.batch_effects.permuted import Permutations, refits
from evaluation.tables import feature_columns
from harmonize import ComBat
from harmonize.combat import QuantileAlignment

BY = ("sequence", "roi")


def prepared(table, model, labels=("condition",)):
    names = feature_columns(table)
    return refits(Permutations(table, labels), model, harmonize_values(table, model, names, by=BY), names, BY)


def test_a_value_comes_from_the_scan_whose_labels_it_gets(study):
    table = study(features=2).drop(index=[1, 4]).reset_index(drop=True)  # a subject without a scan
    permutations, rng = Permutations(table, ["condition"]), np.random.default_rng(1)
    orders = [permutations.draw(rng) for _ in range(3)]
    values = table[feature_columns(table)].to_numpy()
    for order, source in zip(orders, permutations.sources(orders, ["HASTE"])["HASTE"], strict=True):
        permuted = permutations.relabelled(order)
        for place in permutations.places:
            found = np.take_along_axis(place.cube(values), source[..., None], axis=1)
            codes = [place.conditions.index(name) for name in permuted["condition"].iloc[place.rows]]
            np.testing.assert_array_equal(found, place.cube(values, np.array(codes)))


def test_parametric_models_are_refitted_at_once_and_others_one_by_one(study):
    table = study(features=6)
    assert all(unit.design is not None for unit in prepared(table, ComBat("condition")))
    assert all(unit.design is None for unit in prepared(table, QuantileAlignment("condition", reference="REF+STD")))


def test_a_batch_that_stays_with_its_subject_is_not_permuted(study):
    table = study(features=6)
    table["site"] = np.where(table["subject"] < "S08", "A", "B")
    assert all(unit.design is None for unit in prepared(table, ComBat("site")))


@pytest.mark.parametrize("varying", [1, 2])
def test_where_priors_may_lack_a_second_feature_models_are_fitted_one_by_one(study, varying):
    table = study(features=3)
    constant = feature_columns(table)[varying:]
    table[constant] = np.round(table[constant] / 50)  # equal in most rows
    units = prepared(table, ComBat("condition", empirical_bayes=False))
    assert [unit.design is None for unit in units] == [varying == 1] * 2


def test_where_a_draw_has_other_features_it_is_fitted_by_itself(study):
    """A feature with three values in a batch can be fitted without any subject, and in another draw not."""
    table = study(features=4, subjects=6)
    first = feature_columns(table)[0]
    table.loc[(table["condition"] == "ACC+DLR") & (table["subject"] > "S02"), first] = np.nan
    model, rng = ComBat("condition"), np.random.default_rng(0)
    for unit in prepared(table, model):
        orders = [unit.permutations.draw(rng) for _ in range(8)]
        ((_, (found,)),) = unit(orders)
        for order, drawn in zip(orders, np.moveaxis(found, 1, 0), strict=True):
            permuted = unit.permutations.relabelled(order)
            values = harmonize_values(permuted, model, unit.features, by=BY)
            (place,) = unit.places
            codes = np.array([place.conditions.index(name) for name in permuted["condition"].iloc[place.rows]])
            for part, expected in zip(drawn, (values.raw, values.in_sample, values.held_out), strict=True):
                np.testing.assert_allclose(part, place.cube(expected.to_numpy(), codes), rtol=1e-9)
