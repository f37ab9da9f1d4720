"""Results print as a title and a small table, not as all that they hold."""

import pandas as pd

from harmonize.printed import Printed, titled


class Found(Printed):
    def printed(self):
        return "one\n<two>", pd.DataFrame([{"model": "<svm>", "AUC": "0.50 (0.40 to 0.60)"}])


class Bare(Printed):
    def printed(self):
        return "nothing", pd.DataFrame()


def test_a_result_prints_its_title_and_table():
    assert repr(Found()).splitlines()[:2] == ["one", "<two>"]
    assert "<svm> 0.50 (0.40 to 0.60)" in repr(Found())
    assert repr(Bare()) == "nothing"


def test_a_notebook_shows_names_as_they_are_called():
    page = Found()._repr_html_()
    assert page.startswith("<p><b>one</b><br><b>&lt;two&gt;</b></p><table")
    assert "<svm>" not in page
    assert Bare()._repr_html_() == titled("nothing", pd.DataFrame()) == "<p><b>nothing</b></p>"
