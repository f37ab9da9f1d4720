import json

import pandas as pd
import pytest

from experiments.folder.run_folder import RunFolder
from experiments.tracking.contents import identity, opening, parent_entry, strategy_entry


def test_the_opening_knows_the_settings_before_anything_is_computed(record):
    known = {
        name: value for name, value in record.items() if name not in ("data_digest", "seconds", "started", "finished")
    }
    entry = opening(known)
    assert entry.params["n_strategies"] == "2"
    assert entry.params["threshold.icc"] == "0.9"
    assert entry.tags["digest.settings"] == record["settings_digest"]
    assert "registration.metric" not in entry.params
    carried = opening({**known, "registration": {"metric": "correlation"}})
    assert carried.params["registration.metric"] == "correlation"
    draws = {"G-1": [{"gamma": {"exponent": 0.8}}], "G-2": [{"gamma": {"exponent": 1.2}}]}
    chain = {"seed": 3, "before": "", "after": "", "conditions": ["REF+STD"], "draws": draws}
    words = "gamma curve (exponent 0.8 and 1.2); before all steps; 2 draws, seed 3, scans under REF+STD"
    assert opening({**known, "perturbations": {"G": chain}}).params["perturbations.G"] == words


def test_what_mlflow_cannot_change_is_in_the_identity(record):
    assert identity(record) == identity({**record, "seconds": 0, "versions": {}})
    assert identity(record) != identity({**record, "subjects": [*record["subjects"], "another"]})
    assert identity(record) != identity({**record, "settings_digest": "another"})


def test_the_parent_names_the_best_strategy_with_its_limits(folder):
    entry = parent_entry(RunFolder.open(folder))
    table = pd.read_csv(folder / "strategies.csv").set_index("strategy")
    best = table["robust_share"].idxmax()
    assert entry.tags["best_strategy"] == best
    for name in ("robust_share", "whitelist_size"):
        assert entry.metrics[f"best_{name}"] == table.loc[best, name]
    assert entry.metrics["failures"] == 0
    names = {name for _, name in entry.artifacts}
    assert names >= {"report.html", "features.parquet", "reliability.parquet", "tables/overall.csv", "methods.md"}
    assert not any(name.startswith(("finished", "mlruns")) for name in names)


def test_a_child_has_the_figures_under_their_names_and_by_part(folder, record):
    strategy = record["strategies"][1]
    entry = strategy_entry(RunFolder.open(folder), strategy)
    row = pd.read_csv(folder / "strategies.csv").set_index("strategy").loc["zscore"]
    for name in ("robust_share", "icc_share_lower", "icc_median", "icc_share_upper", "whitelist_size"):
        assert entry.metrics[name] == row[name]
    summary = pd.read_csv(folder / "summary.csv")
    part = summary.query("strategy == 'zscore' and statistic == 'ccc' and by == 'class' and level == 'glcm'").iloc[0]
    assert entry.metrics["ccc_median/class/glcm"] == part["median"]
    assert entry.metrics["ccc_share/class/glcm"] == part["share_of_all"]
    assert entry.params["1.zscore.scale"] == "100.0"


def test_the_dataset_names_nobody(folder, record):
    dataset = parent_entry(RunFolder.open(folder)).dataset
    assert len(dataset["digest"]) <= 36
    assert record["data_digest"].startswith(dataset["digest"])
    assert json.loads(dataset["profile"])["subjects"] == 3
    assert not any(subject in str(dataset) for subject in record["subjects"])


def test_a_strategy_without_a_single_feature_has_no_figures(folder, record, reseal):
    table = pd.read_csv(folder / "strategies.csv")
    keep = ["strategy", "rows", "failures"]
    table[table["strategy"] == "zscore"][keep].to_csv(folder / "strategies.csv", index=False)
    reseal(folder)
    entry = strategy_entry(RunFolder.open(folder), record["strategies"][1])
    assert "robust_share" not in entry.metrics
    assert "best_robust_share" not in parent_entry(RunFolder.open(folder)).metrics


@pytest.mark.parametrize("missing", ["methods.md", "ibsi.csv", "report.html"])
def test_a_file_that_a_study_does_not_have_is_left_out(folder, missing):
    (folder / missing).unlink()
    assert missing not in {name for _, name in parent_entry(RunFolder.open(folder)).artifacts}
