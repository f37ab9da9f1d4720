import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.chunks import reliability_chunks
from evaluation.reliability.table import reliability_table
from evaluation.tables import FEATURE_KEYS, RELIABILITY_KEYS
from harmonize.errors import ConfigurationError

FEATURES = [f"original_glcm_Feature{i}" for i in range(7)]


def feature_table(columns=FEATURES):
    keys = pd.MultiIndex.from_product(
        [["none", "n4"], range(12), ["T2", "T1"], ["REF", "ACC", "DLR"], ["liver", "spleen"]], names=FEATURE_KEYS
    )
    values = np.random.default_rng(0).lognormal(1, 0.4, (len(keys), len(columns)))
    return pd.DataFrame(values, columns=columns, index=keys).reset_index()


def sorted_rows(table):
    return table.sort_values(list(RELIABILITY_KEYS), ignore_index=True)


@pytest.mark.parametrize("size", [1, 3, 7, 50])
@pytest.mark.parametrize("stored", [False, True])
def test_the_pieces_are_the_table(tmp_path, size, stored):
    table = feature_table()
    table.loc[table["strategy"] == "n4", FEATURES[2]] = np.nan
    source = table
    if stored:
        source = tmp_path / "features.parquet"
        table.to_parquet(source, row_group_size=50)
    pieces = list(reliability_chunks(source, "REF", size=size, statistics=("icc", "cv"), icc_form="C,1"))

    assert len(pieces) == -(-7 // size)
    assert [name for piece in pieces for name in pd.unique(piece["feature"])] == FEATURES
    expected = reliability_table(table, "REF", statistics=("icc", "cv"), icc_form="C,1")
    # A piece is computed in another memory layout: sums may differ in the last digit.
    pd.testing.assert_frame_equal(sorted_rows(pd.concat(pieces)), sorted_rows(expected), rtol=1e-12)


def test_features_of_another_tool_are_named():
    table = feature_table(["contrast", "energy", "age"])
    pieces = list(reliability_chunks(table, "REF", columns=["contrast", "energy"], size=1))

    assert [piece["feature"].unique().tolist() for piece in pieces] == [["contrast"], ["energy"]]


def test_what_cannot_be_read_is_refused(tmp_path):
    text = tmp_path / "features.csv"
    text.write_text("a,b\n")
    for source, options, message in (
        (text, {}, "expected a feature table as a Parquet file"),
        (tmp_path / "absent.parquet", {}, "expected a feature table as a Parquet file"),
        (feature_table(), {"size": 0}, "size is 0"),
        (feature_table(["contrast"]), {}, "no column is named"),
        (feature_table(), {"columns": ["nothing"]}, "'nothing' is no feature column"),
        (feature_table().drop(columns="roi"), {}, "column 'roi' is missing"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            next(reliability_chunks(source, "REF", **options))
