"""The feature table of a run: run.json beside it tells the reference, and which values were learned."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.analyses.reliability.run import run_reliability
from experiments.analyses.reliability.settings import ReliabilitySettings
from harmonize.errors import ConfigurationError
from selection.whitelist import Whitelist

HARMONIZER = {"combat": {}, "batch": "condition", "by": ["sequence", "roi"]}


@pytest.fixture
def features(tmp_path: Path, seal_run) -> Path:
    """Give the feature table of a run whose second strategy is harmonized, and whose reference comes last."""
    rng = np.random.default_rng(0)
    truth = rng.normal(50, 10, (12, 6))
    names = [f"original_glcm_F{i}" for i in range(6)]
    parts = [
        pd.DataFrame(truth + rng.normal(0, noise, truth.shape), columns=names).assign(
            strategy=strategy, subject=[f"P{i}" for i in range(12)], sequence="T2", condition=condition, roi="liver"
        )
        for strategy, noise in (("raw", 4.0), ("combat", 1.5), ("n4", 1.5))
        for condition in ("ACC", "CS", "REF")
    ]
    folder = tmp_path / "results"
    folder.mkdir()
    pd.concat(parts, ignore_index=True).to_parquet(folder / "features.parquet")
    strategies = [{"name": "raw"}, {"name": "combat", "harmonizer": HARMONIZER}, {"name": "n4"}]
    seal_run(folder, ["features.parquet"], reference="REF", strategies=strategies)
    return folder / "features.parquet"


def test_harmonized_strategies_of_a_run_have_no_test(run, features, tmp_path):
    """The table alone gave p = .006 where the run itself, which learned the values anew, had p = 1."""
    out = tmp_path / "out"
    result = run(features, "--out", out, "--no-figures")
    assert result.exit_code == 0, result.output
    summary = pd.read_csv(out / "comparison" / "summary.csv")
    combat, n4 = (summary[summary["strategy"] == name] for name in ("combat", "n4"))
    assert set(combat["status"]) == {"learned"}
    assert combat[["p", "q", "ratio_lower", "ratio_upper"]].isna().all(axis=None)
    assert combat["ratio"].notna().any()
    assert n4["p"].notna().any()
    assert "harmonized by the run: combat. Their values were learned from other subjects" in result.output
    methods = (out / "methods.md").read_text(encoding="utf-8")
    assert "“combat”, learned from the other subjects, could not be tested in this way." in methods


def test_the_reference_of_the_run_is_the_default(run, features, tmp_path):
    result = run(features, "--out", tmp_path / "r.csv")
    assert result.exit_code == 0, result.output
    assert "reference: REF (that of the run; --reference changes it)" in result.output
    assert set(pd.read_csv(tmp_path / "r.csv")["condition"]) == {"ACC", "CS", "all"}
    asked = run(features, "--out", tmp_path / "r.csv", "--reference", "CS")
    assert "reference: CS\n" in asked.output
    assert set(pd.read_csv(tmp_path / "r.csv")["condition"]) == {"ACC", "REF", "all"}


def test_a_copy_outside_the_run_is_any_table(features, tmp_path, golden):
    copy = shutil.copy(features, tmp_path / "features.parquet")
    with golden.error(ConfigurationError):
        run_reliability(copy)
    found = run_reliability(copy, ReliabilitySettings(reference="REF"))
    assert found.given.harmonized == ()
    assert "learned" not in set(found.inference.comparison.summary["status"])


def test_several_tables_of_which_one_is_of_a_run(features, tmp_path):
    other = pd.read_parquet(features).query("strategy == 'raw'").drop(columns="strategy")
    other.to_parquet(tmp_path / "other.parquet")
    found = run_reliability({"other": tmp_path / "other.parquet", "own": features})
    assert found.given.reference == "REF"
    assert found.given.harmonized == ("own / combat",)
    summary = found.inference.comparison.summary.set_index("strategy")["status"]
    assert set(summary["own / combat"]) == {"learned"}
    assert "learned" not in set(summary["own / n4"])


def test_levels_that_mix_strategies_count_as_harmonized(features):
    settings = ReliabilitySettings(strategy="sequence", within=("strategy",))
    assert run_reliability(features, settings).given.harmonized == ("T2",)


def test_features_are_reliable_together_and_those_of_a_whitelist_by_themselves(tmp_path):
    rng = np.random.default_rng(0)
    names = [f"original_glcm_F{number}" for number in range(4)]
    truth = rng.normal(10, 2, (10, 4))
    table = pd.concat(
        [
            pd.DataFrame(truth + rng.normal(0, [0.1, 0.1, 3, 3], (10, 4)), columns=names).assign(
                subject=[f"P{p}" for p in range(10)], condition=condition, sequence="T2", roi="liver"
            )
            for condition in ("REF", "ACC")
        ]
    )
    passing = pd.DataFrame({"strategy": "raw", "sequence": "T2", "roi": "liver", "feature": names,
                            "passes": [True, True, False, False]})  # fmt: skip
    path = tmp_path / "whitelist.json"
    path.write_text(Whitelist.from_passing(passing, "raw", rule={"thresholds": {"icc": 0.9}}).to_json(), "utf-8")
    found = run_reliability(table, ReliabilitySettings(reference="REF", whitelist=path))
    together = found.signatures.set_index("set")
    assert together["features"].to_dict() == {"all features": 4, "whitelist": 2}
    assert together.loc["whitelist", "lower"] > 0.95 > together.loc["all features", "estimate"]
    assert run_reliability(table, ReliabilitySettings(reference="REF", no_inference=True)).signatures is None
