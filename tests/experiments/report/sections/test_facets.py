"""A study in which one facet moves one feature is told as such."""

import re

import numpy as np
import pandas as pd

from evaluation.generalizability.verdicts import facet_verdicts
from experiments.analyses.reliability.facets import run_generalizability
from experiments.analyses.reliability.settings import FacetSettings, ReliabilitySettings
from experiments.report.sections.facets import FacetFiles, condense, draw

FEATURES = ("original_glcm_Steady", "original_glcm_Moved", "original_firstorder_Flat")


def simulated(rois=("liver", "spleen"), strategies=("raw",)):
    """Scanners shift one feature of every subject; readers agree; one feature never changes."""
    rng = np.random.default_rng(0)
    cells = [
        (st, f"S{s}", r, c, roi) for st in strategies for s in range(15) for r in "ab" for c in "xyz" for roi in rois
    ]
    table = pd.DataFrame(cells, columns=["strategy", "subject", "reader", "scanner", "roi"])
    people = table.groupby(["subject", "roi"], sort=False).ngroup()
    for name in FEATURES[:2]:
        table[name] = rng.normal(10, 3, people.max() + 1)[people] + rng.normal(0, 0.2, len(table))
    table[FEATURES[1]] += table["scanner"].map({"x": 0.0, "y": 8.0, "z": -8.0})
    return table.assign(**{FEATURES[2]: 1.0})


def files(table, **thresholds):
    found = run_generalizability(table, FacetSettings(facets=("reader", "scanner")), ReliabilitySettings())
    tables = found.tables
    verdicts = facet_verdicts(tables.coefficients, thresholds)
    return FacetFiles(tables.components, tables.coefficients, tables.planned, verdicts, tables.levels)


def test_one_bad_facet_is_told_in_shares_verdicts_and_bars():
    found = files(simulated())
    content = condense(found)
    assert content["rules"] == "ICC[reader] > 0.90 and ICC[scanner] > 0.90"
    assert content["met"] == ["reader (random, 2 levels)", "scanner (random, 3 levels)"]
    assert content["remarks"] == []
    assert [row[0] for row in content["shares"]["rows"]] == ["liver", "spleen"]
    for row in content["shares"]["rows"]:
        assert [text.split("\u00a0")[0] for text in row[1:4]] == ["67", "33", "33"]
    verdicts = {row[0]: row[1:] for row in content["features"]["rows"]}
    assert verdicts[FEATURES[0]][0].startswith("2 of 2, ")
    assert verdicts[FEATURES[0]][1].startswith("2 of 2, ")
    assert verdicts[FEATURES[1]][0].startswith("2 of 2, ")
    assert verdicts[FEATURES[1]][1].startswith("0 of 2, ")
    assert verdicts[FEATURES[2]] == ["not computed", "not computed"]
    assert any("All values are equal" in text for text in content["not_computed"])
    pictures = draw(found, content)
    assert [len(pictures[name]) for name in ("sources", "classes", "agreement", "planned")] == [1, 1, 2, 2]
    numbers = pictures["sources"][0].numbers
    shares = dict(zip(numbers["columns"], numbers["rows"][0], strict=True))
    assert int(shares["scanner"].split("\u00a0")[0]) > 25
    assert shares["not told apart"] == "33\u00a0%"
    assert len({picture.name for several in pictures.values() for picture in several}) == 6


def test_a_single_place_says_the_verdict_in_words():
    rows = {row[0]: row[1:] for row in condense(files(simulated(rois=("liver",))))["features"]["rows"]}
    assert re.fullmatch(r"(yes|by estimate), (0\.9\d|1\.00)", rows[FEATURES[0]][0])
    assert rows[FEATURES[1]][1].startswith("no, ")
    raised = condense(files(simulated(rois=("liver",)), reader=0.9999))
    assert {row[0]: row[1] for row in raised["features"]["rows"]}[FEATURES[0]].startswith("no, ")


def test_a_facet_of_one_level_is_no_zero():
    table = simulated()
    table.loc[(table["roi"] == "spleen") & (table["reader"] == "b"), list(FEATURES)] = np.nan
    content = condense(files(table))
    spleen = content["shares"]["rows"][1]
    assert spleen[1] == spleen[3] == "not computed"
    assert spleen[2].startswith("33")


def test_strategies_have_pictures_of_their_own():
    content = condense(files(simulated(strategies=("raw", "n4"))))
    assert [row[0] for row in content["shares"]["rows"]] == ["raw", "n4"]
    assert content["places"]["columns"][:2] == ["Strategy", "ROI"]
    assert condense(files(simulated()))["places"] is None
    pictures = draw(files(simulated(strategies=("raw", "n4"))), content)
    assert [picture.title for picture in pictures["sources"]] == ["raw", "n4"]
    assert [picture.title for picture in pictures["planned"]] == [
        f"{strategy}, {facet}" for strategy in ("raw", "n4") for facet in ("reader", "scanner")
    ]
