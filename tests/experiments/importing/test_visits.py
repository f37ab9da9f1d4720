"""Visits of the same people, by folders or dates."""

from pathlib import Path

import pytest

from experiments.importing.found import FoundFolder, FoundScan
from experiments.importing.visits import with_visits


def visits(*scans):
    """Give the level of each scan: (person, place, date)."""
    found = FoundFolder(
        tuple(FoundScan(person, "", "T2", {}, Path("data") / place, "", visit=date) for person, place, date in scans),
        ("acquisition",),
        {},
    )
    result = with_visits(found, Path("data"))
    return [scan.levels.get("visit") for scan in result.scans], result.factors


def test_dates_are_counted_for_each_person():
    levels, factors = visits(
        *(("a", "1", "20200301"), ("a", "2", "20191224"), ("a", "3", "20200301")),
        *(("b", "4", "20210101"), ("c", "5", "")),
    )
    assert levels == ["2", "1", "2", "1", None]
    assert factors == ("acquisition", "visit")


@pytest.mark.parametrize("name", ["ses-{}", "Session {}", "visit_{}", "tp{}"])
def test_folders_that_name_visits_win_over_dates(name):
    places = [f"P{i}/{name.format(visit)}/scan" for i in (1, 2) for visit in ("01", "02")]
    levels, factors = visits(*((place[:2], place, "2020") for place in places))
    assert levels == ["01", "02", "01", "02"]
    assert factors == ("acquisition", "visit")


def test_people_who_came_once_have_no_visits():
    assert visits(("a", "ses-1/x", "2019"), ("b", "ses-2/x", "2020"))[1] == ("acquisition",)


def test_a_folder_without_a_visit_leaves_all_to_the_dates():
    assert visits(("a", "ses-pre/x", "2020"), ("a", "later/x", "2019"))[0] == ["2", "1"]
