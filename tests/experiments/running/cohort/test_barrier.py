"""Steps that learn from a cohort, in a whole run."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from experiments.executors import Processes, Serial
from experiments.running.cohort.barrier import bind, fit_cohorts, fits_of
from experiments.running.runner import run_study
from experiments.running.store.finished import Store
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import read_volume
from harmonize.steps import Fit, Fits, FittedNyul, Nyul, ZScore, apply_steps

pytestmark = pytest.mark.usefixtures("no_page")

STRATEGIES = """strategies:
  raw:
    extraction: {setting: {binWidth: 3}}
  nyul:
    steps: [clip, nyul]
    extraction: {setting: {binWidth: 7}}
"""


def copied(simulated, folder):
    """Write a copy of the small study with a step that learns."""
    path = shutil.copytree(simulated.parent, folder) / "study.yaml"
    text = path.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    path.write_text(text[:before] + STRATEGIES + text[after:], encoding="utf-8")
    return path


@pytest.fixture
def study_file(simulated, tmp_path):
    return copied(simulated, tmp_path / "study")


@pytest.fixture(scope="module")
def learned(simulated, tmp_path_factory):
    """Give study file and folder of a run of it; do not change them."""
    path = copied(simulated, tmp_path_factory.mktemp("learned") / "study")
    return path, run(path, path.parent.parent / "out").folder


@pytest.fixture
def begun(learned, tmp_path):
    """Give a copy of what that run left, for a second run."""
    return shutil.copytree(learned[1], tmp_path / "out")


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def run(path, out, **options):
    return run_study(replace(Study.from_yaml(path), pictures=0), out, track=False, **options)


def saved(folder, name="nyul_nyul"):
    return Fits.read(folder / "fitted" / f"{name}.json", "nyul", FittedNyul)


def fitted(path, finished, strategy=-1):
    study = Study.from_yaml(path)
    done = []
    found = fit_cohorts(study.strategies, study.scans, Store(finished), Serial(), lambda *told: done.append(told))
    return found[strategy], done


def scale_image(path, factor):
    image = sitk.ReadImage(str(path))
    sitk.WriteImage(image * factor, str(path))


def test_the_scale_is_fitted_on_what_the_steps_before_leave(learned):
    path, folder = learned
    fits = saved(folder)
    study = Study.from_yaml(path)
    clip, plan = study.strategies[1].steps
    volumes = [clip(read_volume(scan.image, scan.masks)[0]) for scan in study.scans]
    assert fits.for_sequence("HASTE") == plan.fit([plan.observe(volume) for volume in volumes])
    fit = fits.sequences["HASTE"]
    assert (fit.scans, fit.subjects, fits.left_out) == (12, study.subjects, {})
    features = pd.read_parquet(folder / "features.parquet")
    scan, roi = study.scans[5], study.rois[0]
    cell = (features["strategy"] == "nyul") & (features["roi"] == roi)
    cell &= (features["subject"] == scan.subject) & (features["condition"] == scan.condition)
    standardized = fit.step(volumes[5])
    mean = standardized.image[standardized.masks[roi]].mean()
    assert features.loc[cell, "original_firstorder_Mean"].item() == pytest.approx(mean)


def test_the_same_command_again_takes_everything_over(learned, begun, monkeypatch):
    path, first = learned
    monkeypatch.setattr("experiments.running.between.open_scan", None)  # no image is opened again
    again = run(path, begun)
    assert again.reused == 2 * 12
    for name in [*(one.name for one in first.glob("*.csv")), "fitted/nyul_nyul.json"]:
        assert (begun / name).read_bytes() == (first / name).read_bytes()


def test_the_number_of_processes_does_not_change_the_fit(study_file, tmp_path):
    study = Study.from_yaml(study_file)
    store = Store(tmp_path / "two")
    with Processes(2) as executor:
        two = fit_cohorts(study.strategies, study.scans, store, executor, lambda *_: None)
    assert two[-1] == fitted(study_file, tmp_path / "one")[0]


def test_another_cohort_recomputes_what_hangs_on_it_and_observes_nothing_twice(study_file, begun):
    before = saved(begun)
    change(study_file, "[clip, nyul]", "[clip, {nyul: {fit_on: {acquisition: REF, subject: [sub-01, sub-02]}}}]")
    observed = set((begun / "finished").iterdir())
    again = run(study_file, begun)
    assert again.reused == 12  # raw
    assert len(set((begun / "finished").iterdir()) - observed) == 12  # new features, no new observations
    after = saved(begun)
    assert after.digest() != before.digest()
    assert (after.sequences["HASTE"].scans, after.sequences["HASTE"].subjects) == (4, ("sub-01", "sub-02"))


def test_a_changed_image_of_the_cohort_recomputes_all_of_its_scans(study_file, begun):
    path = Study.from_yaml(study_file).scans[0].image
    image = sitk.ReadImage(str(path))
    array = sitk.GetArrayFromImage(image)
    changed = sitk.GetImageFromArray(array.max() - array if array.ndim < 3 else np.sqrt(np.abs(array)))
    changed.CopyInformation(image)
    sitk.WriteImage(changed, str(path))
    assert run(study_file, begun).reused == 11  # raw, of the others


def test_a_gain_of_a_scan_moves_nobody(study_file, tmp_path):
    """The scale stays up to rounding, whatever the units of a scanner are."""
    before = bind(fitted(study_file, tmp_path / "finished")[0], "HASTE").steps[1]
    scale_image(Study.from_yaml(study_file).scans[0].image, 16.0)
    after = bind(fitted(study_file, tmp_path / "finished")[0], "HASTE").steps[1]
    np.testing.assert_allclose(after.standard_scale, before.standard_scale, atol=1e-6)


def test_a_broken_scan_takes_no_part_and_is_a_failure(study_file, tmp_path):
    scans = Study.from_yaml(study_file).scans
    scans[0].image.write_bytes(b"not an image")
    scans[5].image.unlink()
    image = sitk.ReadImage(str(scans[9].image))
    sitk.WriteImage(image * 0 + 7, str(scans[9].image))
    result = run(study_file, tmp_path / "out")
    fits = saved(result.folder)
    assert fits.sequences["HASTE"].scans == 9
    assert fits.left_out == {"HASTE": tuple(f"{scans[i].subject}, {scans[i].condition}" for i in (0, 5, 9))}
    failures = pd.read_csv(result.folder / "failures.csv")
    assert set(failures["file"]) == {str(scans[i].image) for i in (0, 5, 9)}
    features = pd.read_parquet(result.folder / "features.parquet")
    assert (features["strategy"] == "nyul").sum() == 9 * 2


def test_a_sequence_without_a_usable_scan_fails_and_the_others_go_on(study_file, tmp_path):
    table = study_file.parent / "images.csv"
    rows = pd.read_csv(table, dtype=str)
    rows.loc[rows["subject"] == "sub-03", "sequence"] = "TSE"
    rows.to_csv(table, index=False)
    change(study_file, "[clip, nyul]", "[clip, {nyul: {fit_on: {subject: [sub-01, sub-02]}}}]")
    result = run(study_file, tmp_path / "out")
    failures = pd.read_csv(result.folder / "failures.csv")
    assert set(failures[["strategy", "sequence", "step"]].itertuples(index=False, name=None)) == {
        ("nyul", "TSE", "fit")
    }
    assert failures["problem"].unique() == ["nyul was fitted on the sequences HASTE, not on 'TSE'"]
    assert list(saved(result.folder).sequences) == ["HASTE"]


def test_each_sequence_has_a_scale_of_its_own(study_file, tmp_path):
    table = study_file.parent / "images.csv"
    rows = pd.read_csv(table, dtype=str)
    rows.loc[rows["subject"] == "sub-03", "sequence"] = "TSE"
    rows.to_csv(table, index=False)
    strategy, _ = fitted(study_file, tmp_path / "finished")
    (fits,) = fits_of(strategy).values()
    assert {sequence: fit.scans for sequence, fit in fits.sequences.items()} == {"HASTE": 8, "TSE": 4}
    assert bind(strategy, "HASTE").steps[1] != bind(strategy, "TSE").steps[1]


def test_a_scale_of_another_study_is_used_as_it_is(study_file, learned, tmp_path):
    shutil.copy(learned[1] / "fitted" / "nyul_nyul.json", study_file.parent / "scale.json")
    change(study_file, "[clip, nyul]", "[clip, {nyul: {scale: scale.json}}]")
    for path in {scan.image for scan in Study.from_yaml(study_file).scans}:
        scale_image(path, 2.0)
    result = run(study_file, tmp_path / "new")
    assert (result.folder / "fitted" / "nyul_nyul.json").read_bytes() == (study_file.parent / "scale.json").read_bytes()
    digest = Study.from_yaml(study_file).strategies[1].digest()
    (fit,) = saved(learned[1]).sequences.values()
    other = replace(fit.step, standard_scale=tuple(value + 1 for value in fit.step.standard_scale))
    (study_file.parent / "scale.json").write_text(Fits("nyul", {"HASTE": Fit(other)}).to_json())
    assert Study.from_yaml(study_file).strategies[1].digest() != digest


def test_a_later_step_learns_from_scans_that_passed_the_earlier_one(study_file, tmp_path):
    change(study_file, "[clip, nyul]", "[nyul, {zscore: {region: image}}, {nyul: {output: [0, 1]}}]")
    strategy, done = fitted(study_file, tmp_path / "finished")
    assert list(fits_of(strategy)) == ["nyul", "nyul_2"]
    first, zscore, second = bind(strategy, "HASTE").steps
    volumes = [read_volume(scan.image, scan.masks)[0] for scan in Study.from_yaml(study_file).scans]
    assert first == Nyul().fit([Nyul().observe(volume) for volume in volumes])
    assert zscore == ZScore("image")
    plan = Nyul(output=(0.0, 1.0))
    assert second == plan.fit([plan.observe(apply_steps((first, zscore), volume)) for volume in volumes])
    assert done[0] == ("cohort", 0, 12)
    assert done.count(("cohort", 12, 12)) == 2


def test_a_cohort_may_be_one_scan_whose_histogram_the_others_take(study_file, tmp_path):
    scan = Study.from_yaml(study_file).scans[0]
    fit_on = f"{{subject: {scan.subject}, condition: {scan.condition}}}"
    change(study_file, "[clip, nyul]", f"[{{histogram_matching: {{fit_on: {fit_on}}}}}]")
    strategy, _ = fitted(study_file, tmp_path / "finished")
    volume, _ = read_volume(scan.image, scan.masks)
    (step,) = bind(strategy, "HASTE").steps
    np.testing.assert_allclose(step(volume).image, volume.image, atol=1e-9 * np.ptp(volume.image))


def test_a_damaged_observation_is_made_again(study_file, tmp_path):
    before, _ = fitted(study_file, tmp_path / "finished")
    for path in (tmp_path / "finished").iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace("1", "2", 1))
    after, _ = fitted(study_file, tmp_path / "finished")
    assert after == before


def test_an_unknown_region_of_a_cohort_step_or_a_reference_tissue_is_refused(study_file, golden):
    change(study_file, "[clip, nyul]", "[{nyul: {region: livr}}]")
    with golden.error(ConfigurationError):
        Study.from_yaml(study_file)
    change(study_file, "[{nyul: {region: livr}}]", "[{reference_tissue: {targets: {muscl: 100}}}]")
    with golden.error(ConfigurationError):
        Study.from_yaml(study_file)
