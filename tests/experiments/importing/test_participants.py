"""Covariates of people from participants.tsv."""

import pytest

from experiments.importing.participants import covariates_of

PEOPLE = ("sub-01", "sub-02", "sub-03")


def read(tmp_path, text, factors=()):
    (tmp_path / "participants.tsv").write_text(text, encoding="utf-8")
    return covariates_of(tmp_path / "participants.tsv", PEOPLE, factors)


def test_every_column_is_a_covariate_and_what_is_missing_is_empty(tmp_path):
    text = "participant_id\tage\tsex\tgroup\tempty\nsub-01\t041\tF\tn/a\tn/a\nsub-02\tn/a\tM\tpatient\tn/a\n"
    found, remarks = read(tmp_path, text)
    assert found == {
        "sub-01": {"age": "041", "sex": "F", "group": ""},
        "sub-02": {"age": "", "sex": "M", "group": "patient"},
        "sub-03": {"age": "", "sex": "", "group": ""},
    }
    assert remarks == [
        "participants.tsv: taken as covariates: age, sex, group",
        "participants.tsv: has no row for sub-03",
    ]


def test_columns_with_a_meaning_of_their_own_and_formulas_are_left_out(tmp_path):
    header = ("participant_id", "condition", "session", "mask_liver", "original_glcm_Idm", "note", "age")
    text = "\t".join(header) + "\nsub-01\ta\tb\tc\t1\t=cmd()\t50\n"
    found, remarks = read(tmp_path, text, factors=("session",))
    assert found["sub-01"] == {"age": "50"}
    assert [remark.split("'")[1] for remark in remarks[:5]] == list(header[1:6])
    assert "is a formula to a spreadsheet" in remarks[4]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id\tage\n1\t2\n", "has no column 'participant_id'"),
        ("participant_id\tage\tage\nsub-01\t2\t3\n", "two columns have the same name"),
        ("participant_id\tage\nsub-01\t2\t3\n", "row 2 has 3 cells, expected 2"),
        ("participant_id\tage\nsub-01\t2\nsub-01\t3\n", "'sub-01' stands there more than once"),
        ("", "has no column 'participant_id'"),
    ],
)
def test_a_table_that_cannot_be_meant_is_told_and_left(tmp_path, text, problem):
    found, remarks = read(tmp_path, text)
    assert found == {}
    assert remarks == [f"participants.tsv: {problem}; no covariates were taken"]


def test_no_table_is_nothing(tmp_path):
    assert covariates_of(tmp_path / "participants.tsv", PEOPLE, ()) == ({}, [])
