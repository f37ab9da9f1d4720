"""A statistic, a step and a harmonizer of CONTRIBUTING.md in one run: each is met wherever those of the house are."""

import json
import re
import sqlite3
from contextlib import ExitStack

import numpy as np
import pandas as pd
import pytest

from evaluation.comparison import compare_strategies
from evaluation.publication import Analysis, InferenceSettings, methods_text
from evaluation.publication.pictures import Place, paper_figures
from evaluation.reliability import STATISTICS, Settings, Statistic, usual_thresholds
from evaluation.reliability.dispersion import cv
from evaluation.reliability.statistic import taken
from experiments.cli.end_of_run import show_end
from experiments.compare import compare_runs
from experiments.folder.run_folder import RunFolder
from experiments.running.runner import run_study
from experiments.study.schema import study_schema
from experiments.study.study import Study
from selection import Thresholds
from selection.intervals import share_intervals
from tests.contributed import added_to_the_program, small_study

pytestmark = pytest.mark.slow

STRATEGIES = {
    "zscore": {"steps": ["zscore"]},
    "bright": {"steps": [{"gamma": {"exponent": 0.5}}, "zscore"]},
    "centred": {"steps": ["zscore"], "harmonizer": {"centring": {"strength": 0.5}, "permutations": 1}},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run a study with all three; its rule asks for the statistic."""
    folder = tmp_path_factory.mktemp("added")
    with ExitStack() as examples:
        for section in ("A step", "A statistic", "A harmonizer"):
            examples.enter_context(added_to_the_program(section, folder / "program"))
        yield run_study(Study.from_yaml(small_study(folder, STRATEGIES, {"worst_cv": 0.4})), folder / "run")


def text_of(run, name):
    return (run.folder / name).read_text(encoding="utf-8")


def numbers_of(run, keys):
    with sqlite3.connect(run.folder / "mlflow.db") as database:
        found = pd.read_sql("select key, value from latest_metrics", database)
    database.close()
    return found[found["key"].isin(keys)]


def test_the_statistic_is_in_the_tables(run):
    rows = run.reliability[run.reliability["statistic"] == "worst_cv"]
    assert len(rows)
    assert set(rows["condition"]) == {"all"}
    (summary,) = run.summary.query("statistic == 'worst_cv' and by == 'overall' and strategy == 'zscore'").to_dict(
        "records"
    )
    assert (summary["threshold"], summary["direction"]) == (0.4, "below")
    strategies = run.strategies.set_index("strategy")
    assert strategies.loc["zscore", "worst_cv_share"] == pytest.approx(summary["share_of_all"])
    assert {"worst_cv_median", "worst_cv_share_lower"} <= set(strategies)


def test_the_rule_and_the_whitelist_ask_for_it(run):
    rows = run.reliability.query("statistic == 'worst_cv' and strategy == 'zscore'")
    passing = rows[rows["estimate"] < 0.4]
    found = run.whitelists["zscore"]
    assert found.size == len(passing) > 0
    assert found.rule["definition"] == "worst_cv < 0.4"
    assert run.strategies.set_index("strategy").loc["zscore", "robust_share"] == pytest.approx(len(passing) / len(rows))


def test_the_methods_text_and_the_tables_of_the_paper_describe_it(run):
    text = text_of(run, "methods.md")
    number = re.search(r"the largest coefficient of variation of any subject \[(\d+)\]", text)[1]
    assert re.search(rf"^{number}\. Authors\. Title", text, flags=re.MULTILINE)
    assert "Worst CV < 40 %" in text
    assert "Worst CV, %" in text_of(run, "tables/overall.csv")


def test_the_report_defines_and_shows_it(run):
    page = text_of(run, "report.html")
    legend = re.search(r"<dt>Worst CV</dt>\s*<dd>(.*?)</dd>", page, flags=re.DOTALL)[1]
    assert "The largest coefficient of variation of any subject." in legend
    assert "Authors. Title" in legend
    assert "Worst CV &lt; 40" in page.replace("\u00a0", " ")  # the rule
    (cells,) = re.findall(r'<script type="application/json" id="cells">(.*?)</script>', page, flags=re.DOTALL)
    assert "Worst CV" in [one["name"] for one in json.loads(cells)["statistics"]]  # the maps


def test_the_end_of_a_run_and_mlflow_tell_it(run, capsys):
    show_end(run, quiet=False)
    assert "Worst CV" in capsys.readouterr().out
    assert len(numbers_of(run, ["worst_cv_median"])) == len(STRATEGIES)


def test_figures_are_labelled_with_it(run):
    analysis = Analysis("REF+STD", tuple(run.record["conditions"]), subjects=3, features=1)
    place = Place("zscore", "HASTE", run.record["rois"][0], "ACC+STD")
    kept = run.reliability["feature"] == run.reliability["feature"].iloc[0]
    figures = dict(paper_figures(run.reliability[kept], run.features, analysis, place))
    assert "Worst CV" in figures["distribution_worst_cv"].axes[0].get_xlabel()


def test_runs_are_compared_by_it(run, tmp_path):
    strategies = {"zscore": {"steps": ["zscore"], "extraction": {"setting": {"binWidth": 3.0}}}}
    path = small_study(tmp_path, strategies, {"worst_cv": 0.3})
    other = run_study(Study.from_yaml(path), tmp_path / "run", track=False)
    found = compare_runs(RunFolder.open(run.folder), RunFolder.open(other.folder))
    (table,) = (one for one in found.tables if one.name == "reliability")
    assert "worst_cv" in set(table.beyond["statistic"])
    assert any("worst_cv" in where and (a, b) == (0.4, 0.3) for where, a, b in found.settings), found.settings


def test_a_study_file_and_its_schema_know_it(run):
    assert '"worst_cv": 0.4' in text_of(run, "run.json")
    assert "worst_cv" in json.dumps(study_schema())


def test_a_statistic_that_is_a_mean_over_subjects_compares_strategies(monkeypatch):
    """Regression: what is computed of many draws stood in a second table, by name."""

    def half(values, _):
        found = cv(values)
        return type(found)(found.estimate / 2, found.n, found.status, found.per_subject / 2)

    entry = Statistic(
        "Half CV",
        lambda *given: taken(half(*given)),
        "all",
        direction="below",
        unit="fraction",
        limits=False,
        threshold=0.05,
        usual=True,
        words="half the coefficient of variation",
        citation="Authors. Half. Journal 2020;1:1.",
        per_subject=half,
    )
    monkeypatch.setitem(STATISTICS.own, "half_cv", entry)
    truth, rng = np.random.default_rng(1).lognormal(3, 0.3, (12, 4)), np.random.default_rng(0)
    table = pd.concat(
        pd.DataFrame(
            truth + rng.normal(0, sd, truth.shape), columns=[f"original_glcm_{name}" for name in "abcd"]
        ).assign(
            strategy=strategy, subject=[f"S{i:02}" for i in range(12)], sequence="T2", condition=condition, roi="liver"
        )
        for strategy, sd in (("none", 2.0), ("n4", 0.5))
        for condition in ("REF", "ACC")
    )
    found = compare_strategies(table, "REF", {"icc": 0.9, "half_cv": 0.03}, n_resamples=100)
    ratios = found.summary.query("by == 'overall'").set_index("statistic")["ratio"]
    assert ratios["half_cv"] == pytest.approx(ratios["cv"])
    assert ratios["cv"] < 0.6
    shares = found.shares.query("by == 'overall'").set_index("statistic")
    assert shares.loc["half_cv", "share"] > shares.loc["half_cv", "baseline_share"]
    limits = share_intervals(
        table, "REF", Thresholds({"half_cv": 0.05}), {"half_cv": 0.05, "cv": 0.1}, settings=Settings()
    )
    by_share = limits[limits["strategy"] == "n4"].set_index("share")
    assert by_share.loc["half_cv_share"].tolist()[1:] == by_share.loc["cv_share"].tolist()[1:]
    told = Analysis(
        "REF", ("REF", "ACC"), 12, 4, inference=InferenceSettings("none", 100, None), thresholds=usual_thresholds()
    )
    assert "(1 − ICC, 1 − CCC, CV, QCD, Half CV; geometric mean" in methods_text(told)
    assert "half the coefficient of variation [" in methods_text(told)


def test_the_step_is_in_the_report_the_record_and_the_audit(run):
    (entry,) = (one for one in run.record["strategies"] if one["name"] == "bright")
    assert entry["steps"][0] == {"gamma": {"exponent": 0.5}}
    assert "gamma correction (exponent 0.5)" in text_of(run, "report.html")
    audit = json.loads(text_of(run, "audit.json"))
    assert not [one for one in audit["findings"] if one["kind"] == "bins_not_counted"]


def test_the_harmonizer_is_in_the_report_the_methods_and_the_tables(run):
    text = text_of(run, "methods.md")
    number = re.search(r"in “centred”, centring of batches of the batches in condition.*? \[(\d+)\]", text)[1]
    assert re.search(rf"^{number}\. Authors\. Another title", text, flags=re.MULTILINE)
    page = text_of(run, "report.html")
    assert "Centring of batches of the batches in condition" in page
    measured = pd.read_csv(run.folder / "harmonization.csv")
    assert set(measured["strategy"]) == {"centred"}
