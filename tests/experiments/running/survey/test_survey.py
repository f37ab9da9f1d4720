import shutil

import pytest

from experiments.executors import Serial
from experiments.running.cohort.barrier import fit_cohorts
from experiments.running.store.entry import Made
from experiments.running.store.finished import Store
from experiments.running.survey.rates import Rates
from experiments.running.survey.survey import survey
from experiments.running.survey.used import used_entries
from experiments.study.segmentations import cohort_scans
from experiments.study.study import Study

STRATEGIES = """strategies:
  raw: {}
  n4: {steps: [n4]}
  n4_zscore: {steps: [n4, zscore]}
  n4_zscore_combat: {steps: [n4, zscore], harmonizer: combat}
  n4_nyul: {steps: [n4, {nyul: {fit_on: {acquisition: REF}}}]}
"""


@pytest.fixture
def shared(study_file):
    """The study with strategies that share N4, and two that differ in the harmonizer alone."""
    text = study_file.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    study_file.write_text(text[:before] + STRATEGIES + text[after:], encoding="utf-8")
    return study_file


def by_name(found):
    return {(task.name, task.strategies): task for task in found.every_task()}


def test_shared_steps_are_counted_once(shared):
    found = survey(Study.from_yaml(shared))
    assert (found.scans, found.rois, found.steps, found.steps_apart) == (12, 24, 3, 7)
    assert (found.extractions, found.extractions_apart, found.finished, found.failed) == (4, 5, 0, 0)
    tasks = by_name(found)
    n4 = tasks["n4", ("n4", "n4_zscore", "n4_zscore_combat", "n4_nyul")]
    assert n4.todo == 12
    assert [child.name for child in n4.children] == ["extraction", "zscore", "nyul"]
    cohort = n4.children[2].cohort
    assert (cohort.subjects, cohort.scans, cohort.fitted) == (("sub-01", "sub-02", "sub-03"), 6, False)
    assert (n4.changed, n4.children[2].changed) == ((), ("fit_on",))
    assert not found.measured
    assert found.seconds == 0
    assert found.to_mapping()["estimated_seconds"] is None
    assert found.to_mapping()["scan_steps"] == 36


def test_what_rests_on_no_roi_is_done_once_for_all_segmentations(drawn_twice, tmp_path):
    """Each was counted as a scan; the fit of a cohort was never found again."""
    text = drawn_twice.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    more = "  within: {steps: [{zscore: {region: liver}}]}\n"
    drawn_twice.write_text(f"{text[:before]}{STRATEGIES}{more}{text[after:]}segmentation: anna\n", encoding="utf-8")
    study, store = Study.from_yaml(drawn_twice), Store(tmp_path / "cache")
    found = survey(study)
    assert (found.scans, found.segmentations, found.rois) == (12, 23, 46)
    tasks = by_name(found)
    assert tasks["n4", ("n4", "n4_zscore", "n4_zscore_combat", "n4_nyul")].todo == 12
    assert tasks["zscore", ("within",)].todo == tasks["extraction", ("raw",)].todo == 23
    nyul = next(task for task in found.every_task() if task.name == "nyul")
    assert (nyul.cohort.scans, nyul.cohort.fitted) == (6, False)
    assert (found.scan_steps, found.scan_steps_apart) == (3 * 12 + 23, 8 * 23)
    assert found.extraction_tasks == 5 * 23
    fit_cohorts(study.strategies, cohort_scans(study.scans, "anna"), store, Serial(), lambda *_: None)
    assert next(task for task in survey(study, store).every_task() if task.name == "nyul").cohort.fitted


