"""What ComBat owes its users under every set of options."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from harmonize.combat import ComBat

pytestmark = pytest.mark.filterwarnings("ignore::harmonize.combat.NegativeWarning")  # features are near 0 on purpose

OPTIONS = {
    "parametric": {},
    "nonparametric": {"parametric": False},
    "mean_only": {"mean_only": True},
    "without_eb": {"empirical_bayes": False},
    "reference": {"reference": "B"},
    "covariates": {"categorical": "sex", "continuous": "age"},
    "smooth": {"smooth": "age"},
    "strict": {"tolerance": 1e-12},
}


def model_for(name, **more):
    return ComBat("scanner", **{**OPTIONS[name], **more})


@pytest.fixture(scope="session")
def table_for(simulate):
    """Give a function that makes the table that a set of options needs."""

    def table(name):
        made = simulate(covariates=name in ("covariates", "smooth"))
        return made.drop(columns="sex") if name == "smooth" else made

    return table


@pytest.mark.parametrize("name", OPTIONS)
class TestLaws:
    def test_fit_then_transform_is_fit_transform(self, table_for, name):
        table = table_for(name)
        np.testing.assert_array_equal(model_for(name).fit(table).transform(table), model_for(name).fit_transform(table))

    def test_each_row_is_mapped_by_itself(self, table_for, name):
        table = table_for(name)
        model = model_for(name).fit(table)
        some = table.iloc[[3, 40, 70]]
        np.testing.assert_allclose(model.transform(some), model.transform(table)[[3, 40, 70]], rtol=1e-14)
        one_batch = table[table["scanner"] == "C"]
        assert model.transform(one_batch).shape == (25, 12)

    def test_row_order_feature_order_and_batch_names_do_not_matter(self, features_of, table_for, name):
        table = table_for(name)
        expected = model_for(name).fit_transform(table)
        rng = np.random.default_rng(1)
        rows = rng.permutation(len(table))
        shuffled = model_for(name).fit_transform(table.iloc[rows])
        np.testing.assert_allclose(shuffled, expected[rows], rtol=1e-11)
        columns = rng.permutation(table.columns)
        model = model_for(name)
        reordered = pd.DataFrame(model.fit_transform(table[columns]), columns=model.get_feature_names_out())
        np.testing.assert_allclose(features_of(reordered[[f"f{i}" for i in range(12)]]), expected, rtol=1e-11)
        renamed = table.assign(scanner=table["scanner"].map({"A": 3, "B": 1, "C": 2}))
        reference = {"reference": 1} if name == "reference" else {}
        np.testing.assert_allclose(model_for(name, **reference).fit_transform(renamed), expected, rtol=1e-11)

    @settings(max_examples=15, deadline=None)
    @given(unit=st.floats(1e-6, 1e6), shift=st.floats(-1e3, 1e3))
    def test_units_do_not_matter(self, table_for, name, unit, shift):
        table = table_for(name)
        names = [f"f{i}" for i in range(12)]
        expected = model_for(name).fit_transform(table)
        changed = table.assign(**{column: unit * (table[column] + shift) for column in names})
        found = model_for(name).fit_transform(changed) / unit - shift
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)

    def test_inverse_transform_gives_the_rows_back(self, features_of, table_for, name):
        table = table_for(name)
        model = model_for(name).fit(table)
        names = [f"f{i}" for i in range(12)]
        harmonized = table.assign(**pd.DataFrame(model.transform(table), columns=names, index=table.index))
        np.testing.assert_allclose(model.inverse_transform(harmonized), features_of(table), rtol=1e-12)

    def test_pickle_and_clone(self, table_for, name):
        table = table_for(name)
        model = model_for(name).fit(table)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.transform(table), model.transform(table))
        np.testing.assert_array_equal(clone(model).fit_transform(table), model.transform(table))

    def test_saved_and_loaded_model_gives_the_same_bits(self, table_for, name, tmp_path):
        table = table_for(name)
        model = model_for(name).fit(table)
        model.save(tmp_path / "model.json")
        loaded = ComBat.load(tmp_path / "model.json")
        np.testing.assert_array_equal(loaded.transform(table), model.transform(table))
        np.testing.assert_array_equal(loaded.effects_.gamma_hat, model.effects_.gamma_hat)
        assert loaded.get_params() == model.get_params()
        assert loaded.batches_ == model.batches_
        assert list(loaded.feature_names_in_) == list(model.feature_names_in_)

    def test_constant_features_pass_bit_by_bit_and_change_no_other(self, features_of, table_for, name):
        table = table_for(name)
        expected = model_for(name).fit_transform(table)
        partly = np.where(table["scanner"] == "B", 0.1, np.arange(len(table)) * 0.1)
        model = model_for(name).set_output(transform="pandas")
        found = model.fit_transform(table.assign(c0=0.1, c1=partly, c2=0.0))
        assert model.untouched_features_ == ["c0", "c1", "c2"]
        np.testing.assert_array_equal(found["c1"], partly)
        assert (found["c0"] == 0.1).all()
        np.testing.assert_allclose(features_of(found), expected, rtol=1e-12)

    def test_missing_values_stay_where_they_are(self, features_of, table_for, name):
        table = table_for(name)
        table.loc[[2, 30, 31], "f3"] = np.nan
        harmonized = model_for(name).fit_transform(table)
        np.testing.assert_array_equal(np.isnan(harmonized), np.isnan(features_of(table)))
