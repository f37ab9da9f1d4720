"""Rows of scans become one table, sorted, whatever each scan has of it."""

from pathlib import Path

import numpy as np

from experiments.running.rows import ScanRows, table_of
from experiments.running.store.known import Outcome
from experiments.study.manifest import Scan


def scan(subject: str, arm: str = "REF") -> Scan:
    return Scan(subject, "T2", arm, {"acquisition": arm}, Path("image.nii"), {}, {"age": "50"}, 2)


def rows(**of_rois: dict[str, float]) -> ScanRows:
    return ScanRows.of({"raw": Outcome({roi: {"voxels": 9, "bins": 4, "values": one} for roi, one in of_rois.items()})})


def test_scans_with_different_rois_and_features_give_one_table_in_order():
    mean, energy = "original_firstorder_Mean", "original_firstorder_Energy"
    scans = [(scan("S2"), rows(b={mean: 1.0}, a={energy: 2.0})), (scan("S1", "ACC"), rows(a={energy: 3.0, mean: 4.0}))]
    scans.append((scan("S3"), ScanRows()))
    table = table_of(scans, {"raw": ("raw", "raw_combat")}, ["raw_combat", "raw"])
    keys = ["strategy", "subject", "sequence", "acquisition", "condition", "roi", "voxels", "bins", "age"]
    assert list(table.columns) == [*keys, mean, energy]
    assert table["strategy"].tolist() == ["raw_combat"] * 3 + ["raw"] * 3
    assert table[["subject", "condition", "roi"]].to_numpy().tolist()[:3] == [
        ["S1", "ACC", "a"],
        ["S2", "REF", "a"],
        ["S2", "REF", "b"],
    ]
    values = table[[mean, energy]].to_numpy()
    np.testing.assert_array_equal(values[:3], [[4.0, 3.0], [np.nan, 2.0], [1.0, np.nan]])
    np.testing.assert_array_equal(values[3:], values[:3])
    assert table[["voxels", "bins"]].dtypes.tolist() == ["int64", "int64"]
    assert table.index.tolist() == list(range(6))


def test_draws_are_in_the_order_of_their_numbers():
    draws = ["noise-10", "noise-2", "unperturbed", "RVC-1"]
    table = table_of(
        [(scan("S1", draw), rows(a={"original_firstorder_Mean": 1.0})) for draw in draws], {"raw": ["raw"]}, ["raw"]
    )
    assert table["condition"].tolist() == ["RVC-1", "noise-2", "noise-10", "unperturbed"]


def test_the_rows_of_a_scan_take_little_more_than_their_numbers():
    values = {f"original_firstorder_F{i}": float(i) for i in range(93)}
    found = rows(**{f"r{i}": values for i in range(10)})
    assert found.values.nbytes == 10 * 93 * 8
    assert len(found.features) == 93