def test_finished_scans_count_and_the_rest_is_estimated(finished, simulated, tmp_path):
    shutil.copytree(finished.folder / "finished", tmp_path / "cache")
    store, study = Store(tmp_path / "cache"), Study.from_yaml(simulated)
    whole = survey(study, store)
    assert (whole.finished, whole.seconds, whole.unknown) == (24, 0, ())
    assert all(task.todo == 0 for task in whole.every_task())
    zscore = [entry for entry in store.entries() if entry.made.strategy == "zscore"]
    for entry in zscore[:3]:
        entry.path.unlink()
    found = survey(study, store)
    assert found.finished == 21
    assert {name: task.todo for (name, _), task in by_name(found).items() if task.strategies == ("zscore",)} == {
        "zscore": 3,
        "extraction": 3,
    }
    spent = sorted(entry.made.extraction[1] for entry in zscore)
    assert 3 * spent[0] < found.seconds < 3 * (spent[-1] + max(entry.made.steps[0][2] for entry in zscore))


def test_a_cohort_that_was_observed_is_known_to_be_fitted(shared, tmp_path):
    study, store = Study.from_yaml(shared), Store(tmp_path)
    fit_cohorts(study.strategies, study.scans, store, Serial(), lambda *_: None)
    found = survey(study, store)
    (nyul,) = (task for task in found.every_task() if task.name == "nyul")
    assert nyul.cohort.fitted
    assert list(used_entries(study, store).values()) == [()] * 6
    next(iter(store.entries())).path.unlink()
    (nyul,) = (task for task in survey(study, store).every_task() if task.name == "nyul")
    assert not nyul.cohort.fitted


def test_a_missing_file_is_left_to_do(finished, study_file, tmp_path):
    shutil.copytree(finished.folder / "finished", tmp_path / "cache")
    study = Study.from_yaml(study_file)
    study.scans[0].image.unlink()
    found = survey(study, Store(tmp_path / "cache"))
    assert found.finished == 22
    assert found.seconds > 0


def test_nothing_is_written(simulated, tmp_path):
    survey(Study.from_yaml(simulated), Store(tmp_path / "absent"))
    assert not (tmp_path / "absent").exists()


def test_used_entries_are_those_of_the_study(finished, study_file):
    store = Store(finished.folder / "finished")
    used = used_entries(Study.from_yaml(study_file), store)
    assert used == {entry.path: (entry.made.strategy,) for entry in store.entries()}
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("[zscore]", "[{zscore: {region: image}}]"))
    used = used_entries(Study.from_yaml(study_file), store)
    assert used == {entry.path: ("raw",) for entry in store.entries() if entry.made.strategy == "raw"}


def test_used_entries_have_the_names_of_the_study(finished, study_file):
    two = "  renamed: {steps: [zscore]}\n  zscore_combat: {steps: [zscore], harmonizer: combat}\n"
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("  zscore:\n    steps: [zscore]\n", two))
    store = Store(finished.folder / "finished")
    used = used_entries(Study.from_yaml(study_file), store)
    names = {"raw": ("raw",), "zscore": ("renamed", "zscore_combat")}
    assert used == {entry.path: names[entry.made.strategy] for entry in store.entries()}


def test_rates_scale_by_voxels_and_go_from_the_same_to_the_similar(tmp_path):
    store = Store(tmp_path)
    for i, (voxels, spent) in enumerate([(1000, 1.0), (2000, 2.0), (4000, 4.0)]):
        made = Made("a", "s", voxels, (("clip", "clip", 0.0), ("n4-fine", "n4", spent)), ("e", 2 * spent))
        store.put("features", f"{i:064}", {}, made)
    store.put("features", f"{9:064}", {}, Made("b", "t", 1000, (("n4-fine", "n4", 9.0),), ("f", 1.0)))
    rates = Rates.of(store)
    assert rates.step(("clip", "n4-fine"), "n4", 5000) == pytest.approx(5.0)
    assert rates.step(("n4-fine",), "n4", 1000) == pytest.approx(9.0)
    assert rates.step(("median", "n4-fine"), "n4", 1000) == pytest.approx(1.0)  # median of 1, 1, 1 and 9
    assert rates.step(("n4-coarse",), "n4", 1000) == pytest.approx(1.0)
    assert rates.step(("zscore",), "zscore", 1000) is None
    assert rates.extraction("s", "e", 500) == pytest.approx(1.0)
    assert rates.extraction("new", "f", 500) == pytest.approx(0.5)
    assert (rates.usual_size, bool(rates), bool(Rates.of(None))) == (1500, True, False)
