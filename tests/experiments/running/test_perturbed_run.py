"""Runs with perturbed scans."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from experiments.folder.condition_files import QUALITY_LOSS
from experiments.folder.files import COEFFICIENTS, PERTURBED, PERTURBED_SUMMARY
from experiments.folder.run_folder import RunFolder
from experiments.running.extracting.like import Like
from experiments.running.runner import run_study
from experiments.running.store.finished import Store
from experiments.running.survey.survey import survey
from experiments.running.survey.used import used_entries
from experiments.study.study import Study
from harmonize.errors import ScanWarning
from harmonize.perturbations.gamma import GammaCurve
from harmonize.steps import N4BiasField
from selection import Cohort, Thresholds, Whitelist, apply_whitelist
from tests.experiments.conftest import write_images

STEPS = """strategies:
  raw: {extraction: {setting: {binCount: 32}}}
  n4: {steps: [n4], extraction: {setting: {binCount: 32}}}
  nyul: {steps: [n4, nyul], extraction: {setting: {binCount: 32}}}
perturbations:
  G: {steps: [gamma: {exponent: [0.8, 1.2]}], after: n4}
"""


def counted(call, counts):
    """Count the calls."""

    def counting(*given):
        counts["calls"] += 1
        return call(*given)

    return counting


@pytest.fixture
def asked(study_file):
    text = study_file.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    study_file.write_text(f"{text[:before]}{STEPS}{text[after:]}", encoding="utf-8")
    return study_file


def only_reference(study_file):
    table = study_file.parent / "images.csv"
    rows = pd.read_csv(table, dtype=str)
    rows = rows[(rows["acquisition"] == "REF") & (rows["reconstruction"] == "STD")]
    write_images(study_file, rows.to_dict("records"))
    return study_file


@pytest.mark.usefixtures("no_page")
def test_perturbed_scans_are_conditions_of_a_study_of_one(asked, tmp_path, opened, monkeypatch):
    corrected = Counter()
    monkeypatch.setattr(N4BiasField, "__call__", counted(N4BiasField.__call__, corrected))
    rule = Thresholds({"icc_all": 0.5})
    study = replace(Study.from_yaml(only_reference(asked)), pictures=0, thresholds=rule)  # pictures look by themselves
    run = run_study(study, tmp_path / "out", track=False)
    images = {str(scan.image) for scan in study.scans}
    assert {name: opened[name] for name in images} == dict.fromkeys(images, 1)
    assert corrected.total() == len(images)  # shared by draws and strategies
    assert set(run.features["condition"]) == {"unperturbed", "G-1", "G-2"}
    assert (run.features["condition"] == run.features["perturbation"]).all()
    assert set(run.features["acquisition"]) == {"REF"}
    assert set(run.reliability["condition"]) == {"G-1", "G-2", "all"}
    over_all = run.reliability.query("statistic == 'icc_all' and strategy == 'raw' and estimate > 0.5")
    whitelist = run.whitelists["raw"]
    assert sum(len(names) for rois in whitelist.features.values() for names in rois.values()) == len(over_all) > 0
    assert (whitelist.reference, whitelist.conditions) == ("unperturbed", ("unperturbed", "G-1", "G-2"))
    assert run.failures.empty
    liver = run.features.query("strategy == 'raw' and roi == 'liver' and condition == 'unperturbed'")
    ((_, rois),) = whitelist.learned["seen"]["features"].items()
    ends = liver["original_firstorder_Mean"].agg(["min", "max"]).tolist()
    assert rois["liver"]["original_firstorder_Mean"] == ends  # not of draws, which patients are no draws of
    assert run.get(QUALITY_LOSS) is None
    perturbed = run[PERTURBED]
    assert set(perturbed["chain"]) == {"G"}
    own = perturbed[perturbed["condition"] == "G-1"].drop(columns=["on", "chain"])
    keys = ["strategy", "roi", "feature", "statistic"]
    told = run.reliability[run.reliability["condition"] == "G-1"]
    both = own.merge(told, on=keys, how="outer", suffixes=("", "_told"))
    assert len(both) == len(own) == len(told)
    np.testing.assert_allclose(both["estimate"], both["estimate_told"])
    assert RunFolder.open(run.folder).features.equals(run.features)


@pytest.mark.usefixtures("no_page")
def test_of_several_conditions_the_unperturbed_are_compared(asked, tmp_path):
    study = Study.from_yaml(asked)
    run = run_study(study, tmp_path / "out", track=False)
    table = pd.read_parquet(run.folder / "features.parquet")
    rows = table[table["perturbation"] != "unperturbed"]
    assert set(rows["condition"]) == {"REF+STD"}
    assert rows.groupby(["strategy", "perturbation"]).size().nunique() == 1
    text = asked.read_text(encoding="utf-8")
    asked.write_text(text[: text.index("perturbations:")] + text[text.index("thresholds:") :], encoding="utf-8")
    assert set(run[PERTURBED_SUMMARY]["on"]) == {"REF+STD"}
    plain = run_study(Study.from_yaml(asked), tmp_path / "plain", track=False)
    pd.testing.assert_frame_equal(run.features.drop(columns="perturbation").reset_index(drop=True), plain.features)
    pd.testing.assert_frame_equal(run.reliability, plain.reliability)


@pytest.mark.usefixtures("no_page")
def test_a_whitelist_of_perturbed_scans_says_how_they_were_perturbed(asked, tmp_path):
    """It named the draws as conditions, and nobody else could make them."""
    study = Study.from_yaml(only_reference(asked))
    study = replace(study, pictures=0, strategies=study.strategies[:2])
    run = run_study(study, tmp_path / "out", track=False)
    whitelist = Whitelist.read(run.folder / "whitelists" / "n4.json")
    chain = whitelist.settings["perturbations"]["G"]
    assert chain["draws"] == {"G-1": [{"gamma": {"exponent": 0.8}}], "G-2": [{"gamma": {"exponent": 1.2}}]}
    assert (chain["after"], chain["seed"]) == ("n4", 0)
    assert Cohort.read(run.folder / "run.json", "n4").settings == whitelist.settings  # as `select` takes it
    (strategy,) = Like.read(run.folder, ["n4"]).strategies
    assert strategy.to_mapping() == study.strategies[1].to_mapping()
    patients = run.features[(run.features["condition"] == "unperturbed") & (run.features["strategy"] == "n4")]
    unperturbed = Cohort("run.json of others", strategy.to_mapping(), versions=whitelist.versions)
    applied = apply_whitelist(whitelist, patients, unperturbed)
    assert applied.features == whitelist.everywhere


@pytest.mark.parametrize("alone", [True, False])
def test_methods_and_report_say_what_is_computed_of_what(asked, tmp_path, alone):
    """Draws were told as conditions that subjects were measured under, and nothing said how scans were perturbed."""
    study = Study.from_yaml(only_reference(asked) if alone else asked)
    plain = tuple(one for one in study.strategies if one.name == "n4")
    run = run_study(replace(study, pictures=0, strategies=plain), tmp_path / "out", track=False)
    methods = (run.folder / "methods.md").read_text(encoding="utf-8")
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    chain = "gamma curve (exponent 0.8 and 1.2); after n4; 2 draws, seed 0"
    if alone:
        assert "3 subjects measured once. 2 perturbations of each scan were computed [1] (chain G: gamma" in methods
        assert f"(chain G: {chain})" in methods
        assert "all but one of the conditions are computed perturbations of unperturbed scans" in page
        assert page.index("not to another scan") < page.index("Settings of the perturbations")
    else:
        assert "four conditions. Besides, perturbations of scans were computed [1] (chain G: gamma" in methods
        assert f"(chain G: {chain}, scans under REF+STD), which were analysed by themselves" in methods
        assert "computed perturbations of itself" not in page
    assert "Zwanenburg A, Leger S" in methods
    assert "gamma curve (exponent 0.8 and 1.2)</td>" in page


@pytest.mark.usefixtures("no_page")
def test_one_draw_more_is_all_that_a_later_run_computes(asked, tmp_path, monkeypatch):
    called = Counter()
    monkeypatch.setattr(GammaCurve, "__call__", counted(GammaCurve.__call__, called))
    first = run_study(replace(Study.from_yaml(only_reference(asked)), pictures=0), tmp_path / "out", track=False)
    assert called.total() == 3 * 3 * 2 - 3 * 2  # subjects, places of two strategies that share n4, draws
    assert run_study(replace(Study.from_yaml(asked), pictures=0), tmp_path / "out", track=False).unchanged
    text = asked.read_text(encoding="utf-8")
    asked.write_text(text.replace("[0.8, 1.2]", "[0.8, 1.2, 1.4]"), encoding="utf-8")
    store = Store(tmp_path / "out" / "finished")
    found = survey(Study.from_yaml(asked), store)
    assert (found.finished, found.extraction_tasks, found.perturbed) == (3 * 3 * 3, 3 * 3 * 4, 3 * 3)
    gammas = [task for task in found.every_task() if task.name == "G"]
    assert [(task.draws, task.todo, task.of) for task in gammas] == [(3, 3, 9)] * 2
    assert [(task.name, task.todo) for task in found.tasks if task.name == "n4"] == [("n4", 3)]
    assert (found.unknown, found.seconds > 0) == ((), True)
    assert set(used_entries(Study.from_yaml(asked), store)) == {entry.path for entry in store.entries()}
    called.clear()
    more = run_study(replace(Study.from_yaml(asked), pictures=0), tmp_path / "out", track=False)
    assert called.total() == 3 * 2
    old = more.features[more.features["condition"] != "G-3"].reset_index(drop=True)
    pd.testing.assert_frame_equal(old, first.features.reset_index(drop=True))


@pytest.mark.usefixtures("no_page")
def test_what_is_lost_is_a_failure_and_all_else_goes_on(asked, tmp_path, monkeypatch):
    def emptied(self, volume, _random):
        masks = dict(volume.masks)
        if self.exponent == 0.8:
            masks["spleen"] = masks["spleen"] & False
        return type(volume)(volume.image, volume.grid, masks)

    monkeypatch.setattr(GammaCurve, "__call__", emptied)
    study = Study.from_yaml(only_reference(asked))
    run = run_study(study, tmp_path / "out", track=False)
    lost = run.failures
    assert set(lost["condition"]) == {"G-1"}
    assert set(lost["roi"]) == {"spleen"}
    assert set(lost["step"]) == {"perturbation"}
    assert len(lost) == 3 * 3
    assert len(run.features) == 3 * 3 * (3 * 2 - 1)
    again = run_study(study, tmp_path / "out", track=False, retry_failed=False)
    assert again.failures.equals(lost)


@pytest.mark.usefixtures("no_page")
def test_an_roi_that_leaves_the_field_of_view_is_a_failure_that_says_so(asked, tmp_path, recwarn):
    gamma, turn = "G: {steps: [gamma: {exponent: [0.8, 1.2]}], after: n4}", "R: {steps: [rotation: {angle: [5, 45]}]}"
    asked.write_text(asked.read_text(encoding="utf-8").replace(gamma, turn), encoding="utf-8")
    study = replace(Study.from_yaml(only_reference(asked)), pictures=0)
    first = study.scans[0]
    place = first.masks["spleen"].path
    mask = sitk.ReadImage(str(place))
    corner = sitk.GetArrayFromImage(mask)
    corner[:, :4, :4] = corner.max()
    written = sitk.GetImageFromArray(corner)
    written.CopyInformation(mask)
    sitk.WriteImage(written, str(place))
    run = run_study(study, tmp_path / "out", track=False)
    assert not [one for one in recwarn if isinstance(one.message, ScanWarning)]
    lost = run.failures
    assert set(lost["subject"]) == {first.subject}
    assert set(lost["roi"]) == {"spleen"}
    assert set(lost["condition"]) == {"R-1", "R-2"}
    assert lost["problem"].str.match(r"[0-9.]+% of ROI 'spleen' lies outside the field of view").all()
    rows = run.features[run.features["subject"] == first.subject].groupby("condition")["roi"].agg(set)
    assert {name: "spleen" in rois for name, rois in rows.items()} == {"R-1": False, "R-2": False, "unperturbed": True}


@pytest.mark.usefixtures("no_page")
def test_draws_of_a_chain_are_a_facet_and_readers_are_perturbed_alike(drawn_twice, tmp_path):
    text = only_reference(drawn_twice).read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    steps = "strategies: {raw: {extraction: {setting: {binCount: 32}}}}\nsegmentation: anna\n"
    noise = "perturbations: {noise: {steps: [noise], repeats: 2}}\nfacets: [perturbation]\n"
    drawn_twice.write_text(f"{text[:before]}{steps}{noise}{text[after:]}", encoding="utf-8")
    run = run_study(Study.from_yaml(drawn_twice), tmp_path / "out", track=False)
    table = pd.read_parquet(run.folder / "features.parquet")
    assert table.groupby("segmentation").size().eq(3 * 2 * 3).all()
    assert set(run.features["segmentation"]) == {"anna"}
    assert set(run[COEFFICIENTS]["coefficient"]) >= {"phi", "icc[perturbation]"}
    both = table.pivot(index=["subject", "condition", "roi"], columns="segmentation", values="original_firstorder_Mean")
    shift = both.sub(both.xs("unperturbed", level="condition"))
    assert (shift.xs("noise-1", level="condition").abs() > 0).all(axis=None)
