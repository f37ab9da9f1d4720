import numpy as np
import pandas as pd
import pytest

from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.table import FacetTables, facet_tables
from evaluation.publication.facet_figures import facet_figures, varying, with_class


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(0)
    cells = [(f"S{s}", r, roi) for s in range(8) for r in "abc" for roi in ("liver", "spleen")]
    table = pd.DataFrame(cells, columns=["subject", "condition", "roi"]).assign(strategy="raw", sequence="T2")
    people = rng.normal(0, 3, (8, 1, 2)) + np.zeros((1, 3, 1))
    for name in ("original_glcm_Id", "original_firstorder_Mean"):
        table[name] = people.ravel() + rng.normal(size=len(table))
    table["original_glcm_Flat"] = 1.0
    return facet_tables(table, FacetDesign((Facet("reader"),)), {name: (name,) for name in "abc"})


def test_each_kind_of_figure_is_drawn_once_for_each_facet(tables):
    drawn = dict(facet_figures(tables, {"reader": 0.5}))
    assert list(drawn) == [
        ("sources",),
        ("sources", "by", "class"),
        ("agreement", "reader"),
        ("decision_study", "reader"),
    ]
    bars = [label.get_text() for label in drawn["sources",].axes[0].get_yticklabels()]
    assert bars == ["liver", "spleen"]
    classes = [label.get_text() for label in drawn["sources", "by", "class"].axes[0].get_yticklabels()]
    assert classes == ["glcm", "firstorder"]
    shares = [text.get_text() for text in drawn["agreement", "reader"].axes[0].texts]
    assert all(text.endswith("% of 3") for text in shares)


def test_where_nothing_is_computed_nothing_is_drawn_of_it(tables):
    parts = (tables.components, tables.coefficients, tables.planned)
    flat = FacetTables(*(part[part["feature"] == "original_glcm_Flat"] for part in parts), tables.levels)
    assert [name for name, _ in facet_figures(flat)] == [("sources",)]


def test_bars_are_for_what_varies_and_of_too_many_places_for_strategies():
    rows = pd.DataFrame({"strategy": "raw", "sequence": "T2", "roi": [f"ROI {n}" for n in range(50)], "feature": "own"})
    assert varying(rows) == ["strategy"]
    assert varying(rows[:1]) == varying(rows[:9]) == ["roi"]
    assert with_class(rows)["class"].unique().tolist() == ["other"]
