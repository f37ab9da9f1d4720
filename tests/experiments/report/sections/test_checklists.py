import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.analyses.diagnose.command import diagnose
from experiments.analyses.places import added
from experiments.analyses.reliability.facets import run_generalizability
from experiments.analyses.reliability.files import write_facets
from experiments.analyses.reliability.settings import FacetSettings
from experiments.analyses.tradeoff.command import tradeoff
from experiments.analyses.transfer.command import transfer
from experiments.folder.files import OF_FACETS
from experiments.folder.run_folder import RunFolder
from experiments.page import Context
from experiments.report import write_report
from experiments.report.checklists.knowledge import Answer
from experiments.report.registry import sections
from experiments.report.sections.checklists import summarize
from harmonize.errors import ConfigurationError

STATES = {"yes", "partly", "no", "open"}
QUICK = ("--folds", "2", "--inner-folds", "2", "--repeats", "1", "--resamples", "100", "--jobs", "1", "--quiet")
ROWS = ("--where", "strategy=as it is", "--where", "roi=liver")


def invoke(command, *arguments):
    done = CliRunner().invoke(command, list(map(str, arguments)))
    assert done.exit_code == 0, done.exception or done.output


def answers(folder):
    run = RunFolder.open(folder)
    context = Context(run, sections(), added(run))
    return {
        (one["name"], int(number)): Answer(state, known, source)
        for one in summarize(context)["checklists"]
        for number, _, _, state, known, source in one["table"]["rows"]
    }


def with_diagnosis(folder):
    """Give every second subject the disease, and a feature that tells it."""
    table = pd.read_parquet(folder / "features.parquet")
    subjects = sorted(table["subject"].unique())
    ill = table["subject"].isin(subjects[::2])
    table["original_firstorder_Mean"] += 3.0 * ill
    table["voxels"] = 150 + 7 * table["subject"].str[1:].astype(int) % 60
    table.assign(diagnosis=ill.astype(int)).to_parquet(folder / "features.parquet", index=False)
    run = RunFolder.open(folder)
    RunFolder(folder).finish(run.record, [folder / name for name in run.files]).seal()


@pytest.fixture(scope="module")
def plain(run_writer, tmp_path_factory):
    return run_writer(tmp_path_factory.mktemp("plain"), strategies=("as it is", "N4, then z-score"))


@pytest.fixture(scope="module")
def modeled(run_writer, tmp_path_factory):
    """A run with all three kinds of models in it."""
    subjects = [f"S{number:02d}" for number in range(1, 41)]
    folder = run_writer(tmp_path_factory.mktemp("modeled"), strategies=("as it is",), subjects=subjects)
    with_diagnosis(folder)
    table = folder / "features.parquet"
    common = (table, "--target", "diagnosis", *ROWS, *QUICK)
    conditions = ("--train", "REF+STD", "--test", "ACC+DLR", "--harmonize", "combat", "--run", folder)
    invoke(transfer, *common, *conditions)
    invoke(tradeoff, *common, "--condition", "condition", "--thresholds", "0,.5", "--run", folder)
    invoke(diagnose, *common, "--where", "condition=REF+STD", "--run", folder)
    return folder


def test_every_item_is_answered_and_nothing_is_claimed_without_evidence(plain, modeled):
    for folder in (plain, modeled):
        filled = answers(folder)
        assert len(filled) == 88
        for answer in filled.values():
            assert answer.state in STATES
            if answer.state != "open":
                assert answer.known
                assert answer.source


def test_sources_are_files_of_the_run(modeled):
    write_report(modeled)
    named = {part for answer in answers(modeled).values() for part in answer.source.split(", ") if part}
    of_runs = {"methods.md", "tables/", "ibsi.csv", "protocol.csv"}  # left by `run`, not by the writer of this test
    assert {name for name in named if not (modeled / name).exists()} <= of_runs


def test_a_study_without_models_leaves_models_to_the_author(plain):
    filled = answers(plain)
    for number in (15, 16, 18, 20, 22, 24, 25, 26, 27):
        assert filled["METRICS", number].state == "open"
    for number in (15, 30, 34, 35, 37, 38, 39, 41, 42, 47, 48):
        assert filled["CLEAR", number].state == "open"
    assert filled["METRICS", 14].state == "partly"
    assert "No model was trained" in filled["METRICS", 14].known


def test_what_no_run_can_know_stays_open(modeled):
    filled = answers(modeled)
    for number in (1, 2, 3, 4, 5, 7, 8, 9, 10, 17, 27, 28, 29, 30):
        assert filled["METRICS", number].state == "open"
    for number in (*range(1, 15), 17, 18, 19, 20, 31, 43, 44, 45, *range(49, 59)):
        assert filled["CLEAR", number].state == "open"


def test_the_study_tells_its_settings(plain):
    filled = answers(plain)
    assert "N4, then z-score: N4 bias field correction (shrink 4" in filled["CLEAR", 21].known
    assert filled["CLEAR", 22].known == "as it is: none; N4, then z-score: none."
    assert filled["CLEAR", 23].known == "as it is: bin width 5; N4, then z-score: bin width 5."
    assert "glcm 7" in filled["CLEAR", 26].known
    assert "28 features for each ROI and sequence: 3 ROIs, 1 sequence." in filled["CLEAR", 27].known
    assert "143 of 144 ROIs are present" in filled["CLEAR", 29].known
    assert filled["METRICS", 12].state == "partly"  # nothing was compared with IBSI here


