import itertools

import pandas as pd
import pytest

from evaluation.reading.order import ranks_within
from harmonize.errors import ConfigurationError

DAYS = pd.to_datetime(["2019-12-31", "2020-01-02", "2020-01-15", "2020-11-09", "2021-02-03"])


def ranks(texts: list[str], groups: list[str] | None = None, decimal: str | None = None) -> list[int]:
    column = pd.Series(texts, dtype=object)
    within = pd.Series(groups or ["a"] * len(texts))
    return ranks_within(column, within, lambda row: f"line {row + 2}", "when", decimal).tolist()


@pytest.mark.parametrize(
    "form",
    [
        *(
            "%Y-%m-%d",
            "%Y/%m/%d",
            "%Y%m%d",
            "%d.%m.%Y",
            "%m/%d/%Y",
            "%d-%b-%Y",
            "%d%b%Y",
            "%d%b%Y:%H:%M:%S",
            "%d %B %Y",
            "%b %d, %Y",
            "%Y-%b-%d",
        ),
        *("%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%Y%m%d_%H%M", "%Y%m%dT%H%M%S", "%m/%d/%Y %I:%M %p", "%Y-%m"),
        *("%Y-%m-%d %H:%M:%S.%f+01:00", "%d%b%Y", "%d%b%Y:%H:%M:%S"),
    ],
)
def test_dates_are_in_the_order_of_time(form: str) -> None:
    # Sorted as texts, 31.12.2019 came after 02.01.2020, and 02-Jan-2020 before 31-Dec-2019.
    texts = [day.strftime(form) for day in DAYS]
    expected = [1, 2, 2, 3, 4] if form == "%Y-%m" else [1, 2, 3, 4, 5]
    for order in itertools.permutations(range(5)):
        assert ranks([texts[i] for i in order]) == [expected[i] for i in order]


def test_times_of_a_day_and_zones_count(golden) -> None:
    assert ranks(["2020-01-01T10:00Z", "2020-01-01T10:30+02:00"]) == [2, 1]
    assert ranks(["10:15", "9:30", "09:30"]) == [2, 1, 1]
    assert ranks(["1:05 PM", "11:00 am"]) == [2, 1]
    assert ranks(["21NOV2020:10:05:00", "21NOV2020:09:30:00", "30OCT2020:23:00:00"]) == [3, 2, 1]
    assert ranks(["01/13/2020 1:05 PM", "01/13/2020 11:00 AM", "01/13/2020 12:01 AM"]) == [3, 2, 1]
    with golden.error(ConfigurationError):
        ranks(["2020-01-01T10:00Z", "2020-01-01T10:30"])


def test_dates_that_can_be_read_in_two_ways_are_asked_about(golden) -> None:
    with golden.error(ConfigurationError):
        ranks(["03/04/2020", "05/02/2020"])
    # One value of the column decides, or both ways give the same order.
    assert ranks(["03/04/2020", "05/02/2020", "25/12/2020"]) == [2, 1, 3]
    assert ranks(["03/04/2020", "05/02/2020", "12/25/2020"]) == [1, 2, 3]
    assert ranks(["03/04/2020", "05/06/2021"]) == [1, 2]
    assert ranks(["03/04/2020", "05/02/2020"], ["a", "b"]) == [1, 1]
    with golden.error(ConfigurationError):
        ranks(["03.04.20", "05.02.20"])


@pytest.mark.parametrize("form", ["%d%m%Y", "%m%d%Y", "%d%m%y", "%m%d%y", "%m%Y", "%d%m%Y%H%M", "%d%m%Y%H%M%S"])
def test_dates_as_digits_are_asked_about_where_they_are_not_in_the_order_of_numbers(form: str, golden) -> None:
    # 31122019 came after 02012020.
    texts = [day.strftime(form) for day in DAYS]
    for written in (texts, [text.lstrip("0") for text in texts], [f"{text}.0" for text in texts]):
        with golden.error(ConfigurationError):
            ranks(written)
    with golden.error(ConfigurationError):
        ranks([*texts, "99" * (len(texts[0]) // 2)])  # one is mistyped
    assert ranks(texts, list("abcde")) == [1] * 5


@pytest.mark.parametrize("form", ["%Y%m%d", "%y%m%d", "%Y%m"])
def test_dates_as_digits_with_the_year_first_are_in_the_order_of_numbers(form: str) -> None:
    days = pd.to_datetime(["2001-12-30", "2002-01-31", "2036-02-28"])
    assert ranks([day.strftime(form) for day in days]) == [1, 2, 3]


def test_the_turn_of_the_century_is_asked_about(golden) -> None:
    with golden.error(ConfigurationError):
        ranks(["991231", "000131"])


@pytest.mark.parametrize(
    "texts", [["100001", "100002"], ["99999999", "100000000"], ["43831", "43900"], ["7", "311219"]]
)
def test_running_numbers_are_no_dates(texts: list[str]) -> None:
    assert ranks(texts) == [1, 2]


def test_numbers_are_in_their_order() -> None:
    assert ranks(["9", "10", "1e1"]) == [1, 2, 2]
    assert ranks(["9,5", "10,5"]) == [1, 2]
    assert ranks(["9.5", "10.25"]) == [1, 2]
    assert ranks(["1,234", "999"], decimal=",") == [1, 2]


def test_texts_are_in_the_order_in_which_people_count() -> None:
    assert ranks(["visit9", "visit10", "Visit11"]) == [1, 2, 3]
    assert ranks(["week 12", "week 2"]) == [2, 1]
    assert ranks(["S01_scan10", "S01_scan9", "S02_scan2", "S02_scan1"], list("aabb")) == [2, 1, 2, 1]
    assert ranks(["T0", "T1"]) == [1, 2]


@pytest.mark.parametrize(
    "texts",
    [
        *(["pre", "post"], ["baseline", "visit2"], ["week 2", "month 1"], ["week -2", "week -1"], ["v1.10", "v2.9"]),
        *(
            ["05/13", "06/01"],
            ["31.02.2020", "01.03.2020"],
            ["2020-01-05", "soon"],
            ["09:30", "2020-01-05"],
            ["25:30", "9:75"],
        ),
    ],
)
def test_other_texts_are_refused_with_the_way_out(texts: list[str], golden) -> None:
    with golden.error(ConfigurationError) as caught:
        ranks(texts)
    assert "`condition=when` `reference=" in str(caught.value)
    assert "number them in a column" in str(caught.value)


def test_a_missing_value_is_named(golden) -> None:
    with golden.error(ConfigurationError):
        ranks(["1", "NA"])
