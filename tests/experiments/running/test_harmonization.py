"""Harmonized strategies in a run: computed once, held-out values in front, in-sample values beside them."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects import KINDS
from evaluation.reliability.table import reliability_table
from evaluation.tables import feature_columns
from experiments.folder.failures import Failure
from experiments.running import harmonization as module
from experiments.running.harmonization import harmonize_strategies
from experiments.running.runner import run_study
from experiments.running.shared_images import image_strategies, names_of_images, spread_failures
from experiments.running.store.finished import FEATURES, store_at
from experiments.study.harmonizer import Harmonizer, method_text
from experiments.study.study import Study
from harmonize import ComBat, GroupedHarmonizer
from harmonize.combat import NestedComBat, ProtocolComBat, collect_notes, leave_one_group_out

STRATEGIES = """strategies:
  zscore_combat:
    steps: [zscore]
    harmonizer: {combat: {reference: REF+STD, empirical_bayes: false}, permutations: 2}
  zscore:
    steps: [zscore]
  raw:
    extraction: {setting: {binWidth: 3}}
    harmonizer: {paired: {}, permutations: 0}
"""


@pytest.fixture(scope="session")
def harmonized_study(simulated, tmp_path_factory):
    folder = tmp_path_factory.mktemp("harmonized_study")
    text = simulated.read_text(encoding="utf-8")
    start, end = text.index("strategies:"), text.index("thresholds:")
    text = text[:start] + STRATEGIES + text[end:]
    path = folder / "study.yaml"
    images = (simulated.parent / "images.csv").as_posix()
    line = next(line for line in text.splitlines() if line.startswith("images:"))
    path.write_text(text.replace(line, f"images: {images}"), encoding="utf-8")
    return Study.from_yaml(path, data=simulated.parent)


@pytest.fixture(scope="session")
def run(harmonized_study, tmp_path_factory):
    return run_study(harmonized_study, tmp_path_factory.mktemp("harmonized") / "out", track=False)


def scans_of(run):
    """Name what is stored of scans."""
    return {entry.key for entry in store_at(run.folder / "finished").entries() if entry.kind == FEATURES}


def test_shared_steps_are_computed_once(harmonized_study, run):
    assert names_of_images(harmonized_study.strategies) == {
        "zscore_combat": ("zscore_combat", "zscore"),
        "raw": ("raw",),
    }
    assert [strategy.harmonizer for strategy in image_strategies(harmonized_study.strategies)] == [None, None]
    assert len(scans_of(run)) == 2 * 12


def test_what_earlier_runs_finished_counts_with_and_without_a_harmonizer(run, finished):
    """The key of a finished scan knows nothing of harmonizers."""
    assert scans_of(run) == scans_of(finished)


def test_the_feature_table_holds_values_of_models_that_did_not_see_the_subject(run):
    features = pd.read_parquet(run.folder / "features.parquet")
    assert list(features["strategy"].unique()) == ["zscore_combat", "zscore", "raw"]
    raw, held = (features[features["strategy"] == name].reset_index(drop=True) for name in ("zscore", "zscore_combat"))
    names = feature_columns(features)
    pd.testing.assert_frame_equal(raw.drop(columns=["strategy", *names]), held.drop(columns=["strategy", *names]))
    rows = raw["roi"] == raw["roi"].iloc[0]
    model = ComBat("condition", reference="REF+STD", empirical_bayes=False)
    expected = leave_one_group_out(model, raw.loc[rows, ["condition", *names]], raw.loc[rows, "subject"])
    np.testing.assert_allclose(held.loc[rows, names], expected, rtol=1e-9)
    reference = raw["condition"] == "REF+STD"
    pd.testing.assert_frame_equal(held.loc[reference, names], raw.loc[reference, names])


def test_headline_and_whitelist_are_of_held_out_values(harmonized_study, run):
    features = pd.read_parquet(run.folder / "features.parquet")
    reliability = pd.read_parquet(run.folder / "reliability.parquet")
    pd.testing.assert_frame_equal(reliability, reliability_table(features, "REF+STD"))
    agreement = pd.read_parquet(run.folder / "harmonization.parquet")
    held = agreement[(agreement["values"] == "held-out") & (agreement["strategy"] == "zscore_combat")]
    both = ["sequence", "roi", "feature", "condition", "statistic"]
    mine = reliability[reliability["strategy"] == "zscore_combat"].merge(held, on=both, suffixes=("", "_held"))
    assert len(mine) == 2 * 93 * 3 * 2
    pd.testing.assert_series_equal(mine["estimate"], mine["estimate_held"], check_names=False)
    summary = pd.read_csv(run.folder / "harmonization.csv").set_index(["strategy", "measure"])
    headline = run.strategies.set_index("strategy")["robust_share"]
    assert summary.loc[("zscore_combat", "robust_share"), "held_out"] == pytest.approx(headline["zscore_combat"])
    assert summary.loc[("zscore_combat", "robust_share"), "raw"] == pytest.approx(headline["zscore"])
    whitelist = json.loads((run.folder / "whitelists" / "zscore_combat.json").read_text(encoding="utf-8"))
    assert whitelist["settings"]["harmonizer"]["combat"]["reference"] == "REF+STD"
    assert whitelist["settings_digest"] == harmonized_study.strategies[0].digest()


def test_raw_in_sample_and_held_out_stand_side_by_side(run):
    agreement = pd.read_parquet(run.folder / "harmonization.parquet")
    assert tuple(agreement["values"].unique()) == KINDS
    assert list(agreement["statistic"].unique()) == ["icc", "ccc", "icc_c1", "spearman"]
    summary = pd.read_csv(run.folder / "harmonization.csv").set_index(["strategy", "measure"])
    combat = summary.loc["zscore_combat"]
    assert list(combat.index) == [
        *("robust_share", "icc_median", "ccc_median", "icc_c1_median", "spearman_median"),
        *("organ_silhouette", "organ_variance_share", "subject_order", "batch_accuracy"),
    ]
    assert combat.loc["icc_median", "n_permutations"] == 2
    assert combat.loc["icc_median", ["null_raw", "null_in_sample", "null_held_out"]].notna().all()
    assert combat.loc["subject_order", ["raw", "in_sample"]].tolist() == [1.0, 1.0]
    assert combat.loc["batch_accuracy", "null_raw"] == 0.25
    assert summary.loc[("raw", "icc_median"), "n_permutations"] == 0


def test_the_model_of_all_subjects_is_kept_for_new_ones(run):
    names = {path.name for path in (run.folder / "fitted").iterdir()}
    assert names == {"raw_harmonizer.json", "zscore_combat_harmonizer.json"}
    model = GroupedHarmonizer.load(run.folder / "fitted" / "zscore_combat_harmonizer.json")
    features = pd.read_parquet(run.folder / "features.parquet")
    new = features[features["strategy"] == "zscore"].sample(5, random_state=0)
    assert model.transform(new).shape == (5, 93)


@pytest.mark.usefixtures("no_page")
def test_it_is_the_same_again(harmonized_study, run, tmp_path):
    again = run_study(harmonized_study, tmp_path / "out", track=False, jobs=2)
    for name in ("features.parquet", "harmonization.parquet", "harmonization.csv"):
        assert (again.folder / name).read_bytes() == (run.folder / name).read_bytes()


@pytest.mark.usefixtures("no_page")
def test_files_of_a_harmonizer_that_is_gone_are_removed(run, simulated, tmp_path):
    shutil.copytree(run.folder, tmp_path / "out")
    again = run_study(Study.from_yaml(simulated), tmp_path / "out", track=False)
    assert again.reused == 2 * 12
    assert not list(again.folder.glob("harmonization*"))
    assert not list((again.folder / "fitted").iterdir())


def test_progress_counts_permutations_so_that_it_never_looks_stuck(harmonized_study, run):
    told = []
    features = pd.read_parquet(run.folder / "features.parquet")
    harmonize_strategies(harmonized_study, features, lambda done, total: told.append((done, total)))
    # one strategy with 2 permutations, one with none
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_an_earlier_run_found_for_the_same_values_is_not_computed_again(
    harmonized_study, run, monkeypatch, tmp_path
):
    """Regression: a run that added a strategy harmonized, permuted and refitted all others again."""
    features, store = pd.read_parquet(run.folder / "features.parquet"), store_at(tmp_path)
    before = harmonize_strategies(harmonized_study, features, store=store)
    computed = []
    real = module._one
    monkeypatch.setattr(module, "_one", lambda *given: computed.append(given[2]) or real(*given))
    told = []
    again = harmonize_strategies(
        harmonized_study, features, lambda done, total: told.append((done, total)), store=store
    )
    assert computed == []
    assert told[-1] == (4, 4)
    for name in ("features", "agreement", "summary"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(before, name), check_exact=True)
    raw = features["strategy"] == "raw"
    features.loc[raw, feature_columns(features)] *= 2
    harmonize_strategies(harmonized_study, features, store=store)
    assert computed == ["raw"]


@pytest.mark.usefixtures("no_page")
def test_a_resumed_run_takes_harmonized_strategies_as_they_are(harmonized_study, run, monkeypatch, tmp_path):
    shutil.copytree(run.folder, tmp_path / "out")
    (tmp_path / "out" / "run.json").unlink()
    monkeypatch.setattr(module, "_one", None)
    again = run_study(harmonized_study, tmp_path / "out", track=False)
    names = ("features.parquet", "harmonization.parquet", "harmonization.csv", "harmonization.json")
    for name in (*names, "fitted/zscore_combat_harmonizer.json"):
        assert (again.folder / name).read_bytes() == (run.folder / name).read_bytes()


def test_a_group_that_cannot_be_harmonized_is_a_failure_and_has_no_rows(harmonized_study, run):
    features = pd.read_parquet(run.folder / "features.parquet")
    table = pd.concat(
        [features[features["strategy"] == "zscore"].assign(strategy=name) for name in ("zscore_combat", "zscore")],
        ignore_index=True,
    )
    roi = table["roi"].iloc[0]
    lone = (table["roi"] == roi) & (table["condition"] == "ACC+DLR") & (table["subject"] != table["subject"].iloc[0])
    table = table[~lone].reset_index(drop=True)
    found = harmonize_strategies(harmonized_study, table)
    left = found.features[found.features["strategy"] == "zscore_combat"]
    assert roi not in set(left["roi"])
    assert (found.features["strategy"] == "zscore").sum() == (table["strategy"] == "zscore").sum()
    assert {(failure.strategy, failure.step, failure.roi) for failure in found.failures} == {
        ("zscore_combat", "harmonization", roi)
    }
    assert all(failure.problem and failure.advice for failure in found.failures)


def test_a_failed_scan_counts_for_every_strategy_that_needed_it():
    failure = Failure("zscore", "S1", "T2", "REF", "", "a.nii", "zscore", "p", "a")
    broken = Failure("all", "S1", "T2", "REF", "", "a.nii", "read", "p", "a")
    spread = spread_failures([failure, broken], {"zscore": ("zscore", "zscore_combat")})
    assert [one.strategy for one in spread] == ["zscore", "zscore_combat", "all"]


def test_harmonized_strategies_are_compared_as_learned(run):
    """ComBat is learned anew for the comparison; a method that cannot be leaves no limits and no test."""
    summary = pd.read_csv(run.folder / "comparison" / "summary.csv").set_index("strategy")
    overall = summary[summary["by"] == "overall"]
    assert set(overall.loc["zscore", "status"]) == {"ok"}
    assert (overall.loc["zscore", "p"] >= 2 / 200).all()
    assert set(summary.loc["raw", "status"]) == {"learned"}
    assert summary.loc["raw", ["lower", "upper", "ratio_lower", "ratio_upper", "p", "q"]].isna().all(axis=None)
    record = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))["inference"]
    assert record["learned"] == {"zscore_combat": True, "raw": False}
    methods = (run.folder / "methods.md").read_text(encoding="utf-8")
    assert "For “zscore_combat”, which is harmonized by a model of the other subjects" in methods
    assert "“raw”, learned from the other subjects as well, could not be tested in this way" in methods


def test_several_batch_variables_are_taken_out_one_after_the_other(harmonized_study, run):
    """Regression: nested ComBat was public, but no study file could name it."""
    factors = ("acquisition", "reconstruction")
    values = {"nested": {"empirical_bayes": False}, "batch": "+".join(factors), "permutations": 1}
    harmonizer = Harmonizer.parse(values, "study.yaml").on(harmonized_study.scans, "study.yaml")
    told = method_text(harmonizer.to_mapping())
    assert told.startswith("Nested ComBat of the batches in acquisition and reconstruction, without empirical Bayes")
    strategy = replace(harmonized_study.strategies[0], name="zscore", harmonizer=harmonizer)
    table = pd.read_parquet(run.folder / "features.parquet").query("strategy == 'zscore'").reset_index(drop=True)
    found = harmonize_strategies(replace(harmonized_study, strategies=(strategy,)), table)
    assert list(found.features.columns) == list(table.columns)
    names = feature_columns(table)
    rows = table["roi"] == table["roi"].iloc[0]
    roles = table.loc[rows, [*factors, *names]]
    held = table.loc[rows, "subject"] == table["subject"].iloc[0]
    with collect_notes():
        model = NestedComBat(factors, empirical_bayes=False).fit(roles[~held])
    expected = model.transform(roles[held])
    np.testing.assert_allclose(found.features.loc[rows, names][held], expected, rtol=1e-9)
    assert found.diagnoses["zscore"].priors == ()
    assert found.summary.set_index("measure").loc["batch_accuracy", "null_raw"] == 0.25
    assert not found.learned["zscore"].repeatable


@pytest.mark.parametrize("known", [True, False])
def test_batches_may_be_looked_for(harmonized_study, run, known):
    values = {"mixture": {"known": known}, "by": ["sequence", "roi"], "permutations": 1}
    harmonizer = Harmonizer.parse(values, "study.yaml").on(harmonized_study.scans, "study.yaml")
    strategy = replace(harmonized_study.strategies[0], name="zscore", harmonizer=harmonizer)
    table = pd.read_parquet(run.folder / "features.parquet").query("strategy == 'zscore'").reset_index(drop=True)
    found = harmonize_strategies(replace(harmonized_study, strategies=(strategy,)), table)
    assert not found.failures
    assert len(found.features) == len(table)
    assert {model.known_batches.get("condition") is not None for model in found.models["zscore"].models.values()} == {
        known
    }


def test_the_protocol_may_be_numbers(harmonized_study, run):
    """The acceleration is a column of the table of images, whose number stands for the condition."""
    factor = {"REF": "1", "ACC": "2.5"}
    scans = [
        replace(scan, covariates={"factor": factor[scan.levels["acquisition"]]}) for scan in harmonized_study.scans
    ]
    values = {"protocol": {"reference": 1}, "batch": "factor", "permutations": 1}
    harmonizer = Harmonizer.parse(values, "study.yaml").on(scans, "study.yaml")
    assert method_text(harmonizer.to_mapping()).startswith(
        "Protocol ComBat of the batches in factor, onto 1, fitted by"
    )
    strategy = replace(harmonized_study.strategies[0], name="zscore", harmonizer=harmonizer)
    table = pd.read_parquet(run.folder / "features.parquet").query("strategy == 'zscore'").reset_index(drop=True)
    table["factor"] = table["acquisition"].map(factor)
    found = harmonize_strategies(replace(harmonized_study, strategies=(strategy,)), table)
    assert not found.failures
    names = feature_columns(table)
    rows = table["roi"] == table["roi"].iloc[0]
    stays = rows & (table["factor"] == "1")
    pd.testing.assert_frame_equal(found.features.loc[stays, names], table.loc[stays, names])
    held = table.loc[rows, "subject"] == table["subject"].iloc[0]
    roles = table.loc[rows, ["factor", *names]]
    expected = ProtocolComBat(["factor"], reference="1").fit(roles[~held]).transform(roles[held])
    np.testing.assert_allclose(found.features.loc[rows, names][held], expected, rtol=1e-9)
