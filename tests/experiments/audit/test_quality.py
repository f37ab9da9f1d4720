import pandas as pd

from evaluation.quality.measures import MEASURES
from evaluation.quality.quality_rows import QualityRow
from experiments.audit.quality import quality_table
from experiments.running.scan_task import Wanted, process_image
from experiments.running.store.finished import Store
from experiments.study.study import Study

ROW = QualityRow("liver", "", "snr", "1", 12.5, "ok")


def test_a_scan_that_could_not_be_read_has_no_row(simulated):
    scans = Study.from_yaml(simulated).scans[:2]
    table = quality_table([(scans[0], (ROW,)), (scans[1], ())])
    assert table.to_dict("records") == [
        {
            **dict(zip(("subject", "sequence", "condition", "segmentation"), (*scans[0].key, ""), strict=True)),
            **ROW._asdict(),
        }
    ]
    empty = quality_table([])
    assert list(empty.columns) == list(table.columns)
    assert empty["value"].dtype == float


def test_what_is_of_the_image_is_measured_once_whoever_drew_rois(drawn_twice, tmp_path):
    """It was measured, and stood in the table, once for each reader."""
    with drawn_twice.open("a", encoding="utf-8") as file:
        file.write("segmentation: anna\n")
    study = Study.from_yaml(drawn_twice)
    scans, wanted = study.scans[:2], Wanted(audited=study.strategies)
    found = process_image(scans, (), Store(tmp_path / "finished"), wanted=[wanted, wanted])
    table = quality_table((scan, one.look.quality) for scan, one in zip(scans, found, strict=True))
    assert set(table.loc[table["roi"] == "", "segmentation"]) == {""}
    assert set(table.loc[table["roi"] != "", "segmentation"]) == {"anna", "ben"}
    assert not table.duplicated(["segmentation", "roi", "other", "measure"]).any()


def test_a_run_leaves_every_measure_of_every_scan_and_says_why_some_are_missing(finished, simulated):
    study, table = Study.from_yaml(simulated), finished.quality
    keys = ["subject", "sequence", "condition"]
    assert set(map(tuple, table[keys].drop_duplicates().to_numpy())) == {scan.key for scan in study.scans}
    assert set(table["measure"]) <= set(MEASURES)
    assert (table["value"].isna() == (table["status"] != "ok")).all()
    assert not table.duplicated([*keys, "roi", "other", "measure"]).any()
    assert set(table["segmentation"]) == {""}
    assert set(table["roi"]) == {"", *study.rois}
    written = pd.read_parquet(finished.folder / "image_quality.parquet")
    pd.testing.assert_frame_equal(written, table)


def test_the_noise_that_was_simulated_is_larger_under_acceleration(finished):
    table = finished.quality
    noise = table[table["measure"] == "noise"].groupby("condition")["value"].median()
    accelerated = [name for name in noise.index if name.startswith("ACC") and name.endswith("STD")]
    plain = [name for name in noise.index if name.startswith("REF") and name.endswith("STD")]
    assert accelerated
    assert noise[accelerated].min() > noise[plain].max()
