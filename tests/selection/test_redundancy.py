from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import check_estimator

from harmonize.errors import ConfigurationError
from selection.correlation import absolute_correlation
from selection.redundancy import CorrelationPruning, correlation_clusters, representatives


@pytest.mark.parametrize("estimator", [CorrelationPruning(), CorrelationPruning(0.8, method="pearson")])
def test_the_contract_of_scikit_learn(estimator):
    check_estimator(estimator, on_skip=None)


def blocks(seed=0, rows=200):
    """Two blocks of three columns around one latent value each, and one column alone."""
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(2, rows))
    columns = {f"a{i}": one + rng.normal(0, 0.05 * (i + 1), rows) for i in range(3)}
    columns |= {f"b{i}": -other + rng.normal(0, 0.05 * (i + 1), rows) for i in range(3)}
    return pd.DataFrame({**columns, "c": rng.normal(size=rows)})


def kept(pruning, X):
    return set(pruning.fit(X).get_feature_names_out())


def test_one_of_each_block_is_kept():
    pruning = CorrelationPruning(0.9)
    found = kept(pruning, blocks())
    assert [sum(name.startswith(block) for name in found) for block in "abc"] == [1, 1, 1]
    assert pruning.clusters_.tolist() == [0, 0, 0, 1, 1, 1, 2]


def test_the_most_reliable_is_kept():
    scores = {"a0": 0.5, "a1": 0.6, "a2": 0.9, "b0": np.nan, "b1": -np.inf, "b2": 0.1, "c": 0.0}
    assert kept(CorrelationPruning(0.9, reliability=scores), blocks()) == {"a2", "b2", "c"}
    assert kept(CorrelationPruning(0.9, reliability=pd.Series(scores)), blocks()) == {"a2", "b2", "c"}
    equal = dict.fromkeys(scores, 0.5)
    assert kept(CorrelationPruning(0.9, reliability=equal), blocks()) == {"a0", "b0", "c"}


def test_a_column_without_reliability_is_named(golden):
    with golden.error(ConfigurationError):
        CorrelationPruning(reliability={"a0": 1.0}).fit(blocks())


def test_negative_correlation_counts_and_equal_columns_go_by_name():
    x = np.random.default_rng(0).normal(size=50)
    table = pd.DataFrame({"z": x, "y": -x, "x": 2 * x + 1, "w": np.exp(x)})
    assert kept(CorrelationPruning(1.0), table) == {"w"}
    assert len(kept(CorrelationPruning(1.0, method="pearson"), table)) == 2


def test_the_threshold_itself_is_redundant():
    correlation = np.array([[1, 0.9, 0.3], [0.9, 1, 0.2], [0.3, 0.2, 1]])
    assert correlation_clusters(correlation, 0.9).tolist() == [0, 0, 1]
    assert correlation_clusters(correlation, 0.91).tolist() == [0, 1, 2]


def test_a_chain_is_not_one_cluster():
    # single linkage would join both ends, although they hardly correlate
    correlation = np.array([[1, 0.95, 0.6], [0.95, 1, 0.93], [0.6, 0.93, 1]])
    assert correlation_clusters(correlation, 0.9).tolist() == [0, 0, 1]


def test_the_central_member_has_the_highest_mean_correlation():
    correlation = np.array([[1, 0.95, 0.91, 0], [0.95, 1, 0.97, 0], [0.91, 0.97, 1, 0], [0, 0, 0, 1]])
    assert representatives(correlation, np.array([0, 0, 0, 1])).tolist() == [1, 3]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.7, 0.9]), st.booleans())
def test_laws_of_pruning(seed, threshold, reliable):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(25, 4)) @ rng.normal(size=(4, 9)), columns=list("ihgfedcba"))
    X["a"] = X["b"]
    scores = dict(zip(X.columns, rng.integers(0, 3, 9), strict=True)) if reliable else None
    pruning = CorrelationPruning(threshold, reliability=scores)
    found = kept(pruning, X)
    # the order of the columns does not matter
    assert kept(CorrelationPruning(threshold, reliability=scores), X[rng.permutation(X.columns)]) == found
    # one of each cluster, within which every two columns correlate
    correlation = absolute_correlation(X)
    for cluster in np.unique(pruning.clusters_):
        members = np.flatnonzero(pruning.clusters_ == cluster)
        assert correlation[np.ix_(members, members)].min() >= threshold - 1e-9
        assert len(found & set(X.columns[members])) == 1
    # a monotone map of a column changes nothing about ranks
    assert kept(CorrelationPruning(threshold, reliability=scores), X.assign(i=np.exp(X["i"]))) == found


def test_a_constant_column_changes_nothing_for_the_others():
    assert kept(CorrelationPruning(0.5), blocks().assign(k=1.0)) == kept(CorrelationPruning(0.5), blocks())


def test_a_threshold_out_of_range_is_refused(golden):
    with golden.error(ConfigurationError):
        CorrelationPruning(0).fit(blocks())


@pytest.mark.data
def test_a_published_table(data_root: Path) -> None:
    table = pd.read_csv(data_root / "outcome_tables" / "Ahn2021.csv.gz")
    X = table[[name for name in table.columns if name.startswith("original_")]]
    pruning = CorrelationPruning(0.9).fit(X)
    n_kept = pruning.get_support().sum()
    assert 1 < n_kept == pruning.clusters_.max() + 1 < X.shape[1] / 2
