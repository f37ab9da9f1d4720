"""ComBat as a transformer of scikit-learn: kinds of tables that go in and come out, pipelines, and its checks."""

import zlib

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from harmonize.combat import ComBat

pytestmark = [
    pytest.mark.filterwarnings("ignore::harmonize.combat.SmallBatchWarning"),  # small tables are enough here
    pytest.mark.filterwarnings("ignore::harmonize.combat.NegativeWarning"),  # features are near 0 on purpose
]


def test_arrays_are_read_by_position(simulate):
    table = simulate()
    array = table.to_numpy(dtype=object)
    expected = ComBat("scanner").fit_transform(table)
    model = ComBat(batch=0).fit(array)
    np.testing.assert_array_equal(model.transform(array), expected)
    assert not hasattr(model, "feature_names_in_")
    assert list(model.get_feature_names_out()[:2]) == ["x1", "x2"]


@pytest.mark.parametrize("dtype", ["float32", "Float64", "int64", "Int64"])
def test_numeric_dtypes_give_float64(simulate, dtype):
    table = simulate()
    names = [f"f{i}" for i in range(12)]
    rounded = table.assign(**{name: (100 * table[name]).round() for name in names})
    found = ComBat("scanner").fit_transform(rounded.astype(dict.fromkeys(names, dtype)))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, ComBat("scanner").fit_transform(rounded))


def test_pandas_output_keeps_names_and_index(simulate):
    table = simulate().set_index(np.arange(77) * 2)
    out = ComBat("scanner").set_output(transform="pandas").fit_transform(table)
    assert list(out.columns) == [f"f{i}" for i in range(12)]
    assert out.index.equals(table.index)


def test_works_in_a_pipeline_under_cross_validation(simulate):
    table = simulate(rows=(60, 60))
    target = np.arange(120) % 2
    table.loc[target == 1, "f0"] += 3.0
    pipeline = make_pipeline(ComBat("scanner"), LogisticRegression())
    predicted = cross_val_predict(pipeline, table, target, cv=4)
    assert (predicted == target).mean() > 0.8


class BatchFromRow(ComBat):
    """ComBat that makes up the batch of a row from its bytes, so that scikit-learn's own data can be used."""

    def _learn_table(self, X):
        return super()._learn_table(self._with_batch(X))

    def _read_table(self, X):
        return super()._read_table(self._with_batch(X))

    def _with_batch(self, X):
        array = np.asarray(X)
        if array.ndim != 2:
            return array
        labels = [zlib.crc32(np.float64(row).tobytes()) % 2 for row in array]
        return pd.DataFrame(array).assign(batch=labels)


def applicable_checks():
    """Checks that need no more than rows of numbers; the table of ComBat has one column beside them."""
    names = [
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_get_params_invariance",
        "check_set_params",
        "check_do_not_raise_errors_in_init_or_set_param",
        "check_estimator_repr",
        "check_estimator_cloneable",
        "check_estimators_unfitted",
        "check_estimators_dtypes",
        "check_fit_score_takes_y",
        "check_estimators_fit_returns_self",
        "check_estimators_overwrite_params",
        "check_estimators_pickle",
        "check_dict_unchanged",
        "check_dont_overwrite_attributes",
        "check_fit_idempotent",
        "check_fit_check_is_fitted",
        "check_transformer_general",
        "check_transformer_data_not_an_array",
        "check_transformer_preserve_dtypes",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_transformers_unfitted",
        "check_readonly_memmap_input",
        "check_fit2d_predict1d",
        "check_fit1d",
    ]
    return [getattr(estimator_checks, name) for name in names if hasattr(estimator_checks, name)]


@pytest.mark.parametrize("check", applicable_checks(), ids=lambda check: check.__name__)
def test_scikit_learn_contract(check):
    check("ComBat", BatchFromRow(empirical_bayes=False, mean_only=True))
