import shutil

import pandas as pd

from evaluation.reading import digest_of_table, source_of
from experiments.analyses.shared.provenance import cohort_of, record_beside, refuse_same_data, run_of, study_of
from harmonize.errors import ConfigurationError


def test_only_the_table_of_a_run_belongs_to_it(finished, tmp_path):
    features = finished.folder / "features.parquet"
    assert record_beside(features, "features.parquet") == finished.folder / "run.json"
    assert run_of(features).folder == finished.folder
    shutil.copy(features, tmp_path / "features.parquet")
    assert record_beside(tmp_path / "features.parquet", "features.parquet") is None
    assert run_of(finished.folder / "reliability.parquet") is None
    assert run_of(source_of(pd.read_parquet(features))) is None


def test_a_run_tells_how_its_features_were_made(finished, tmp_path):
    cohort = cohort_of(finished.folder / "features.parquet", None, "zscore")
    assert cohort.data_digest == finished.record["data_digest"]
    shutil.copy(finished.folder / "features.parquet", tmp_path / "copy.parquet")
    assert cohort_of(tmp_path / "copy.parquet", None, None) is None
    named = cohort_of(tmp_path / "copy.parquet", finished.folder / "run.json", "zscore")
    assert named.settings == cohort.settings


def test_the_digest_of_a_table_in_memory_is_enough_to_know_its_data():
    assert study_of(source_of(pd.DataFrame({"a": [1]})), None, "all", "0123").data_digest == "0123"
    assert study_of(source_of(pd.DataFrame({"a": [1]})), None, "all") is None


def test_features_chosen_from_the_very_table_are_refused(tmp_path, golden):
    pd.DataFrame({"a": [1.0, 2.0]}).to_csv(tmp_path / "t.csv", index=False)
    table = tmp_path / "t.csv"
    refuse_same_data("the whitelist", "", table)
    refuse_same_data("the whitelist", "0123", table)
    with golden.error(ConfigurationError):
        refuse_same_data("the whitelist", digest_of_table(table), table)


def test_features_chosen_from_the_scans_of_the_run_are_refused(finished, golden):
    with golden.error(ConfigurationError):
        refuse_same_data("the whitelist", finished.record["data_digest"], finished.folder / "features.parquet")