def test_models_answer_their_items(modeled):
    filled = answers(modeled)
    assert filled["METRICS", 18].state == "partly"
    assert "2 folds of subjects, stratified by class, 1 times, seed 0" in filled["METRICS", 18].known
    assert "no separate test set" in filled["METRICS", 18].known
    assert filled["METRICS", 15].state == "yes"
    assert "selector mrmr" in filled["METRICS", 15].known
    assert filled["METRICS", 21].state == "yes"
    assert filled["METRICS", 25].state == "yes"
    assert "dummy" in filled["METRICS", 25].known
    assert filled["CLEAR", 30].known.startswith("Rows by class: 0: 20, 1: 20")
    assert "harmonized by combat" in filled["CLEAR", 32].known.lower()
    assert filled["CLEAR", 41].state == "partly"
    assert "logistic" in filled["CLEAR", 34].known


def test_models_that_used_all_features_are_not_passed_over(modeled):
    answer = answers(modeled)["METRICS", 14]
    assert answer.state == "partly"
    assert "Models of diagnosis, transfer used all features." in answer.known


def test_calibration_says_what_was_and_what_could_not_be_computed(modeled):
    answer = answers(modeled)["METRICS", 22]
    scores = pd.read_csv(modeled / "transfer/transfer.csv")
    across = scores[(scores["score"] == "calibration_slope") & (scores["tested"] == "across")].set_index("variant")
    for name, row in across.iterrows():
        assert (f"{name} {row['estimate']:.2f} (transfer)" in answer.known) == pd.notna(row["estimate"])
    assert answer.state in ("yes", "no")


def test_what_was_not_done_is_said(run_writer, tmp_path):
    subjects = [f"S{number:02d}" for number in range(1, 13)]
    folder = run_writer(tmp_path / "run", strategies=("as it is",), subjects=subjects)
    with_diagnosis(folder)
    arguments = (folder / "features.parquet", "--target", "diagnosis", *ROWS, *QUICK)
    invoke(diagnose, *arguments, "--where", "condition=REF+STD", "--prune", "none", "--select", "none",
           "--no-baselines", "--run", folder)  # fmt: skip
    filled = answers(folder)
    assert filled["METRICS", 15].state == "no"
    assert filled["METRICS", 22].state == "no"  # six subjects in a class are too few
    assert "too_few" in filled["METRICS", 22].known
    assert filled["METRICS", 25].state == "open"


def test_the_report_shows_both_checklists_and_leaves_a_table(modeled):
    html = write_report(modeled).read_text(encoding="utf-8")
    assert '<h2 id="checklists">Reporting checklists</h2>' in html
    table = pd.read_csv(modeled / "checklist.csv", keep_default_na=False)
    assert table["checklist"].value_counts().to_dict() == {"CLEAR": 58, "METRICS": 30}
    for name, mine in table.groupby("checklist"):
        count = mine["answer"].value_counts()
        sentence = (
            f"{name}: Of {len(mine)} items the run answers {count.get('yes', 0)} with yes, {count.get('partly', 0)} in "
            f"part and {count.get('no', 0)} with no; {count.get('open', 0)} are left to the author."
        )
        assert sentence in html


def test_odd_names_are_escaped(run_writer, tmp_path, odd_name):
    folder = run_writer(tmp_path / "run", strategies=("as it is",), sequences=(odd_name,))
    html = write_report(folder).read_text(encoding="utf-8")
    assert odd_name not in html.split('<h2 id="checklists">')[1].split("</section>")[0]
    assert odd_name in pd.read_csv(folder / "checklist.csv", keep_default_na=False)["known"].str.cat()


def test_a_damaged_diagnosis_is_named(run_writer, tmp_path, golden):
    folder = run_writer(tmp_path / "run", strategies=("as it is",))
    (folder / "diagnosis").mkdir()
    (folder / "diagnosis/diagnosis.json").write_text(json.dumps({"steps": {}}))
    with golden.error(ConfigurationError):
        summarize(Context(RunFolder.open(folder), sections(), ["diagnosis"]))


@pytest.fixture
def drawn(run_writer, tmp_path):
    """A run whose study compares the segmentations of two readers as a facet."""
    folder = run_writer(tmp_path / "drawn", strategies=("as it is",))
    rng = np.random.default_rng(0)
    cells = [(f"S{s}", name) for s in range(12) for name in ("anna", "ben")]
    table = pd.DataFrame(cells, columns=["subject", "segmentation"])
    table["original_glcm_Id"] = np.repeat(rng.normal(5, 2, 12), 2) + rng.normal(0, 0.1, 24)
    table["original_glcm_Idm"] = rng.normal(5, 2, 24)
    facets = FacetSettings(facets=("segmentation",))
    write_facets(RunFolder(folder), run_generalizability(table, facets).tables)
    return folder


def with_record(folder, **more):
    run = RunFolder.open(folder)
    there = [path for name in (*run.files, *OF_FACETS) if (path := folder / name).exists()]
    RunFolder(folder).finish({**run.record, **more}, there).seal()
    return answers(folder)


def test_segmentations_are_named_and_how_far_they_agree_is_told_where_they_are_a_facet(drawn):
    several = {"segmentation": "anna", "segmentations": ["anna", "ben"]}
    filled = with_record(drawn, **several)
    assert filled["CLEAR", 20].state == "partly"
    assert "Segmentations of anna and ben; conditions are compared by those of anna." in filled["CLEAR", 20].known
    assert filled["CLEAR", 31].state == "yes"
    assert "could be computed for 2 of 2 and is above 0.9 for 1" in filled["CLEAR", 31].known
    head = sections()["head"].summarize(Context(RunFolder.open(drawn), sections()))
    assert ["Segmentations", "2: anna, ben; conditions are compared by anna"] in head["facts"]
    for name in OF_FACETS:
        (drawn / name).unlink()
    filled = with_record(drawn, **several)
    assert filled["CLEAR", 31].state == "partly"
