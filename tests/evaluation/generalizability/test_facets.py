import pytest

from evaluation.generalizability.facets import Facet, FacetDesign
from harmonize.errors import ConfigurationError


def design(*texts, pooled=()):
    return FacetDesign(tuple(map(Facet.parse, texts)), pooled)


def test_crossed_random_facets_make_all_interactions():
    assert design("reader", "scanner").names == (
        "subject",
        "reader",
        "scanner",
        "subject:reader",
        "subject:scanner",
        "reader:scanner",
        "residual",
    )


def test_fixed_facets_alone_are_means():
    names = design("reader", "acquisition:fixed", "reconstruction:fixed").names
    assert not {"acquisition", "reconstruction", "acquisition:reconstruction"} & set(names)
    assert {"subject", "reader", "reader:acquisition", "subject:acquisition:reconstruction"} <= set(names)


def test_what_is_said_to_be_random_is_as_any_other():
    assert design("reader:random").names == design("reader").names
    assert Facet.parse("reader:random").typed == "reader:random"


def test_what_is_nested_has_no_source_without_what_it_is_nested_in():
    assert design("session:nested").names == ("subject", "residual")
    names = design("scanner", "session:nested=scanner").names
    assert names == ("subject", "scanner", "subject:scanner", "scanner:session", "residual")


def test_expected_mean_squares_of_the_two_way_design():
    """Textbook: E(MS_S) = e + k s, E(MS_C) = e + n c, E(MS_E) = e."""
    assert design("reader").weights((6, 4)).tolist() == [[4, 0, 1], [0, 6, 1], [0, 0, 1]]
    assert design("reader").degrees((6, 4)).tolist() == [5, 3, 15]


def test_facets_that_go_take_what_is_pooled_with_them():
    smaller = design("reader", "scanner", pooled=("reader:scanner",)).without([2])
    assert smaller == design("reader")


@pytest.mark.parametrize(
    ("texts", "pooled"),
    [
        ((), ()),
        (("reader:sometimes",), ()),
        (("reader:fixed=subject",), ()),
        (("reader:radnom",), ()),
        (("scanner:name",), ()),
        (("reader:",), ()),
        ((":fixed",), ()),
        (("reader", "reader"), ()),
        (("subject",), ()),
        (("session:nested=scaner", "scanner"), ()),
        (("a:nested=b", "b:nested=a"), ()),
        (("reader",), ("reader:scanner",)),
        (("reader",), ("residual",)),
    ],
)
def test_what_is_no_design_is_refused_with_the_value(texts, pooled, golden):
    with golden.error(ConfigurationError):
        design(*texts, pooled=pooled)
