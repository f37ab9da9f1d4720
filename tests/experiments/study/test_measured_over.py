import pytest

from experiments.study.measured_over import parse_facets
from harmonize.errors import ConfigurationError

LEVELS = {"scanner": ["A", "B"], "session": ["1", "2"], "reconstruction": ["STD"]}


def test_facets_are_read_as_typed_and_with_a_space_behind_the_colon():
    for value in (
        ["scanner:fixed", "session:nested", "reconstruction"],
        [{"scanner": "fixed"}, {"session": "nested"}, "reconstruction"],
        [{"scanner": "fixed"}, {"session": {"nested": "subject"}}, "reconstruction"],
    ):
        design = parse_facets(value, LEVELS, "study.yaml: facets")
        assert [facet.typed for facet in design.facets] == ["scanner:fixed", "session:nested=subject", "reconstruction"]
    nested = parse_facets(["scanner", {"session": {"nested": "scanner"}}], LEVELS, "study.yaml: facets")
    assert nested.names == ("subject", "scanner", "subject:scanner", "scanner:session", "residual")


def test_a_factor_of_one_level_may_be_left_out_and_without_facets_there_is_no_design():
    assert parse_facets(["scanner", "session"], LEVELS, "study.yaml: facets").facets[1].name == "session"
    assert parse_facets(None, LEVELS, "study.yaml: facets") is None


@pytest.mark.parametrize(
    "value",
    [
        "scanner",
        ["scaner", "session"],
        ["scanner"],
        ["scanner", {"session": "fixd"}],
        ["scanner", {"session": "nested", "scanner": "fixed"}],
        ["scanner", "scanner", "session"],
        ["scanner", 3],
        ["scanner", {"session": {"nested": "sesion"}}],
    ],
)
def test_what_is_no_facet_is_told(value, golden):
    with golden.error(ConfigurationError):
        parse_facets(value, LEVELS, "study.yaml: facets")
