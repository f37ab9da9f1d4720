import pandas as pd
import pytest

from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.levels import facet_levels, met_in, refuse_sparse
from harmonize.errors import ConfigurationError

DATES = {(f"S{s}", "AB"[s % 2], f"d{s}-{d}") for s in range(9) for d in range(1 + (s < 3))}


def design(how):
    return FacetDesign((Facet("scanner", fixed=True), Facet("date", nested=how)))


def test_levels_are_counted_in_what_a_facet_is_nested_in_or_in_all():
    scanner, date = facet_levels(DATES, design("subject"))
    assert scanner == ("scanner", "fixed", 2, 9, 9, "")
    assert date == ("date", "nested=subject", 2, 9, 6, "")
    assert facet_levels(DATES, design("scanner"))[1] == ("date", "nested=scanner", 7, 2, 0, "")
    assert facet_levels(DATES, design(""))[1] == ("date", "random", 12, 9, 6, "")


def test_they_are_described_and_come_back_from_a_table():
    met = facet_levels(DATES, design("subject"))
    assert [one.words for one in met] == ["scanner (fixed, 2 levels)", "date (nested in subject, up to 2 levels)"]
    assert [bool(one.remark) for one in met] == [False, True]
    assert met[1].remark.startswith("date: one level in 6 of 9 (subject)")
    assert met_in(pd.DataFrame(met)) == met


def test_facets_that_go_together_are_named():
    """All that was said was that twelve sources of variance are not told apart."""
    met = {
        (f"S{s}", scanner, {"A": "x", "B": "y"}[scanner], session)
        for s in range(9)
        for scanner in "AB"
        for session in "12"
    }
    scanner, reader, session = facet_levels(met, FacetDesign((Facet("scanner"), Facet("reader"), Facet("session"))))
    assert [one.same_as for one in (scanner, reader, session)] == ["reader", "scanner", ""]
    assert scanner.remark.startswith("scanner: each of its levels goes with one of reader")
    almost = met | {("S1", "A", "y", "1")}
    assert not any(one.same_as for one in facet_levels(almost, FacetDesign((Facet("scanner"), Facet("reader")))))


def test_many_levels_that_hardly_any_subjects_share_are_asked_about_unless_nested(golden):
    refuse_sparse(DATES, design("subject"))
    with golden.error(ConfigurationError):
        refuse_sparse(DATES, design(""), "study.yaml: facets")
    refuse_sparse(DATES, FacetDesign((Facet("scanner"), Facet.parse("date:random"))))
    shared = {(f"S{s}", "A", f"d{d}") for s in range(9) for d in range(9)}
    refuse_sparse(shared, design(""))


@pytest.mark.parametrize("levels", [7, 8])
def test_few_levels_are_not(levels):
    alone = {(f"S{s}", "A", f"d{s}") for s in range(levels)}
    if levels == 7:
        refuse_sparse(alone, design(""))
    else:
        with pytest.raises(ConfigurationError, match="has 8 levels"):
            refuse_sparse(alone, design(""))
