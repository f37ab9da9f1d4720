"""Results print as a title and a small table, not as all that they hold."""

import pandas as pd

from harmonize.printed import MOST_ROWS, Printed, titled


class Found(Printed):
    def printed(self):
        return "one\n<two>", pd.DataFrame([{"model": "<svm>", "AUC": "0.50 (0.40 to 0.60)"}])


class Bare(Printed):
    def printed(self):
        return "nothing", pd.DataFrame()


class Long(Printed):
    def printed(self):
        return "long", pd.DataFrame({"name": [f"row_{number:03}" for number in range(MOST_ROWS + 5)]})


def test_a_long_table_has_its_first_rows_and_says_how_many_more_there_are():
    for text in (repr(Long()), Long()._repr_html_()):
        assert [f"row_{number:03}" in text for number in (0, MOST_ROWS - 1, MOST_ROWS)] == [True, True, False]
        assert "and 5 more rows" in text


def test_a_result_prints_its_title_and_table():
    assert repr(Found()).splitlines()[:2] == ["one", "<two>"]
    assert "<svm> 0.50 (0.40 to 0.60)" in repr(Found())
    assert repr(Bare()) == "nothing"


def test_a_notebook_shows_names_as_they_are_called():
    page = Found()._repr_html_()
    assert page.startswith("<p><b>one</b><br><b>&lt;two&gt;</b></p><table")
    assert "<svm>" not in page
    assert Bare()._repr_html_() == titled("nothing", pd.DataFrame()) == "<p><b>nothing</b></p>"
