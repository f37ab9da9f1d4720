import re

import pytest

from evaluation.publication.references import REFERENCES
from evaluation.reliability import ICC_FORMS, ICC_INTERVALS, QUARTILE_RULES, STATISTICS, Settings
from evaluation.reliability.definitions import ICC_WORDS, RULES, named_icc


@pytest.mark.parametrize(("words", "names"), [(ICC_WORDS, ICC_FORMS), (RULES, QUARTILE_RULES)])
def test_every_option_has_its_words(words: dict[str, object], names: tuple[str, ...]) -> None:
    assert tuple(sorted(words)) == tuple(sorted(names))


def test_rules_have_the_numbers_of_hyndman_and_fan() -> None:
    assert [RULES[name] for name in ("inverted_cdf", "hazen", "weibull", "linear", "normal_unbiased")] == [
        1,
        5,
        6,
        7,
        9,
    ]


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("interval", ICC_INTERVALS)
def test_what_words_cite_is_a_reference_or_a_statistic_with_one(name, interval) -> None:
    entry, settings = STATISTICS[name], Settings("REF", icc_interval=interval)
    limits = "" if entry.limits_in_words is None else entry.limits_in_words(settings).words
    for key in re.findall(r"\[@(.*?)\]", entry.in_words(settings) + limits):
        assert key in REFERENCES or STATISTICS[key].citation


def test_the_icc_is_named_with_its_form() -> None:
    assert [named_icc(Settings(icc_form=form)) for form in ("A,1", "1")] == ["ICC(A,1)", "ICC(1), one-way"]
    assert (STATISTICS["icc"].labelled(), STATISTICS["ccc"].labelled()) == ("ICC(A,1)", "CCC")
