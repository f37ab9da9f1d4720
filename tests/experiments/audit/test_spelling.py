import pytest

from experiments.audit.spelling import alike


def found(small):
    return [finding for finding in small.audit().findings if finding.kind == "spelling"]


@pytest.mark.parametrize(
    ("column", "given", "other"),
    [("sequence", "T2", "t2"), ("subject", "S1", "S01"), ("reconstruction", "STD", "Std"), ("sequence", "T2", "T-2")],
)
def test_two_spellings_of_one_name_are_pointed_out(small, column, given, other):
    next(row for row in small.rows if row[column] == given)[column] = other
    (finding,) = found(small)
    assert (finding.level, finding.where) == ("warning", f"images.csv, column {column}")
    assert f"'{other}' (1 row)" in finding.problem
    assert f"'{given}'" in finding.problem


def test_names_that_differ_are_left_alone(small):
    assert found(small) == []
    assert alike(["S1", "S10", "S100", "S11", "T2", "T2FS", "TE1.0", "TE10", "REF", "ACC"]) == []
