"""Whitelists of what agrees over each facet."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.analyses.apply.command import apply
from experiments.analyses.reliability.command import reliability
from experiments.analyses.reliability.facets import run_generalizability
from experiments.analyses.reliability.run import run_reliability
from experiments.analyses.reliability.settings import FacetSettings, ReliabilitySettings
from experiments.analyses.select.command import select
from experiments.analyses.select.run import run_selection
from experiments.analyses.select.settings import SelectionSettings
from harmonize.errors import ConfigurationError
from selection import Thresholds, Whitelist

RULE = "icc[reader] > 0.75 and icc[scanner] > 0.75"
FEATURES = [f"original_glcm_{name}" for name in ("Steady", "Reader", "Scanner")]


def invoke(command, *arguments):
    return CliRunner().invoke(command, list(map(str, arguments)))


def measured(seed=0, subjects=20):
    """Simulate readers who draw one feature apart, and scanners that measure another one apart."""
    rng = np.random.default_rng(seed)
    cells = [(f"S{s}", r, c) for s in range(subjects) for r in ("anna", "ben", "carl") for c in ("one", "two")]
    table = pd.DataFrame(cells, columns=["subject", "reader", "scanner"])
    people = np.repeat(rng.normal(10, 3, (subjects, 3)), 6, axis=0)
    table[FEATURES] = people + rng.normal(0, 0.3, (len(table), 3))
    table["original_glcm_Reader"] += table["reader"].map({"anna": 0, "ben": 6, "carl": -6})
    apart = rng.normal(0, 4, (subjects, 1, 2)) + np.zeros((1, 3, 1))  # of a subject on a scanner, whoever reads
    table["original_glcm_Scanner"] += apart.ravel()
    return table


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    """Give the folder of an analysis of facets, not to be changed."""
    place = tmp_path_factory.mktemp("analysed")
    measured().to_csv(place / "features.csv", index=False)
    result = invoke(reliability, place / "features.csv", "--facet", "reader,scanner", "--out", place / "facets")
    assert result.exit_code == 0, result.output
    return place / "facets"


@pytest.fixture
def folder(analysed, tmp_path):
    """Give a copy of that folder beside its table."""
    shutil.copytree(analysed.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "facets"


def chosen(file):
    return [name.rpartition("_")[2] for name in Whitelist.read(file).everywhere]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (RULE, ["Steady"]),
        ("icc[reader] > 0.75", ["Scanner", "Steady"]),
        ("icc[scanner] > 0.75", ["Reader", "Steady"]),
        ("icc[reader] > 0.75 or icc[scanner] > 0.75", ["Reader", "Scanner", "Steady"]),
        ("phi > 0.75", ["Steady"]),
        ("lower limit of icc[scanner] > 0.5", ["Steady"]),
    ],
)
def test_a_feature_that_one_facet_moves_is_off_the_list_of_that_facet(folder, tmp_path, rule, expected):
    out = tmp_path / "whitelist.json"
    result = invoke(select, folder, "--rule", rule, "--out", out)
    assert result.exit_code == 0, result.output
    assert chosen(out) == expected
    assert f"all: {rule}" in result.output
    assert Whitelist.read(out).rule["definition"] == rule


def test_rule_thresholds_file_and_python_give_the_same_list(folder, tmp_path):
    lists = [tmp_path / f"{number}.json" for number in range(3)]
    both = ("--threshold", "icc[reader]=0.75", "--threshold", "icc[scanner]=0.75")
    ways = ((folder, "--rule", RULE), (folder, *both), (folder / "coefficients.parquet", "--rule", RULE))
    for out, given in zip(lists, ways, strict=True):
        assert invoke(select, *given, "--quiet", "--out", out).exit_code == 0
    assert len({out.read_text(encoding="utf-8") for out in lists}) == 1
    listed = Whitelist.read(lists[0])
    assert listed.data_digest
    found = run_generalizability(folder.parent / "features.csv", FacetSettings(facets=("reader", "scanner")))
    in_memory = run_selection(found, SelectionSettings(rule=RULE)).whitelist
    for name in ("features", "failing", "rule", "data_digest"):
        assert getattr(in_memory, name) == getattr(listed, name)
    rule = Thresholds.from_mapping(RULE, "rule", tuple(found.computed["statistic"].unique()))
    passing = rule.passing(found.computed)
    assert tuple(passing.loc[passing["passes"], "feature"]) == listed.everywhere


def test_another_cohort_gets_what_passes_and_the_same_subjects_are_told_by_the_digest(folder, tmp_path):
    out, other = tmp_path / "whitelist.json", tmp_path / "other.csv"
    invoke(select, folder, "--rule", RULE, "--out", out)
    measured(seed=1).to_csv(other, index=False)
    result = invoke(apply, out, other, "--allow", "unknown", "--out", tmp_path / "applied.csv")
    assert result.exit_code == 0, result.output
    assert list(pd.read_csv(tmp_path / "applied.csv")) == ["subject", "reader", "scanner", "original_glcm_Steady"]


def test_facets_and_pairs_are_asked_of_one_feature_where_a_folder_has_both(folder, tmp_path):
    table, out = folder.parent / "features.csv", tmp_path / "whitelist.json"
    pairs = ("--condition", "scanner,reader", "--reference", "one+anna")
    usual = (*pairs, "--no-inference", "--no-figures", "--out", folder)
    assert invoke(reliability, table, *usual).exit_code == 0
    assert invoke(select, folder, "--rule", "icc > 0.5 and icc[scanner] > 0.75", "--out", out).exit_code == 0
    assert chosen(out) == ["Steady"]
    measured(seed=2).to_csv(table, index=False)
    assert invoke(reliability, table, *usual).exit_code == 0
    result = invoke(select, folder, "--rule", "icc > 0.5 and icc[scanner] > 0.75", "--out", out)
    assert "computed from different tables" in str(result.exception)


def test_a_place_that_lacks_a_statistic_of_the_rule_is_told(folder, tmp_path):
    found = pd.read_parquet(folder / "coefficients.parquet")
    split = pd.concat([found.assign(roi="liver"), found.assign(roi="spleen").query("coefficient != 'icc[reader]'")])
    split.to_parquet(tmp_path / "split.parquet")
    result = invoke(select, tmp_path / "split.parquet", "--rule", RULE, "--out", tmp_path / "whitelist.json")
    assert result.exit_code == 0
    assert "all / spleen: ICC[reader] is not in the table, so that none passes there" in result.output


def test_a_rule_and_a_threshold_are_not_both_given(folder, tmp_path, golden):
    with golden.error(ConfigurationError):
        SelectionSettings(rule=RULE, threshold={"icc": "0.9"})
    result = invoke(select, folder, "--rule", RULE, "--any", "--out", tmp_path / "whitelist.json")
    golden.text(str(result.exception))


def test_the_agreement_of_one_facet_is_the_icc_of_its_levels():
    """With one facet, ICC(A,1) of McGraw and Wong; with two, what their closed forms give of the same variances."""
    one = measured().query("scanner == 'one'").drop(columns="scanner")
    found = run_generalizability(one, FacetSettings(facets=("reader",)))
    usual = run_reliability(one, ReliabilitySettings(reference="none", no_inference=True)).computed.query(
        "statistic == 'icc'"
    )
    agreed = found.computed.query("statistic == 'icc[reader]'").set_index("feature")["estimate"]
    for feature, estimate in usual.set_index("feature")["estimate"].items():
        assert agreed[feature] == pytest.approx(estimate, abs=1e-6)


def test_a_damaged_list_is_refused(folder, tmp_path, golden):
    out = tmp_path / "whitelist.json"
    invoke(select, folder, "--rule", RULE, "--out", out)
    content = json.loads(out.read_text(encoding="utf-8"))
    content["rule"]["definition"] = "icc[reader] > 0.5"
    out.write_text(json.dumps(content), encoding="utf-8")
    with golden.error(ConfigurationError):
        Whitelist.read(out)


@pytest.mark.parametrize(
    "asked",
    [
        {"rule": "icc > 0.7"},
        {"rule": "icc[reder] > 0.7 and phi > 0.5"},
        {"rule": "combine > 0.5"},
        {"rule": "icc[reader] > 0.7", "top": 3, "by": "icc"},
        {"threshold": {"icc": "0.7"}},
    ],
)
def test_a_statistic_that_the_table_has_not_is_told_beside_those_that_it_has(asked, golden):
    found = run_generalizability(measured(), FacetSettings(facets=("reader", "scanner")))
    with golden.error(ConfigurationError):
        run_selection(found, SelectionSettings(**asked))


def test_of_several_files_none_is_written_where_one_is_refused(folder, tmp_path):
    outs = [tmp_path / name for name in ("list.json", "list.csv", "parameters.yaml")]
    given = [part for out in outs for part in ("--out", out)]
    result = invoke(select, folder, "--rule", RULE, *given)
    assert isinstance(result.exception, ConfigurationError)
    assert not any(out.exists() for out in outs)
    assert invoke(select, folder, "--rule", RULE, *given[:4]).exit_code == 0
    assert [out.exists() for out in outs] == [True, True, False]
